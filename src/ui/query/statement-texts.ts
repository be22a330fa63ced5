import type { QueryView } from '../../events/views/query-view.ts';
import type { QueryText } from '../../events/wire.ts';
import { KeyedReads } from '../api/keyed-reads.ts';

/** What the program has of a tab's statements beside the tape: their texts, and what the server said of them. */
export class StatementTexts {
  /** A version is the number of notices, and whether the query has ended. */
  private readonly reads: KeyedReads<QueryText | null>;

  /** `changed` is called after each text that has come. */
  constructor(read: (queryId: string) => Promise<QueryText | null>, changed: () => void) {
    this.reads = new KeyedReads(read, changed);
  }

  /** By query id; null for a text that is not known any more. */
  get values(): ReadonlyMap<string, QueryText | null> {
    return this.reads.values;
  }

  /** Reads the texts of those of which the server has said something, again where it has said more. */
  follow(queries: readonly QueryView[]): void {
    for (const { queryId, failure, notices, outcome } of queries) {
      const hasEnded = outcome !== null;
      const hasWords = hasEnded && (failure !== null || outcome === 'refused');
      if (hasWords || notices > 0) this.reads.want(queryId, `${notices} ${hasEnded}`);
    }
  }
}
