import { orderOf, type SortKey, sortedId, unsortedId } from '../../../events/result-order.ts';
import { json } from '../../api/request.ts';
import type { MenuItem } from '../../controls/qt-menu.ts';
import { thousands } from '../../format/format.ts';
import type { GridEditing } from './grid-editing.ts';
import type { GridNotices } from './grid-notices.ts';
import type { WindowSource } from './row-loader.ts';

/** A wait that is longer says what it waits for. */
const WAIT_MS = 300;

/** What is sorted. */
export interface SortedGrid extends HTMLElement {
  readonly source: WindowSource | null;
  readonly rowsHere: number;
  readonly complete: boolean;
  readonly editing: GridEditing | null;
}

/** How a column's menu sorts the rows by it, alone or behind the columns that they are sorted by; none where rows can't be sorted. */
export function sortItems(
  grid: SortedGrid,
  column: number,
  sort: (order: readonly SortKey[]) => void,
): MenuItem[] {
  const { resultId } = grid.source ?? {};
  if (resultId === undefined) return [];
  const order = orderOf(resultId);
  const lacking = sortLacking(grid);
  const item = (label: string, wanted: readonly SortKey[]): MenuItem => ({
    label,
    lacking: lacking || (sortedId(resultId, wanted) === resultId ? 'They are in this order.' : ''),
    act: () => sort(wanted),
  });
  const [up, down] = [false, true].map((descending) => ({ column, descending }));
  const others = order.filter((key) => key.column !== column);
  return [
    { ...item('Sort ascending', [up!]), apart: true },
    item('Sort descending', [down!]),
    ...(others.length > 0
      ? [item('Then sort ascending', [...others, up!]), item('Then sort descending', [...others, down!])]
      : []),
    ...(order.length > 0 ? [item('Order as read', [])] : []),
  ];
}

/** The order that a double click on a header asks for next: ascending, descending, as read. */
export function nextOrder(resultId: string, column: number): readonly SortKey[] {
  const key = orderOf(resultId).find((one) => one.column === column);
  return key?.descending ? [] : [{ column, descending: key !== undefined }];
}

function mustBeSortable(grid: SortedGrid): void {
  const lacking = sortLacking(grid);
  if (lacking) throw new Error(lacking);
}

/** Why the rows can't be put into another order now; empty where they can. */
function sortLacking({ complete, editing }: SortedGrid): string {
  if (!complete) return 'Not all rows are read yet. Where reading has paused, fetch all of them.';
  return editing?.touched ? 'Rows were edited. Apply or discard that, and run the statement again.' : '';
}

/**
 * Has the program sort the rows, then fires `qt-sort` with the id of the result in that order, unless another result has come into view.
 * @throws Error where they can't be sorted now, Refused where the program can't
 */
export async function sortRows(
  grid: SortedGrid,
  order: readonly SortKey[],
  notices: GridNotices,
): Promise<void> {
  const { resultId } = grid.source ?? {};
  if (resultId === undefined) return;
  mustBeSortable(grid);
  const sorted = sortedId(resultId, order);
  const text = `Sorting ${thousands(grid.rowsHere)} rows`;
  const waits = { about: 'dialog', text, failed: false, actions: [] } as const;
  const wait = setTimeout(() => notices.show(waits), WAIT_MS);
  try {
    await json(`/api/results/${sorted}`);
  } finally {
    clearTimeout(wait);
    if (notices.shown === waits) notices.show(null);
  }
  if (unsortedId(grid.source?.resultId ?? '') !== unsortedId(resultId)) return;
  mustBeSortable(grid);
  grid.dispatchEvent(new CustomEvent('qt-sort', { detail: sorted, bubbles: true, composed: true }));
}
