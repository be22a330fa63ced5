import { Type } from '@sinclair/typebox';
import { unsortedId } from './result-order.ts';
import { Id, type Of, part } from './schema.ts';

/** How the rows' bytes are laid out. The number stands in the window frame. */
export const ROW_ENCODINGS = { 'postgres-datarow': 1, 'mysql-text': 2, ejson: 3 } as const;
export type RowEncoding = keyof typeof ROW_ENCODINGS;

/** Where a column's values come from. Only a column that is one of a table's own has it. */
export const Origin = part({
  namespace: Type.String(),
  collection: Type.String(),
  column: Type.String(),
  /** What the column is whatever its name, where the server says so: `ColumnInfo.identity`. */
  identity: Type.Optional(Type.String()),
});
export type Origin = Of<typeof Origin>;

/** A result's column. The name is the server's; it never goes on the tape. */
export const Column = part({
  name: Type.String(),
  /** The type as the server writes it, with its modifiers: `numeric(10,2)`, `timestamp(3) with time zone`. */
  type: Type.String(),
  /** Whether the values read as numbers, and so stand to the right. */
  numeric: Type.Boolean(),
  origin: Type.Optional(Origin),
  /** Settings without which the values' text may be read as other values, each as SET takes it: `DateStyle = 'SQL, DMY'`. */
  printedBy: Type.Optional(Type.Array(Type.String())),
});
export type Column = Of<typeof Column>;

/**
 * Why a result does not have all the rows that its statement gave, or would have given:
 * `rowLimit` the row limit; `resultLimit` the size limit of one result; `diskFull`, `diskFailed` and `diskSlow` the spill file;
 * `paused` reading was paused for too long; `cancelled` and `timedOut` rows came after the cancel; `cursorLost` the server had
 * closed the cursor; `failed` the statement failed on the way; `lost` the connection was lost.
 */
export const Cut = Type.Union([
  Type.Literal('rowLimit'),
  Type.Literal('resultLimit'),
  Type.Literal('diskFull'),
  Type.Literal('diskFailed'),
  Type.Literal('diskSlow'),
  Type.Literal('paused'),
  Type.Literal('cancelled'),
  Type.Literal('timedOut'),
  Type.Literal('cursorLost'),
  Type.Literal('failed'),
  Type.Literal('lost'),
]);
export type Cut = Of<typeof Cut> & string;

/** What `GET /api/results/ID` says. Row counts here may be ahead of the tape's, which are reported four times a second. */
export const ResultMeta = part({
  resultId: Id,
  queryId: Id,
  encoding: Type.Union([Type.Literal('postgres-datarow'), Type.Literal('mysql-text'), Type.Literal('ejson')]),
  columns: Type.Array(Column),
  rows: Type.Integer(),
  bytes: Type.Integer(),
  /** Bytes of the longest row so far. */
  longestRowBytes: Type.Optional(Type.Integer()),
  /** No more rows will come. */
  complete: Type.Boolean(),
  /** All rows are here: no more will come, and none is missing. */
  rowsComplete: Type.Boolean(),
  /** Why rows are missing; null where none is, or where that is not known yet. */
  cut: Type.Union([Cut, Type.Null()]),
  /** Bytes of it that are in the spill file. */
  spilledBytes: Type.Integer(),
});
export type ResultMeta = Of<typeof ResultMeta>;

/** What `GET /api/results/ID/find` says of the cells that have a text. */
export interface FoundCells {
  /** Rows looked through so far, from the first on. */
  readonly rows: number;
  /** Rows here. */
  readonly rowsHere: number;
  /** No more rows will come. */
  readonly complete: boolean;
  /** Cells with the text in the rows looked through. */
  readonly count: number;
  /** The nearest one, its row and the index of its column from 0, its place among all of them from 1; null where none is known yet. */
  readonly hit: { readonly row: number; readonly column: number; readonly ordinal: number } | null;
}

/** What `GET /api/results/ID/sum` says of the numbers in a rectangle of a result. */
export interface SummedCells {
  /** Rows of it that are here. */
  readonly rows: number;
  /** Cells that hold a number. */
  readonly numbers: number;
  /** To the last digit; null where there is no number. */
  readonly sum: string | null;
  /** Rounded to the decimal places of the numbers, at least to two. */
  readonly average: string | null;
}

/** The query that a result is of. */
export function queryIdOf(resultId: string): string {
  return unsortedId(resultId).replace(/\.\d+$/, '');
}

/** The id of a query's result by its place from 1: the first has the query's own. */
export function resultIdOf(queryId: string, place: number): string {
  return place === 1 ? queryId : `${queryId}.${place}`;
}
