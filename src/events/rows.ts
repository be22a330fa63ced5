import type { Column, RowEncoding } from './result.ts';

/** Reads rows as the server sent them. `bytes` holds whole rows, `offset` is where one begins. */
export interface RowCodec {
  /** Bytes from `offset` to the next row. */
  rowLength(bytes: Uint8Array, offset: number): number;
  /** A row's values as the server's own text, in the order of `columns`; null for NULL and for what is not there. */
  cells(bytes: Uint8Array, offset: number, columns: readonly Column[]): (string | null)[];
}

const utf8 = new TextDecoder('utf-8');

function int32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

/**
 * PostgreSQL's DataRow in text format: Byte1('D') Int32 length, itself included; Int16 columns; for each column
 * Int32 length (-1 is NULL) and the bytes (PostgreSQL manual, "Message Formats").
 */
export const postgresRows: RowCodec = {
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
        cells[column] = utf8.decode(bytes.subarray(at, at + length));
        at += length;
      }
    }
    return cells;
  },
};

const codecs: Partial<Record<RowEncoding, RowCodec>> = { 'postgres-datarow': postgresRows };

/** The codec of an encoding. Throws a RangeError for one that no driver here speaks. */
export function rowCodec(encoding: RowEncoding): RowCodec {
  const codec = codecs[encoding];
  if (!codec) throw new RangeError(`no codec for rows encoded as ${encoding}`);
  return codec;
}

/** The values of all the rows in `bytes`. */
export function readRows(
  codec: RowCodec,
  bytes: Uint8Array,
  columns: readonly Column[],
): (string | null)[][] {
  const rows: (string | null)[][] = [];
  for (let at = 0; at < bytes.length; at += codec.rowLength(bytes, at))
    rows.push(codec.cells(bytes, at, columns));
  return rows;
}
