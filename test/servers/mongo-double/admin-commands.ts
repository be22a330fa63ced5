import { Int32, Long } from 'mongodb';
import { type Doc, numeric, typeName } from './bson.ts';
import { type Call, type Command, documentAt, targetName } from './command.ts';
import { CommandError } from './command-error.ts';
import { compare } from './compare.ts';
import { matcher } from './match.ts';
import { bytesOf, type Collection } from './storage.ts';

const ALL = Number.POSITIVE_INFINITY;

function listDatabases({ storage, command }: Call): object {
  const databases = [...storage.databases].map(([name, collections]) => {
    if (command.get('nameOnly') === true) return { name };
    const size = [...collections.values()].reduce((sum, one) => sum + bytes(one), 0);
    return { name, sizeOnDisk: Long.fromNumber(size), empty: false };
  });
  const system = ['admin', 'config', 'local'].map((name) =>
    command.get('nameOnly') === true ? { name } : { name, sizeOnDisk: Long.fromNumber(40_960), empty: false },
  );
  return { databases: [...system, ...databases], ok: 1 };
}

function bytes(collection: Collection): number {
  return [...collection.read(null)].reduce((sum, doc) => sum + bytesOf(doc).length, 0);
}

function listCollections({ storage, database, command, cursors, operation }: Call): Promise<object> {
  const matches = matcher(command.get('filter') instanceof Map ? (command.get('filter') as Doc) : new Map());
  const infos = [...(storage.databases.get(database)?.values() ?? [])]
    .map((one): Doc => {
      const info: [string, unknown][] = [
        ['name', one.name],
        ['type', one.view ? 'view' : 'collection'],
      ];
      if (command.get('nameOnly') !== true)
        info.push(['options', one.options], ['info', new Map([['readOnly', one.view !== null]])]);
      return new Map(info);
    })
    .filter(matches);
  return cursors.begin(infos, `${database}.$cmd.listCollections`, { batchSize: ALL }, operation);
}

function create({ storage, database, command }: Call): object {
  const name = targetName({ command });
  if (storage.get(database, name))
    throw new CommandError(48, 'NamespaceExists', `Collection ${database}.${name} already exists.`);
  storage.made(database, name, new Map([...command].slice(1).filter(([field]) => !GENERIC.has(field))));
  return { ok: 1 };
}

/** Fields that any command may have. */
const GENERIC = new Set([
  'lsid',
  '$db',
  '$clusterTime',
  'comment',
  'txnNumber',
  'autocommit',
  'startTransaction',
  'maxTimeMS',
  'writeConcern',
  '$readPreference',
]);

function drop({ storage, database, command }: Call): object {
  storage.drop(database, targetName({ command }));
  return { ok: 1 };
}

function dropDatabase({ storage, database }: Call): object {
  storage.databases.delete(database);
  return { dropped: database, ok: 1 };
}

function renameCollection({ storage, command }: Call): object {
  const split = (namespace: string): [string, string] => {
    const dot = namespace.indexOf('.');
    return [namespace.slice(0, dot), namespace.slice(dot + 1)];
  };
  const [database, from] = split(targetName({ command }));
  const [, to] = split(`${command.get('to')}`);
  const collection = storage.get(database, from);
  if (!collection)
    throw new CommandError(26, 'NamespaceNotFound', `Source collection ${database}.${from} does not exist`);
  if (storage.get(database, to) && command.get('dropTarget') !== true)
    throw new CommandError(48, 'NamespaceExists', 'target namespace exists');
  const collections = storage.databases.get(database)!;
  collections.delete(from);
  collections.set(to, collection);
  collection.name = to;
  return { ok: 1 };
}

function existing(call: Call): Collection {
  const name = targetName(call);
  const collection = call.storage.get(call.database, name);
  if (!collection)
    throw new CommandError(26, 'NamespaceNotFound', `ns does not exist: ${call.database}.${name}`);
  if (collection.view)
    throw new CommandError(166, 'CommandNotSupportedOnView', `Namespace ${call.database}.${name} is a view`);
  return collection;
}

function createIndexes(call: Call): object {
  const collection = call.storage.made(call.database, targetName(call));
  const before = collection.indexes.length;
  for (const index of (call.command.get('indexes') ?? []) as Doc[]) {
    const known = collection.indexes.find((one) => one.get('name') === index.get('name'));
    if (known && compare(known.get('key'), index.get('key')) !== 0)
      throw new CommandError(
        86,
        'IndexKeySpecsConflict',
        `An existing index has the same name: ${index.get('name')}`,
      );
    if (!known) collection.indexes.push(new Map<string, unknown>([['v', new Int32(2)], ...index]));
  }
  return { numIndexesBefore: before, numIndexesAfter: collection.indexes.length, ok: 1 };
}

function listIndexes(call: Call): Promise<object> {
  const { indexes, name } = existing(call);
  return call.cursors.begin(indexes, `${call.database}.${name}`, { batchSize: ALL }, call.operation);
}

function dropIndexes(call: Call): object {
  const { indexes } = existing(call);
  const which = call.command.get('index');
  const before = indexes.length;
  const isIt = (index: Doc): boolean =>
    which === '*' ||
    (which instanceof Map ? compare(index.get('key'), which) === 0 : index.get('name') === which);
  const kept = indexes.filter((index) => index.get('name') === '_id_' || !isIt(index));
  if (kept.length === before && which !== '*')
    throw new CommandError(27, 'IndexNotFound', `index not found with name [${which}]`);
  indexes.splice(0, before, ...kept);
  return { nIndexesWas: before, ok: 1 };
}

function collStats(call: Call): object {
  const collection = existing(call);
  const size = bytes(collection);
  return {
    ns: `${call.database}.${collection.name}`,
    count: collection.size,
    size,
    nindexes: collection.indexes.length,
    ok: 1,
  };
}

function dbStats({ storage, database }: Call): object {
  const collections = [...(storage.databases.get(database)?.values() ?? [])];
  return {
    db: database,
    collections: collections.length,
    objects: collections.reduce((sum, { size }) => sum + size, 0),
    ok: 1,
  };
}

function killOp({ command, operations }: Call): object {
  const op = numeric(command.get('op'));
  if (op === undefined)
    throw new CommandError(14, 'TypeMismatch', `op is of type ${typeName(command.get('op'))}`);
  operations.running.get(op)?.kill();
  return { info: 'attempting to kill op', ok: 1 };
}

function killSessions({ command, operations, cursors, sessions, operation }: Call): object {
  for (const { id } of ((command.get('killSessions') ?? []) as Doc[]).map((one) => Object.fromEntries(one)))
    sessions.kill(
      (id as { toString(encoding: 'hex'): string }).toString('hex'),
      operations,
      cursors,
      operation,
    );
  return { ok: 1 };
}

function endSessions({ command, sessions, cursors }: Call): object {
  for (const { id } of ((command.get('endSessions') ?? []) as Doc[]).map((one) => Object.fromEntries(one))) {
    const session = (id as { toString(encoding: 'hex'): string }).toString('hex');
    sessions.end(session);
    cursors.endSession(session);
  }
  return { ok: 1 };
}

function explain(call: Call): object {
  const explained = documentAt(call, 'explain');
  return {
    queryPlanner: {
      namespace: `${call.database}.${[...explained.values()][0]}`,
      winningPlan: { stage: 'COLLSCAN' },
    },
    ok: 1,
  };
}

export const ADMIN_COMMANDS: Readonly<Record<string, Command>> = {
  listDatabases,
  listCollections,
  create,
  drop,
  dropDatabase,
  renameCollection,
  createIndexes,
  listIndexes,
  dropIndexes,
  collMod: (call) => ({ ...(existing(call) ? {} : {}), ok: 1 }),
  collStats,
  dbStats,
  killOp,
  killSessions,
  endSessions,
  refreshSessions: () => ({ ok: 1 }),
  explain,
  usersInfo: ({ operation }) => ({
    users: [{ _id: `admin.${operation.client.user}`, user: operation.client.user, db: 'admin' }],
    ok: 1,
  }),
  rolesInfo: () => ({ roles: [], ok: 1 }),
};
