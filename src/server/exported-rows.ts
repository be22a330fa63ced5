import { areAllFields, ejsonFields } from '../events/engines/mongodb-rows.ts';
import { distinctNames } from '../events/formats/column-names.ts';
import { documentOfCells, relaxed } from '../events/formats/documents.ts';
import { MIB } from '../events/limits.ts';
import type { Column } from '../events/result.ts';
import { rowCodec } from '../events/rows.ts';
import type { ReadableResult } from './app.ts';
import { EXPORT_PIECE_UNITS, TEXT_ROW_BYTES_MAX } from './limits.ts';

/** Rows of a result, with the values of the one that begins at an offset, in the order of the exported columns. */
interface ExportedBatch {
  readonly bytes: Uint8Array;
  cells(offset: number): (string | null)[];
}

/** The name of the column that has what a document's other columns have no room for. */
const REST = 'more fields';

/**
 * A result's rows as a table to export. Documents have a column for each field, of which there may be more to come, so they wait
 * for the end of a result that is followed; fields that have no column stand together in a last one.
 */
export async function exportedRows(
  result: ReadableResult,
  follow: boolean,
): Promise<{ columns: readonly Column[]; batches: AsyncIterable<ExportedBatch> }> {
  const { encoding } = result.meta();
  if (encoding === 'ejson' && follow) await result.completed();
  const { columns } = result.meta();
  const codec = rowCodec(encoding);
  const isWhole = encoding !== 'ejson' || areAllFields(columns.map(({ name }) => name));
  const plain = (bytes: Uint8Array) => (at: number) => codec.cells(bytes, at, columns);
  const known = new Set(columns.map(({ name }) => name));
  const withRest = (bytes: Uint8Array) => (at: number) => [
    ...codec.cells(bytes, at, columns),
    restOf(bytes, at, known),
  ];
  const cellsOf = isWhole ? plain : withRest;
  async function* batches(): AsyncGenerator<ExportedBatch> {
    for await (const { bytes } of result.rowsFrom(0, follow)) yield { bytes, cells: cellsOf(bytes) };
  }
  const rest = { name: REST, type: 'object', numeric: false };
  const all = isWhole ? columns : [...columns, { ...rest, name: distinctNames([...columns, rest]).at(-1)! }];
  return { columns: all, batches: batches() };
}

/**
 * The texts that `row` makes of each row of a batch, joined to pieces of bounded size: names are written again in each row of some
 * formats, so that few bytes may become a text that no string can hold.
 * @throws Error `export.rowTooLong`
 */
export function* joinedRows(
  bytes: Uint8Array,
  rowLength: (bytes: Uint8Array, at: number) => number,
  row: (at: number) => string,
  from = 0,
): Generator<string> {
  let text = '';
  for (let at = from; at < bytes.length; ) {
    const length = rowLength(bytes, at);
    if (length > TEXT_ROW_BYTES_MAX) throw rowTooLong();
    text += row(at);
    at += length;
    if (text.length < EXPORT_PIECE_UNITS) continue;
    yield text;
    text = '';
  }
  if (text !== '') yield text;
}

/** What a row that is too long for a text is refused with. */
export function rowTooLong(): Error & { code: string; statusCode: number } {
  const most = TEXT_ROW_BYTES_MAX / MIB;
  return Object.assign(
    new Error(
      `A row has more than ${most} MiB. Export the result as CSV, which has no such limit on PostgreSQL and MySQL.`,
    ),
    { code: 'export.rowTooLong', statusCode: 422 },
  );
}

/** The fields without a column, as one document; null where there are none. */
function restOf(bytes: Uint8Array, offset: number, known: ReadonlySet<string>): string | null {
  const fields = [...ejsonFields(bytes, offset)].filter(([name]) => !known.has(name));
  if (fields.length === 0) return null;
  const columns = fields.map(([name]) => ({ name, type: '', numeric: false }));
  return relaxed(
    documentOfCells(
      columns,
      fields.map(([, value]) => value),
    ),
  );
}
