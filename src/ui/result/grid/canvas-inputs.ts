import type { Column } from '../../../events/result.ts';
import { unsortedId } from '../../../events/result-order.ts';
import type { GridCanvas } from './grid-canvas.ts';
import type { GridEditing } from './grid-editing.ts';
import type { WindowSource } from './row-loader.ts';
import { within } from './selection.ts';

/** The properties of a grid that its canvas draws. */
interface CanvasInputs {
  readonly columns: readonly Column[];
  readonly rowsHere: number;
  readonly source: WindowSource | null;
  readonly documents: boolean;
  readonly editing: GridEditing | null;
  readonly revision: number;
}

/** The earlier values of those that have changed. */
export type ChangedInputs = Pick<ReadonlyMap<keyof CanvasInputs, unknown>, 'has' | 'get'>;

/**
 * Gives a canvas its inputs. Another result has no selection; another order, more columns, and rows that went or came, leave what
 * is selected as far as it is still there.
 */
export function giveInputs(canvas: GridCanvas, inputs: CanvasInputs, changed: ChangedInputs): void {
  const { columns, source } = inputs;
  const isOther = changed.has('source');
  if (isOther) {
    const isSorted = areSameRows(source, changed.get('source'));
    if (!isSorted) canvas.selection = null;
    canvas.setSource(source, isSorted);
  }
  if (changed.has('documents')) canvas.documents = inputs.documents;
  canvas.editing = inputs.editing;
  if (changed.has('columns') && !isOther && continues(columns, changed.get('columns'))) {
    canvas.extendColumns(columns);
  } else if (changed.has('columns')) {
    canvas.selection = null;
    canvas.setColumns(columns);
  }
  if (!COUNTED.some((name) => changed.has(name))) return;
  canvas.setRows(inputs.rowsHere);
  if (canvas.selection) canvas.selection = within(canvas.selection, canvas.bounds);
  if (isOther && source?.first) canvas.drawNow();
}

/** Whether a source has the rows of an earlier one, in another order. */
function areSameRows(source: WindowSource | null, earlier: unknown): boolean {
  const before = (earlier as WindowSource | null)?.resultId;
  return before !== undefined && unsortedId(before) === unsortedId(source?.resultId ?? '');
}

/** What the count of rows, or the cells that there are, may depend on. */
const COUNTED = ['source', 'columns', 'rowsHere', 'revision', 'editing'] as const;

/** Whether columns are the earlier ones, with more details or with more columns after them. */
function continues(columns: readonly Column[], earlier: unknown): boolean {
  const before = (earlier ?? []) as readonly Column[];
  if (before.length === 0 || columns.length < before.length) return false;
  return before.every(({ name }, i) => columns[i]!.name === name);
}
