import type { OpenReplay, RecordsPage } from '../../events/replay-view.ts';
import type { ReplayLink, ReplaySource } from './replay-link.ts';
import type { TapeAnswer } from './tape-answer.ts';
import type { TimeSpan } from './time-span.ts';

/** How often the proof is asked for while it runs. */
const PROOF_POLL_MS = 500;

/** What follows from what is known of the open tape. */
interface TapeWatch {
  /** Anything has changed. */
  readonly changed: () => void;
  /** A tape is open, as far as it was read. */
  readonly opened: () => void;
  /** More of it was read, or more of its proof is known, than `before`. */
  readonly read: (now: OpenReplay, before: OpenReplay) => void;
  /** A question could not be answered, or a tape not be opened. */
  readonly failed: () => void;
}

/** The tape that is open: what is known of it while it is read and proved, and its answers. */
export class OpenTape {
  /** Null while none is open. */
  replay: OpenReplay | null = null;
  /** Why the last question was not answered; empty where it was. */
  problem = '';
  /** Counts the openings, so that one that was overtaken does not come in. */
  private opening = 0;

  constructor(
    private readonly link: ReplayLink,
    private readonly watch: TapeWatch,
  ) {}

  /** Its time as far as it was read; null while none is open. */
  get whole(): TimeSpan | null {
    return this.replay && { from: this.replay.firstAt, to: this.replay.lastAt };
  }

  /** Opens a tape, and follows it until it was read and proved. The one before has to be closed. */
  async open(source: ReplaySource): Promise<void> {
    const opening = ++this.opening;
    this.problem = '';
    this.watch.changed();
    try {
      const replay = await this.link.open(source);
      if (opening !== this.opening) {
        await this.link.close(replay.replayId);
        return;
      }
      this.replay = replay;
      this.watch.changed();
      this.watch.opened();
      await this.follow(replay.replayId);
    } catch (error) {
      if (opening === this.opening) this.fail(error);
    }
  }

  /** Closes what is open, and what is being opened. */
  close(): void {
    const { replay } = this;
    this.opening++;
    this.replay = null;
    if (replay) this.link.close(replay.replayId).catch(() => undefined);
  }

  readonly answer: TapeAnswer = async <T>(question: string) => {
    const { replay } = this;
    if (!replay) return undefined;
    try {
      const answer = await this.link.ask<T>(replay.replayId, question);
      return this.isOpen(replay.replayId) ? answer : undefined;
    } catch (error) {
      if (this.isOpen(replay.replayId)) this.fail(error);
      return undefined;
    }
  };

  /** A record; undefined where the tape has none of it, or did not answer. */
  async recordAt(seq: number): Promise<RecordsPage['records'][number] | undefined> {
    const page = await this.answer<RecordsPage>(`records?from=${seq}&count=1`);
    return page?.records[0];
  }

  isOpen(replayId: string): boolean {
    return this.replay?.replayId === replayId;
  }

  /** Asks for what was read and for the proof until both have ended. */
  private async follow(replayId: string): Promise<void> {
    while (this.isOpen(replayId) && this.replay!.proof.state === 'running') {
      const before = this.replay!;
      const now = await this.link.get(replayId);
      if (!this.isOpen(replayId)) return;
      this.replay = now;
      this.watch.changed();
      this.watch.read(now, before);
      if (now.proof.state === 'running') await new Promise((later) => setTimeout(later, PROOF_POLL_MS));
    }
  }

  private fail(error: unknown): void {
    this.problem = (error as Error).message;
    this.watch.failed();
    this.watch.changed();
  }
}
