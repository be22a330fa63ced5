import { Type } from '@sinclair/typebox';
import type { RowChange } from './edit.ts';
import { Count, type Of, part } from './schema.ts';

/** What may hang below a database: one shape for every engine. */
export const CollectionKind = Type.Union([
  Type.Literal('table'),
  Type.Literal('view'),
  Type.Literal('materializedView'),
  Type.Literal('foreignTable'),
  Type.Literal('collection'),
]);
export type CollectionKind = Of<typeof CollectionKind> & string;

export const Database = part({ name: Type.String(), current: Type.Boolean() });
export type Database = Of<typeof Database>;

/** A schema (PostgreSQL) or a database (MySQL, MongoDB): what names of collections live in. */
export const Namespace = part({
  name: Type.String(),
  system: Type.Boolean(),
  /** How many it has; null where to know it would take a round trip for each namespace. */
  collections: Type.Union([Count, Type.Null()]),
});
export type Namespace = Of<typeof Namespace>;

export const Collection = part({
  namespace: Type.String(),
  name: Type.String(),
  kind: CollectionKind,
  /** The server's own estimate, null where it has none. Shown with `~`. */
  rowsEstimated: Type.Union([Count, Type.Null()]),
  /** Bytes on the server's disk by its own estimate, indexes included; null where it has none. Shown with `~`. */
  bytes: Type.Union([Count, Type.Null()]),
});
export type Collection = Of<typeof Collection>;

export const ColumnInfo = part({
  name: Type.String(),
  /** The type as the server writes it, with its modifiers: `numeric(10,2)`; for documents the sampled ones, `int | string`. */
  type: Type.String(),
  nullable: Type.Boolean(),
  /** Place in the primary key from 1, null outside it. */
  primaryKey: Type.Union([Count, Type.Null()]),
  /** The expression that fills it where an insert says nothing, as the server writes it; null for none. */
  default: Type.Union([Type.String(), Type.Null()]),
  /** The server computes it: it can't be written. */
  generated: Type.Boolean(),
  /** What else the server says of it, as in its CREATE TABLE: `INVISIBLE`, `ON UPDATE CURRENT_TIMESTAMP`, `SRID 4326`. */
  attributes: Type.Optional(Type.Array(Type.String())),
  /** The values of an enumeration in its order, where its type does not list them; left out for other types. */
  choices: Type.Optional(Type.Array(Type.String())),
  /** Names the column whatever it is called, within the server and for as long as it exists; left out where it can't be known. */
  identity: Type.Optional(Type.String()),
});
export type ColumnInfo = Of<typeof ColumnInfo>;

export const Index = part({
  name: Type.String(),
  /** Columns or expressions in the index's order, as the server writes them. */
  columns: Type.Array(Type.String()),
  unique: Type.Boolean(),
  primary: Type.Boolean(),
  /** The server's own text of it. */
  definition: Type.String(),
});
export type Index = Of<typeof Index>;

export const ForeignKey = part({
  name: Type.String(),
  columns: Type.Array(Type.String()),
  namespace: Type.String(),
  collection: Type.String(),
  /** The columns it points at, in the order of `columns`. */
  referenced: Type.Array(Type.String()),
});
export type ForeignKey = Of<typeof ForeignKey>;

/** What names a collection in all namespaces. Lists of collections are in the order of `name`, then `namespace`. */
export const CollectionKey = part({ namespace: Type.String(), name: Type.String() });
export type CollectionKey = Of<typeof CollectionKey>;

/** The name that the page before ended with; null or left out for the first page. */
const afterName = Type.Optional(Type.Union([Type.String(), Type.Null()]));

/**
 * What is requested of a catalogue. Lists come a page at a time, in the order of their names. The next page is requested by
 * the key of the last item of the page before, which is unique in the whole list, so that no item is left out between two pages.
 */
export const CatalogueRequest = Type.Union([
  part({ list: Type.Literal('databases'), after: afterName }),
  part({ list: Type.Literal('namespaces'), system: Type.Boolean(), after: afterName }),
  part({
    list: Type.Literal('collections'),
    /** Null looks through every namespace that is not the system's. */
    namespace: Type.Union([Type.String(), Type.Null()]),
    after: Type.Union([CollectionKey, Type.Null()]),
    search: Type.Union([Type.String(), Type.Null()]),
  }),
  part({ list: Type.Literal('columns'), namespace: Type.String(), collection: Type.String() }),
  part({ list: Type.Literal('indexes'), namespace: Type.String(), collection: Type.String() }),
  part({ list: Type.Literal('foreignKeys'), namespace: Type.String(), collection: Type.String() }),
  /** The statements that would make it again. */
  part({ list: Type.Literal('ddl'), namespace: Type.String(), collection: Type.String() }),
]);
export type CatalogueRequest = Of<typeof CatalogueRequest>;

/** What may take a change of a collection's row in its own way, so that no row is touched: by kind of change. */
export type TakenBy = { readonly [change in RowChange['change']]?: 'trigger' | 'rule' };

/** A page of a catalogue. `more` is true when another page follows. */
export type CataloguePage =
  | { readonly databases: readonly Database[]; readonly more: boolean }
  | { readonly namespaces: readonly Namespace[]; readonly more: boolean }
  | { readonly collections: readonly Collection[]; readonly more: boolean }
  | {
      readonly columns: readonly ColumnInfo[];
      readonly more: boolean;
      readonly takenBy?: TakenBy;
      /** The storage engine of a table that knows no transactions: what changes it can't be taken back. */
      readonly untransacted?: string;
    }
  | { readonly indexes: readonly Index[]; readonly more: boolean }
  | { readonly foreignKeys: readonly ForeignKey[]; readonly more: boolean }
  | { readonly ddl: string; readonly more: boolean };
