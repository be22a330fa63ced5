import type { RecordsPage } from '../../events/replay-view.ts';
import type { TapeAnswer } from './tape-answer.ts';

/** Between two steps, at least; what comes closer is passed over in one step. */
const STEP_MS = 100;
/** A quiet time is cut to this. */
const QUIET_MS = 800;

/** Where a tape is shown, and how to go elsewhere on it. */
interface Played {
  readonly seq: number;
  readonly replay: { readonly lastSeq: number } | null;
  go(seq: number): void;
}

/** Plays a tape on from the record that is shown, quiet times cut short. */
export class ReplayPlay {
  /** As a multiple of the tape's own pace; 0 while it does not play. */
  speed = 0;
  /** Counts the plays, so that one that was stopped does not go on with the next. */
  private round = 0;

  constructor(
    private readonly changed: () => void,
    private readonly answer: TapeAnswer,
    private readonly played: Played,
  ) {}

  stop(): void {
    this.round++;
    this.speed = 0;
  }

  /** Plays at `speed` times the tape's pace, up to its end; 0 stops. */
  async play(speed: number): Promise<void> {
    const isPlaying = this.speed > 0;
    if (speed === 0) this.stop();
    this.speed = speed;
    this.changed();
    if (isPlaying || speed === 0) return;
    const { round, played } = this;
    while (round === this.round && played.replay && played.seq < played.replay.lastSeq) {
      const page = await this.answer<RecordsPage>(`records?from=${played.seq}&count=2`);
      const [now, next] = page?.records ?? [];
      if (!now || !next || round !== this.round) break;
      const waitMs = Math.min((next.at - now.at) / this.speed, QUIET_MS);
      await new Promise((later) => setTimeout(later, Math.max(waitMs, STEP_MS)));
      if (round !== this.round) break;
      if (waitMs >= STEP_MS) played.go(next.seq);
      else {
        const at = Math.round(now.at + STEP_MS * this.speed);
        const passed = await this.answer<number | null>(`seqAt?at=${at}`);
        if (round === this.round) played.go(Math.max(passed ?? 0, next.seq));
      }
    }
    if (round !== this.round) return;
    this.stop();
    this.changed();
  }
}
