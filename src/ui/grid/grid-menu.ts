import type { MenuItem } from '../qt-menu.ts';
import type { CopyFormatName } from './copy-format.ts';
import type { GridEditing } from './grid-editing.ts';
import type { GridCommand } from './keys.ts';

/** What can be done with the active cell and the rows selected. What can't be says why. */
export function gridMenu(
  editing: GridEditing | null,
  obey: (command: GridCommand) => void,
  copy: (format: CopyFormatName) => void,
  documents: boolean,
): MenuItem[] {
  const act =
    (type: 'view' | 'edit' | 'setNull' | 'insertRow' | 'duplicateRow' | 'removeRows' | 'revert') => () =>
      obey({ type });
  const looks: MenuItem[] = [
    { label: 'View value', keys: 'Space', act: act('view') },
    { label: 'Copy', keys: 'Ctrl C', act: () => copy('tsv') },
    { label: 'Copy as CSV', act: () => copy('csv') },
    { label: documents ? 'Copy as Extended JSON' : 'Copy as JSON', act: () => copy('json') },
    { label: 'Copy as Markdown', act: () => copy('markdown') },
    ...(documents ? [] : [{ label: 'Copy as INSERT', act: () => copy('insert') }]),
  ];
  if (!editing?.can) return looks;
  return [
    { label: 'Edit', keys: 'Enter', act: act('edit') },
    { label: documents ? 'Remove field' : 'Set NULL', keys: 'Delete', act: act('setNull') },
    { label: 'Take change back', keys: 'Ctrl Z', act: act('revert') },
    { label: 'Insert row', keys: 'Insert', act: act('insertRow'), apart: true },
    { label: 'Duplicate row', keys: 'Ctrl D', act: act('duplicateRow') },
    { label: 'Delete rows', keys: 'Ctrl Delete', act: act('removeRows') },
    ...looks.map((item, i) => (i === 0 ? { ...item, apart: true } : item)),
  ];
}
