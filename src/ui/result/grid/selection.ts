/** A cell by its place on the screen: `column` counts shown columns. Row -1 is the header. */
export interface Cell {
  readonly row: number;
  readonly column: number;
}

/** What a selection stretches over: the cells between its corners, or whole rows or columns through them. */
export type Reach = 'cells' | 'rows' | 'columns' | 'all';

/** A rectangle from `anchor`, where it was begun, to `lead`, the active cell. */
export interface Selection {
  readonly anchor: Cell;
  readonly lead: Cell;
  readonly reach: Reach;
}

export interface Bounds {
  readonly rows: number;
  readonly columns: number;
  /** Rows that PageUp and PageDown step over. */
  readonly pageRows: number;
}

/** Rows and columns of a rectangle; `bottom` and `right` are the first ones outside. */
export interface Rectangle {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

export const MOVES = [
  'up',
  'down',
  'left',
  'right',
  'pageUp',
  'pageDown',
  'rowStart',
  'rowEnd',
  'columnStart',
  'columnEnd',
  'gridStart',
  'gridEnd',
] as const;
export type Move = (typeof MOVES)[number];

export const HEADER_ROW = -1;

const clamp = (value: number, min: number, max: number): number => Math.min(Math.max(value, min), max);

/** A selection of one cell. */
export function at(row: number, column: number): Selection {
  return { anchor: { row, column }, lead: { row, column }, reach: 'cells' };
}

/** The same selection, extended or started over. */
export function extendedTo(selection: Selection | null, lead: Cell, reach: Reach): Selection {
  if (!selection || selection.anchor.row === HEADER_ROW) return { anchor: lead, lead, reach };
  return { anchor: selection.anchor, lead, reach };
}

/** The selection after a key. `extend` keeps the anchor. Only a plain step up leads into the header. */
export function moved(selection: Selection, move: Move, bounds: Bounds, extend: boolean): Selection {
  const target = targetOf(selection.lead, move, bounds);
  const floor = extend || selection.lead.row > 0 || move !== 'up' ? 0 : HEADER_ROW;
  const stay = selection.lead.row === HEADER_ROW && !extend && sideways(move);
  const lead = {
    row: stay ? HEADER_ROW : clamp(target.row, Math.min(floor, bounds.rows - 1), bounds.rows - 1),
    column: clamp(target.column, 0, Math.max(0, bounds.columns - 1)),
  };
  if (!extend) return { anchor: lead, lead, reach: 'cells' };
  return extendedTo(selection, lead, selection.reach === 'all' ? 'cells' : selection.reach);
}

function sideways(move: Move): boolean {
  return move === 'left' || move === 'right' || move === 'rowStart' || move === 'rowEnd';
}

function targetOf({ row, column }: Cell, move: Move, { rows, columns, pageRows }: Bounds): Cell {
  switch (move) {
    case 'up':
      return { row: row - 1, column };
    case 'down':
      return { row: row + 1, column };
    case 'left':
      return { row, column: column - 1 };
    case 'right':
      return { row, column: column + 1 };
    case 'pageUp':
      return { row: row - pageRows, column };
    case 'pageDown':
      return { row: row + pageRows, column };
    case 'rowStart':
      return { row, column: 0 };
    case 'rowEnd':
      return { row, column: columns - 1 };
    case 'columnStart':
      return { row: 0, column };
    case 'columnEnd':
      return { row: rows - 1, column };
    case 'gridStart':
      return { row: 0, column: 0 };
    case 'gridEnd':
      return { row: rows - 1, column: columns - 1 };
  }
}

/** What a selection holds of a grid that may have grown since. Empty for the header. */
export function rectangle({ anchor, lead, reach }: Selection, bounds: Bounds): Rectangle {
  const wholeRows = reach === 'rows' || reach === 'all';
  const wholeColumns = reach === 'columns' || reach === 'all';
  if (lead.row === HEADER_ROW && !wholeColumns) return { top: 0, bottom: 0, left: 0, right: 0 };
  return {
    top: wholeColumns ? 0 : Math.min(anchor.row, lead.row),
    bottom: wholeColumns ? bounds.rows : Math.min(bounds.rows, Math.max(anchor.row, lead.row) + 1),
    left: wholeRows ? 0 : Math.min(anchor.column, lead.column),
    right: wholeRows ? bounds.columns : Math.min(bounds.columns, Math.max(anchor.column, lead.column) + 1),
  };
}

export function isOneCell({ anchor, lead, reach }: Selection): boolean {
  return reach === 'cells' && anchor.row === lead.row && anchor.column === lead.column;
}

export function cellCount({ top, bottom, left, right }: Rectangle): number {
  return Math.max(0, bottom - top) * Math.max(0, right - left);
}

export function holds({ top, bottom, left, right }: Rectangle, row: number, column: number): boolean {
  return row >= top && row < bottom && column >= left && column < right;
}

/**
 * The selection after columns changed their places, with the columns that it had and those that came in between. Where an end
 * of it is hidden now, one cell is left. `before` and `after` are the indices of the columns by place.
 */
export function rearranged(
  { anchor, lead, reach }: Selection,
  before: readonly number[],
  after: readonly number[],
): Selection {
  const bring = ({ row, column }: Cell): Cell => ({ row, column: after.indexOf(before[column]!) });
  const next = { anchor: bring(anchor), lead: bring(lead), reach };
  if (next.anchor.column >= 0 && next.lead.column >= 0) return next;
  return at(lead.row, Math.max(next.lead.column, Math.min(lead.column, after.length - 1)));
}

/** The selection as a grid with other bounds can hold it; null where nothing is left. */
export function within(selection: Selection, { rows, columns }: Bounds): Selection | null {
  if (columns === 0) return null;
  const fits = (cell: Cell): boolean => cell.row < rows && cell.column < columns;
  if (fits(selection.anchor) && fits(selection.lead)) return selection;
  if (rows === 0) return null;
  const bring = (cell: Cell): Cell => ({
    row: Math.min(cell.row, rows - 1),
    column: Math.min(cell.column, columns - 1),
  });
  return { anchor: bring(selection.anchor), lead: bring(selection.lead), reach: selection.reach };
}
