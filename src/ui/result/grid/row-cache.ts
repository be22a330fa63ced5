import { ejsonDocument } from '../../../events/engines/mongodb-rows.ts';
import type { Column } from '../../../events/result.ts';
import type { RowCodec } from '../../../events/row-codec.ts';
import { rowCodec } from '../../../events/rows.ts';
import { PAGE_ROWS, type WindowFrame } from '../../../events/window-frame.ts';
import type { Span } from './geometry.ts';

/** Bytes of rows held. The newest window is held whatever its size, as one row may be larger. */
const CACHE_BYTES_MAX = 32 * 1024 * 1024;

interface Chunk {
  readonly from: number;
  readonly count: number;
  readonly codec: RowCodec;
  readonly bytes: Uint8Array;
  /** Where each row begins. */
  readonly offsets: Uint32Array;
}

/** Windows of a result as they came, undecoded; those not looked at for longest go first. */
export class RowCache {
  readonly #bytesMax: number;
  /** By first row, in the order of last use. */
  readonly #chunks = new Map<number, Chunk>();
  /** First rows of the chunks in a page. */
  readonly #pages = new Map<number, number[]>();
  #bytes = 0;

  constructor(bytesMax = CACHE_BYTES_MAX) {
    this.#bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Stores a window. One that overlaps a stored one replaces it only if it is longer. */
  add(frame: WindowFrame): void {
    if (frame.count === 0) return;
    const held = this.#chunks.get(frame.from);
    if (held && held.count >= frame.count) return;
    if (held) this.#drop(held);
    const codec = rowCodec(frame.encoding);
    const offsets = new Uint32Array(frame.count);
    let at = 0;
    for (let row = 0; row < frame.count; row++) {
      if (at >= frame.rows.length) throw new RangeError('a window has fewer rows than it says');
      offsets[row] = at;
      at += codec.rowLength(frame.rows, at);
    }
    this.#chunks.set(frame.from, { from: frame.from, count: frame.count, codec, bytes: frame.rows, offsets });
    this.#bytes += frame.rows.byteLength;
    for (let page = pageOf(frame.from); page <= pageOf(frame.from + frame.count - 1); page++) {
      const starts = this.#pages.get(page);
      if (starts) starts.push(frame.from);
      else this.#pages.set(page, [frame.from]);
    }
    for (const oldest of this.#chunks.values()) {
      if (this.#bytes <= this.#bytesMax || oldest.from === frame.from) break;
      this.#drop(oldest);
    }
  }

  has(row: number): boolean {
    return this.#chunkOf(row) !== undefined;
  }

  /** A row's values, or undefined where it isn't here. */
  cells(row: number, columns: readonly Column[]): (string | null)[] | undefined {
    const chunk = this.#chunkOf(row);
    if (!chunk) return undefined;
    this.#chunks.delete(chunk.from);
    this.#chunks.set(chunk.from, chunk);
    return chunk.codec.cells(chunk.bytes, chunk.offsets[row - chunk.from]!, columns);
  }

  /** A row's whole document, or undefined where it isn't here. Only for rows of documents. */
  document(row: number): string | undefined {
    const chunk = this.#chunkOf(row);
    return chunk && ejsonDocument(chunk.bytes, chunk.offsets[row - chunk.from]!);
  }

  /** A row's size in bytes, or undefined where it isn't here. */
  rowBytes(row: number): number | undefined {
    const chunk = this.#chunkOf(row);
    if (!chunk) return undefined;
    const at = row - chunk.from;
    return (chunk.offsets[at + 1] ?? chunk.bytes.length) - chunk.offsets[at]!;
  }

  /**
   * The window to ask for so that `row`, which isn't here, comes: its whole page if nothing of that is here,
   * otherwise the gap from that row on, because a window cut short by its bytes began earlier.
   */
  gapAt(row: number): Span {
    const start = pageOf(row) * PAGE_ROWS;
    const end = start + PAGE_ROWS;
    const held = this.#pages.get(pageOf(row));
    if (!held) return { from: start, to: end };
    return { from: row, to: Math.min(end, ...held.filter((from) => from > row)) };
  }

  #chunkOf(row: number): Chunk | undefined {
    const starts = this.#pages.get(pageOf(row));
    if (!starts) return undefined;
    for (const start of starts) {
      const chunk = this.#chunks.get(start)!;
      if (row >= chunk.from && row < chunk.from + chunk.count) return chunk;
    }
    return undefined;
  }

  #drop(chunk: Chunk): void {
    this.#chunks.delete(chunk.from);
    this.#bytes -= chunk.bytes.byteLength;
    for (let page = pageOf(chunk.from); page <= pageOf(chunk.from + chunk.count - 1); page++) {
      const starts = this.#pages.get(page)!.filter((start) => start !== chunk.from);
      if (starts.length > 0) this.#pages.set(page, starts);
      else this.#pages.delete(page);
    }
  }
}

export function pageOf(row: number): number {
  return Math.floor(row / PAGE_ROWS);
}
