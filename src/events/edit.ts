import { Type } from '@sinclair/typebox';
import { type Of, part } from './schema.ts';

/**
 * A value of a row, in the text in which its result gave it: SQL's null is null; a document's field is its canonical
 * Extended JSON, and null is a field that is not there.
 */
export const Cell = part({
  /** Empty only for a field of a document. */
  column: Type.String({ maxLength: 1024 }),
  value: Type.Union([Type.String(), Type.Null()]),
  /** What the column was when its value was read (`Origin.identity`): where another column has the name by now, nothing is changed. */
  identity: Type.Optional(Type.String({ maxLength: 64 })),
  /** The settings by which its column was printed (`Column.printedBy`): where they are others by now, nothing is changed. */
  printedBy: Type.Optional(Type.Array(Type.String({ maxLength: 128 }), { maxItems: 4 })),
});
export type Cell = Of<typeof Cell>;

/**
 * Columns that are read back: the row as the change left it, in the server's text. Left out, none is; an engine of documents reads
 * them back whole.
 */
export const returning = Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 1024 })));

const place = {
  namespace: Type.String({ maxLength: 255 }),
  collection: Type.String({ minLength: 1, maxLength: 255 }),
};

/** A change of exactly one row. `old` are the values that were seen: where one is another by now, nothing is changed. */
export const RowChange = Type.Union([
  part({ change: Type.Literal('insert'), ...place, values: Type.Array(Cell), returning }),
  part({
    change: Type.Literal('update'),
    ...place,
    /** The primary key's values as they were seen. */
    key: Type.Array(Cell, { minItems: 1 }),
    old: Type.Array(Cell),
    values: Type.Array(Cell, { minItems: 1 }),
    returning,
  }),
  part({
    change: Type.Literal('delete'),
    ...place,
    key: Type.Array(Cell, { minItems: 1 }),
    old: Type.Array(Cell),
  }),
]);
export type RowChange = Of<typeof RowChange>;
