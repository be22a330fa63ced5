import { columnAt, ROW_PX } from './geometry.ts';
import type { GridCanvas } from './grid-canvas.ts';
import type { GridPart, PressedPart } from './pointer-control.ts';
import { at, extendedTo, type Selection } from './selection.ts';

/** What a press selects, and whether that is to be brought into view; `all` is everything. */
export interface Press {
  readonly canvas: 'show' | 'stay' | 'all';
  readonly selection: Selection | null;
}

/** What decides over a press: what is selected and in view. */
type PressedCanvas = Pick<GridCanvas, 'selection' | 'bounds' | 'view' | 'layout'>;

const NOTHING: Press = { canvas: 'stay', selection: null };

/** What a press on a part of the grid selects. */
export function pressedOn(canvas: PressedCanvas, part: GridPart, extend: boolean, rowsHere: number): Press {
  const { selection, view, layout } = canvas;
  if (part.type === 'grip') return NOTHING;
  if (part.type === 'corner') return { canvas: 'all', selection: null };
  if (extend && selection) {
    const row = part.type === 'column' ? 0 : part.row;
    const place = part.type === 'rowNumber' ? 0 : part.place;
    return { canvas: 'stay', selection: stretched(canvas, part.type, row, place) };
  }
  if (part.type === 'cell') return { canvas: 'show', selection: at(part.row, part.place) };
  if (part.type === 'rowNumber') {
    const column = columnAt(layout.edges, view.left);
    return { canvas: 'stay', selection: { ...at(part.row, column), reach: 'rows' } };
  }
  // The active cell is one in view, so that a click on a name scrolls nothing.
  const row = Math.min(Math.ceil(view.top / ROW_PX), rowsHere - 1);
  return { canvas: 'stay', selection: { ...at(row, part.place), reach: 'columns' } };
}

/** The selection stretched to a cell by a drag or a press with Shift. */
export function stretched(
  { selection, bounds }: Pick<GridCanvas, 'selection' | 'bounds'>,
  from: PressedPart,
  row: number,
  place: number,
): Selection | null {
  if (bounds.rows === 0) return null;
  const lead = {
    row: from === 'column' ? Math.max(0, selection?.lead.row ?? 0) : row,
    column: from === 'rowNumber' ? (selection?.lead.column ?? 0) : place,
  };
  return extendedTo(selection, lead, from === 'cell' ? 'cells' : from === 'column' ? 'columns' : 'rows');
}
