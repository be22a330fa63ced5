import type { FormatName } from '../../../events/formats/format.ts';
import { writeClipboard } from '../../controls/clipboard.ts';
import { type KeyCommand, type KeyPlace, keyCaps, keysOf } from '../../controls/key-bindings.ts';
import { type MenuItem, menuAt } from '../../controls/qt-menu.ts';
import { cellOf } from './cell-hover.ts';
import { HEADER_PX, ROW_PX } from './geometry.ts';
import type { GridCanvas } from './grid-canvas.ts';
import type { GridCursor } from './grid-cursor.ts';
import type { GridEditing } from './grid-editing.ts';
import { type GridCommand, HEADER_COMMANDS } from './keys.ts';
import { at, HEADER_ROW, holds, rectangle } from './selection.ts';

/** What a menu's items do. */
interface MenuActs {
  readonly obey: (command: GridCommand) => void;
  readonly copy: (format: FormatName, spreadsheet?: boolean) => void;
  /** Makes the column at a place as wide as it needs. */
  readonly fitColumn: (place: number) => void;
}

/** The menu of a grid's active cell, or of the column whose header is active. */
export class GridMenu {
  constructor(
    private readonly grid: HTMLElement & {
      readonly editing: GridEditing | null;
      readonly documents: boolean;
    },
    private readonly canvas: GridCanvas,
    private readonly cursor: GridCursor,
    private readonly acts: MenuActs,
  ) {}

  /** Opens it at the pointer or, without one, below the active cell. */
  open(pointer?: MouseEvent): void {
    const { lead } = this.cursor.selection;
    const box = this.grid.getBoundingClientRect();
    const onHeader = lead.row === HEADER_ROW;
    const left = box.left + this.canvas.columnBox(lead.column).left;
    const below = onHeader ? 0 : (lead.row + 1) * ROW_PX - this.canvas.view.top;
    const top = box.top + below + HEADER_PX;
    const items = onHeader
      ? columnMenu(this.canvas.layout.column(lead.column).name, lead.column, this.acts)
      : gridMenu(this.grid.editing, this.acts, this.grid.documents);
    const label = onHeader ? 'Column' : 'Cell';
    menuAt(this.grid, label, items, pointer?.clientX ?? left, pointer?.clientY ?? top);
  }

  /** Opens it for the cell or header under the pointer. What is selected stays so where the pointer is in it. */
  openAt(pointer: MouseEvent): void {
    pointer.preventDefault();
    const header = (pointer.target as Element).closest('[role=columnheader]');
    if (header) this.cursor.select(at(HEADER_ROW, Number(header.ariaColIndex) - 1));
    const cell = cellOf(pointer.target);
    const { selection, bounds } = this.canvas;
    if (cell && !(selection && holds(rectangle(selection, bounds), cell.row, cell.column)))
      this.cursor.select(at(cell.row, cell.column));
    this.open(pointer);
  }
}

/** What can be done with a column. */
function columnMenu(name: string, place: number, { obey, fitColumn }: MenuActs): MenuItem[] {
  const item = (label: string, command: KeyCommand<'header'>): MenuItem => ({
    label,
    keys: keys('header', command),
    act: () => obey(HEADER_COMMANDS[command]),
  });
  return [
    item('Select column', 'selectColumn'),
    { label: 'Copy name', act: () => void writeClipboard(name) },
    { label: 'Fit to what is in view', act: () => fitColumn(place), apart: true },
    item('Wider', 'widen'),
    item('Narrower', 'narrow'),
    { ...item('Move left', 'moveLeft'), apart: true },
    item('Move right', 'moveRight'),
  ];
}

/** What can be done with the active cell and the rows selected. What can't be says why. */
function gridMenu(editing: GridEditing | null, { obey, copy }: MenuActs, documents: boolean): MenuItem[] {
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
