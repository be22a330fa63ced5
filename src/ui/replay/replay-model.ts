import type { CauseReport, Finding } from '../../events/diagnosis/report.ts';
import type { Envelope } from '../../events/envelope.ts';
import type { ActorInstant, Hit, Instant, MarkKind, OpenReplay, Timeline } from '../../events/replay-view.ts';
import { json, post } from '../api/request.ts';
import { clampedSpan, type TimeSpan } from './time-span.ts';

/** Records before and after the one that is shown. */
const RECORDS_AROUND = 150;
/** How often the proof is asked for while it runs. */
const PROOF_POLL_MS = 500;
/** Between two steps of a play, at least; what comes closer is passed over in one step. */
const PLAY_STEP_MS = 100;
/** A quiet time is cut to this while playing. */
const PLAY_QUIET_MS = 800;

/** What is asked of a replay; the page's own link, and a double in its tests. */
export interface ReplayLink {
  open(file: File | null): Promise<OpenReplay>;
  get(replayId: string): Promise<OpenReplay>;
  /** Answers one question of doc/api.md, such as `at?seq=7`. */
  ask<T>(replayId: string, question: string): Promise<T>;
  close(replayId: string): Promise<unknown>;
}

/** The program as the link. */
export const programLink: ReplayLink = {
  open: (file) =>
    file === null
      ? post<OpenReplay>('/api/replay', { source: 'live' })
      : json<OpenReplay>('/api/replay', {
          method: 'POST',
          headers: { 'content-type': 'application/octet-stream' },
          body: file,
        }),
  get: (replayId) => json<OpenReplay>(`/api/replay/${replayId}`),
  async ask<T>(replayId: string, question: string) {
    return (await json<{ answer: T }>(`/api/replay/${replayId}/${question}`)).answer;
  },
  close: (replayId) => post(`/api/replay/${replayId}/close`, {}),
};

/** What of the page's place on the tape can be asked for at once; the newest wish wins. */
interface Place {
  readonly seq: number;
  readonly actor: string | null;
}

/**
 * A tape that is looked at: where the page stands on it, and what it shows there. One request is under way at a time; a wish that comes in
 * the meantime replaces the one before it, so that a dragged scrubber asks no more than can be answered.
 */
export class ReplayModel {
  replay: OpenReplay | null = null;
  timeline: Timeline | null = null;
  /** The span that the timeline shows. */
  span: TimeSpan = { from: 0, to: 1 };
  seq = 0;
  actor: string | null = null;
  /** The chosen actor at the record. */
  actorInstant: ActorInstant | null = null;
  /** The views at the record. */
  instant: Instant | null = null;
  /** Records around it. */
  records: readonly Envelope[] = [];
  diagnosis: readonly Finding[] | null = null;
  hits: readonly Hit[] = [];
  problem = '';
  /** What the last search did not find. */
  notice = '';
  /** Times the tape's own pace; 0 while it stands. */
  speed = 0;
  private wanted: Place | null = null;
  private isBusy = false;
  private spanWanted: TimeSpan | null = null;
  private isDrawing = false;
  private opening = 0;

  constructor(
    private readonly changed: () => void,
    private readonly link: ReplayLink = programLink,
  ) {}

  /** Opens the live tape (null), or a bundle. What was open is closed. */
  async open(file: File | null): Promise<void> {
    this.close();
    const opening = ++this.opening;
    this.problem = '';
    this.changed();
    try {
      const replay = await this.link.open(file);
      if (opening !== this.opening) {
        await this.link.close(replay.replayId);
        return;
      }
      this.replay = replay;
      this.changed();
      this.show({ from: replay.firstAt, to: replay.lastAt });
      this.go(replay.lastSeq);
      void this.diagnose(replay.replayId);
      await this.follow(replay.replayId);
    } catch (error) {
      if (opening === this.opening) this.fail(error);
    }
  }

  /** Closes what is open. */
  close(): void {
    const { replay } = this;
    this.opening++;
    this.speed = 0;
    this.replay = null;
    this.timeline = null;
    this.actor = null;
    this.actorInstant = null;
    this.instant = null;
    this.records = [];
    this.diagnosis = null;
    this.hits = [];
    this.notice = '';
    this.wanted = null;
    this.spanWanted = null;
    if (replay) this.link.close(replay.replayId).catch(() => undefined);
    this.changed();
  }

  /** Goes to a record, and to an actor where one is named. */
  go(seq: number, actor = this.actor): void {
    const { replay } = this;
    if (!replay || replay.records === 0) return;
    this.seq = Math.min(Math.max(Math.round(seq), replay.firstSeq), replay.lastSeq);
    this.actor = actor;
    this.wanted = { seq: this.seq, actor };
    this.notice = '';
    this.changed();
    if (!this.isBusy) void this.look(replay.replayId);
  }

  /** Goes to the last record at a time. */
  async goAt(at: number, actor = this.actor): Promise<void> {
    const found = await this.answer<number | null>(`seqAt?at=${Math.round(at)}`);
    if (found !== undefined) this.go(found ?? 0, actor);
  }

  /** Goes to the nearest record with a mark; says so where there is none. */
  async next(direction: 'forward' | 'back', mark: MarkKind): Promise<void> {
    const found = await this.answer<number | null>(
      `next?from=${this.seq}&direction=${direction}&mark=${mark}`,
    );
    if (found === undefined) return;
    if (found === null) {
      this.notice = `There is no ${mark} ${direction === 'forward' ? 'after' : 'before'} this event.`;
      this.changed();
      return;
    }
    const [record] =
      (await this.answer<{ records: Envelope[] }>(`records?from=${found}&count=1`))?.records ?? [];
    this.go(found, record?.machine ? record.actor : this.actor);
  }

  /** Shows another span of the timeline. */
  show(span: TimeSpan): void {
    const { replay } = this;
    if (!replay) return;
    this.span = clampedSpan(span, { from: replay.firstAt, to: replay.lastAt });
    this.spanWanted = this.span;
    this.changed();
    if (!this.isDrawing) void this.draw(replay.replayId);
  }

  /** Plays on from the record at `speed` times the tape's pace, quiet times cut short; 0 stops. */
  async play(speed: number): Promise<void> {
    const isPlaying = this.speed > 0;
    this.speed = speed;
    this.changed();
    if (isPlaying || speed === 0) return;
    const { opening } = this;
    while (this.speed > 0 && opening === this.opening && this.replay && this.seq < this.replay.lastSeq) {
      const page = await this.answer<{ records: Envelope[] }>(`records?from=${this.seq}&count=2`);
      const [now, next] = page?.records ?? [];
      if (!now || !next || !this.isPlaying(opening)) break;
      const waitMs = Math.min((next.at - now.at) / this.speed, PLAY_QUIET_MS);
      await new Promise((later) => setTimeout(later, Math.max(waitMs, PLAY_STEP_MS)));
      if (!this.isPlaying(opening)) break;
      if (waitMs >= PLAY_STEP_MS) this.go(next.seq);
      else {
        const passed = await this.answer<number | null>(
          `seqAt?at=${Math.round(now.at + PLAY_STEP_MS * this.speed)}`,
        );
        this.go(Math.max(passed ?? 0, next.seq));
      }
    }
    if (opening === this.opening) {
      this.speed = 0;
      this.changed();
    }
  }

  private isPlaying(opening: number): boolean {
    return this.speed > 0 && opening === this.opening;
  }

  /** Asks for what is wanted until nothing new is. */
  private async look(id: string): Promise<void> {
    this.isBusy = true;
    while (this.wanted && this.replay?.replayId === id) {
      const { seq, actor } = this.wanted;
      this.wanted = null;
      const from = Math.max(this.replay.firstSeq, seq - RECORDS_AROUND);
      try {
        const [page, instant, actorInstant] = await Promise.all([
          this.link.ask<{ records: Envelope[] }>(id, `records?from=${from}&count=${2 * RECORDS_AROUND}`),
          this.link.ask<Instant | null>(id, `at?seq=${seq}`),
          actor === null
            ? null
            : this.link.ask<ActorInstant | null>(id, `actor?actor=${encodeURIComponent(actor)}&seq=${seq}`),
        ]);
        if (this.replay?.replayId !== id) break;
        this.records = page.records;
        this.instant = instant;
        this.actorInstant = actorInstant;
        this.problem = '';
        this.changed();
        this.keepInView();
      } catch (error) {
        this.fail(error);
        break;
      }
    }
    this.isBusy = false;
  }

  /** Moves the timeline on where the record is outside what it shows. */
  private keepInView(): void {
    const { instant, span } = this;
    if (!instant || (instant.at >= span.from && instant.at <= span.to)) return;
    const half = (span.to - span.from) / 2;
    this.show({ from: instant.at - half, to: instant.at + half });
  }

  private async draw(id: string): Promise<void> {
    this.isDrawing = true;
    while (this.spanWanted && this.replay?.replayId === id) {
      const { from, to } = this.spanWanted;
      this.spanWanted = null;
      const timeline = await this.answer<Timeline>(`timeline?from=${Math.floor(from)}&to=${Math.ceil(to)}`);
      if (this.replay?.replayId !== id || timeline === undefined) break;
      this.timeline = timeline;
      this.changed();
    }
    this.isDrawing = false;
  }

  /** What is asked once of the whole tape: what went wrong, and how often each machine went which way. */
  private async diagnose(id: string): Promise<void> {
    const reports = await this.answer<readonly CauseReport[]>('diagnosis');
    if (this.replay?.replayId !== id || !reports) return;
    this.diagnosis = reports.flatMap(({ findings, answer }) =>
      findings.filter((one) => one.answer === answer),
    );
    this.changed();
    const hits = await this.answer<readonly Hit[]>('hits');
    if (this.replay?.replayId !== id || !hits) return;
    this.hits = hits;
    this.changed();
  }

  /** Asks for the proof until it has ended. */
  private async follow(id: string): Promise<void> {
    while (this.replay?.replayId === id && this.replay.proof.state === 'running') {
      const now = await this.link.get(id);
      if (this.replay?.replayId !== id) return;
      this.replay = now;
      this.changed();
      if (now.proof.state === 'running') await new Promise((later) => setTimeout(later, PROOF_POLL_MS));
    }
  }

  /** One answer; undefined where nothing is open or it can't be had, which is then said. */
  private async answer<T>(question: string): Promise<T | undefined> {
    const { replay } = this;
    if (!replay) return undefined;
    try {
      return await this.link.ask<T>(replay.replayId, question);
    } catch (error) {
      if (this.replay === replay) this.fail(error);
      return undefined;
    }
  }

  private fail(error: unknown): void {
    this.problem = (error as Error).message;
    this.speed = 0;
    this.changed();
  }
}
