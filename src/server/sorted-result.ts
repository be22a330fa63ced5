import { WINDOW_BYTES_MAX, WINDOW_ROWS_MAX } from '../events/limits.ts';
import type { ResultMeta } from '../events/result.ts';
import type { SortKey } from '../events/result-order.ts';
import { decodeWindow, encodeWindowHeader } from '../events/window-frame.ts';
import type { ReadableResult } from './app.ts';
import { SORTED_BLOCK_BYTES } from './limits.ts';
import { sortedRows } from './row-sort.ts';

/** Rows that are read side by side, unless they are long. */
const ROWS_AT_ONCE = 64;

/** The rows of a result in another order, each read from it when it is wanted. */
export class SortedResult implements ReadableResult {
  private constructor(
    private readonly resultId: string,
    readonly unsorted: ReadableResult,
    /** The rows' numbers in the unsorted result. */
    private readonly order: Uint32Array,
  ) {}

  /** Sorts the rows. @throws SortRefused, ResultDroppedError */
  static async of(
    resultId: string,
    unsorted: ReadableResult,
    order: readonly SortKey[],
  ): Promise<SortedResult> {
    return new SortedResult(resultId, unsorted, await sortedRows(unsorted, order));
  }

  meta(): ResultMeta {
    return { ...this.unsorted.meta(), resultId: this.resultId };
  }

  async window(from: number, count: number): Promise<Uint8Array> {
    const { encoding, columns, complete, cut } = this.meta();
    const rows = await this.#read(from, Math.min(count, WINDOW_ROWS_MAX), WINDOW_BYTES_MAX);
    const header = { encoding, columns: columns.length, complete, cut: cut !== null, from };
    return Buffer.concat([
      encodeWindowHeader({ ...header, count: rows.length, rowsHere: this.order.length }),
      ...rows,
    ]);
  }

  async *rowsFrom(from: number): AsyncGenerator<{ bytes: Uint8Array; count: number }> {
    for (let row = from; row < this.order.length; ) {
      const rows = await this.#read(row, WINDOW_ROWS_MAX, SORTED_BLOCK_BYTES);
      yield { bytes: Buffer.concat(rows), count: rows.length };
      row += rows.length;
    }
  }

  completed(): Promise<void> {
    return this.unsorted.completed();
  }

  /** At most `countMax` rows and `bytesMax` bytes, though one row is always whole. */
  async #read(from: number, countMax: number, bytesMax: number): Promise<Uint8Array[]> {
    const { longestRowBytes = bytesMax } = this.unsorted.meta();
    const atOnce = Math.max(1, Math.min(ROWS_AT_ONCE, Math.floor(bytesMax / longestRowBytes)));
    const to = Math.min(from + countMax, this.order.length);
    const rows: Uint8Array[] = [];
    let bytes = 0;
    for (let at = from; at < to; at += atOnce) {
      const some = this.order.subarray(at, Math.min(at + atOnce, to));
      for (const row of await Promise.all([...some].map((one) => this.#row(one)))) {
        bytes += row.length;
        if (rows.length > 0 && bytes > bytesMax) return rows;
        rows.push(row);
      }
    }
    return rows;
  }

  async #row(row: number): Promise<Uint8Array> {
    return decodeWindow(await this.unsorted.window(row, 1)).rows;
  }
}
