import type { Column } from './result.ts';

/** Reads rows as the server sent them. `bytes` holds whole rows, `offset` is where one begins. */
export interface RowCodec {
  /** Bytes from `offset` to the next row. */
  rowLength(bytes: Uint8Array, offset: number): number;
  /** A row's values as the server's own text, in the order of `columns`; null for NULL and for what is not there. */
  cells(bytes: Uint8Array, offset: number, columns: readonly Column[]): (string | null)[];
  /**
   * Where a row's values stand, for codecs whose rows hold them one after another: `places[2 * i]` is where value i begins, -1
   * for NULL, and `places[2 * i + 1]` where it ends. Returns which columns are bytes without a character set, or null for none.
   */
  places?(
    bytes: Uint8Array,
    offset: number,
    columns: readonly Column[],
    places: Int32Array,
  ): readonly boolean[] | null;
}

/** A codec that says where the values stand. */
export type PlacedCodec = RowCodec & Required<Pick<RowCodec, 'places'>>;
