import type { Secret } from '../events/secret.ts';
import type { Candidate } from './import/candidate.ts';
import { IMPORT_KEPT_MS, IMPORTS_KEPT_MAX } from './limits.ts';

interface Pending extends Candidate {
  /** Milliseconds since 1970 UTC. */
  readonly until: number;
}

/**
 * What imports have read, until it is saved or given up: the page gets the drafts, and their secrets wait
 * here under an id. Oldest out first beyond IMPORTS_KEPT_MAX, and each after IMPORT_KEPT_MS; what goes is
 * overwritten.
 */
export class PendingImports {
  readonly #pending = new Map<string, Pending>();

  constructor(
    private readonly newId: () => string,
    private readonly now: () => number,
  ) {}

  put(candidate: Candidate): string {
    this.sweep();
    const importId = this.newId();
    this.#pending.set(importId, { ...candidate, until: this.now() + IMPORT_KEPT_MS });
    if (this.#pending.size > IMPORTS_KEPT_MAX) this.drop(this.#pending.keys().next().value!);
    return importId;
  }

  /** Undefined for one that is not here any more. */
  get(importId: string): Candidate | undefined {
    this.sweep();
    return this.#pending.get(importId);
  }

  /** Forgets what is too old. */
  sweep(): void {
    for (const [importId, { until }] of this.#pending) if (until <= this.now()) this.drop(importId);
  }

  clear(): void {
    for (const importId of this.#pending.keys()) this.drop(importId);
  }

  /** Forgets one, which is saved. */
  drop(importId: string): void {
    for (const secret of Object.values<Secret>(this.#pending.get(importId)?.secrets ?? {})) secret.wipe();
    this.#pending.delete(importId);
  }
}
