import { BSON, Int32, MongoServerError } from 'mongodb';
import { documentsAt, locate, utf8 } from './bson-reader.ts';
import type { DocumentOutput } from './document-output.ts';
import { cursorOf, type OperationLink } from './operation-link.ts';
import { documentOf } from './statement/operation.ts';

const UNAUTHORIZED = 13;
/** Databases of the server's own (MongoDB manual, "System Collections"). */
export const SYSTEM_DATABASES: ReadonlySet<string> = new Set(['admin', 'config', 'local']);

/** `show dbs`: what listDatabases says of each, and which one is the current. */
export async function listDatabases(link: OperationLink, output: DocumentOutput): Promise<void> {
  const reply = await link.send('admin', documentOf([['listDatabases', new Int32(1)]]));
  const rows = documentsAt(reply, 'databases').map((bytes) => {
    const database = BSON.deserialize(bytes, { promoteValues: false });
    return BSON.serialize({ ...database, current: textAt(bytes, 'name') === link.database });
  });
  await output.write(rows);
}

/** `show namespaces`: each database with the names and types of its collections, as far as the user may see them. */
export async function listNamespaces(link: OperationLink, output: DocumentOutput): Promise<void> {
  const reply = await link.send(
    'admin',
    documentOf([
      ['listDatabases', new Int32(1)],
      ['nameOnly', true],
    ]),
  );
  for (const bytes of documentsAt(reply, 'databases')) {
    const name = textAt(bytes, 'name');
    const collections = await collectionsOf(link, name);
    await output.write([BSON.serialize({ name, system: SYSTEM_DATABASES.has(name), collections })]);
  }
}

async function collectionsOf(
  link: OperationLink,
  database: string,
): Promise<{ name: string; type: string }[]> {
  const collections: { name: string; type: string }[] = [];
  const take = (bytes: Uint8Array): void => {
    collections.push({ name: textAt(bytes, 'name'), type: textAt(bytes, 'type') });
  };
  const command = documentOf([
    ['listCollections', new Int32(1)],
    ['nameOnly', true],
    ['authorizedCollections', true],
    ['cursor', documentOf([])],
  ]);
  try {
    let reply = await link.send(database, command);
    for (const one of documentsAt(reply, 'cursor', 'firstBatch')) take(one);
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
      for (const one of documentsAt(reply, 'cursor', 'nextBatch')) take(one);
    }
    await link.cursorIs(null);
  } catch (error) {
    // A database that may be seen but not looked into has no collections for this user.
    if (!(error instanceof MongoServerError) || error.code !== UNAUTHORIZED) throw error;
  }
  return collections;
}

function textAt(bytes: Uint8Array, name: string): string {
  const place = locate(bytes, name);
  return place?.type === 2 ? utf8(bytes, place.start + 4, place.end - 1) : '';
}
