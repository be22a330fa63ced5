import type { BlockPool } from './block-pool.ts';
import type { ResultLimits } from './result-limits.ts';
import type { SpillFile } from './spill-file.ts';

/** A result, as its store counts it. */
export interface CountedResult {
  readonly resultId: string;
  readonly memoryBytes: number;
  /** Index and columns in memory, beyond what any result has. */
  readonly besidesBytes: number;
}

/** What a result and its store share. */
export interface ResultHost {
  readonly limits: ResultLimits;
  readonly pool: BlockPool;
  /** Bytes that this result may keep in memory now. */
  memoryBudget(result: CountedResult): number;
  openSpill(): Promise<SpillFile>;
  /** Its rows' bytes in memory or on disk have changed by so much. */
  changed(memoryBytes: number, spilledBytes: number): void;
  /** What it holds besides rows, index and columns, has changed by so many bytes. */
  changedBesides(bytes: number): void;
  /** It was read, or it has become complete. */
  touched(result: CountedResult): void;
  /** It should leave the memory, and the disk refuses it. */
  homeless(result: CountedResult): void;
}
