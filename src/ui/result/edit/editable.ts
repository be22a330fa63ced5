import type { Switch } from '../../../events/capabilities.ts';
import { lacks } from '../../../events/capabilities.ts';
import type { ColumnInfo } from '../../../events/catalogue.ts';
import type { ServerSummary } from '../../../events/connection.ts';
import type { Engine } from '../../../events/engines/engine-name.ts';
import { descriptorOf } from '../../../events/engines/index.ts';
import { ownTable } from '../../../events/formats/insert-columns.ts';
import type { Column } from '../../../events/result.ts';

/** A column of a result as edits see it. */
interface EditableColumn {
  /** The collection's own column; null for what is none, such as an expression. */
  readonly name: string | null;
  /**
   * What the column was when the rows were read, or just after (`Origin.identity`, `ColumnInfo.identity`).
   */
  readonly identity?: string;
  /** The settings by which its values were printed (`Column.printedBy`). */
  readonly printedBy?: readonly string[];
  /** What the catalogue says of it. */
  readonly info: ColumnInfo | null;
  /** Why its values can't be changed; empty when they can. */
  readonly lacking: string;
}

/** Whose rows a result shows, and how each of them is named. */
export interface Editable {
  readonly engine: Engine;
  readonly namespace: string;
  readonly collection: string;
  /** Indices of the primary key's columns, in the key's order. */
  readonly key: readonly number[];
  readonly columns: readonly EditableColumn[];
}

/** Where a result's rows are from, or why they are not of one collection, in one sentence. */
export function placeOf(
  columns: readonly Column[],
): { readonly namespace: string; readonly collection: string } | { readonly why: string } {
  const own = ownTable(columns);
  if (own) return own;
  const origins = columns.flatMap(({ origin }) => origin ?? []);
  const [first] = origins;
  if (!first) return { why: 'Read only: the columns are computed.' };
  const { namespace, collection } = first;
  const other = origins.find((one) => one.namespace !== namespace || one.collection !== collection);
  if (other)
    return {
      why: `Read only: the rows come from several tables, ${collection} and ${other.collection}.`,
    };
  const names = origins.map(({ column }) => column);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  return { why: `Read only: ${collection}.${twice} appears twice.` };
}

/** Why no row can be edited in a session, whatever the result; empty where some can. */
export function sessionLacks(server: ServerSummary | null, readOnly: boolean): string {
  if (readOnly) return 'Read only: the connection is read-only.';
  if (!server) return 'Read only: the connection is not open.';
  const lacking: Switch = 'mutations';
  return server.capabilities[lacking] ? '' : `Read only: ${lacks(server.flavour, lacking)}`;
}

/** How the rows of a result are edited, or why not, in one sentence. `infos` are the collection's columns. */
export function editability(
  engine: Engine,
  columns: readonly Column[],
  infos: readonly ColumnInfo[],
): { readonly editable: Editable } | { readonly why: string } {
  const place = placeOf(columns);
  if ('why' in place) return place;
  const { namespace, collection } = place;
  const names = infos
    .filter(({ primaryKey }) => primaryKey !== null)
    .sort((a, b) => a.primaryKey! - b.primaryKey!)
    .map(({ name }) => name);
  if (names.length === 0)
    return {
      why: `Read only: ${collection} has no primary key, so its rows can’t be identified.`,
    };
  const renamed = columns.find(({ origin }) => {
    const now = infos.find(({ name }) => name === origin?.column)?.identity;
    return origin?.identity !== undefined && origin.identity !== now;
  });
  if (renamed)
    return {
      why: `Read only: ${renamed.origin!.column} of ${collection} no longer exists or was replaced. Run the statement again.`,
    };
  const key = names.map((name) => columns.findIndex(({ origin }) => origin?.column === name));
  const missing = names.filter((_, i) => key[i]! < 0);
  if (missing.length > 0)
    return { why: `Read only: the result lacks the primary key. Select ${missing.join(', ')} as well.` };
  const byName = new Map(infos.map((info) => [info.name, info]));
  return {
    editable: {
      engine,
      namespace,
      collection,
      key,
      columns: columns.map((column) => editableColumn(engine, column, byName)),
    },
  };
}

function editableColumn(
  engine: Engine,
  { name, origin, printedBy }: Column,
  infos: ReadonlyMap<string, ColumnInfo>,
): EditableColumn {
  if (!origin)
    return { name: null, info: null, lacking: `${name} is an expression, not a column of the table.` };
  const info = infos.get(origin.column) ?? null;
  // Where a result does not say which column it is of, the catalogue that was read after it does.
  const known = origin.identity ?? info?.identity;
  const read = {
    ...(known === undefined ? {} : { identity: known }),
    ...(printedBy ? { printedBy } : {}),
  };
  if (info?.generated)
    return {
      ...read,
      name: origin.column,
      info,
      lacking: `The server computes ${origin.column}, so it can’t be written.`,
    };
  const { documents } = descriptorOf(engine);
  if (documents?.key === origin.column)
    return {
      ...read,
      name: origin.column,
      info,
      lacking: documents.keyFixed,
    };
  return { ...read, name: origin.column, info, lacking: '' };
}
