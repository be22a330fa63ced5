import { baseType } from '../base-type.ts';
import type { Column } from '../result.ts';
import type { PlacedCodec } from '../row-codec.ts';
import { utf8Text } from '../utf8-text.ts';

/** Base types whose values are bytes, not text, as results and the catalogue name them. */
const BINARY_TYPES: ReadonlySet<string> = new Set([
  ...['tinyblob', 'blob', 'mediumblob', 'longblob', 'binary', 'varbinary', 'bit', 'vector'],
  ...['geometry', 'geometrycollection', 'geomcollection', 'point', 'linestring', 'polygon'],
  ...['multipoint', 'multilinestring', 'multipolygon'],
]);

/** Whether values of a type are shown and written as `0x` and hexadecimal digits. */
export function isBinaryType(type: string): boolean {
  return BINARY_TYPES.has(baseType(type));
}

/** `0x` and pairs of hexadecimal digits: how bytes are written. */
export const HEX_TEXT = /^0x(?:[0-9A-Fa-f]{2})*$/;

const DIGITS = new TextEncoder().encode('0123456789ABCDEF');
const ascii = new TextDecoder('latin1');

/** Digits are gathered as bytes and read as text once: pieces of strings would take seconds for a value of 16 MiB. */
function hexText(bytes: Uint8Array): string {
  const text = new Uint8Array(2 + 2 * bytes.length);
  text.set([0x30, 0x78]);
  for (let at = 0; at < bytes.length; at++) {
    text[2 + 2 * at] = DIGITS[bytes[at]! >> 4]!;
    text[3 + 2 * at] = DIGITS[bytes[at]! & 15]!;
  }
  return ascii.decode(text);
}

/** Which of a result's columns are binary, looked up once for each list of columns. */
const binaryPlaces = new WeakMap<readonly Column[], readonly boolean[]>();

function binaryOf(columns: readonly Column[]): readonly boolean[] {
  let places = binaryPlaces.get(columns);
  if (!places) {
    places = columns.map(({ type }) => isBinaryType(type));
    binaryPlaces.set(columns, places);
  }
  return places;
}

/**
 * MySQL's text result row (MySQL manual, "Text Resultset Row"), its packet's header replaced by the length: Int<4> bytes that
 * follow, little-endian; for each column 0xfb for NULL, or Int<lenenc> length and the bytes. Rows of several packets are one
 * here. Bytes without a character set read as `0x` and hexadecimal digits, as `mysql --binary-as-hex` writes them.
 */
export const mysqlRows: PlacedCodec = {
  rowLength: (bytes, offset) => 4 + uint32(bytes, offset),
  cells(bytes, offset, columns) {
    const places = new Int32Array(2 * columns.length);
    const binary = placesOf(bytes, offset, columns, places);
    return columns.map((_, column) => {
      const from = places[2 * column]!;
      if (from < 0) return null;
      const value = bytes.subarray(from, places[2 * column + 1]!);
      return binary[column] ? hexText(value) : utf8Text(value);
    });
  },
  places: placesOf,
};

function placesOf(
  bytes: Uint8Array,
  offset: number,
  columns: readonly Column[],
  places: Int32Array,
): readonly boolean[] {
  let at = offset + 4;
  for (let column = 0; column < columns.length; column++) {
    const first = bytes[at++]!;
    if (first === 0xfb) {
      places[2 * column] = -1;
      continue;
    }
    let length = first;
    if (first === 0xfc) {
      length = bytes[at]! | (bytes[at + 1]! << 8);
      at += 2;
    } else if (first === 0xfd) {
      length = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16);
      at += 3;
    } else if (first === 0xfe) {
      // Eight bytes; the upper four are zero, as no row is longer than 1 GiB.
      length = uint32(bytes, at);
      at += 8;
    }
    places[2 * column] = at;
    at += length;
    places[2 * column + 1] = at;
  }
  return binaryOf(columns);
}

function uint32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}
