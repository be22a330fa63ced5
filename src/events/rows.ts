import { sentAs } from './engines/index.ts';
import type { Column, RowEncoding } from './result.ts';
import type { RowCodec } from './row-codec.ts';

/** The codec of an encoding. @throws RangeError for one that no engine here sends */
export function rowCodec(encoding: RowEncoding): RowCodec {
  return sentAs(encoding).rows;
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
