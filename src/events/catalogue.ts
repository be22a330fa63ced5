import { Type } from '@sinclair/typebox';
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
export const Namespace = part({ name: Type.String(), system: Type.Boolean(), collections: Count });
export type Namespace = Of<typeof Namespace>;

export const Collection = part({
  namespace: Type.String(),
  name: Type.String(),
  kind: CollectionKind,
  /** The server's own estimate, null where it has none. Shown with `~`. */
  rowsEstimated: Type.Union([Count, Type.Null()]),
});
export type Collection = Of<typeof Collection>;

export const ColumnInfo = part({
  name: Type.String(),
  /** The type as the server writes it, with its modifiers: `numeric(10,2)`. */
  type: Type.String(),
  nullable: Type.Boolean(),
  /** Place in the primary key from 1, null outside it. */
  primaryKey: Type.Union([Count, Type.Null()]),
});
export type ColumnInfo = Of<typeof ColumnInfo>;

/** What is asked of a catalogue. Lists come a page at a time, in the order of their names, after `after`. */
export const CatalogueRequest = Type.Union([
  part({ list: Type.Literal('databases') }),
  part({ list: Type.Literal('namespaces'), system: Type.Boolean() }),
  part({
    list: Type.Literal('collections'),
    namespace: Type.String(),
    after: Type.Union([Type.String(), Type.Null()]),
    search: Type.Union([Type.String(), Type.Null()]),
  }),
  part({ list: Type.Literal('columns'), namespace: Type.String(), collection: Type.String() }),
]);
export type CatalogueRequest = Of<typeof CatalogueRequest>;

/** A page of a catalogue. `more` is true when another page follows. */
export type CataloguePage =
  | { readonly databases: readonly Database[]; readonly more: boolean }
  | { readonly namespaces: readonly Namespace[]; readonly more: boolean }
  | { readonly collections: readonly Collection[]; readonly more: boolean }
  | { readonly columns: readonly ColumnInfo[]; readonly more: boolean };
