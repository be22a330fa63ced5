import { BSON, Int32, MongoServerError } from 'mongodb';
import { documentsAt, locate, utf8 } from './bson-reader.ts';
import type { DocumentOutput } from './document-output.ts';
import { cursorOf, type OperationLink } from './operation-link.ts';
import { type Document, documentOf } from './statement/operation.ts';

const UNAUTHORIZED = 13;
/** Databases of the server's own (MongoDB manual, "System Collections"). */
const SYSTEM_DATABASES: ReadonlySet<string> = new Set(['admin', 'config', 'local']);

/** `show dbs`: what listDatabases says of each, and which one is the current. */
export async function listDatabases(link: OperationLink, output: DocumentOutput): Promise<void> {
  const reply = await link.send('admin', documentOf([['listDatabases', new Int32(1)]]));
  const rows = documentsAt(reply, 'databases').map((bytes) => {
    const database = BSON.deserialize(bytes, { promoteValues: false });
    return BSON.serialize({ ...database, current: textAt(bytes, 'name') === link.database });
  });
  await output.write(rows);
}

/** `show namespaces`: the names of all databases that the user may see, by one round trip. */
export async function listNamespaces(link: OperationLink, output: DocumentOutput): Promise<void> {
  const rows = (await databaseNames(link)).map((name) =>
    BSON.serialize({ name, system: SYSTEM_DATABASES.has(name), current: name === link.database }),
  );
  await output.write(rows);
}

async function databaseNames(link: OperationLink): Promise<string[]> {
  const command = documentOf([
    ['listDatabases', new Int32(1)],
    ['nameOnly', true],
  ]);
  return documentsAt(await link.send('admin', command), 'databases').map((bytes) => textAt(bytes, 'name'));
}

/** A collection of any database. */
interface Placed {
  readonly namespace: string;
  readonly name: string;
  readonly type: string;
}

/**
 * `show allCollections`: the collections of all databases but the server's own. Version 6.0 has them in one catalogue (MongoDB
 * manual, "$listCatalog"); where there is none, or the user may not read it, each database is asked.
 */
export async function listAllCollections(link: OperationLink, output: DocumentOutput): Promise<void> {
  try {
    await readAll(link, 'admin', CATALOGUE, async (batch) => {
      await output.write(batch.map((bytes) => row({ namespace: textAt(bytes, 'db'), ...namedAt(bytes) })));
    });
  } catch (error) {
    if (!(error instanceof MongoServerError) || STOPPED.has(error.code)) throw error;
    for (const namespace of await databaseNames(link)) {
      if (SYSTEM_DATABASES.has(namespace)) continue;
      const collections = await collectionsOf(link, namespace);
      await output.write(collections.map((named) => row({ namespace, ...named })));
    }
  }
}

/** Interrupted, and no longer in time. */
const STOPPED: ReadonlySet<unknown> = new Set([11601, 50]);

const CATALOGUE = documentOf([
  ['aggregate', new Int32(1)],
  [
    'pipeline',
    [
      documentOf([['$listCatalog', documentOf([])]]),
      documentOf([['$match', documentOf([['db', documentOf([['$nin', [...SYSTEM_DATABASES]]])]])]]),
      documentOf([
        [
          '$project',
          documentOf([
            ['_id', new Int32(0)],
            ['db', new Int32(1)],
            ['name', new Int32(1)],
            ['type', new Int32(1)],
          ]),
        ],
      ]),
    ],
  ],
  ['cursor', documentOf([])],
]);

function row({ namespace, name, type }: Placed): Uint8Array {
  return BSON.serialize({ namespace, name, type });
}

function namedAt(bytes: Uint8Array): { name: string; type: string } {
  return { name: textAt(bytes, 'name'), type: textAt(bytes, 'type') };
}

async function collectionsOf(
  link: OperationLink,
  database: string,
): Promise<{ name: string; type: string }[]> {
  const collections: { name: string; type: string }[] = [];
  const command = documentOf([
    ['listCollections', new Int32(1)],
    ['nameOnly', true],
    ['authorizedCollections', true],
    ['cursor', documentOf([])],
  ]);
  try {
    await readAll(link, database, command, async (batch) => void collections.push(...batch.map(namedAt)));
  } catch (error) {
    // A database that may be seen but not looked into has no collections for this user.
    if (!(error instanceof MongoServerError) || error.code !== UNAUTHORIZED) throw error;
  }
  return collections;
}

/** Reads a cursor to its end. */
async function readAll(
  link: OperationLink,
  database: string,
  command: Document,
  take: (batch: readonly Uint8Array[]) => Promise<void>,
): Promise<void> {
  let reply = await link.send(database, command);
  await take(documentsAt(reply, 'cursor', 'firstBatch'));
  for (let cursor = cursorOf(reply, database); cursor; cursor = cursorOf(reply, database)) {
    await link.cursorIs(cursor);
    const { id, collection } = cursor;
    reply = await link.send(
      cursor.database,
      documentOf([
        ['getMore', BSON.Long.fromBigInt(id)],
        ['collection', collection],
      ]),
    );
    await take(documentsAt(reply, 'cursor', 'nextBatch'));
  }
  await link.cursorIs(null);
}

function textAt(bytes: Uint8Array, name: string): string {
  const place = locate(bytes, name);
  return place?.type === 2 ? utf8(bytes, place.start + 4, place.end - 1) : '';
}
