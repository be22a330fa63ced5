import { readdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Column, RowEncoding } from '../../events/result.ts';
import { BlockPool } from './block-pool.ts';
import { Result } from './result.ts';
import type { CountedResult, ResultHost } from './result-host.ts';
import { RESULT_LIMITS, type ResultLimits } from './result-limits.ts';
import { SPILL_SUFFIX, type SpillDisk, SpillFile } from './spill-file.ts';

/**
 * Why the store itself dropped a result: too many of them, too old, or neither memory nor disk has room for
 * it.
 */
type DropReason = 'count' | 'age' | 'memory';

export interface ResultStoreOptions extends SpillDisk {
  /** Where spill files are made: a folder that is there, which this process alone uses. */
  readonly spillFolder: string;
  /** Milliseconds of any steady clock. */
  readonly now?: () => number;
  readonly limits?: Partial<ResultLimits>;
  /** Told of a result that the store dropped by itself. */
  readonly onDrop?: (resultId: string, reason: DropReason) => void;
}

/**
 * The results of this process. A result dies with `drop`; only complete ones die otherwise: the one looked at
 * longest ago when there are more than RESULTS_MAX, and those not read for RESULT_AGE_MAX_MS. When all
 * together need more than RESULTS_MEMORY_BYTES, complete ones go to their spill files, longest unseen first,
 * and die only if the disk refuses. Results being filled may be more than RESULTS_MAX; connections bound
 * their number.
 */
export class ResultStore {
  /** The memory that rows pass through. */
  readonly blocks = new BlockPool();
  readonly #limits: ResultLimits;
  readonly #now: () => number;
  readonly #onDrop: (resultId: string, reason: DropReason) => void;
  /** In the order in which they were last looked at, longest ago first. */
  readonly #results = new Map<string, { readonly result: Result; seenAt: number }>();
  readonly #host: ResultHost;
  /** Files of dropped results that are being closed. */
  readonly #closing = new Set<Promise<void>>();
  #memoryBytes = 0;
  #spilledBytes = 0;
  #besidesBytes = 0;

  /** @throws the disk's error, ENOENT where the folder is not there */
  constructor(options: ResultStoreOptions) {
    const { spillFolder } = options;
    this.#limits = { ...RESULT_LIMITS, ...options.limits };
    this.#now = options.now ?? (() => performance.now());
    this.#onDrop = options.onDrop ?? (() => {});
    removeLeftovers(spillFolder);
    this.#host = {
      limits: this.#limits,
      pool: this.blocks,
      memoryBudget: (result) => this.#memoryBudget(result),
      openSpill: () => SpillFile.open(spillFolder, options),
      changedBesides: (bytes) => {
        this.#besidesBytes += bytes;
      },
      changed: (memoryBytes, spilledBytes) => this.#changed(memoryBytes, spilledBytes),
      touched: (result) => this.#touched(result),
      homeless: (result) => this.#dropItself(result.resultId, 'memory'),
    };
  }

  /** Bytes of rows in memory, all results together. */
  get memoryBytes(): number {
    return this.#memoryBytes;
  }

  /** What the results hold: rows in memory, indexes and columns. */
  get #heldBytes(): number {
    return this.#memoryBytes + this.#besidesBytes;
  }

  /** Bytes of rows in spill files, all results together. */
  get spilledBytes(): number {
    return this.#spilledBytes;
  }

  /** Results here. */
  get size(): number {
    return this.#results.size;
  }

  /** A new, empty result. @throws RangeError for an id that is in use, or an encoding without a codec */
  open(resultId: string, queryId: string, columns: readonly Column[], encoding: RowEncoding): Result {
    if (this.#results.has(resultId)) throw new RangeError(`result ${resultId} exists`);
    const result = new Result(this.#host, resultId, queryId, columns, encoding);
    this.#results.set(resultId, { result, seenAt: this.#now() });
    this.#dropBeyondCount();
    return result;
  }

  get(resultId: string): Result | undefined {
    return this.#results.get(resultId)?.result;
  }

  /** Forgets a result and frees its memory and disk. Does nothing for an unknown id. */
  drop(resultId: string): void {
    const entry = this.#results.get(resultId);
    if (!entry) return;
    this.#results.delete(resultId);
    const closing = entry.result.drop().catch(() => {});
    this.#closing.add(closing);
    closing.then(() => this.#closing.delete(closing));
  }

  /** Forgets all results of a query. */
  dropQuery(queryId: string): void {
    for (const [resultId, { result }] of this.#results) if (result.queryId === queryId) this.drop(resultId);
  }

  /** Drops complete results that have not been read for too long. Called periodically. */
  sweep(): void {
    const oldest = this.#now() - this.#limits.resultAgeMaxMs;
    for (const [resultId, { result, seenAt }] of this.#results) {
      if (seenAt < oldest && result.isComplete) this.#dropItself(resultId, 'age');
    }
    this.#dropBeyondCount();
  }

  /** Drops everything. Resolves once all files are closed. */
  async close(): Promise<void> {
    for (const resultId of [...this.#results.keys()]) this.drop(resultId);
    await Promise.all(this.#closing);
  }

  /** A result that is being filled has what the others leave, and at most its own share. */
  #memoryBudget(result: CountedResult): number {
    const others = this.#heldBytes - result.memoryBytes - result.besidesBytes;
    return Math.max(0, Math.min(this.#limits.resultMemoryBytes, this.#limits.resultsMemoryBytes - others));
  }

  #changed(memoryBytes: number, spilledBytes: number): void {
    this.#memoryBytes += memoryBytes;
    this.#spilledBytes += spilledBytes;
    if (memoryBytes > 0 && this.#heldBytes > this.#limits.resultsMemoryBytes) this.#shedUnseen();
  }

  #shedUnseen(): void {
    let excess = this.#heldBytes - this.#limits.resultsMemoryBytes;
    for (const { result } of [...this.#results.values()]) {
      if (excess <= 0) return;
      if (!result.isComplete || result.memoryBytes === 0) continue;
      excess -= result.memoryBytes;
      if (!result.isShedding) result.shed();
    }
  }

  #touched(result: CountedResult): void {
    const entry = this.#results.get(result.resultId);
    if (entry?.result !== result) return;
    entry.seenAt = this.#now();
    this.#results.delete(result.resultId);
    this.#results.set(result.resultId, entry);
  }

  #dropBeyondCount(): void {
    let excess = this.#results.size - this.#limits.resultsMax;
    for (const [resultId, { result }] of this.#results) {
      if (excess <= 0) return;
      if (!result.isComplete) continue;
      excess--;
      this.#dropItself(resultId, 'count');
    }
  }

  #dropItself(resultId: string, reason: DropReason): void {
    this.drop(resultId);
    this.#onDrop(resultId, reason);
  }
}

/** Removes what a process left in the folder that was killed between opening and unlinking a file. */
function removeLeftovers(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (name.endsWith(SPILL_SUFFIX)) unlinkSync(join(folder, name));
  }
}
