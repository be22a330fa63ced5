import type { PlacedCodec } from '../row-codec.ts';
import { utf8Text } from '../utf8-text.ts';

function int32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

/**
 * PostgreSQL's DataRow in text format: Byte1('D') Int32 length, itself included; Int16 columns; for each column
 * Int32 length (-1 is NULL) and the bytes (PostgreSQL manual, "Message Formats").
 */
export const postgresRows: PlacedCodec = {
  rowLength: (bytes, offset) => 1 + int32(bytes, offset + 1),
  cells(bytes, offset) {
    const columns = (bytes[offset + 5]! << 8) | bytes[offset + 6]!;
    const cells = new Array<string | null>(columns);
    let at = offset + 7;
    for (let column = 0; column < columns; column++) {
      const length = int32(bytes, at);
      at += 4;
      if (length < 0) {
        cells[column] = null;
      } else {
        cells[column] = utf8Text(bytes.subarray(at, at + length));
        at += length;
      }
    }
    return cells;
  },
  places(bytes, offset, columns, places) {
    const count = (bytes[offset + 5]! << 8) | bytes[offset + 6]!;
    let at = offset + 7;
    for (let column = 0; column < columns.length; column++) {
      const length = column < count ? int32(bytes, at) : -1;
      if (column < count) at += 4;
      places[2 * column] = length < 0 ? -1 : at;
      if (length > 0) at += length;
      places[2 * column + 1] = at;
    }
    return null;
  },
};
