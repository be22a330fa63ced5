import type { FormatName } from '../../../events/formats/format.ts';
import { type KeyCommand, type KeyPlace, keyCaps, keysOf } from '../../controls/key-bindings.ts';
import { type MenuItem, menuAt } from '../../controls/qt-menu.ts';
import { cellOf } from './cell-hover.ts';
import { HEADER_PX, ROW_PX } from './geometry.ts';
import type { GridCanvas } from './grid-canvas.ts';
import type { GridCursor } from './grid-cursor.ts';
import type { GridEditing } from './grid-editing.ts';
import type { GridCommand } from './keys.ts';
import { at, holds, rectangle } from './selection.ts';

/** The menu of a grid's active cell. */
export class GridMenu {
  constructor(
    private readonly grid: HTMLElement,
    private readonly canvas: GridCanvas,
    private readonly cursor: GridCursor,
    private readonly items: () => readonly MenuItem[],
  ) {}

  /** Opens it at the pointer or, without one, below the active cell. */
  open(pointer?: MouseEvent): void {
    const { lead } = this.cursor.selection;
    const box = this.grid.getBoundingClientRect();
    const left = box.left + this.canvas.columnBox(lead.column).left;
    const top = box.top + (lead.row + 1) * ROW_PX - this.canvas.view.top + HEADER_PX;
    menuAt(this.grid, 'Cell', this.items(), pointer?.clientX ?? left, pointer?.clientY ?? top);
  }

  /** Opens it for the cell under the pointer. What is selected stays so where the pointer is in it. */
  openAt(pointer: MouseEvent): void {
    pointer.preventDefault();
    const cell = cellOf(pointer.target);
    const { selection, bounds } = this.canvas;
    if (cell && !(selection && holds(rectangle(selection, bounds), cell.row, cell.column)))
      this.cursor.select(at(cell.row, cell.column));
    this.open(pointer);
  }
}

/** What can be done with the active cell and the rows selected. What can't be says why. */
export function gridMenu(
  editing: GridEditing | null,
  obey: (command: GridCommand) => void,
  copy: (format: FormatName, spreadsheet?: boolean) => void,
  documents: boolean,
): MenuItem[] {
  const act = (type: Exclude<GridCommand['type'], 'typed' | 'move' | 'resizeColumn' | 'moveColumn'>) => () =>
    obey({ type });
  const looks: MenuItem[] = [
    { label: 'View value', keys: keys('grid', 'view'), act: act('view') },
    { label: 'Copy', keys: keys('grid', 'copy'), act: () => copy('tsv') },
    { label: 'Copy for spreadsheets', act: () => copy('tsv', true) },
    { label: 'Copy as CSV', act: () => copy('csv') },
    { label: documents ? 'Copy as Extended JSON' : 'Copy as JSON', act: () => copy('json') },
    { label: 'Copy as Markdown', act: () => copy('markdown') },
    ...(documents ? [] : [{ label: 'Copy as INSERT', act: () => copy('sql') }]),
  ];
  if (!editing?.can) return looks;
  return [
    { label: 'Edit', keys: keys('rows', 'edit'), act: act('edit') },
    { label: documents ? 'Remove field' : 'Set NULL', keys: keys('rows', 'setNull'), act: act('setNull') },
    { label: 'Undo this change', keys: keys('rows', 'revert'), act: act('revert') },
    { label: 'Undo', keys: keys('rows', 'undo'), act: act('undo'), apart: true },
    { label: 'Redo', keys: keys('rows', 'redo'), act: act('redo') },
    { label: 'Insert row', keys: keys('rows', 'insertRow'), act: act('insertRow'), apart: true },
    { label: 'Duplicate row', keys: keys('rows', 'duplicateRow'), act: act('duplicateRow') },
    { label: 'Delete rows', keys: keys('rows', 'removeRows'), act: act('removeRows') },
    ...looks.map((item, i) => (i === 0 ? { ...item, apart: true } : item)),
  ];
}

function keys<P extends KeyPlace>(place: P, command: KeyCommand<P>): string {
  return keyCaps(keysOf(place, command));
}
