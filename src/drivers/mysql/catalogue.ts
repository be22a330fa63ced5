import type { CataloguePage, CatalogueRequest, CollectionKind, ForeignKey } from '../../events/catalogue.ts';
import { databasesReader, namespacesReader, PAGE_LIMIT, page, type Rows } from '../catalogue-page.ts';
import type { CataloguePlace, CatalogueStatement, Driver } from '../driver.ts';
import { columnsStatement } from './columns.ts';
import { ddlStatement } from './ddl.ts';
import { indexesStatement } from './indexes.ts';
import { literal } from './literal.ts';
import { ALL_ROWS, bytesOf, type InCollection, named, ofCollection, READ, same } from './names.ts';

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
const isSystem = (column: string): string => `${bytesOf(column)} IN ${SYSTEM}`;

/** The statement that answers a catalogue request: of information_schema, or SHOW where that says more. */
export function catalogueStatement(request: CatalogueRequest): CatalogueStatement {
  switch (request.list) {
    case 'databases':
      return { text: databases(request.after ?? null), read: databasesReader('1') };
    case 'namespaces':
      return { text: namespaces(request), read: namespacesReader('1') };
    case 'collections':
      return { text: collections(request), read: readCollections };
    case 'columns':
      return columnsStatement(request);
    case 'indexes':
      return indexesStatement(request);
    case 'foreignKeys':
      return { text: foreignKeys(request), read: readForeignKeys };
    case 'ddl':
      return ddlStatement(request);
  }
}

/** How a schema or a table that does not exist is known. */
export const ABSENCE: Driver['absence'] = {
  presence: (place) => ({ text: presence(place), read: (rows) => rows.length > 0 }),
  // ER_BAD_DB_ERROR, ER_WRONG_DB_NAME, ER_WRONG_TABLE_NAME, ER_NO_SUCH_TABLE (MySQL manual, "Server Error Message Reference").
  codes: ['1049', '1102', '1103', '1146'],
};

function presence({ namespace, collection }: CataloguePlace): string {
  return collection === null
    ? `SELECT 1 FROM information_schema.SCHEMATA s WHERE ${named('s.SCHEMA_NAME', namespace)}`
    : `${READ} 1 FROM information_schema.TABLES t WHERE ${ofCollection('t', { namespace, collection })}`;
}

/** The condition that a name comes after that of the last item of a page. */
function follows(column: string, after: string | null | undefined): string {
  return after == null ? '' : ` AND ${bytesOf(column)} > CAST(${literal(after)} AS BINARY)`;
}

/** By case where the server tells names apart by it. */
const IS_CURRENT = `IF(@@lower_case_table_names = 0, ${bytesOf('s.SCHEMA_NAME')} <=> ${bytesOf('DATABASE()')}, s.SCHEMA_NAME <=> DATABASE())`;

function databases(after: string | null): string {
  return `SELECT s.SCHEMA_NAME, ${IS_CURRENT} FROM information_schema.SCHEMATA s
    WHERE NOT ${isSystem('s.SCHEMA_NAME')}${follows('s.SCHEMA_NAME', after)}
    ORDER BY ${bytesOf('s.SCHEMA_NAME')} ${PAGE_LIMIT}`;
}

function namespaces({ system, after }: CatalogueRequest & { list: 'namespaces' }): string {
  return `${READ} s.SCHEMA_NAME, ${isSystem('s.SCHEMA_NAME')}, COUNT(t.TABLE_NAME)
    FROM information_schema.SCHEMATA s
    LEFT JOIN information_schema.TABLES t ON ${same('t.TABLE_SCHEMA', 's.SCHEMA_NAME')} AND ${IS_COLLECTION}
    WHERE ${system ? 'TRUE' : `NOT ${isSystem('s.SCHEMA_NAME')}`}${follows('s.SCHEMA_NAME', after)}
    GROUP BY ${bytesOf('s.SCHEMA_NAME')}, s.SCHEMA_NAME ORDER BY ${bytesOf('s.SCHEMA_NAME')} ${PAGE_LIMIT}`;
}

function collections({ namespace, after, search }: CatalogueRequest & { list: 'collections' }): string {
  // Found by position, so that % and _ in a search are what they look like; without regard to case, as names are typed.
  const found =
    search === null || search === ''
      ? ''
      : ` AND LOCATE(${literal(search)}, CONVERT(t.TABLE_NAME USING utf8mb4) COLLATE utf8mb4_general_ci) > 0`;
  const where = namespace === null ? `NOT ${isSystem('t.TABLE_SCHEMA')}` : named('t.TABLE_SCHEMA', namespace);
  const key = `(${bytesOf('t.TABLE_NAME')}, ${bytesOf('t.TABLE_SCHEMA')})`;
  const next =
    after === null
      ? ''
      : ` AND ${key} > (CAST(${literal(after.name)} AS BINARY), CAST(${literal(after.namespace)} AS BINARY))`;
  return `${READ} t.TABLE_SCHEMA, t.TABLE_NAME, t.TABLE_TYPE, t.TABLE_ROWS, t.DATA_LENGTH + t.INDEX_LENGTH
    FROM information_schema.TABLES t
    WHERE ${where} AND ${IS_COLLECTION}${next}${found}
    ORDER BY ${bytesOf('t.TABLE_NAME')}, ${bytesOf('t.TABLE_SCHEMA')} ${PAGE_LIMIT}`;
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

function foreignKeys(request: InCollection): string {
  return `${READ} k.CONSTRAINT_NAME, k.COLUMN_NAME, k.REFERENCED_TABLE_SCHEMA, k.REFERENCED_TABLE_NAME, k.REFERENCED_COLUMN_NAME
    FROM information_schema.KEY_COLUMN_USAGE k
    WHERE ${ofCollection('k', request)} AND k.REFERENCED_TABLE_NAME IS NOT NULL
    ORDER BY k.CONSTRAINT_NAME, k.ORDINAL_POSITION ${ALL_ROWS}`;
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
