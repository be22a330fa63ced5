import type { FormatName } from '../../../events/formats/format.ts';
import { type KeyCommand, type KeyPlace, keyCaps, keysOf } from '../../controls/key-bindings.ts';
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
