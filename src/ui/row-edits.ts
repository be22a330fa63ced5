import { lacks } from '../events/capabilities.ts';
import type { ColumnInfo } from '../events/catalogue.ts';
import type { Cell } from '../events/edit.ts';
import type { Column, Origin } from '../events/result.ts';
import type { SessionView } from '../events/views/session-view.ts';

/** The collection that a result's rows are of, and how its columns stand for the collection's. */
export interface Editable {
  readonly namespace: string;
  readonly collection: string;
  /** The primary key's columns, in the collection's names. */
  readonly key: readonly string[];
  readonly columns: readonly ColumnInfo[];
}

/** Why rows can't be edited, in a sentence. */
export interface NotEditable {
  readonly why: string;
}

/** The one place that all of a result's columns are of. */
export function placeOf(columns: readonly Column[]): Pick<Origin, 'namespace' | 'collection'> | NotEditable {
  const origins = columns.flatMap(({ origin }) => (origin ? [origin] : []));
  const [first] = origins;
  if (!first) return { why: 'These rows are not of a table, so they can’t be edited.' };
  if (origins.some((one) => one.namespace !== first.namespace || one.collection !== first.collection))
    return { why: 'These rows are of several tables, so they can’t be edited.' };
  if (new Set(origins.map(({ column }) => column)).size < origins.length)
    return { why: 'A column is there twice, so the rows can’t be edited.' };
  return first;
}

/** Whether a result's rows can be edited, told by the catalogue's columns. */
export function editable(
  session: SessionView,
  columns: readonly Column[],
  info: readonly ColumnInfo[],
): Editable | NotEditable {
  const place = placeOf(columns);
  if ('why' in place) return place;
  if (session.readOnly) return { why: 'The connection is read-only.' };
  if (session.server && !session.server.capabilities.mutations)
    return { why: lacks(session.server.flavour, 'mutations') };
  const { namespace, collection } = place;
  const key = info.filter(({ primaryKey }) => primaryKey !== null).map(({ name }) => name);
  if (key.length === 0)
    return { why: `${collection} has no primary key, so no row of it can be named with certainty.` };
  const shown = new Set(columns.map(({ origin }) => origin?.column));
  const missing = key.filter((name) => !shown.has(name));
  if (missing.length > 0) return { why: `Rows are edited by their key: select ${missing.join(', ')} too.` };
  return { namespace, collection, key, columns: info };
}

/** A row as its result gave it, named by the collection's columns; values that came from nowhere are left out. */
export function cellsOf(columns: readonly Column[], row: readonly (string | null)[]): Cell[] {
  return columns.flatMap(({ origin }, at) =>
    origin ? [{ column: origin.column, value: row[at] ?? null }] : [],
  );
}

/** What names a row, and what else was seen of it. */
export function keyAndOld(
  { key }: Pick<Editable, 'key'>,
  cells: readonly Cell[],
): { readonly key: Cell[]; readonly old: Cell[] } {
  return {
    key: key.flatMap((name) => cells.filter(({ column }) => column === name)),
    old: cells.filter(({ column }) => !key.includes(column)),
  };
}

/** The cells of a form that differ from what was seen. */
export function changedCells(seen: readonly Cell[], now: readonly Cell[]): Cell[] {
  return now.filter(({ column, value }) => {
    const before = seen.find((cell) => cell.column === column);
    return before === undefined || before.value !== value;
  });
}
