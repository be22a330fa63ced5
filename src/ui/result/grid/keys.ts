import { chordOf, commandFor, type KeyCommand, type Pressed } from '../../controls/key-bindings.ts';
import { MOVES, type Move } from './selection.ts';

/** What a key asks the grid to do. */
export type GridCommand =
  | { readonly type: 'move'; readonly move: Move; readonly extend: boolean }
  | { readonly type: 'resizeColumn'; readonly by: -1 | 1 }
  | { readonly type: 'moveColumn'; readonly by: -1 | 1 }
  | { readonly type: 'selectRow' | 'selectColumn' | 'selectAll' | 'collapse' | 'copy' | 'view' | 'menu' }
  | { readonly type: 'hideColumns' | 'hideOtherColumns' | 'showColumns' | 'listColumns' }
  | { readonly type: 'apply' | 'find' }
  | EditCommand;

/** What a key stages or undoes. */
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

/** What needs no row to be there: of a result without any the header has the active cell. */
const CELLLESS: ReadonlySet<string> = new Set(['insertRow', 'undo', 'redo', 'apply']);

/** What the keys of a column's header do. */
const HEADER_COMMANDS: Readonly<Record<KeyCommand<'header'>, GridCommand>> = {
  selectColumn: { type: 'selectColumn' },
  narrow: { type: 'resizeColumn', by: -1 },
  widen: { type: 'resizeColumn', by: 1 },
  menu: { type: 'menu' },
};

/**
 * Reads a key; undefined for one that is not the grid's. `onHeader`: the header has the active cell.
 * `editing`: the rows can be edited, or the grid can say why not. Shift with a move extends the selection.
 */
export function commandOf(key: Pressed, onHeader: boolean, editing = false): GridCommand | undefined {
  const chord = chordOf(key);
  const ofHeader = onHeader ? commandFor('header', chord) : undefined;
  if (ofHeader) return HEADER_COMMANDS[ofHeader];
  const inRows = editing && !onHeader;
  const ofRows = editing ? commandFor('rows', chord) : undefined;
  if (ofRows && (inRows || CELLLESS.has(ofRows))) return { type: ofRows };
  if (inRows && isTyping(key)) return { type: 'typed', text: key.key };
  const ofGrid = commandFor('grid', chord);
  if (ofGrid) return gridCommand(ofGrid, false);
  if (!key.shiftKey) return undefined;
  const unshifted = commandFor('grid', chordOf(withoutShift(key)));
  const isFree = !key.ctrlKey && !key.metaKey && !key.altKey;
  return unshifted && (isFree || isMove(unshifted)) ? gridCommand(unshifted, true) : undefined;
}

function gridCommand(command: KeyCommand<'grid'>, extend: boolean): GridCommand {
  if (command === 'moveLeft' || command === 'moveRight')
    return { type: 'moveColumn', by: command === 'moveLeft' ? -1 : 1 };
  return isMove(command) ? { type: 'move', move: command, extend } : { type: command };
}

function isMove(command: KeyCommand<'grid'>): command is Move & KeyCommand<'grid'> {
  return MOVES.some((move) => move === command);
}

/** An event's members are its prototype's, and so not spread. */
function withoutShift({ key, code = '', ctrlKey, metaKey, altKey }: Pressed): Pressed {
  return { key, code, ctrlKey, metaKey, altKey, shiftKey: false };
}

/** A character, which begins an edit. Space is for looking. */
function isTyping({ key, ctrlKey, metaKey, altKey }: Pressed): boolean {
  return !ctrlKey && !metaKey && !altKey && key !== ' ' && [...key].length === 1;
}
