/** Where a binding holds. `rows` are rows that can be edited, `grid` is a result's rows and header. */
export type KeyPlace =
  | 'page'
  | 'editor'
  | 'grid'
  | 'header'
  | 'rows'
  | 'cell'
  | 'value'
  | 'tabs'
  | 'documents'
  | 'find';

/** What of a keyboard event names a chord. */
export type Pressed = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'> & {
  readonly code?: string;
};

interface Binding {
  /**
   * A chord: `Ctrl` (on a Mac, Cmd as well), `Alt`, `Shift`, then the key. Empty for a command of the palette
   * alone.
   */
  readonly keys: string;
  readonly command: string;
  readonly place: KeyPlace;
  readonly words: string;
}

/** Every key that the page takes, apart from typing and from what a pattern of WAI-ARIA prescribes. */
// biome-ignore format: a table, one binding per line
export const BINDINGS = [
  { place: 'page', keys: 'Ctrl+K', command: 'openPalette', words: 'Go to a table, run a command' },
  { place: 'page', keys: 'Ctrl+Alt+T', command: 'newTab', words: 'New query' },
  { place: 'page', keys: 'Ctrl+Alt+W', command: 'closeTab', words: 'Close this query' },
  { place: 'page', keys: 'Ctrl+Alt+Shift+T', command: 'reopenTab', words: 'Reopen the query closed last' },
  { place: 'page', keys: '', command: 'runAll', words: 'Run all statements' },
  { place: 'page', keys: 'Ctrl+.', command: 'cancel', words: 'Cancel the running statement' },
  { place: 'page', keys: '', command: 'listColumns', words: 'Columns of the result…' },
  { place: 'page', keys: '', command: 'begin', words: 'Begin a transaction' },
  { place: 'page', keys: '', command: 'commit', words: 'Commit the transaction' },
  { place: 'page', keys: '', command: 'rollback', words: 'Roll back the transaction' },
  { place: 'page', keys: 'Ctrl+J', command: 'toggleTape', words: 'Show or hide the tape' },
  { place: 'page', keys: 'Ctrl+B', command: 'toggleSidebar', words: 'Show or hide connections' },
  { place: 'page', keys: '', command: 'find', words: 'Find in the result' },
  { place: 'page', keys: '', command: 'newConnection', words: 'New connection' },
  { place: 'page', keys: '', command: 'importConnections', words: 'Import connections…' },
  { place: 'page', keys: 'Ctrl+Alt+H', command: 'openHistory', words: 'History of statements' },
  { place: 'page', keys: 'Ctrl+Alt+M', command: 'openMetrics', words: 'Metrics' },
  { place: 'page', keys: '', command: 'openReplay', words: 'Replay the tape…' },
  { place: 'page', keys: '', command: 'exportBundle', words: 'Export support bundle…' },
  { place: 'page', keys: 'F1', command: 'openShortcuts', words: 'Keyboard shortcuts' },
  { place: 'page', keys: '', command: 'openAnotherPage', words: 'Open another window' },
  { place: 'page', keys: '', command: 'openVault', words: 'Vault' },
  { place: 'page', keys: '', command: 'exportLogs', words: 'Export logs' },
  { place: 'page', keys: '', command: 'exportPerfetto', words: 'Export the tape as a trace for Perfetto' },
  { place: 'page', keys: '', command: 'openPerfetto', words: 'Open the tape in Perfetto…' },
  { place: 'page', keys: '', command: 'exportOtlp', words: 'Export the tape as OTLP' },
  { place: 'page', keys: 'Ctrl+,', command: 'openSettings', words: 'Settings' },
  { place: 'page', keys: '', command: 'changeTheme', words: 'Change the theme' },
  { place: 'page', keys: 'F6', command: 'nextPane', words: 'Next pane' },
  { place: 'page', keys: 'Shift+F6', command: 'previousPane', words: 'Previous pane' },
  { place: 'page', keys: 'Ctrl+PageDown', command: 'nextTab', words: 'Next tab' },
  { place: 'page', keys: 'Ctrl+PageUp', command: 'previousTab', words: 'Previous tab' },
  { place: 'page', keys: 'Alt+1', command: 'tab1', words: 'Show the tab by its number' },
  { place: 'page', keys: 'Alt+2', command: 'tab2', words: 'Show the tab by its number' },
  { place: 'page', keys: 'Alt+3', command: 'tab3', words: 'Show the tab by its number' },
  { place: 'page', keys: 'Alt+4', command: 'tab4', words: 'Show the tab by its number' },
  { place: 'page', keys: 'Alt+5', command: 'tab5', words: 'Show the tab by its number' },
  { place: 'page', keys: 'Alt+6', command: 'tab6', words: 'Show the tab by its number' },
  { place: 'page', keys: 'Alt+7', command: 'tab7', words: 'Show the tab by its number' },
  { place: 'page', keys: 'Alt+8', command: 'tab8', words: 'Show the tab by its number' },
  { place: 'page', keys: 'Alt+9', command: 'tab9', words: 'Show the tab by its number' },
  { place: 'editor', keys: 'Ctrl+Enter', command: 'statement', words: 'Run the statement under the cursor' },
  { place: 'editor', keys: 'Ctrl+Shift+Enter', command: 'all', words: 'Run all statements' },
  { place: 'tabs', keys: 'F2', command: 'rename', words: 'Rename the tab' },
  { place: 'tabs', keys: 'Delete', command: 'close', words: 'Close the tab' },
  { place: 'tabs', keys: 'Alt+Shift+ArrowLeft', command: 'moveLeft', words: 'Move the tab left' },
  { place: 'tabs', keys: 'Alt+Shift+ArrowRight', command: 'moveRight', words: 'Move the tab right' },
  { place: 'tabs', keys: 'Shift+F10', command: 'menu', words: 'Menu of the tab' },
  { place: 'tabs', keys: 'ContextMenu', command: 'menu', words: 'Menu of the tab' },
  { place: 'grid', keys: 'ArrowUp', command: 'up', words: 'Move up one row' },
  { place: 'grid', keys: 'ArrowDown', command: 'down', words: 'Move down one row' },
  { place: 'grid', keys: 'ArrowLeft', command: 'left', words: 'Move left one column' },
  { place: 'grid', keys: 'ArrowRight', command: 'right', words: 'Move right one column' },
  { place: 'grid', keys: 'PageUp', command: 'pageUp', words: 'Move up one page' },
  { place: 'grid', keys: 'PageDown', command: 'pageDown', words: 'Move down one page' },
  { place: 'grid', keys: 'Home', command: 'rowStart', words: 'First column' },
  { place: 'grid', keys: 'End', command: 'rowEnd', words: 'Last column' },
  { place: 'grid', keys: 'Ctrl+ArrowLeft', command: 'rowStart', words: 'First column' },
  { place: 'grid', keys: 'Ctrl+ArrowRight', command: 'rowEnd', words: 'Last column' },
  { place: 'grid', keys: 'Ctrl+ArrowUp', command: 'columnStart', words: 'First row' },
  { place: 'grid', keys: 'Ctrl+ArrowDown', command: 'columnEnd', words: 'Last row' },
  { place: 'grid', keys: 'Ctrl+Home', command: 'gridStart', words: 'First cell' },
  { place: 'grid', keys: 'Ctrl+End', command: 'gridEnd', words: 'Last cell' },
  { place: 'grid', keys: 'Shift+Space', command: 'selectRow', words: 'Select the row' },
  { place: 'grid', keys: 'Ctrl+Space', command: 'selectColumn', words: 'Select the column' },
  { place: 'grid', keys: 'Alt+Shift+ArrowLeft', command: 'moveLeft', words: 'Move the column left' },
  { place: 'grid', keys: 'Alt+Shift+ArrowRight', command: 'moveRight', words: 'Move the column right' },
  { place: 'grid', keys: 'Ctrl+A', command: 'selectAll', words: 'Select all cells' },
  { place: 'grid', keys: 'Ctrl+C', command: 'copy', words: 'Copy the selected cells' },
  { place: 'grid', keys: 'Ctrl+Insert', command: 'copy', words: 'Copy the selected cells' },
  { place: 'grid', keys: 'Ctrl+F', command: 'find', words: 'Find in the result' },
  { place: 'grid', keys: 'Space', command: 'view', words: 'View the whole value' },
  { place: 'grid', keys: 'Enter', command: 'view', words: 'View the whole value' },
  { place: 'grid', keys: 'Escape', command: 'collapse', words: 'Select one cell only' },
  { place: 'header', keys: 'Space', command: 'selectColumn', words: 'Select the column' },
  { place: 'header', keys: 'Enter', command: 'selectColumn', words: 'Select the column' },
  { place: 'header', keys: 'Alt+ArrowLeft', command: 'narrow', words: 'Make the column narrower' },
  { place: 'header', keys: 'Alt+ArrowRight', command: 'widen', words: 'Make the column wider' },
  { place: 'header', keys: 'Shift+F10', command: 'menu', words: 'Menu of the column' },
  { place: 'header', keys: 'ContextMenu', command: 'menu', words: 'Menu of the column' },
  { place: 'rows', keys: 'Enter', command: 'edit', words: 'Edit the cell' },
  { place: 'rows', keys: 'F2', command: 'edit', words: 'Edit the cell' },
  { place: 'rows', keys: 'Delete', command: 'setNull', words: 'Set to NULL' },
  { place: 'rows', keys: 'Insert', command: 'insertRow', words: 'Insert a row' },
  { place: 'rows', keys: 'Ctrl+D', command: 'duplicateRow', words: 'Duplicate the row' },
  { place: 'rows', keys: 'Ctrl+Delete', command: 'removeRows', words: 'Delete the selected rows' },
  { place: 'rows', keys: 'Ctrl+Backspace', command: 'removeRows', words: 'Delete the selected rows' },
  { place: 'rows', keys: 'Ctrl+Z', command: 'undo', words: 'Undo the last edit' },
  { place: 'rows', keys: 'Ctrl+Shift+Z', command: 'redo', words: 'Redo the last edit' },
  { place: 'rows', keys: 'Ctrl+Y', command: 'redo', words: 'Redo the last edit' },
  { place: 'rows', keys: 'Ctrl+Alt+Z', command: 'revert', words: 'Undo the edits of the selected cells' },
  { place: 'rows', keys: 'Ctrl+S', command: 'apply', words: 'Apply the edits' },
  { place: 'rows', keys: 'Shift+F10', command: 'menu', words: 'Menu of the cell' },
  { place: 'rows', keys: 'ContextMenu', command: 'menu', words: 'Menu of the cell' },
  { place: 'cell', keys: 'Alt+N', command: 'setNull', words: 'Set to NULL, or back' },
  { place: 'cell', keys: 'Ctrl+Enter', command: 'expand', words: 'Edit in a larger field' },
  { place: 'cell', keys: 'Alt+Enter', command: 'expand', words: 'Edit in a larger field' },
  { place: 'documents', keys: 'Ctrl+C', command: 'copy', words: 'Copy the value or the document' },
  { place: 'documents', keys: 'Ctrl+F', command: 'find', words: 'Find in the result' },
  { place: 'find', keys: 'Enter', command: 'next', words: 'Next match' },
  { place: 'find', keys: 'F3', command: 'next', words: 'Next match' },
  { place: 'find', keys: 'Shift+Enter', command: 'previous', words: 'Previous match' },
  { place: 'find', keys: 'Shift+F3', command: 'previous', words: 'Previous match' },
  { place: 'find', keys: 'Alt+C', command: 'matchCase', words: 'Match case' },
  { place: 'find', keys: 'Escape', command: 'close', words: 'Close, and go to the match' },
  { place: 'value', keys: 'Ctrl+Enter', command: 'stage', words: 'Stage the value' },
] as const satisfies readonly Binding[];

type AnyBinding = (typeof BINDINGS)[number];
/** The commands that are bound at a place. */
export type KeyCommand<P extends KeyPlace> = Extract<AnyBinding, { place: P }>['command'];

const BY_CHORD: ReadonlyMap<string, string> = new Map(
  BINDINGS.filter(({ keys }) => keys !== '').map(({ place, keys, command }) => [`${place} ${keys}`, command]),
);

/**
 * The chord of a keyboard event. A letter or digit pressed with Alt is read by its key's place, as Alt makes
 * another character of it.
 */
export function chordOf({ key, code = '', ctrlKey, metaKey, altKey, shiftKey }: Pressed): string {
  const byPlace = altKey ? /^(?:Key|Digit)([A-Z\d])$/.exec(code)?.[1] : undefined;
  const name = byPlace ?? (key === ' ' ? 'Space' : key.length === 1 ? key.toUpperCase() : key);
  return `${ctrlKey || metaKey ? 'Ctrl+' : ''}${altKey ? 'Alt+' : ''}${shiftKey ? 'Shift+' : ''}${name}`;
}

/** The command that a chord gives at a place; undefined for one that means nothing there. */
export function commandFor<P extends KeyPlace>(place: P, chord: string): KeyCommand<P> | undefined {
  return BY_CHORD.get(`${place} ${chord}`) as KeyCommand<P> | undefined;
}

/** The first chord that gives a command, as tooltips and menus show it; empty where there is none. */
export function keysOf<P extends KeyPlace>(place: P, command: KeyCommand<P>): string {
  return BINDINGS.find((one) => one.place === place && one.command === command)?.keys ?? '';
}

const CAPS: Readonly<Record<string, string>> = {
  ArrowUp: '↑',
  ArrowDown: '↓',
  ArrowLeft: '←',
  ArrowRight: '→',
  PageUp: 'Page Up',
  PageDown: 'Page Down',
  ContextMenu: 'Menu',
};

/** A chord as it is shown: `Ctrl Enter`, `Alt ←`. */
export function keyCaps(keys: string): string {
  return keys
    .split('+')
    .map((key) => CAPS[key] ?? key)
    .join(' ');
}
