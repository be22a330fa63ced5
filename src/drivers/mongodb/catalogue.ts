import type { CataloguePage, CatalogueRequest, Collection, CollectionKey } from '../../events/catalogue.ts';
import type { Column } from '../../events/result.ts';
import type { CatalogueStatement, Driver } from '../driver.ts';
import { CATALOGUE_PAGE_MAX } from '../limits.ts';
import { collectionText, databaseText, type InCollection } from './collection-text.ts';
import { ddlText, readDdl } from './ddl.ts';
import { SAMPLE_TEXT } from './statement/definition.ts';
import { documentOf } from './statement/operation.ts';
import { shellText } from './statement/shell-text.ts';

type Rows = readonly (readonly (string | null)[])[];

/** The statement that answers a catalogue request. */
export function catalogueStatement(request: CatalogueRequest): CatalogueStatement {
  switch (request.list) {
    case 'databases':
      return {
        text: 'show namespaces',
        read: (rows, columns) => readDatabases(rows, columns, request.after ?? null),
      };
    case 'namespaces':
      return {
        text: 'show namespaces',
        read: (rows, columns) => readNamespaces(rows, columns, request),
      };
    case 'collections':
      return collections(request);
    case 'columns':
      return { text: `${collectionText(request)}.aggregate(${SAMPLE_TEXT})`, read: readColumns };
    case 'indexes':
      return { text: `${collectionText(request)}.getIndexes()`, read: readIndexes };
    case 'foreignKeys':
      // MongoDB has none; what is read is whether the collection exists.
      return {
        text: presenceText(request),
        read: () => ({ foreignKeys: [], more: false }),
      };
    case 'ddl':
      return { text: ddlText(request), read: (rows, columns) => readDdl(rows, columns, request) };
  }
}

/** How a collection that does not exist is known. A database exists for as long as it has collections. */
export const ABSENCE: Driver['absence'] = {
  presence: ({ namespace, collection }) =>
    collection === null
      ? { text: `${databaseText(namespace)}.runCommand({ ping: 1 })`, read: () => true }
      : { text: presenceText({ namespace, collection }), read: (rows) => rows.length > 0 },
  // NamespaceNotFound (MongoDB, error_codes.yml).
  codes: ['26'],
};

function presenceText({ namespace, collection }: InCollection): string {
  const filter = shellText(documentOf([['name', collection]]));
  return `${databaseText(namespace)}.getCollectionInfos(${filter}, { nameOnly: true, authorizedCollections: true })`;
}

/** A field of a row as plain JSON; null where it is not there. For fields whose values are text, yes and no, and their like. */
export function fieldReader(
  columns: readonly Column[],
): (row: readonly (string | null)[], name: string) => unknown {
  const places = new Map(columns.map(({ name }, place) => [name, place]));
  return (row, name) => {
    const text = row[places.get(name) ?? -1] ?? null;
    return text === null ? null : JSON.parse(text);
  };
}

/** The order of UTF-8, which is the server's where no collation is said. */
function byCodePoints(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

function pageOf<T>(items: T[]): { items: T[]; more: boolean } {
  return { items: items.slice(0, CATALOGUE_PAGE_MAX), more: items.length > CATALOGUE_PAGE_MAX };
}

function isAfter(name: string, after: string | null | undefined): boolean {
  return after == null || byCodePoints(name, after) > 0;
}

function readDatabases(rows: Rows, columns: readonly Column[], after: string | null): CataloguePage {
  const read = fieldReader(columns);
  const { items, more } = pageOf(
    rows
      .map((row) => ({ name: `${read(row, 'name')}`, current: read(row, 'current') === true }))
      .filter(({ name }) => isAfter(name, after))
      .sort((left, right) => byCodePoints(left.name, right.name)),
  );
  return { databases: items, more };
}

/** A collection as listCollections names it. */
interface Named {
  readonly name: string;
  readonly type: string;
}

/** Collections of the server's own, such as a view's definitions and the buckets of a time series. */
function isHidden({ name }: Named): boolean {
  return name.startsWith('system.');
}

function readNamespaces(
  rows: Rows,
  columns: readonly Column[],
  { system: withSystem, after }: CatalogueRequest & { list: 'namespaces' },
): CataloguePage {
  const read = fieldReader(columns);
  const namespaces = rows
    .map((row) => ({
      name: `${read(row, 'name')}`,
      system: read(row, 'system') === true,
      // To count them would take a command for each database.
      collections: null,
    }))
    .filter(({ name, system }) => (withSystem || !system) && isAfter(name, after))
    .sort((left, right) => byCodePoints(left.name, right.name));
  const { items, more } = pageOf(namespaces);
  return { namespaces: items, more };
}

/** The order of collections in a list: by name, then by database. */
function byKey(left: CollectionKey, right: CollectionKey): number {
  return byCodePoints(left.name, right.name) || byCodePoints(left.namespace, right.namespace);
}

function collectionOf(namespace: string, { name, type }: Named): Collection {
  const kind = type === 'view' ? 'view' : 'collection';
  return { namespace, name, kind, rowsEstimated: null, bytes: null };
}

/**
 * A page of collections. The server takes what is left out by a condition on the name, but sorts and cuts nothing, so that is
 * done with what comes. Counts and sizes would take a command for each, so they are not asked for.
 */
function collections({
  namespace,
  after,
  search,
}: CatalogueRequest & { list: 'collections' }): CatalogueStatement {
  const wanted = (search ?? '').toLowerCase();
  const page = (found: Collection[]): CataloguePage => {
    const { items, more } = pageOf(
      found
        .filter((one) => !isHidden({ ...one, type: '' }))
        .filter(({ name }) => name.toLowerCase().includes(wanted))
        .filter((one) => after === null || byKey(one, after) > 0)
        .sort(byKey),
    );
    return { collections: items, more };
  };
  if (namespace === null)
    return {
      text: 'show allCollections',
      read: (rows, columns) => {
        const read = fieldReader(columns);
        return page(
          rows.map((row) =>
            collectionOf(`${read(row, 'namespace')}`, {
              name: `${read(row, 'name')}`,
              type: `${read(row, 'type')}`,
            }),
          ),
        );
      },
    };
  const later = after === null ? undefined : documentOf([['$gt', after.name]]);
  const filter = shellText(documentOf([['name', later]]));
  return {
    text: `${databaseText(namespace)}.getCollectionInfos(${filter}, { nameOnly: true, authorizedCollections: true })`,
    read: (rows, columns) => {
      const read = fieldReader(columns);
      return page(
        rows.map((row) =>
          collectionOf(namespace, { name: `${read(row, 'name')}`, type: `${read(row, 'type')}` }),
        ),
      );
    },
  };
}

/** Any field may be missing, so all but the id are nullable; every stored document has an id, and it is the key. */
function readColumns(rows: Rows, columns: readonly Column[]): CataloguePage {
  const others = sampledTypes(rows, columns).filter(({ name }) => name !== '_id');
  const id = sampledTypes(rows, columns).find(({ name }) => name === '_id');
  return {
    columns: [{ name: '_id', type: id?.type ?? 'objectId' }, ...others].map(({ name, type }) => ({
      name,
      type,
      nullable: name !== '_id',
      primaryKey: name === '_id' ? 1 : null,
      default: null,
      generated: false,
    })),
    more: false,
  };
}

/** The fields of a sample with the types they were seen with: `int | string`. */
function sampledTypes(rows: Rows, columns: readonly Column[]): { name: string; type: string }[] {
  if (rows.length === 0) return [];
  return columns.map(({ name }, place) => {
    const types = new Set(rows.flatMap((row) => (row[place] ? [JSON.parse(row[place]) as string] : [])));
    return { name, type: [...types].sort().join(' | ') };
  });
}

function readIndexes(rows: Rows, columns: readonly Column[]): CataloguePage {
  const read = fieldReader(columns);
  const indexes = rows.map((row) => {
    const key = read(row, 'key') as Record<string, unknown>;
    const name = `${read(row, 'name')}`;
    return {
      name,
      columns: Object.keys(key),
      unique: name === '_id_' || read(row, 'unique') === true,
      primary: name === '_id_',
      definition: columns
        .flatMap(({ name: field }, place) =>
          row[place] == null ? [] : [`${JSON.stringify(field)}: ${row[place]}`],
        )
        .join(', '),
    };
  });
  return {
    indexes: indexes.map((index) => ({ ...index, definition: `{ ${index.definition} }` })),
    more: false,
  };
}
