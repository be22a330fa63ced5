import { ejsonRows } from './engines/mongodb-rows.ts';
import { mysqlRows } from './engines/mysql-rows.ts';
import { postgresRows } from './engines/postgres-rows.ts';
import type { Column, RowEncoding } from './result.ts';
import type { RowCodec } from './row-codec.ts';

const codecs: Partial<Record<RowEncoding, RowCodec>> = {
  'postgres-datarow': postgresRows,
  'mysql-text': mysqlRows,
  ejson: ejsonRows,
};

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
