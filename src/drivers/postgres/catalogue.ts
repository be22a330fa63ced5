import type { CataloguePage, CatalogueRequest, CollectionKind, TakenBy } from '../../events/catalogue.ts';
import { IDENTITY_ALWAYS } from '../../events/engines/postgres-dialect.ts';
import { databasesReader, namespacesReader, PAGE_LIMIT, page, type Rows } from '../catalogue-page.ts';
import type { CataloguePlace, CatalogueStatement, Driver } from '../driver.ts';
import { CATALOGUE_LOCK_TIMEOUT_MS } from '../limits.ts';
import { ddlText, readDdl } from './ddl.ts';

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

/**
 * A condition for statements that describe a table by functions which lock it, such as pg_get_expr and pg_get_indexdef: they
 * give up where another transaction keeps the table locked. A subquery of its own runs once and before everything else (its plan
 * is a One-Time Filter); the setting ends with the statement's transaction.
 */
const GIVES_UP = `(select pg_catalog.set_config('lock_timeout', '${CATALOGUE_LOCK_TIMEOUT_MS}', true)) is not null`;

/** The same for the search path, as the functions leave out the schemas that are on it. */
const NAMES_WHOLE = `(select pg_catalog.set_config('search_path', 'pg_catalog', true)) is not null`;

/** The statement that answers a catalogue request. */
export function catalogueStatement(request: CatalogueRequest): CatalogueStatement {
  switch (request.list) {
    case 'databases':
      return { text: databases(request.after ?? null), read: databasesReader('t') };
    case 'namespaces':
      return { text: namespaces(request), read: namespacesReader('t') };
    case 'collections':
      return { text: collections(request), read: readCollections };
    case 'columns':
      return { text: columns(request), read: readColumns };
    case 'indexes':
      return { text: indexes(request), read: readIndexes };
    case 'foreignKeys':
      return { text: foreignKeys(request), read: readForeignKeys };
    case 'ddl':
      return { text: ddlText(`${ofCollection(request)} and ${GIVES_UP} and ${NAMES_WHOLE}`), read: readDdl };
  }
}

/** How a schema or a table that does not exist is known. What exists only as a sequence, an index or a type holds no rows. */
export const ABSENCE: Driver['absence'] = {
  presence: (place) => ({ text: presence(place), read: (rows) => rows.length > 0 }),
  codes: [],
};

function presence({ namespace, collection }: CataloguePlace): string {
  if (collection === null)
    return `select 1 from pg_catalog.pg_namespace n where n.nspname = ${literal(namespace)}`;
  return `select 1 from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where ${ofCollection({ namespace, collection })} and c.relkind in (${RELKINDS})`;
}

/** The condition that a name comes after that of the last item of a page. */
function follows(column: string, after: string | null | undefined): string {
  return after == null ? '' : ` and ${column} > ${literal(after)}`;
}

function databases(after: string | null): string {
  return `select d.datname, d.datname = pg_catalog.current_database() from pg_catalog.pg_database d
    where d.datallowconn and not d.datistemplate${follows('d.datname', after)} order by d.datname ${PAGE_LIMIT}`;
}

function namespaces({ system, after }: CatalogueRequest & { list: 'namespaces' }): string {
  return `select n.nspname, ${IS_SYSTEM}, pg_catalog.count(c.oid)
    from pg_catalog.pg_namespace n
    left join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relkind in (${RELKINDS})
    where not ${IS_HIDDEN}${system ? '' : ` and not ${IS_SYSTEM}`}${follows('n.nspname', after)}
    group by n.nspname order by n.nspname ${PAGE_LIMIT}`;
}

function collections({ namespace, after, search }: CatalogueRequest & { list: 'collections' }): string {
  const rows = `case when c.relkind <> 'v' and c.reltuples >= 0 then c.reltuples::pg_catalog.int8 end`;
  // As VACUUM and ANALYZE last counted them: pg_total_relation_size waits for the lock of any table that is being altered.
  const indexPages = (table: string): string =>
    `coalesce((select pg_catalog.sum(i.relpages) from pg_catalog.pg_index x
      join pg_catalog.pg_class i on i.oid = x.indexrelid where x.indrelid = ${table}), 0)`;
  const toastPages = `coalesce((select t.relpages + ${indexPages('t.oid')} from pg_catalog.pg_class t
      where t.oid = c.reltoastrelid), 0)`;
  const bytes = `case when c.relkind in ('r', 'm') and c.reltuples >= 0
    then (c.relpages + ${indexPages('c.oid')} + ${toastPages})::pg_catalog.int8
      * pg_catalog.current_setting('block_size')::pg_catalog.int8 end`;
  // Found by position, so that % and _ in a search are what they look like. A name has the collation C, which knows the case of ASCII
  // alone; it has to be folded as what is searched for.
  const found =
    search === null || search === ''
      ? ''
      : ` and pg_catalog.strpos(pg_catalog.lower(c.relname collate pg_catalog."default"), pg_catalog.lower(${literal(search)})) > 0`;
  const where =
    namespace === null ? `not ${IS_SYSTEM} and not ${IS_HIDDEN}` : `n.nspname = ${literal(namespace)}`;
  return `select c.nspname, c.relname, c.relkind, ${rows}, ${bytes} from (
    select n.nspname, c.relname, c.relkind, c.reltuples, c.relpages, c.reltoastrelid, c.oid
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where ${where} and c.relkind in (${RELKINDS})
      ${after === null ? '' : `and (c.relname, n.nspname) > (${literal(after.name)}, ${literal(after.namespace)})`}${found}
    order by c.relname, n.nspname ${PAGE_LIMIT}) c order by c.relname, c.nspname`;
}

function readCollections(rows: Rows): CataloguePage {
  const { items: collections, more } = page(rows, ([namespace, name, kind, count, bytes]) => ({
    namespace: namespace!,
    name: name!,
    kind: KINDS[kind!] ?? 'table',
    rowsEstimated: count === null ? null : Number(count),
    bytes: bytes === null ? null : Number(bytes),
  }));
  return { collections, more };
}

type InCollection = { readonly namespace: string; readonly collection: string };

/** The condition that picks a collection of `pg_class c` and its `pg_namespace n`. */
function ofCollection({ namespace, collection }: InCollection): string {
  return `n.nspname = ${literal(namespace)} and c.relname = ${literal(collection)}`;
}

/**
 * What may take a change of a row of `pg_class c`: `i`, `u`, `d` for row triggers before an INSERT, UPDATE, DELETE, its partitions'
 * and children's included, as they may return NULL; `I`, `U`, `D` for rules that act instead (manual, "pg_trigger", "pg_rewrite").
 */
const TAKEN = `with recursive tree(oid) as (select c.oid union all
      select i.inhrelid from pg_catalog.pg_inherits i join tree on i.inhparent = tree.oid)
    select pg_catalog.concat(
        (select pg_catalog.concat(case when pg_catalog.bool_or(g.tgtype & 4 <> 0) then 'i' end,
            case when pg_catalog.bool_or(g.tgtype & 16 <> 0) then 'u' end,
            case when pg_catalog.bool_or(g.tgtype & 8 <> 0) then 'd' end)
          from pg_catalog.pg_trigger g where g.tgrelid in (select tree.oid from tree)
            and g.tgtype & 3 = 3 and g.tgenabled <> 'D'),
        (select pg_catalog.string_agg(case r.ev_type when '3' then 'I' when '2' then 'U' when '4' then 'D' end, '')
          from pg_catalog.pg_rewrite r where r.ev_class = c.oid and r.is_instead and r.ev_enabled <> 'D'))`;

/** Reads what `TAKEN` found; a rule says more than a trigger, as it leaves no RETURNING. */
function takenBy(found: string): { takenBy?: TakenBy } {
  const by: { -readonly [change in keyof TakenBy]: TakenBy[change] } = {};
  for (const change of ['insert', 'update', 'delete'] as const) {
    const letter = change[0]!;
    if (found.includes(letter.toUpperCase())) by[change] = 'rule';
    else if (found.includes(letter)) by[change] = 'trigger';
  }
  return found === '' ? {} : { takenBy: by };
}

/**
 * Tables have 1600 columns at most, so columns come whole. An identity's words are those of CREATE TABLE. What takes a change is looked
 * for once per table, not per column: a table may have thousands of partitions.
 */
function columns(request: InCollection): string {
  return `with c as materialized (
      select c.oid, (${TAKEN}) taken from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where ${ofCollection(request)} and ${GIVES_UP})
    select a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), not a.attnotnull,
      pg_catalog.array_position(k.conkey, a.attnum),
      case a.attidentity when 'a' then '${IDENTITY_ALWAYS}' when 'd' then 'GENERATED BY DEFAULT AS IDENTITY'
        else pg_catalog.pg_get_expr(d.adbin, d.adrelid) end,
      a.attgenerated <> '', a.attrelid || '.' || a.attnum, c.taken,
      (select pg_catalog.json_agg(e.enumlabel order by e.enumsortorder) from pg_catalog.pg_enum e
        where e.enumtypid = coalesce(nullif(y.typbasetype, 0), y.oid))
    from pg_catalog.pg_attribute a
    join c on c.oid = a.attrelid
    join pg_catalog.pg_type y on y.oid = a.atttypid
    left join pg_catalog.pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
    left join pg_catalog.pg_constraint k on k.conrelid = c.oid and k.contype = 'p'
    where a.attnum > 0 and not a.attisdropped
    order by a.attnum`;
}

function readColumns(rows: Rows): CataloguePage {
  return {
    columns: rows.map(([name, type, nullable, key, expression, generated, identity, , choices]) => ({
      name: name!,
      type: type!,
      nullable: nullable === 't',
      primaryKey: key === null || key === undefined ? null : Number(key),
      default: expression ?? null,
      generated: generated === 't',
      identity: identity!,
      ...(choices ? { choices: names(choices) } : {}),
    })),
    more: false,
    ...takenBy(rows[0]?.[7] ?? ''),
  };
}

/** Names in an array come as JSON, which the server quotes and we can read. */
function names(json: string | null): string[] {
  return JSON.parse(json ?? '[]') as string[];
}

function indexes(request: InCollection): string {
  return `select i.relname, x.indisunique, x.indisprimary, pg_catalog.pg_get_indexdef(i.oid),
      (select pg_catalog.json_agg(pg_catalog.pg_get_indexdef(i.oid, k, true) order by k)
        from pg_catalog.generate_series(1, x.indnkeyatts) k)
    from pg_catalog.pg_index x
    join pg_catalog.pg_class i on i.oid = x.indexrelid
    join pg_catalog.pg_class c on c.oid = x.indrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where ${ofCollection(request)} and ${GIVES_UP} order by not x.indisprimary, i.relname`;
}

function readIndexes(rows: Rows): CataloguePage {
  return {
    indexes: rows.map(([name, unique, primary, definition, keys]) => ({
      name: name!,
      columns: names(keys ?? null),
      unique: unique === 't',
      primary: primary === 't',
      definition: definition!,
    })),
    more: false,
  };
}

function foreignKeys(request: InCollection): string {
  const attributes = (relation: string, numbers: string): string =>
    `(select pg_catalog.json_agg(a.attname order by k.place)
        from pg_catalog.unnest(${numbers}) with ordinality k(number, place)
        join pg_catalog.pg_attribute a on a.attrelid = ${relation} and a.attnum = k.number)`;
  return `select f.conname, ${attributes('f.conrelid', 'f.conkey')}, rn.nspname, r.relname,
      ${attributes('f.confrelid', 'f.confkey')}
    from pg_catalog.pg_constraint f
    join pg_catalog.pg_class c on c.oid = f.conrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    join pg_catalog.pg_class r on r.oid = f.confrelid
    join pg_catalog.pg_namespace rn on rn.oid = r.relnamespace
    where ${ofCollection(request)} and f.contype = 'f' order by f.conname`;
}

function readForeignKeys(rows: Rows): CataloguePage {
  return {
    foreignKeys: rows.map(([name, own, namespace, collection, referenced]) => ({
      name: name!,
      columns: names(own ?? null),
      namespace: namespace!,
      collection: collection!,
      referenced: names(referenced ?? null),
    })),
    more: false,
  };
}
