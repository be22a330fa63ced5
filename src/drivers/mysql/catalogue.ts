import type { CataloguePage, CatalogueRequest, CollectionKind, ForeignKey } from '../../events/catalogue.ts';
import { CATALOGUE_PAGE_MAX } from '../../events/limits.ts';
import type { CataloguePlace, CatalogueStatement, Driver } from '../driver.ts';
import { indexesText, readIndexes } from './indexes.ts';
import { literal, quoted } from './quoting.ts';

type Rows = readonly (readonly (string | null)[])[];

/** TABLE_TYPE of what holds rows; a sequence is none. */
const KINDS: Readonly<Record<string, CollectionKind>> = {
  'BASE TABLE': 'table',
  'SYSTEM VERSIONED': 'table',
  VIEW: 'view',
  'SYSTEM VIEW': 'view',
};
const IS_COLLECTION = `t.TABLE_TYPE IN (${Object.keys(KINDS)
  .map((kind) => `'${kind}'`)
  .join(', ')})`;

/** Schemas of the server's own. */
const SYSTEM = `('information_schema', 'mysql', 'performance_schema', 'sys')`;
const isSystem = (column: string): string => `LOWER(${column}) IN ${SYSTEM}`;

/** Names in the order of their bytes: a collation would call some equal, and a page would end between them. */
const inOrder = (column: string): string => `CAST(CONVERT(${column} USING utf8mb4) AS BINARY)`;

const LIMIT = `LIMIT ${CATALOGUE_PAGE_MAX + 1}`;

/** A page has one row more than it shows when there is another page. */
function page<T>(rows: Rows, read: (row: readonly (string | null)[]) => T): { items: T[]; more: boolean } {
  const more = rows.length > CATALOGUE_PAGE_MAX;
  return { items: (more ? rows.slice(0, CATALOGUE_PAGE_MAX) : rows).map(read), more };
}

/** The statement that answers a catalogue request: of information_schema, or SHOW where that says more. */
export function catalogueStatement(request: CatalogueRequest): CatalogueStatement {
  switch (request.list) {
    case 'databases':
      return { text: databases(request.after ?? null), read: readDatabases };
    case 'namespaces':
      return { text: namespaces(request), read: readNamespaces };
    case 'collections':
      return { text: collections(request), read: readCollections };
    case 'columns':
      return { text: columns(request), read: readColumns };
    case 'indexes':
      return { text: indexesText(request), read: readIndexes };
    case 'foreignKeys':
      return { text: foreignKeys(request), read: readForeignKeys };
    case 'ddl':
      // It knows views too.
      return {
        text: `SHOW CREATE TABLE ${quoted(request.namespace)}.${quoted(request.collection)}`,
        read: readDdl,
      };
  }
}

/** How a schema or a table that does not exist is known. */
export const ABSENCE: Driver['absence'] = {
  presence: (place) => ({ text: presence(place), read: (rows) => rows.length > 0 }),
  // ER_BAD_DB_ERROR, ER_NO_SUCH_TABLE (MySQL manual, "Server Error Message Reference").
  codes: ['1049', '1146'],
};

function presence({ namespace, collection }: CataloguePlace): string {
  return collection === null
    ? `SELECT 1 FROM information_schema.SCHEMATA s WHERE s.SCHEMA_NAME = ${literal(namespace)}`
    : `SELECT 1 FROM information_schema.TABLES t WHERE ${ofCollection('t', { namespace, collection })}`;
}

/** The condition that a name comes after that of the last item of a page. */
function follows(column: string, after: string | null | undefined): string {
  return after == null ? '' : ` AND ${inOrder(column)} > CAST(${literal(after)} AS BINARY)`;
}

function databases(after: string | null): string {
  return `SELECT s.SCHEMA_NAME, s.SCHEMA_NAME <=> DATABASE() FROM information_schema.SCHEMATA s
    WHERE NOT ${isSystem('s.SCHEMA_NAME')}${follows('s.SCHEMA_NAME', after)}
    ORDER BY ${inOrder('s.SCHEMA_NAME')} ${LIMIT}`;
}

function readDatabases(rows: Rows): CataloguePage {
  const { items, more } = page(rows, ([name, current]) => ({ name: name!, current: current === '1' }));
  return { databases: items, more };
}

function namespaces({ system, after }: CatalogueRequest & { list: 'namespaces' }): string {
  return `SELECT s.SCHEMA_NAME, ${isSystem('s.SCHEMA_NAME')}, COUNT(t.TABLE_NAME)
    FROM information_schema.SCHEMATA s
    LEFT JOIN information_schema.TABLES t ON t.TABLE_SCHEMA = s.SCHEMA_NAME AND ${IS_COLLECTION}
    WHERE ${system ? 'TRUE' : `NOT ${isSystem('s.SCHEMA_NAME')}`}${follows('s.SCHEMA_NAME', after)}
    GROUP BY s.SCHEMA_NAME ORDER BY ${inOrder('s.SCHEMA_NAME')} ${LIMIT}`;
}

function readNamespaces(rows: Rows): CataloguePage {
  const { items, more } = page(rows, ([name, system, count]) => ({
    name: name!,
    system: system === '1',
    collections: Number(count),
  }));
  return { namespaces: items, more };
}

function collections({ namespace, after, search }: CatalogueRequest & { list: 'collections' }): string {
  // Found by position, so that % and _ in a search are what they look like; without regard to case, as names are typed.
  const found =
    search === null || search === ''
      ? ''
      : ` AND LOCATE(${literal(search)}, CONVERT(t.TABLE_NAME USING utf8mb4) COLLATE utf8mb4_general_ci) > 0`;
  const where =
    namespace === null ? `NOT ${isSystem('t.TABLE_SCHEMA')}` : `t.TABLE_SCHEMA = ${literal(namespace)}`;
  const key = `(${inOrder('t.TABLE_NAME')}, ${inOrder('t.TABLE_SCHEMA')})`;
  const next =
    after === null
      ? ''
      : ` AND ${key} > (CAST(${literal(after.name)} AS BINARY), CAST(${literal(after.namespace)} AS BINARY))`;
  return `SELECT t.TABLE_SCHEMA, t.TABLE_NAME, t.TABLE_TYPE, t.TABLE_ROWS, t.DATA_LENGTH + t.INDEX_LENGTH
    FROM information_schema.TABLES t
    WHERE ${where} AND ${IS_COLLECTION}${next}${found}
    ORDER BY ${inOrder('t.TABLE_NAME')}, ${inOrder('t.TABLE_SCHEMA')} ${LIMIT}`;
}

function readCollections(rows: Rows): CataloguePage {
  const { items, more } = page(rows, ([namespace, name, type, count, bytes]) => {
    const kind = KINDS[type!] ?? 'table';
    const isTable = kind === 'table';
    return {
      namespace: namespace!,
      name: name!,
      kind,
      rowsEstimated: isTable && count !== null ? Number(count) : null,
      bytes: isTable && bytes !== null ? Number(bytes) : null,
    };
  });
  return { collections: items, more };
}

type InCollection = { readonly namespace: string; readonly collection: string };

/** The condition that picks a collection's rows of a table of information_schema. */
function ofCollection(alias: string, { namespace, collection }: InCollection): string {
  return `${alias}.TABLE_SCHEMA = ${literal(namespace)} AND ${alias}.TABLE_NAME = ${literal(collection)}`;
}

/** COLUMN_KEY can't tell the key: a unique index stands there as PRI where there is none. */
function columns(request: InCollection): string {
  return `SELECT c.COLUMN_NAME, c.COLUMN_TYPE, c.IS_NULLABLE, k.SEQ_IN_INDEX, c.COLUMN_DEFAULT, c.EXTRA,
      VERSION() LIKE '%MariaDB%'
    FROM information_schema.COLUMNS c
    LEFT JOIN information_schema.STATISTICS k ON k.INDEX_NAME = 'PRIMARY' AND k.COLUMN_NAME = c.COLUMN_NAME
      AND ${ofCollection('k', request)}
    WHERE ${ofCollection('c', request)}
    ORDER BY c.ORDINAL_POSITION`;
}

function readColumns(rows: Rows): CataloguePage {
  return {
    columns: rows.map(([name, type, nullable, key, expression, extra, mariadb]) => ({
      name: name!,
      type: type!,
      nullable: nullable === 'YES',
      primaryKey: key === null || key === undefined ? null : Number(key),
      default: defaultText(expression ?? null, extra ?? '', mariadb === '1'),
      generated: /\b(?:VIRTUAL|STORED|PERSISTENT) GENERATED\b/i.test(extra ?? ''),
    })),
    more: false,
  };
}

/**
 * A default as SHOW CREATE TABLE writes it. MariaDB's COLUMN_DEFAULT is that expression; MySQL's is the bare value, unless
 * EXTRA says DEFAULT_GENERATED (both manuals, "Information Schema COLUMNS Table").
 */
function defaultText(expression: string | null, extra: string, mariadb: boolean): string | null {
  if (/\bauto_increment\b/i.test(extra)) return 'AUTO_INCREMENT';
  if (expression === null || (mariadb && expression === 'NULL')) return null;
  if (mariadb || /\bDEFAULT_GENERATED\b/i.test(extra) || /^CURRENT_TIMESTAMP/i.test(expression))
    return expression;
  return /^-?\d+(?:\.\d+)?$/.test(expression) ? expression : `'${expression.replaceAll("'", "''")}'`;
}

function foreignKeys(request: InCollection): string {
  return `SELECT k.CONSTRAINT_NAME, k.COLUMN_NAME, k.REFERENCED_TABLE_SCHEMA, k.REFERENCED_TABLE_NAME, k.REFERENCED_COLUMN_NAME
    FROM information_schema.KEY_COLUMN_USAGE k
    WHERE ${ofCollection('k', request)} AND k.REFERENCED_TABLE_NAME IS NOT NULL
    ORDER BY k.CONSTRAINT_NAME, k.ORDINAL_POSITION`;
}

function readForeignKeys(rows: Rows): CataloguePage {
  const keys = new Map<string, ForeignKey>();
  for (const [name, column, namespace, collection, referenced] of rows) {
    const key = keys.get(name!);
    keys.set(name!, {
      name: name!,
      columns: [...(key?.columns ?? []), column!],
      namespace: namespace!,
      collection: collection!,
      referenced: [...(key?.referenced ?? []), referenced!],
    });
  }
  return { foreignKeys: [...keys.values()], more: false };
}

/** The second column is the statement, for a table and for a view. */
function readDdl(rows: Rows): CataloguePage {
  const statement = rows[0]?.[1];
  return { ddl: statement ? `${statement};\n` : '', more: false };
}
