import type { ResultLimits } from './result-limits.ts';
import type { StoredRows } from './stored-rows.ts';

/**
 * Why a source should pause: `budget` enough bytes are here beyond the furthest row asked for; `disk` the
 * disk is slower than the server; `full` the result takes no more at all.
 */
export type Pressure = 'budget' | 'disk' | 'full';

/** A source goes on once what paused it is at this part of its mark, so that it does not flutter. */
const GO_ON_PART = 0.5;

/** When the source of a result pauses and goes on: by how far its rows are wanted, and how far behind the disk is. */
export class SourcePause {
  /** Called when a paused source may go on. */
  onRoom: () => void = () => {};
  readonly #rows: StoredRows;
  readonly #spillBacklogBytes: number;
  #asked = 0;
  #aheadBytes: number;
  #pausedBy: Exclude<Pressure, 'full'> | null = null;

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

  /** Why the source should pause now, or has to stay paused; null where it need not. */
  get pressure(): Exclude<Pressure, 'full'> | null {
    if (this.#rows.bytesFrom(this.#asked) > this.#aheadBytes * this.#partOf('budget')) return 'budget';
    return this.#rows.backlog > this.#spillBacklogBytes * this.#partOf('disk') ? 'disk' : null;
  }

  /** Whether the source has to pause, and why, as rows come. */
  mustPause(): boolean {
    this.#pausedBy = this.pressure;
    return this.#pausedBy !== null;
  }

  /** Lets a paused source go on where there is room. */
  look(): void {
    if (this.#pausedBy !== null && !this.mustPause()) this.onRoom();
  }

  /** How much of a mark counts: all of it, but of the one that has paused the source. */
  #partOf(pressure: Pressure): number {
    return pressure === this.#pausedBy ? GO_ON_PART : 1;
  }
}
