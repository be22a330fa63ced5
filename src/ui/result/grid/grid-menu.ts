import type { SortKey } from '../../../events/result-order.ts';
import { menuAt } from '../../controls/qt-menu.ts';
import { cellOf } from './cell-hover.ts';
import { HEADER_PX, ROW_PX } from './geometry.ts';
import type { GridCanvas } from './grid-canvas.ts';
import type { GridColumns } from './grid-columns.ts';
import type { GridCursor } from './grid-cursor.ts';
import type { GridDialogs, LoadedDialogs } from './grid-dialogs.ts';
import type { GridNotices } from './grid-notices.ts';
import type { MenuGrid } from './menu-items.ts';
import { at, HEADER_ROW, holds, rectangle } from './selection.ts';

/** The menu of a grid's active cell, or of the column whose header is active. */
export class GridMenu {
  constructor(
    private readonly grid: MenuGrid,
    private readonly canvas: GridCanvas,
    private readonly cursor: GridCursor,
    private readonly columns: GridColumns,
    private readonly dialogs: GridDialogs,
    private readonly notices: GridNotices,
  ) {}

  /** Opens it at the pointer or, without one, below the active cell. */
  open(pointer?: MouseEvent): Promise<void> {
    const { lead } = this.cursor.selection;
    const box = this.grid.getBoundingClientRect();
    const onHeader = lead.row === HEADER_ROW;
    const left = box.left + this.canvas.columnBox(lead.column).left;
    const below = onHeader ? 0 : (lead.row + 1) * ROW_PX - this.canvas.view.top;
    const { clientX = left, clientY = box.top + below + HEADER_PX } = pointer ?? {};
    return this.dialogs.open('The menu could not be loaded', ({ menuItems }) => {
      const items = menuItems(this.grid, this.columns, onHeader ? lead.column : null, (order) =>
        this.sort(() => order),
      );
      menuAt(this.grid, onHeader ? 'Column' : 'Cell', items, clientX, clientY);
    });
  }

  /** Sorts the rows by the column at a place: ascending, descending, then as they were read. */
  sortBy(place: number): void {
    this.sort(({ nextOrder }) =>
      nextOrder(this.grid.source?.resultId ?? '', this.columns.layout.order[place]!),
    );
  }

  private sort(order: (loaded: Pick<LoadedDialogs, 'nextOrder'>) => readonly SortKey[]): void {
    void this.dialogs.open('The rows could not be sorted', (loaded) =>
      loaded.sortRows(this.grid, order(loaded), this.notices),
    );
  }

  /**
   * Opens it for the cell or header under the pointer. What is selected stays so where the pointer is in it; a header's own
   * menu is of its column alone, and of several that are selected it is the cells'.
   */
  openAt(pointer: MouseEvent): void {
    pointer.preventDefault();
    const { selection, bounds } = this.canvas;
    const header = (pointer.target as Element).closest('[role=columnheader]');
    const cell = header
      ? { row: HEADER_ROW, column: Number(header.ariaColIndex) - 1 }
      : cellOf(pointer.target);
    const range = selection && rectangle(selection, bounds);
    const stays = !header || (selection?.reach === 'columns' && range!.right - range!.left > 1);
    if (cell && !(range && stays && holds(range, Math.max(0, cell.row), cell.column)))
      this.cursor.select(at(cell.row, cell.column));
    void this.open(pointer);
  }
}
