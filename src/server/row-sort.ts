import { setImmediate as turn } from 'node:timers/promises';
import type { Column } from '../events/result.ts';
import type { SortKey } from '../events/result-order.ts';
import type { RowCodec } from '../events/row-codec.ts';
import { rowCodec } from '../events/rows.ts';
import { utf8Text } from '../events/utf8-text.ts';
import type { ReadableResult } from './app.ts';
import { SORT_KEYS_BYTES_MAX, SORT_SLICE_BYTES } from './limits.ts';
import { SortRefused } from './sort-refused.ts';
import { FIELD, LAST, type SortKind, type SortValue, sortKindOf } from './sort-value.ts';

/** Rows that are sorted at once, before runs of them are merged. */
const RUN_ROWS = 512;
/** Comparisons before everything else has its turn. */
const SLICE_COMPARISONS = 4096;
/** Memory of a row's number, rank and `major`; of a `minor`; and of a text beside its characters. */
const ROW_BYTES = 13;
const MINOR_BYTES = 8;
const TEXT_BYTES = 24;

/**
 * Sorts the rows of a result that is whole: their numbers, in order. Rows with the same values stay in the order in which they were read. Everything
 * else has its turn in between.
 * @throws SortRefused where the values need more memory than `bytesMax`, or can't be ordered; ResultDroppedError
 */
export async function sortedRows(
  result: ReadableResult,
  order: readonly SortKey[],
  bytesMax = SORT_KEYS_BYTES_MAX,
): Promise<Uint32Array<ArrayBuffer>> {
  const keys = await readKeys(result, order, bytesMax);
  return await merged(keys, result.meta().rows);
}

/** The values of one column that rows are compared by. */
class KeyColumn {
  bytes = 0;
  readonly #ranks: Int8Array;
  readonly #majors: Float64Array;
  /** Most columns have none. */
  #minors: (number | string)[] | null = null;

  constructor(
    readonly column: Column,
    private readonly kind: SortKind,
    private readonly descending: boolean,
    private readonly rows: number,
  ) {
    this.#ranks = new Int8Array(rows);
    this.#majors = new Float64Array(rows);
    this.bytes = ROW_BYTES * rows;
  }

  add(row: number, cell: string | null): void {
    if (cell === null) {
      this.#ranks[row] = LAST;
      return;
    }
    const value = this.kind.read(cell);
    if (!value) {
      const { name, type } = this.column;
      const settings = this.column.printedBy?.join(', ');
      throw new SortRefused(
        'sort.unreadable',
        `Values of the column ${name} are not written as its type ${type} is read here${settings ? ` (${settings})` : ''}. Sort them on the server with ORDER BY.`,
      );
    }
    this.#ranks[row] = value.rank;
    this.#majors[row] = value.major;
    if (value.minor === '' || value.minor === 0) return;
    if (!this.#minors) {
      this.#minors = new Array<number | string>(this.rows);
      this.bytes += MINOR_BYTES * this.rows;
    }
    this.#minors[row] = value.minor;
    if (typeof value.minor === 'string') this.bytes += TEXT_BYTES + value.minor.length;
  }

  compare(a: number, b: number): number {
    const order = this.#ascending(a, b);
    return this.descending && this.#ranks[a] !== LAST && this.#ranks[b] !== LAST ? -order : order;
  }

  #ascending(a: number, b: number): number {
    if (this.#ranks[a] !== this.#ranks[b]) return this.#ranks[a]! - this.#ranks[b]!;
    const [one, other] = [this.#majors[a]!, this.#majors[b]!];
    if (one !== other) return one < other ? -1 : 1;
    return this.#minors ? this.kind.compare(this.#value(a), this.#value(b)) : 0;
  }

  #value(row: number): SortValue {
    return { rank: this.#ranks[row]!, major: this.#majors[row]!, minor: this.#minors![row] ?? '' };
  }
}

async function readKeys(
  result: ReadableResult,
  order: readonly SortKey[],
  bytesMax: number,
): Promise<readonly KeyColumn[]> {
  const { encoding, columns, rows } = result.meta();
  mustFit(order.length * ROW_BYTES * rows, bytesMax);
  const codec = rowCodec(encoding);
  const keys = order.map(({ column, descending }) => {
    const { type, numeric } = columns[column]!;
    const kind = encoding === 'ejson' ? FIELD : sortKindOf(type, numeric);
    return new KeyColumn(columns[column]!, kind, descending, rows);
  });
  const cellsOf = cellReader(
    codec,
    columns,
    order.map(({ column }) => column),
  );
  let row = 0;
  let workedBytes = 0;
  for await (const block of result.rowsFrom(0)) {
    for (let at = 0; at < block.bytes.length; row++) {
      const cells = cellsOf(block.bytes, at);
      for (const [i, key] of keys.entries()) key.add(row, cells[i] ?? null);
      const bytes = codec.rowLength(block.bytes, at);
      at += bytes;
      workedBytes += bytes;
      if (workedBytes < SORT_SLICE_BYTES) continue;
      workedBytes = 0;
      mustFit(heldBytes(keys), bytesMax);
      await turn();
    }
  }
  mustFit(heldBytes(keys), bytesMax);
  return keys;
}

function heldBytes(keys: readonly KeyColumn[]): number {
  return keys.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** @throws SortRefused */
function mustFit(bytes: number, bytesMax: number): void {
  if (bytes <= bytesMax) return;
  throw new SortRefused(
    'sort.tooLarge',
    'The values to sort by are too large to be sorted here. Sort them on the server with ORDER BY.',
  );
}

/** Reads the cells of the wanted columns from a row. */
function cellReader(
  codec: RowCodec,
  columns: readonly Column[],
  wanted: readonly number[],
): (bytes: Uint8Array, at: number) => readonly (string | null | undefined)[] {
  if (!codec.places) {
    return (bytes, at) => {
      const cells = codec.cells(bytes, at, columns);
      return wanted.map((column) => cells[column]);
    };
  }
  const places = new Int32Array(2 * columns.length);
  return (bytes, at) => {
    const binary = codec.places!(bytes, at, columns, places);
    return wanted.map((column) => {
      const from = places[2 * column]!;
      if (from < 0) return null;
      const value = bytes.subarray(from, places[2 * column + 1]!);
      return binary?.[column] ? Buffer.from(value).toString('hex') : utf8Text(value);
    });
  };
}

/** Sorts by runs, and merges these two by two. */
async function merged(keys: readonly KeyColumn[], rows: number): Promise<Uint32Array<ArrayBuffer>> {
  const compare = (a: number, b: number): number => {
    for (const key of keys) {
      const order = key.compare(a, b);
      if (order !== 0) return order;
    }
    return a - b;
  };
  let from = new Uint32Array(rows);
  for (let row = 0; row < rows; row++) from[row] = row;
  for (let at = 0; at < rows; at += RUN_ROWS) {
    from.subarray(at, at + RUN_ROWS).sort(compare);
    await turn();
  }
  let to = new Uint32Array(rows);
  let compared = 0;
  for (let width = RUN_ROWS; width < rows; width *= 2) {
    for (let start = 0; start < rows; start += 2 * width) {
      const middle = Math.min(start + width, rows);
      const end = Math.min(middle + width, rows);
      let [left, right] = [start, middle];
      for (let at = start; at < end; at++) {
        const isLeft = right === end || (left < middle && compare(from[left]!, from[right]!) < 0);
        to[at] = from[isLeft ? left++ : right++]!;
        if (++compared % SLICE_COMPARISONS === 0) await turn();
      }
    }
    [from, to] = [to, from];
  }
  return from;
}
