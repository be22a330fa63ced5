import { setImmediate as turn } from 'node:timers/promises';
import { EJSON_READ_UNITS_MAX, ejsonLine, readEjson } from '../events/ejson.ts';
import type { Column, RowEncoding } from '../events/result.ts';
import type { PlacedCodec } from '../events/row-codec.ts';
import { rowCodec } from '../events/rows.ts';
import { textMatch } from '../events/text-match.ts';
import { utf8Text } from '../events/utf8-text.ts';
import { FIND_SLICE_BYTES } from './limits.ts';

/** What is looked for, and in which columns. */
export interface FindWish {
  readonly text: string;
  readonly matchCase: boolean;
  /** Indices of the columns, in the order in which a row's cells come. */
  readonly searched: readonly number[];
}

/** Is given each cell that has the text, in order: its row, and its place among the columns that are searched. */
export type OnHit = (row: number, place: number) => void;

/** Bytes of one character, at most. */
const CHARACTER_BYTES = 4;

/**
 * Looks for a text in rows as the server sent them, by what is shown of each cell, whole; NULL is not text. Between two slices of the
 * rows everything else has its turn, also within a long value.
 */
export class CellSearch {
  readonly #columns: readonly Column[];
  readonly #wish: FindWish;
  readonly #matches: (value: string) => boolean;
  readonly #codec: ReturnType<typeof rowCodec>;
  readonly #isEjson: boolean;
  /** Where the values of one row are. */
  readonly #places: Int32Array;
  /** Pieces of a long value overlap by what the text may take. */
  readonly #overlapBytes: number;
  /** Bytes looked through since everything else has had its turn. */
  #workedBytes = 0;

  constructor(encoding: RowEncoding, columns: readonly Column[], wish: FindWish) {
    this.#columns = columns;
    this.#wish = wish;
    this.#matches = textMatch(wish.text, wish.matchCase);
    this.#codec = rowCodec(encoding);
    this.#isEjson = encoding === 'ejson';
    this.#places = new Int32Array(2 * columns.length);
    this.#overlapBytes = CHARACTER_BYTES * ([...wish.text].length + 1);
  }

  /** Looks through the first `count` rows of `bytes`, of which the first is row `first`. Ends early where it is aborted. */
  async look(
    bytes: Uint8Array,
    first: number,
    count: number,
    onHit: OnHit,
    signal: AbortSignal,
  ): Promise<void> {
    const codec = this.#codec;
    const isPlain = this.#isPlain(bytes);
    let row = first;
    for (let at = 0; row < first + count && !signal.aborted; ) {
      const from = at;
      at += codec.rowLength(bytes, at);
      let rows = 1;
      while (row + rows < first + count) {
        const end = at + codec.rowLength(bytes, at);
        if (end - from > FIND_SLICE_BYTES) break;
        at = end;
        rows++;
      }
      const slice = bytes.subarray(from, at);
      if (slice.length > FIND_SLICE_BYTES && codec.places) {
        await this.#lookInLongRow(slice, codec as PlacedCodec, (place) => onHit(row, place), signal);
      } else if (!isPlain || this.#matches(plainText(slice))) {
        this.#lookInRows(slice, row, onHit);
      }
      row += rows;
      await this.#worked(slice.length);
    }
  }

  #lookInRows(bytes: Uint8Array, first: number, onHit: OnHit): void {
    const { searched } = this.#wish;
    let row = first;
    for (let at = 0; at < bytes.length; at += this.#codec.rowLength(bytes, at)) {
      const cells = this.#codec.cells(bytes, at, this.#columns);
      for (let place = 0; place < searched.length; place++) {
        const value = cells[searched[place]!] ?? null;
        if (value === null) continue;
        const seen = this.#isEjson ? ejsonShown(value) : value;
        if (seen !== null && this.#matches(seen)) onHit(row, place);
      }
      row++;
    }
  }

  async #lookInLongRow(
    bytes: Uint8Array,
    codec: PlacedCodec,
    onHit: (place: number) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const { searched } = this.#wish;
    const places = this.#places;
    const binary = codec.places(bytes, 0, this.#columns, places);
    for (let place = 0; place < searched.length && !signal.aborted; place++) {
      const column = searched[place]!;
      const from = places[2 * column]!;
      if (from < 0) continue;
      const value = bytes.subarray(from, places[2 * column + 1]!);
      if (await this.#isInValue(value, binary?.[column] ?? false, signal)) onHit(place);
    }
  }

  async #isInValue(value: Uint8Array, isBinary: boolean, signal: AbortSignal): Promise<boolean> {
    for (let from = 0; from < value.length && !signal.aborted; ) {
      const end = characterStart(value, from + FIND_SLICE_BYTES);
      const piece = value.subarray(from, end);
      if (this.#matches(isBinary ? hexText(piece, from === 0) : utf8Text(piece))) return true;
      await this.#worked(piece.length);
      if (end === value.length) break;
      from = characterStart(value, end - this.#overlapBytes);
    }
    return false;
  }

  /** Whether cells show the very text of their bytes, so that a slice without the text has no cell with it. */
  #isPlain(bytes: Uint8Array): boolean {
    const { places } = this.#codec;
    if (!places || bytes.length === 0) return false;
    const binary = places(bytes, 0, this.#columns, this.#places);
    return !this.#wish.searched.some((column) => binary?.[column]);
  }

  /** Lets everything else have its turn once enough was looked through. */
  async #worked(bytes: number): Promise<void> {
    this.#workedBytes += bytes;
    if (this.#workedBytes < FIND_SLICE_BYTES) return;
    this.#workedBytes = 0;
    await turn();
  }
}

/** A document's field as it is shown, whole; null for null and undefined. What is too long to be parsed for a cell is shown as it is. */
function ejsonShown(text: string): string | null {
  const node = text.length > EJSON_READ_UNITS_MAX ? undefined : readEjson(text);
  if (!node) return text;
  return node.kind === 'null' || node.kind === 'undefined' ? null : ejsonLine(node, Number.POSITIVE_INFINITY);
}

/** All texts of a slice, with whatever its lengths are read as between them. */
function plainText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
}

function hexText(bytes: Uint8Array, isBeginning: boolean): string {
  const digits = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex').toUpperCase();
  return isBeginning ? `0x${digits}` : digits;
}

/** The start of the character that a byte is of; the end of the bytes where `at` is beyond. */
function characterStart(bytes: Uint8Array, at: number): number {
  if (at >= bytes.length) return bytes.length;
  let start = at;
  while (at - start < CHARACTER_BYTES - 1 && (bytes[start]! & 0xc0) === 0x80) start--;
  return start;
}
