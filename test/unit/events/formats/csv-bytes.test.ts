import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mysqlRows } from '../../../../src/events/engines/mysql-rows.ts';
import { postgresRows } from '../../../../src/events/engines/postgres-rows.ts';
import { csvFormat } from '../../../../src/events/formats/csv.ts';
import { CsvBytes } from '../../../../src/events/formats/csv-bytes.ts';
import type { Column } from '../../../../src/events/result.ts';
import type { PlacedCodec } from '../../../../src/events/row-codec.ts';

const columns: Column[] = ['text', 'varbinary(8)', 'text'].map((type, i) => ({
  name: `c${i}`,
  type,
  numeric: false,
}));

type Cell = string | Uint8Array | null;
const bytesOf = (cell: string | Uint8Array): Buffer =>
  typeof cell === 'string' ? Buffer.from(cell) : Buffer.from(cell);

/** A DataRow (PostgreSQL manual, "Message Formats"). */
function dataRow(cells: readonly Cell[]): Buffer {
  const parts = cells.map((cell) => {
    const text = bytesOf(cell ?? '');
    const length = Buffer.alloc(4);
    length.writeInt32BE(cell === null ? -1 : text.length);
    return Buffer.concat([length, text]);
  });
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(7);
  head.write('D');
  head.writeInt32BE(6 + body.length, 1);
  head.writeInt16BE(cells.length, 5);
  return Buffer.concat([head, body]);
}

/** A text result row after the length that stands for its packet's header. */
function textRow(cells: readonly Cell[]): Buffer {
  const body = Buffer.concat(
    cells.map((cell) => {
      if (cell === null) return Buffer.from([0xfb]);
      const text = bytesOf(cell);
      if (text.length < 0xfb) return Buffer.concat([Buffer.from([text.length]), text]);
      return Buffer.concat([Buffer.from([0xfc, text.length & 255, text.length >> 8]), text]);
    }),
  );
  const head = Buffer.alloc(4);
  head.writeUInt32LE(body.length);
  return Buffer.concat([head, body]);
}

const cell = fc.option(
  fc.oneof(
    fc.string({ unit: 'binary', maxLength: 80 }),
    fc.stringMatching(/^[ ,"\r\n\\.a\t]{0,70}$/),
    fc.constantFrom('', '\\.', ' ', '"', ',', 'é,', 'x'.repeat(60), `${'é'.repeat(40)},`),
    // Bytes that are not UTF-8.
    fc.uint8Array({ maxLength: 70 }),
  ),
  { nil: null },
);

describe.each<[string, PlacedCodec, (cells: readonly Cell[]) => Buffer]>([
  ['PostgreSQL', postgresRows, dataRow],
  ['MySQL', mysqlRows, textRow],
])('CSV from the bytes of %s', (_engine, codec, rowOf) => {
  it('is the CSV of the values that the bytes hold', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell, cell), { maxLength: 20 }), (rows) => {
        const bytes = Buffer.concat(rows.map(rowOf));
        const format = csvFormat(columns);
        let expected = '';
        for (let at = 0; at < bytes.length; at += codec.rowLength(bytes, at))
          expected += format.row(codec.cells(bytes, at, columns));
        expect(Buffer.from(new CsvBytes(columns, codec).lines(bytes)).toString()).toBe(expected);
      }),
      { numRuns: 300 },
    );
  });
});
