import type { RowEncoding } from '../../events/result.ts';
import type { RowCodec } from '../../events/row-codec.ts';
import { rowCodec } from '../../events/rows.ts';
import { WINDOW_HEADER_BYTES } from '../../events/window-frame.ts';
import { OffsetIndex } from './offset-index.ts';
import { type BytesHost, ResultBytes } from './result-bytes.ts';
import type { ResultLimits } from './result-limits.ts';

/** A stride of rows wider than this part of a window keeps the offset of each row. */
const WIDE_PART = 16;
/** What stored rows need of their result, and tell it. */
interface RowsHost extends BytesHost {
  readonly limits: Pick<ResultLimits, 'offsetStrideRows' | 'windowBytesMax'>;
  /** The index may have grown. */
  indexed(): void;
}

/** The rows of a result in the server's own bytes (`ResultBytes`), and where each begins (`OffsetIndex`). */
export class StoredRows {
  /** Bytes of the longest row. */
  longestRowBytes = 0;
  readonly #host: RowsHost;
  readonly #codec: RowCodec;
  readonly #index: OffsetIndex;
  readonly #bytes: ResultBytes;

  constructor(encoding: RowEncoding, host: RowsHost) {
    this.#host = host;
    this.#codec = rowCodec(encoding);
    this.#bytes = new ResultBytes(host);
    this.#index = new OffsetIndex(host.limits.offsetStrideRows, host.limits.windowBytesMax / WIDE_PART);
  }

  /** Rows here. */
  get rows(): number {
    return this.#index.rows;
  }

  /** Bytes here, in memory and on disk. */
  get bytes(): number {
    return this.#index.bytes;
  }

  get memoryBytes(): number {
    return this.#bytes.memoryBytes;
  }

  get spilledBytes(): number {
    return this.#bytes.spilledBytes;
  }

  /** Memory of the index. */
  get indexBytes(): number {
    return this.#index.heldBytes;
  }

  /** Bytes in memory beyond what may be there; below 0 there is room. */
  get backlog(): number {
    return this.#bytes.backlog;
  }

  /** The disk has refused; what is in memory stays there. */
  get isRefused(): boolean {
    return this.#bytes.isRefused;
  }

  /** Everything is going to the disk, or is there. */
  get isShedding(): boolean {
    return this.#bytes.isShedding;
  }

  /**
   * Takes `count` whole rows by copying them; bytes that are given (`isGiven`) are this object's from then on.
   * @throws RangeError for bytes that are not `count` whole rows; those that are whole were taken
   */
  take(bytes: Uint8Array, count: number, isGiven: boolean): void {
    const { rows } = this;
    let whole = 0;
    while (whole < bytes.length) {
      const length = this.#codec.rowLength(bytes, whole);
      if (!(length > 0 && whole + length <= bytes.length)) break;
      this.#index.add(length);
      if (length > this.longestRowBytes) this.longestRowBytes = length;
      whole += length;
    }
    this.#host.indexed();
    // Also a broken batch leaves the index and the bytes telling the same.
    if (whole > 0) this.#bytes.append(whole === bytes.length ? bytes : bytes.subarray(0, whole), isGiven);
    if (whole < bytes.length || this.rows - rows !== count) {
      throw new RangeError(`${this.rows - rows} whole rows in a batch of ${count}`);
    }
  }

  /** No more will come: frees the room for it. */
  complete(): void {
    this.#bytes.complete();
  }

  /** Moves everything to the disk. */
  shed(): void {
    this.#bytes.shed();
  }

  /** Frees memory and disk. Reads in progress complete; no read may start afterwards. */
  close(): Promise<void> {
    return this.#bytes.close();
  }

  /** Bytes behind a row, as far as the next known boundary before it tells. */
  bytesFrom(row: number): number {
    return row < this.rows ? this.bytes - this.#index.before(row).offset : 0;
  }

  /**
   * Reads rows into a frame whose header is yet to be written. Boundaries do most of it, so few rows are
   * walked. Rejects with the system's error.
   *
   * @param from a row from 0; at most `countMax` rows and `bytesMax` bytes are read, though one row is always whole
   */
  async read(
    from: number,
    countMax: number,
    bytesMax: number,
  ): Promise<{ frame: Uint8Array; count: number }> {
    const to = Math.min(from + countMax, this.rows);
    if (to <= from) return { frame: new Uint8Array(WINDOW_HEADER_BYTES), count: 0 };
    const begin = this.#index.before(from);
    let end = this.#index.after(to);
    if (end.offset - begin.offset > bytesMax) {
      end = this.#index.within(begin.offset + bytesMax);
      // One row alone is wider than a window, so its stride knows where it ends.
      if (end.row <= from) end = this.#index.after(from + 1);
    }
    const frame = Buffer.allocUnsafe(WINDOW_HEADER_BYTES + end.offset - begin.offset);
    await this.#bytes.copy(begin.offset, end.offset, frame, WINDOW_HEADER_BYTES);
    let first = WINDOW_HEADER_BYTES;
    for (let row = begin.row; row < from; row++) first += this.#codec.rowLength(frame, first);
    const count = Math.min(end.row, to) - from;
    let last = end.row <= to ? frame.length : first;
    for (let row = from; row < to && end.row > to; row++) last += this.#codec.rowLength(frame, last);
    // The header goes over the rows that were read only to find the first one: nothing is moved.
    return { frame: frame.subarray(first - WINDOW_HEADER_BYTES, last), count };
  }
}
