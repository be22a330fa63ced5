import type { Column, RowEncoding } from './result.ts';
import type { RowCodec } from './row-codec.ts';
import { ejsonRows } from './rows-ejson.ts';
import { mysqlRows } from './rows-mysql.ts';
import { postgresRows } from './rows-postgres.ts';

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
