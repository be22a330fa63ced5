import { IMPORT_KEPT_MS, IMPORTS_KEPT_MAX } from '../events/limits.ts';
import type { Secret } from '../events/secret.ts';
import type { Candidate } from './import/candidate.ts';

interface Shelved extends Candidate {
  /** Milliseconds since 1970 UTC. */
  readonly until: number;
}

/**
 * What imports have read, until it is saved or given up: the page gets the drafts, and their secrets wait here under an id.
 * Oldest out first beyond IMPORTS_KEPT_MAX, and each after IMPORT_KEPT_MS; what goes is overwritten.
 */
export class ImportShelf {
  readonly #shelved = new Map<string, Shelved>();

  constructor(
    private readonly newId: () => string,
    private readonly now: () => number,
  ) {}

  put(candidate: Candidate): string {
    this.sweep();
    const importId = this.newId();
    this.#shelved.set(importId, { ...candidate, until: this.now() + IMPORT_KEPT_MS });
    if (this.#shelved.size > IMPORTS_KEPT_MAX) this.#drop(this.#shelved.keys().next().value!);
    return importId;
  }

  /** Undefined for one that is not here any more. */
  get(importId: string): Candidate | undefined {
    this.sweep();
    return this.#shelved.get(importId);
  }

  /** Forgets what is too old. */
  sweep(): void {
    for (const [importId, { until }] of this.#shelved) if (until <= this.now()) this.#drop(importId);
  }

  clear(): void {
    for (const importId of [...this.#shelved.keys()]) this.#drop(importId);
  }

  #drop(importId: string): void {
    for (const secret of Object.values<Secret>(this.#shelved.get(importId)!.secrets)) secret.wipe();
    this.#shelved.delete(importId);
  }
}
