import type { Move } from './selection.ts';

/** What a key asks the grid to do. */
export type GridCommand =
  | { readonly type: 'move'; readonly move: Move; readonly extend: boolean }
  | { readonly type: 'resizeColumn'; readonly byPx: number }
  | { readonly type: 'moveColumn'; readonly by: -1 | 1 }
  | { readonly type: 'selectRow' | 'selectColumn' | 'selectAll' | 'collapse' | 'copy' | 'view' | 'menu' }
  | { readonly type: 'apply' }
  | EditCommand;

/** What a key asks to be staged, or to be taken back. */
export type EditCommand =
  | { readonly type: (typeof EDITS)[number] }
  | { readonly type: 'typed'; readonly text: string };

const EDITS = [
  'edit',
  'setNull',
  'insertRow',
  'duplicateRow',
  'removeRows',
  'revert',
  'undo',
  'redo',
] as const;

export function isEditCommand(command: GridCommand): command is EditCommand {
  return command.type === 'typed' || EDITS.some((type) => type === command.type);
}

/** What of a `KeyboardEvent` counts. */
export interface Key {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly shiftKey: boolean;
  readonly altKey: boolean;
}

const RESIZE_STEP_PX = 16;

const plain: Readonly<Record<string, Move>> = {
  ArrowUp: 'up',
  ArrowDown: 'down',
  ArrowLeft: 'left',
  ArrowRight: 'right',
  PageUp: 'pageUp',
  PageDown: 'pageDown',
  Home: 'rowStart',
  End: 'rowEnd',
};

const withCtrl: Readonly<Record<string, Move>> = {
  ArrowUp: 'columnStart',
  ArrowDown: 'columnEnd',
  ArrowLeft: 'rowStart',
  ArrowRight: 'rowEnd',
  Home: 'gridStart',
  End: 'gridEnd',
};

/**
 * Reads a key; undefined for one that is not the grid's. `onHeader`: the header has the active cell. `editing`: the rows can be
 * edited, or the grid can say why not.
 */
export function commandOf(key: Key, onHeader: boolean, editing = false): GridCommand | undefined {
  const ctrl = key.ctrlKey || key.metaKey;
  if (key.altKey) {
    if (onHeader && !ctrl) return headerCommand(key);
    return editing && ctrl && isLetter(key, 'z') ? { type: 'revert' } : undefined;
  }
  const edit = editing && !onHeader ? editCommand(key, ctrl) : undefined;
  if (edit) return edit;
  const move = (ctrl ? withCtrl : plain)[key.key];
  if (move) return { type: 'move', move, extend: key.shiftKey };
  if (ctrl) return ctrlCommand(key);
  if (key.key === ' ' && key.shiftKey) return { type: 'selectRow' };
  if (key.key === ' ' || key.key === 'Enter') return { type: onHeader ? 'selectColumn' : 'view' };
  return key.key === 'Escape' ? { type: 'collapse' } : undefined;
}

function editCommand({ key, shiftKey }: Key, ctrl: boolean): GridCommand | undefined {
  if (key === 'ContextMenu' || (key === 'F10' && shiftKey)) return { type: 'menu' };
  if (ctrl && isLetter({ key }, 'z')) return { type: shiftKey ? 'redo' : 'undo' };
  // Space is for looking.
  if (!ctrl && key !== ' ' && [...key].length === 1) return { type: 'typed', text: key };
  if (shiftKey) return undefined;
  if (ctrl) {
    if (key === 'Delete' || key === 'Backspace') return { type: 'removeRows' };
    if (isLetter({ key }, 'y')) return { type: 'redo' };
    if (isLetter({ key }, 's')) return { type: 'apply' };
    return isLetter({ key }, 'd') ? { type: 'duplicateRow' } : undefined;
  }
  switch (key) {
    case 'Enter':
    case 'F2':
      return { type: 'edit' };
    case 'Delete':
      return { type: 'setNull' };
    case 'Insert':
      return { type: 'insertRow' };
    default:
      return undefined;
  }
}

function isLetter({ key }: Pick<Key, 'key'>, letter: string): boolean {
  return key.toLowerCase() === letter;
}

function headerCommand({ key, shiftKey }: Key): GridCommand | undefined {
  if (key !== 'ArrowLeft' && key !== 'ArrowRight') return undefined;
  const by = key === 'ArrowLeft' ? -1 : 1;
  return shiftKey ? { type: 'moveColumn', by } : { type: 'resizeColumn', byPx: by * RESIZE_STEP_PX };
}

function ctrlCommand({ key, shiftKey }: Key): GridCommand | undefined {
  if (key === ' ') return { type: 'selectColumn' };
  if (shiftKey) return undefined;
  if (key === 'a' || key === 'A') return { type: 'selectAll' };
  return key === 'c' || key === 'C' || key === 'Insert' ? { type: 'copy' } : undefined;
}
