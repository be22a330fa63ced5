import type { ResultLimits } from './result-limits.ts';
import type { StoredRows } from './stored-rows.ts';

/**
 * Why a source should pause: `budget` enough bytes are here beyond the furthest row asked for; `disk` the
 * disk is slower than the server; `full` the result takes no more at all.
 */
export type Pressure = 'budget' | 'disk' | 'full';

/** A source goes on once no mark is passed by more than this part of it, so that it does not flutter. */
const GO_ON_PART = 0.5;

/** When the source of a result pauses and goes on: by how far its rows are wanted, and how far behind the disk is. */
export class SourcePause {
  /** Called when a paused source may go on. */
  onRoom: () => void = () => {};
  readonly #rows: StoredRows;
  readonly #spillBacklogBytes: number;
  #asked = 0;
  #aheadBytes: number;
  #isPaused = false;

  constructor(rows: StoredRows, limits: Pick<ResultLimits, 'fetchAheadBytes' | 'spillBacklogBytes'>) {
    this.#rows = rows;
    this.#aheadBytes = limits.fetchAheadBytes;
    this.#spillBacklogBytes = limits.spillBacklogBytes;
  }

  /** The rows before `row` are wanted. */
  askedFor(row: number): void {
    if (row > this.#asked) this.#asked = row;
  }

  /** So many bytes are wanted beyond those; `Infinity` is all of them. */
  fetchAhead(bytes: number): void {
    this.#aheadBytes = bytes;
  }

  /** Why the source should pause now, or null. */
  get pressure(): Exclude<Pressure, 'full'> | null {
    return this.#pressureAt(1);
  }

  /** The source was asked to pause, or to go on. */
  set(isPaused: boolean): void {
    this.#isPaused = isPaused;
  }

  /** Lets a paused source go on where there is room. */
  look(): void {
    if (!this.#isPaused || this.#pressureAt(GO_ON_PART) !== null) return;
    this.#isPaused = false;
    this.onRoom();
  }

  /** `part` is how much of each mark counts. */
  #pressureAt(part: number): Exclude<Pressure, 'full'> | null {
    if (this.#rows.bytesFrom(this.#asked) > this.#aheadBytes * part) return 'budget';
    return this.#rows.backlog > this.#spillBacklogBytes * part ? 'disk' : null;
  }
}
