import { rowNumber } from '../../format/display-text.ts';
import type { ViewedCell } from './cell-viewer.ts';
import { documentCell } from './document-cell.ts';
import type { GridCanvas } from './grid-canvas.ts';

/**
 * The active cell with its whole value; null where no cell is active, or another result is in view by then. `documents`: values
 * are Extended JSON. Rejects with the source's error.
 */
export async function viewedCell(canvas: GridCanvas, documents: boolean): Promise<ViewedCell | null> {
  const { selection, layout, feed } = canvas;
  if (!selection || !feed || selection.lead.row < 0) return null;
  const { row, column: place } = selection.lead;
  const index = layout.order[place]!;
  const { value } = await canvas.read({ from: row, to: row + 1 }).next();
  if (canvas.feed !== feed) return null;
  const cell = { column: layout.columns[index]!, row: rowNumber(row), value: value?.[index] ?? null };
  return documents ? documentCell(cell) : cell;
}
