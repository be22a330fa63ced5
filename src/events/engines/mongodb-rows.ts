import {
  DOCUMENT_COLUMN_NAMES_UNITS_MAX,
  DOCUMENT_COLUMNS_MAX,
  DOCUMENT_FIELD_NAME_UNITS_MAX,
} from '../limits.ts';
import type { RowCodec } from '../row-codec.ts';

const utf8 = new TextDecoder('utf-8');

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN_DOCUMENT = 0x7b;
const CLOSE_DOCUMENT = 0x7d;

function uint32(bytes: Uint8Array, at: number): number {
  return bytes[at]! * 0x1000000 + ((bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!);
}

/** Past the closing quote of the text that begins at `from`. */
function pastText(bytes: Uint8Array, from: number): number {
  let at = from + 1;
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at + 1;
}

/** Past the value that begins at `from`: to the comma or bracket that follows it. */
function pastValue(bytes: Uint8Array, from: number, end: number): number {
  let depth = 0;
  let at = from;
  while (at < end) {
    const byte = bytes[at]!;
    if (byte === QUOTE) {
      at = pastText(bytes, at);
      continue;
    }
    if (byte === OPEN_DOCUMENT || byte === OPEN_ARRAY) depth++;
    else if (byte === CLOSE_DOCUMENT || byte === CLOSE_ARRAY) {
      if (depth === 0) return at;
      depth--;
    } else if (byte === COMMA && depth === 0) return at;
    at++;
  }
  return at;
}

/**
 * Documents as canonical Extended JSON: uint32 length of the document in bytes, big-endian, and the document in UTF-8 without
 * white space between its parts. A value is cut out of the text, never read and written again: an object would change the
 * order of fields that look like numbers.
 */
export const ejsonRows: RowCodec = {
  rowLength: (bytes, offset) => 4 + uint32(bytes, offset),
  cells(bytes, offset, columns) {
    const fields = ejsonFields(bytes, offset);
    return columns.map(({ name }) => fields.get(name) ?? null);
  },
};

/** Whether columns of these names are certain to be all fields that their documents have: there was room for one more. */
export function areAllFields(names: readonly string[]): boolean {
  const units = names.reduce((sum, name) => sum + name.length, 0);
  return (
    names.length < DOCUMENT_COLUMNS_MAX &&
    units + DOCUMENT_FIELD_NAME_UNITS_MAX <= DOCUMENT_COLUMN_NAMES_UNITS_MAX
  );
}

/** The whole document of a row. */
export function ejsonDocument(bytes: Uint8Array, offset: number): string {
  return utf8.decode(bytes.subarray(offset + 4, offset + 4 + uint32(bytes, offset)));
}

/** The top-level fields' values. BSON lets a name come twice; the first one counts, as it does for the server. */
export function ejsonFields(bytes: Uint8Array, offset: number): Map<string, string> {
  const fields = new Map<string, string>();
  const end = offset + 4 + uint32(bytes, offset);
  let at = offset + 5;
  while (at < end && bytes[at] === QUOTE) {
    const nameEnd = pastText(bytes, at);
    const name = JSON.parse(utf8.decode(bytes.subarray(at, nameEnd))) as string;
    const valueEnd = pastValue(bytes, nameEnd + 1, end);
    if (!fields.has(name)) fields.set(name, utf8.decode(bytes.subarray(nameEnd + 1, valueEnd)));
    at = valueEnd + 1;
  }
  return fields;
}
