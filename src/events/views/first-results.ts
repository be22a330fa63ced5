import type { QueryView } from './query-view.ts';

/** Scripts whose first result is waited for; of more the oldest is not. */
const SCRIPTS_MAX = 16;

interface Script {
  readonly queryIds: readonly string[];
  /** Those before it have ended without a result. */
  next: number;
}

/** Which of the scripts that were submitted have a first result, as the tape tells it. */
export class FirstResults {
  #scripts: Script[] = [];

  /** A script was submitted. */
  expect(queryIds: readonly string[]): void {
    this.#scripts = [...this.#scripts.slice(1 - SCRIPTS_MAX), { queryIds, next: 0 }];
  }

  /** Whether a script may still give its first result. */
  get isWaiting(): boolean {
    return this.#scripts.length > 0;
  }

  /** The queries that have given their script's first result since the last look: of each script one. */
  look(queries: Readonly<Record<string, QueryView>>): QueryView[] {
    const found: QueryView[] = [];
    if (this.#scripts.length === 0) return found;
    this.#scripts = this.#scripts.filter((script) => {
      const { queryIds } = script;
      for (; script.next < queryIds.length; script.next++) {
        const query = queries[queryIds[script.next]!];
        if (query !== undefined && query.columns > 0) {
          found.push(query);
          return false;
        }
        if (query === undefined || query.outcome === null) return true;
      }
      return false;
    });
    return found;
  }
}
