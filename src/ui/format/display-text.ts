import { EJSON_READ_UNITS_MAX, ejsonLine, isNumber, readEjson } from '../../events/ejson.ts';
import { byteOf } from '../../events/utf8-text.ts';
import { thousands } from './format.ts';

/** Characters of a value that are put in a cell. */
export const DISPLAY_UNITS_MAX = 300;
/** Characters of a value that are shown when the pointer rests on a cut cell. */
export const HOVER_UNITS_MAX = 2048;
const COPY_PIECE_UNITS = 4096;

/** A piece of a value as it is drawn; `mark` replaces a character that is not visible. */
export interface Piece {
  readonly text: string;
  readonly mark: boolean;
}

/** A value that is drawn otherwise than as its own text. */
export interface Marked {
  readonly pieces: readonly Piece[];
  /** There is more of it than is drawn. */
  readonly cut: boolean;
  /**
   * A class of its cell: a number, a document's null, a field that is not there, a value with a type of its
   * own.
   */
  readonly look?: 'figure' | 'none' | 'missing' | 'typed';
}

/** What is drawn for a value: null for NULL, a string where the value is drawn as it is. */
export type Shown = string | null | Marked;

/**
 * What to draw for a value: one line, bounded, with marks for what would move or hide text. Bidirectional
 * controls are marked too, so that a value can't be made to read as another; joiners stay, as emoji and
 * Persian need them. Bytes that are not UTF-8 are marked by their digits.
 */
export function shown(value: string | null): Shown {
  if (value === null) return null;
  const cut = value.length > DISPLAY_UNITS_MAX;
  const length = cut ? wholeUnits(value, DISPLAY_UNITS_MAX) : value.length;
  const first = nextMark(value, 0, length);
  if (!cut && first === length) return value;
  const pieces: Piece[] = [];
  let at = 0;
  for (let mark = first; mark < length; mark = nextMark(value, at, length)) {
    if (mark > at) pieces.push({ text: copyOf(value, at, mark), mark: false });
    const code = value.codePointAt(mark)!;
    const isPair = code > 0xffff;
    at = mark + (isPair ? 2 : 1);
    const previous = pieces.at(-1);
    const text = isPair ? hiddenPair(code) : markOf(code);
    if (previous?.mark) pieces[pieces.length - 1] = { text: previous.text + text, mark: true };
    else pieces.push({ text, mark: true });
  }
  if (at < length) pieces.push({ text: copyOf(value, at, length), mark: false });
  if (cut) pieces.push({ text: '…', mark: true });
  return { pieces, cut };
}

const MISSING: Marked = { pieces: [{ text: '–', mark: false }], cut: false, look: 'missing' };

/** What is drawn for a document's field: Extended JSON in readable form. Null is a missing field. */
export function documentShown(value: string | null): Shown {
  if (value === null) return MISSING;
  const node = value.length > EJSON_READ_UNITS_MAX ? undefined : readEjson(value);
  if (!node) return shown(value);
  const drawn = shown(ejsonLine(node, DISPLAY_UNITS_MAX));
  const marked = typeof drawn === 'string' ? { pieces: [{ text: drawn, mark: false }], cut: false } : drawn!;
  if (isNumber(node.kind)) return { ...marked, look: 'figure' };
  if (node.kind === 'null' || node.kind === 'undefined') return { ...marked, look: 'none' };
  const plain =
    node.kind === 'string' || node.kind === 'object' || node.kind === 'array' || node.kind === 'bool';
  return plain ? drawn : { ...marked, look: 'typed' };
}

/** The tooltip of a document's value: its type, and its text where that is cut. */
export function kindOf(value: string | null | undefined, text: string): string {
  if (value === undefined) return text;
  if (value === null) return 'no such field';
  const kind = value.length > EJSON_READ_UNITS_MAX ? '' : (readEjson(value)?.kind ?? '');
  return [kind, text].filter((part) => part !== '').join('\n');
}

/** The text of what is drawn, for measuring and for screen readers. */
export function shownText(value: Shown): string {
  if (value === null) return 'NULL';
  return typeof value === 'string' ? value : value.pieces.map((piece) => piece.text).join('');
}

/** The beginning of a value, whole characters, with … where it is cut. */
export function beginning(value: string, unitsMax: number): string {
  return value.length > unitsMax ? `${copyOf(value, 0, wholeUnits(value, unitsMax))}…` : value;
}

/** A row's number, counted from 1. */
export function rowNumber(row: number): string {
  return thousands(row + 1);
}

/** The largest number of UTF-16 units up to `units` that does not cut a character in two. */
function wholeUnits(value: string, units: number): number {
  const last = value.charCodeAt(units - 1);
  return isHighSurrogate(last) ? units - 1 : units;
}

/** A copy with memory of its own: a slice would keep the whole of a 64 MiB value alive. */
function copyOf(value: string, from: number, to: number): string {
  let copy = '';
  // In pieces, as a function takes only so many arguments.
  for (let start = from; start < to; start += COPY_PIECE_UNITS) {
    const units: number[] = [];
    for (let at = start; at < Math.min(to, start + COPY_PIECE_UNITS); at++) units.push(value.charCodeAt(at));
    copy += String.fromCharCode(...units);
  }
  return copy;
}

function nextMark(value: string, from: number, to: number): number {
  for (let at = from; at < to; at++) {
    const unit = value.charCodeAt(at);
    if (isMarked(unit) || (byteOf(unit) !== null && !isHighSurrogate(value.charCodeAt(at - 1)))) return at;
  }
  return to;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

/** Whether a UTF-16 unit would move or hide text. */
export function isMarked(unit: number): boolean {
  if (unit < 0x20) return true;
  if (unit < 0x7f) return false;
  if (unit <= 0x9f || unit === 0xad || unit === 0x61c) return true;
  if (unit < 0x200b) return isFiller(unit);
  return (
    unit === 0x200b ||
    unit === 0x200e ||
    unit === 0x200f ||
    (unit >= 0x2028 && unit <= 0x202e) ||
    (unit >= 0x2060 && unit <= 0x206f) ||
    unit === 0xfeff ||
    (unit >= 0xfff9 && unit <= 0xfffb) ||
    unit === 0x3164 ||
    unit === 0xffa0 ||
    unit === TAG_SURROGATE
  );
}

/**
 * The first half of what is invisible beyond the basic plane: tags and the further variation selectors,
 * U+E0000 to U+E0FFF.
 */
const TAG_SURROGATE = 0xdb40;

/** Letters and joiners without a look (Unicode Standard, "Default_Ignorable_Code_Point"). */
function isFiller(unit: number): boolean {
  return (
    unit === 0x34f ||
    unit === 0x115f ||
    unit === 0x1160 ||
    unit === 0x17b4 ||
    unit === 0x17b5 ||
    (unit >= 0x180b && unit <= 0x180f)
  );
}

/** What is drawn for such a character of two units. */
export function hiddenPair(code: number): string {
  return `\\u{${code.toString(16).toUpperCase()}}`;
}

/** What is drawn for such a unit. */
export function markOf(unit: number): string {
  if (unit === 0x0a || unit === 0x2028 || unit === 0x2029) return '↵';
  if (unit === 0x09) return '→';
  if (unit === 0x0d) return '\\r';
  const hex = (byteOf(unit) ?? unit).toString(16).toUpperCase();
  return hex.length <= 2 ? `\\x${hex.padStart(2, '0')}` : `\\u${hex.padStart(4, '0')}`;
}
