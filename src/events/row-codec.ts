import type { Column } from './result.ts';

/** Reads rows as the server sent them. `bytes` holds whole rows, `offset` is where one begins. */
export interface RowCodec {
  /** Bytes from `offset` to the next row. */
  rowLength(bytes: Uint8Array, offset: number): number;
  /** A row's values as the server's own text, in the order of `columns`; null for NULL and for what is not there. */
  cells(bytes: Uint8Array, offset: number, columns: readonly Column[]): (string | null)[];
}
