import { orderOf, type SortKey, sortedId, unsortedId } from '../events/result-order.ts';
import type { App, ReadableResult } from './app.ts';
import { SORT_COLUMNS_MAX, SORT_ORDERS_BYTES } from './limits.ts';
import { SortRefused } from './sort-refused.ts';

interface Sort {
  readonly unsorted: ReadableResult;
  readonly columns: number;
  /** Memory of the order. */
  readonly bytes: number;
  readonly sorted: Promise<ReadableResult>;
}

/** Results by their ids, those included that name an order: each is sorted once, and again where that was forgotten. */
export class ResultSorts {
  /** By the sorted result's id, longest not asked for first. */
  readonly #sorts = new Map<string, Sort>();
  /** Results are sorted one after the other, as each needs memory. */
  #before: Promise<unknown> = Promise.resolve();

  constructor(private readonly app: Pick<App, 'result'>) {}

  /**
   * The result with an id, in the order that it names; undefined where there is none, or it has no such columns.
   * @throws SortRefused, ResultDroppedError
   */
  async of(resultId: string): Promise<ReadableResult | undefined> {
    const order = orderOf(resultId);
    const unsorted = this.app.result(unsortedId(resultId));
    if (!unsorted || (order.length === 0 && resultId === unsortedId(resultId))) return unsorted;
    const { columns, complete, rows } = unsorted.meta();
    if (!isOrder(order, columns.length) || resultId !== sortedId(resultId, order)) return undefined;
    if (!complete)
      throw new SortRefused('sort.incomplete', 'Rows are still being read. Sort them once all are here.');
    const known = this.#sorts.get(resultId);
    this.#sorts.delete(resultId);
    if (known?.unsorted === unsorted && known.columns === columns.length) {
      this.#sorts.set(resultId, known);
      return await known.sorted;
    }
    const sorted = this.#before.then(async () => {
      // Loaded with the first of them.
      const { SortedResult } = await import('./sorted-result.ts');
      return await SortedResult.of(resultId, unsorted, order);
    });
    this.#before = sorted.catch(() => this.#sorts.delete(resultId));
    this.#sorts.set(resultId, {
      unsorted,
      columns: columns.length,
      bytes: rows * Uint32Array.BYTES_PER_ELEMENT,
      sorted,
    });
    this.#forget();
    return await sorted;
  }

  /** Forgets orders of results that are gone, and the oldest of those that are too large together. */
  #forget(): void {
    let bytes = 0;
    for (const [id, sort] of [...this.#sorts].reverse()) {
      const isGone = this.app.result(unsortedId(id)) !== sort.unsorted;
      if (bytes > 0 && (isGone || bytes + sort.bytes > SORT_ORDERS_BYTES)) this.#sorts.delete(id);
      else bytes += sort.bytes;
    }
  }
}

function isOrder(order: readonly SortKey[], columns: number): boolean {
  return (
    order.length <= SORT_COLUMNS_MAX &&
    order.every(({ column }) => column < columns) &&
    new Set(order.map(({ column }) => column)).size === order.length
  );
}
