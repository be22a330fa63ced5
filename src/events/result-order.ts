/** A column that rows are sorted by: its index in the result, from 0. */
export interface SortKey {
  readonly column: number;
  readonly descending: boolean;
}

/** The columns that a result's id says its rows are sorted by, the first one first; none for a result as it was read. */
export function orderOf(resultId: string): readonly SortKey[] {
  return [...resultId.matchAll(/~(\d+)\.(asc|desc)/g)].map(([, column, direction]) => ({
    column: Number(column),
    descending: direction === 'desc',
  }));
}

/** The id of the result as it was read. */
export function unsortedId(resultId: string): string {
  return resultId.replace(/~.*/s, '');
}

/** The id of the same rows, sorted: `q7~2.desc~0.asc`. */
export function sortedId(resultId: string, order: readonly SortKey[]): string {
  const keys = order.map(({ column, descending }) => `~${column}.${descending ? 'desc' : 'asc'}`);
  return unsortedId(resultId) + keys.join('');
}
