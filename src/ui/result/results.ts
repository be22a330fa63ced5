import type { FailureText } from '../../events/failure.ts';
import { resultIdOf } from '../../events/result.ts';
import type { QueryView } from '../../events/views/query-view.ts';
import type { QueryText } from '../../events/wire.ts';

/** A result of a script, as its tab shows it. */
export interface ShownResult {
  readonly resultId: string;
  readonly query: QueryView;
  readonly label: string;
}

/**
 * The results of a script in the order of its statements; one statement may give several, which is known once
 * it has ended.
 */
export function resultsOf(queries: readonly QueryView[]): ShownResult[] {
  const ids = queries
    .filter(({ columns }) => columns > 0)
    .flatMap((query) =>
      Array.from({ length: Math.max(1, query.resultSets) }, (_, i) => ({
        query,
        resultId: resultIdOf(query.queryId, i + 1),
      })),
    );
  return ids.map((one, i) => ({ ...one, label: ids.length > 1 ? `Result ${i + 1}` : 'Result' }));
}

/** What the server said beside a query's rows, the most serious first, and how much more there is. */
export function besideRows(
  query: QueryView,
  words: QueryText | null | undefined,
): { readonly notice: FailureText; readonly more: number } | null {
  const notices = words?.notices ?? [];
  const notice = notices.find(({ severity }) => isWarning(severity)) ?? notices[0];
  return notice ? { notice, more: Math.max(query.notices, notices.length) - 1 } : null;
}

export function isWarning(severity: string | undefined): boolean {
  return severity !== undefined && /^warning|^error/i.test(severity);
}
