import { setImmediate as turn } from 'node:timers/promises';
import { EJSON_READ_UNITS_MAX, isNumber, readEjson } from '../events/ejson.ts';
import { SUM_ROWS_MAX } from '../events/limits.ts';
import type { Column, SummedCells } from '../events/result.ts';
import type { RowCodec } from '../events/row-codec.ts';
import { rowCodec } from '../events/rows.ts';
import type { ReadableResult } from './app.ts';
import { DecimalSum } from './decimal-sum.ts';
import { SUM_SLICE_BYTES } from './limits.ts';

/** The parameters of `GET /api/results/ID/sum`, as they come. */
export type SumQuery = Readonly<Partial<Record<'from' | 'count' | 'columns', string>>>;

/** What is wrong with a request. */
export const SUM_INVALID = `\`from\` counts rows from 0, \`count\` is 1 to ${SUM_ROWS_MAX}, \`columns\` are of the result, each once.`;

/**
 * Adds up the numbers in a rectangle of a result, of its columns of numbers alone where these have types; undefined where that can't be
 * read from the parameters. Whoever has aborted looks at no answer.
 */
export function sumOf(
  result: ReadableResult,
  query: SumQuery,
  signal: AbortSignal,
): Promise<SummedCells> | undefined {
  const { encoding, columns } = result.meta();
  const { from = '', count = '', columns: list = '' } = query;
  const asked = [from, count, ...list.split(',')];
  if (!asked.every((digits) => /^\d{1,15}$/.test(digits))) return undefined;
  const indices = list.split(',').map(Number);
  const isValid =
    Number(count) >= 1 &&
    Number(count) <= SUM_ROWS_MAX &&
    indices.every((one) => one < columns.length) &&
    new Set(indices).size === indices.length;
  if (!isValid) return undefined;
  const numeric = encoding === 'ejson' ? indices : indices.filter((one) => columns[one]!.numeric);
  const cells = encoding === 'ejson' ? documentNumbers : placedCells;
  return added(result, Number(from), Number(count), cells(rowCodec(encoding), columns, numeric), signal);
}

/** The texts of a row's cells that may be numbers. */
type CellsOf = (bytes: Uint8Array, at: number) => Iterable<string>;

function placedCells(codec: RowCodec, columns: readonly Column[], wanted: readonly number[]): CellsOf {
  const places = new Int32Array(2 * columns.length);
  return function* (bytes, at) {
    codec.places!(bytes, at, columns, places);
    const row = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    for (const column of wanted) {
      const from = places[2 * column]!;
      if (from >= 0) yield row.toString('latin1', from, places[2 * column + 1]!);
    }
  };
}

function documentNumbers(codec: RowCodec, columns: readonly Column[], wanted: readonly number[]): CellsOf {
  return function* (bytes, at) {
    const cells = codec.cells(bytes, at, columns);
    for (const column of wanted) {
      const text = cells[column] ?? '';
      // No number is as long.
      const node = text.length > EJSON_READ_UNITS_MAX ? undefined : readEjson(text);
      if (node && isNumber(node.kind)) yield node.shown;
    }
  };
}

async function added(
  result: ReadableResult,
  from: number,
  count: number,
  cellsOf: CellsOf,
  signal: AbortSignal,
): Promise<SummedCells> {
  const { encoding, rows: rowsHere } = result.meta();
  const { rowLength } = rowCodec(encoding);
  // In whichever order all of them are added up.
  const source = from === 0 && count >= rowsHere ? (result.unsorted ?? result) : result;
  const sum = new DecimalSum();
  let rows = 0;
  let workedBytes = 0;
  for await (const block of source.rowsFrom(from)) {
    let at = 0;
    for (let i = 0; i < block.count && rows < count; i++, rows++) {
      for (const text of cellsOf(block.bytes, at)) sum.add(text);
      const bytes = rowLength(block.bytes, at);
      at += bytes;
      workedBytes += bytes;
      if (workedBytes < SUM_SLICE_BYTES) continue;
      workedBytes = 0;
      await turn();
      if (signal.aborted) break;
    }
    if (rows >= count || signal.aborted) break;
  }
  return { rows, numbers: sum.count, sum: sum.count > 0 ? sum.sum : null, average: sum.average };
}
