import type { FormatName } from '../../../events/formats/format.ts';

/** The active cell. `column` is the index in `columns`. `value` is read when it is asked for. */
export interface ActiveCell {
  readonly row: number;
  readonly column: number;
  /** The server's own text, null for NULL, undefined while the row isn't here and for the header (row -1). */
  readonly value: string | null | undefined;
}

/** Detail of `qt-selection`: a selection of more than one cell, or null for none. */
export interface SelectedCells {
  /** The first row, from 0. */
  readonly from: number;
  readonly rows: number;
  readonly cells: number;
  /** Indices of its columns that may hold numbers. */
  readonly numeric: readonly number[];
}

/** Detail of `qt-copied`. */
export interface Copied {
  readonly cells: number;
  readonly format: FormatName;
}

/** Detail of `qt-columns-changed`: other columns are shown, in another order or width, by the user or by another result. */
export interface ColumnsChanged {
  /** Indices of those shown. */
  readonly order: readonly number[];
  /** Number of the others. */
  readonly hidden: number;
}
