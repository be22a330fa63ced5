import type { CataloguePage, CatalogueRequest, CollectionKind } from '../../events/catalogue.ts';
import { CATALOGUE_PAGE_MAX } from '../../events/limits.ts';
import type { CatalogueStatement } from '../driver.ts';

type Rows = readonly (readonly (string | null)[])[];

/** pg_class.relkind of what holds rows: tables, partitioned tables, views, materialized views, foreign tables. */
const KINDS: Readonly<Record<string, CollectionKind>> = {
  r: 'table',
  p: 'table',
  v: 'view',
  m: 'materializedView',
  f: 'foreignTable',
};
const RELKINDS = Object.keys(KINDS)
  .map((kind) => `'${kind}'`)
  .join(', ');

/** Schemas of the system: `pg_` is reserved (PostgreSQL manual, "Schemas"). Temporary and TOAST ones are never listed. */
const IS_SYSTEM = `(pg_catalog.left(n.nspname, 3) = 'pg_' or n.nspname = 'information_schema')`;
const IS_HIDDEN = `(pg_catalog.left(n.nspname, 8) in ('pg_toast', 'pg_temp_'))`;

/**
 * A literal that reads the same whatever standard_conforming_strings says (PostgreSQL manual, "String Constants with C-Style
 * Escapes"). The blank keeps it from growing together with a word before it.
 */
export function literal(text: string): string {
  return ` E'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

/** A page has one row more than it shows when there is another page. */
function page<T>(rows: Rows, read: (row: readonly (string | null)[]) => T): { items: T[]; more: boolean } {
  const more = rows.length > CATALOGUE_PAGE_MAX;
  return { items: (more ? rows.slice(0, CATALOGUE_PAGE_MAX) : rows).map(read), more };
}

const LIMIT = `limit ${CATALOGUE_PAGE_MAX + 1}`;

/** The statement that answers a catalogue request. */
export function catalogueStatement(request: CatalogueRequest): CatalogueStatement {
  switch (request.list) {
    case 'databases':
      return { text: DATABASES, read: readDatabases };
    case 'namespaces':
      return { text: namespaces(request.system), read: readNamespaces };
    case 'collections':
      return { text: collections(request), read: readCollections };
    case 'columns':
      return { text: columns(request.namespace, request.collection), read: readColumns };
  }
}

const DATABASES = `select d.datname, d.datname = pg_catalog.current_database()
  from pg_catalog.pg_database d where d.datallowconn and not d.datistemplate order by d.datname ${LIMIT}`;

function readDatabases(rows: Rows): CataloguePage {
  const { items, more } = page(rows, ([name, current]) => ({ name: name!, current: current === 't' }));
  return { databases: items, more };
}

function namespaces(system: boolean): string {
  return `select n.nspname, ${IS_SYSTEM}, pg_catalog.count(c.oid)
    from pg_catalog.pg_namespace n
    left join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relkind in (${RELKINDS})
    where not ${IS_HIDDEN}${system ? '' : ` and not ${IS_SYSTEM}`}
    group by n.nspname order by n.nspname ${LIMIT}`;
}

function readNamespaces(rows: Rows): CataloguePage {
  const { items, more } = page(rows, ([name, system, count]) => ({
    name: name!,
    system: system === 't',
    collections: Number(count),
  }));
  return { namespaces: items, more };
}

function collections({ namespace, after, search }: CatalogueRequest & { list: 'collections' }): string {
  const rows = `case when c.relkind <> 'v' and c.reltuples >= 0 then c.reltuples::pg_catalog.int8 end`;
  // Found by position, so that % and _ in a search are what they look like.
  const found =
    search === null || search === ''
      ? ''
      : ` and pg_catalog.strpos(pg_catalog.lower(c.relname), pg_catalog.lower(${literal(search)})) > 0`;
  return `select n.nspname, c.relname, c.relkind, ${rows}
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname = ${literal(namespace)} and c.relkind in (${RELKINDS})
      ${after === null ? '' : `and c.relname > ${literal(after)}`}${found}
    order by c.relname ${LIMIT}`;
}

function readCollections(rows: Rows): CataloguePage {
  const { items, more } = page(rows, ([namespace, name, kind, count]) => ({
    namespace: namespace!,
    name: name!,
    kind: KINDS[kind!] ?? 'table',
    rowsEstimated: count === null ? null : Number(count),
  }));
  return { collections: items, more };
}

/** Tables have 1600 columns at most, so columns come whole. */
function columns(namespace: string, collection: string): string {
  return `select a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), not a.attnotnull,
      pg_catalog.array_position(k.conkey, a.attnum)
    from pg_catalog.pg_attribute a
    join pg_catalog.pg_class c on c.oid = a.attrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    left join pg_catalog.pg_constraint k on k.conrelid = c.oid and k.contype = 'p'
    where n.nspname = ${literal(namespace)} and c.relname = ${literal(collection)}
      and a.attnum > 0 and not a.attisdropped
    order by a.attnum`;
}

function readColumns(rows: Rows): CataloguePage {
  return {
    columns: rows.map(([name, type, nullable, key]) => ({
      name: name!,
      type: type!,
      nullable: nullable === 't',
      primaryKey: key === null || key === undefined ? null : Number(key),
    })),
    more: false,
  };
}
