import type { FormatName } from '../../../events/formats/format.ts';
import type { SortKey } from '../../../events/result-order.ts';
import { writeClipboard } from '../../controls/clipboard.ts';
import { type KeyCommand, type KeyPlace, keyCaps, keysOf } from '../../controls/key-bindings.ts';
import type { MenuItem } from '../../controls/qt-menu.ts';
import { thousands } from '../../format/format.ts';
import { type SortedGrid, sortItems } from './column-sort.ts';
import type { GridColumns } from './grid-columns.ts';
import type { GridCommand } from './keys.ts';

/** What a menu's items are carried out by. */
export interface MenuGrid extends SortedGrid {
  readonly documents: boolean;
  obey(command: GridCommand): void;
  copyAs(format: FormatName, spreadsheet?: boolean): Promise<void>;
}

/** What can be done with the active cell; with the column at a place, where its header is active. */
export function menuItems(
  grid: MenuGrid,
  columns: GridColumns,
  header: number | null,
  sort: (order: readonly SortKey[]) => void,
): MenuItem[] {
  return [
    ...(header === null ? cellItems(grid) : columnItems(header, columns, grid, sort)),
    ...hidingItems(columns, grid),
  ];
}

/** What can be done with a column alone. */
function columnItems(
  place: number,
  columns: GridColumns,
  grid: MenuGrid,
  sort: (order: readonly SortKey[]) => void,
): MenuItem[] {
  const resize = (label: string, command: 'widen' | 'narrow', by: -1 | 1): MenuItem => ({
    label,
    keys: keys('header', command),
    act: () => grid.obey({ type: 'resizeColumn', by }),
  });
  const move = (label: string, command: 'moveLeft' | 'moveRight', by: -1 | 1): MenuItem => ({
    label,
    keys: keys('grid', command),
    act: () => grid.obey({ type: 'moveColumn', by }),
  });
  return [
    {
      label: 'Select column',
      keys: keys('header', 'selectColumn'),
      act: () => grid.obey({ type: 'selectColumn' }),
    },
    { label: 'Copy name', act: () => void writeClipboard(columns.layout.column(place).name) },
    ...sortItems(grid, columns.layout.order[place]!, sort),
    { label: 'Fit to what is in view', act: () => columns.fit(place), apart: true },
    resize('Wider', 'widen', 1),
    resize('Narrower', 'narrow', -1),
    { ...move('Move left', 'moveLeft', -1), apart: true },
    move('Move right', 'moveRight', 1),
  ];
}

/** How the columns selected are hidden, and others shown again. */
function hidingItems({ layout, selected }: GridColumns, grid: MenuGrid): MenuItem[] {
  const act = (type: 'hideColumns' | 'hideOtherColumns' | 'showColumns' | 'listColumns') => () =>
    grid.obey({ type });
  const { length } = selected;
  const label = length === 1 ? 'Hide column' : `Hide ${thousands(length)} columns`;
  const lacking = length === layout.places ? 'One column has to stay in view.' : '';
  return [
    { label, act: act('hideColumns'), lacking, apart: true },
    ...(lacking ? [] : [{ label: 'Hide other columns', act: act('hideOtherColumns') }]),
    ...(layout.hidden > 0 ? [{ label: 'Show all columns', act: act('showColumns') }] : []),
    { label: 'Columns…', act: act('listColumns') },
  ];
}

/** What can be done with the active cell and the rows selected. What can't be says why. */
function cellItems(grid: MenuGrid): MenuItem[] {
  const { editing, documents } = grid;
  const act = (type: Exclude<GridCommand['type'], 'typed' | 'move' | 'resizeColumn' | 'moveColumn'>) => () =>
    grid.obey({ type });
  const copy = (label: string, format: FormatName, spreadsheet = false): MenuItem => ({
    label,
    act: () => void grid.copyAs(format, spreadsheet),
  });
  const looks: MenuItem[] = [
    { label: 'View value', keys: keys('grid', 'view'), act: act('view') },
    { label: 'Find in the result', keys: keys('grid', 'find'), act: act('find') },
    { ...copy('Copy', 'tsv'), keys: keys('grid', 'copy') },
    copy('Copy for spreadsheets', 'tsv', true),
    copy('Copy as CSV', 'csv'),
    copy(documents ? 'Copy as Extended JSON' : 'Copy as JSON', 'json'),
    copy('Copy as Markdown', 'markdown'),
    ...(documents ? [] : [copy('Copy as INSERT', 'sql')]),
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
