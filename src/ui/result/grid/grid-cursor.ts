import type { GridCanvas } from './grid-canvas.ts';
import type { ActiveCell } from './grid-events.ts';
import type { GridPart, PressedPart } from './pointer-control.ts';
import { pressedOn, stretched } from './pointer-selection.ts';
import { at, HEADER_ROW, type Selection } from './selection.ts';

/** What a cursor moves over. */
type CursorCanvas = Pick<
  GridCanvas,
  'bounds' | 'drawSoon' | 'editing' | 'feed' | 'layout' | 'selection' | 'show' | 'sourceRows' | 'view'
>;

/** The active cell of a grid and what is selected from it: by command, by key and by pointer. */
export class GridCursor {
  constructor(private readonly canvas: CursorCanvas) {}

  /** What is selected; the first cell, or the first column's header, while nothing is. */
  get selection(): Selection {
    return this.canvas.selection ?? at(this.canvas.sourceRows > 0 ? 0 : HEADER_ROW, 0);
  }

  /** The active cell, by the index of its column; null before there is one. */
  get active(): ActiveCell | null {
    const { layout, feed, selection } = this.canvas;
    if (!selection) return null;
    const { row, column: place } = selection.lead;
    const column = layout.order[place]!;
    return {
      row,
      column,
      get value() {
        return feed?.cells(row)?.[column];
      },
    };
  }

  /** The last row: inserted ones come behind those of the source. -1 where there are none. */
  get lastRow(): number {
    return this.canvas.sourceRows + (this.canvas.editing?.rowsAfter ?? 0) - 1;
  }

  /** Selects, and leaves the view where it is. */
  select(selection: Selection): void {
    this.canvas.selection = selection;
    this.canvas.drawSoon();
  }

  /** Selects, and brings the active cell into view. */
  selectAndShow(selection: Selection): void {
    this.select(selection);
    this.canvas.show(selection.lead);
  }

  /** Makes a cell active and brings it into view. `column` is an index. No such cell: nothing happens. */
  activate(row: number, column: number): void {
    const place = this.canvas.layout.order.indexOf(column);
    if (place >= 0 && row >= 0 && row <= this.lastRow) this.selectAndShow(at(row, place));
  }

  /** Makes the first cell active where none is. */
  begin(): void {
    if (!this.canvas.selection && this.canvas.layout.places > 0) this.select(this.selection);
  }

  selectAll(): void {
    const { rows, columns } = this.canvas.bounds;
    if (rows === 0 || columns === 0) return;
    const { row, column } = this.canvas.selection?.lead ?? { row: 0, column: 0 };
    this.select({ ...at(Math.max(0, row), column), reach: 'all' });
  }

  /** Selects what a press on a part of the grid means. `extend`: from the cell that was active. */
  press(part: GridPart, extend: boolean): void {
    const { canvas, selection } = pressedOn(this.canvas, part, extend, this.canvas.sourceRows);
    if (canvas === 'all') this.selectAll();
    else if (selection && canvas === 'show') this.selectAndShow(selection);
    else if (selection) this.select(selection);
  }

  /** Stretches what was pressed to another cell. */
  stretch(from: PressedPart, row: number, place: number): void {
    const selection = stretched(this.canvas, from, row, place);
    if (selection) this.select(selection);
  }
}
