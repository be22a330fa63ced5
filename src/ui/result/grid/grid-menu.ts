import type { FormatName } from '../../../events/formats/format.ts';
import type { MenuItem } from '../../controls/qt-menu.ts';
import type { GridEditing } from './grid-editing.ts';
import type { GridCommand } from './keys.ts';

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
    { label: 'View value', keys: 'Space', act: act('view') },
    { label: 'Copy', keys: 'Ctrl C', act: () => copy('tsv') },
    { label: 'Copy for spreadsheets', act: () => copy('tsv', true) },
    { label: 'Copy as CSV', act: () => copy('csv') },
    { label: documents ? 'Copy as Extended JSON' : 'Copy as JSON', act: () => copy('json') },
    { label: 'Copy as Markdown', act: () => copy('markdown') },
    ...(documents ? [] : [{ label: 'Copy as INSERT', act: () => copy('sql') }]),
  ];
  if (!editing?.can) return looks;
  return [
    { label: 'Edit', keys: 'Enter', act: act('edit') },
    { label: documents ? 'Remove field' : 'Set NULL', keys: 'Delete', act: act('setNull') },
    { label: 'Undo this change', keys: 'Ctrl Alt Z', act: act('revert') },
    { label: 'Undo', keys: 'Ctrl Z', act: act('undo'), apart: true },
    { label: 'Redo', keys: 'Ctrl Shift Z', act: act('redo') },
    { label: 'Insert row', keys: 'Insert', act: act('insertRow'), apart: true },
    { label: 'Duplicate row', keys: 'Ctrl D', act: act('duplicateRow') },
    { label: 'Delete rows', keys: 'Ctrl Delete', act: act('removeRows') },
    ...looks.map((item, i) => (i === 0 ? { ...item, apart: true } : item)),
  ];
}
