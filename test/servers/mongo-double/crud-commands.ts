import { BSONRegExp, Int32, Long, ObjectId } from 'mongodb';
import { type Doc, encode, numeric } from './bson.ts';
import { type Call, type Command, documentAt, numberOf, read, targetName, writable } from './command.ts';
import { CommandError } from './command-error.ts';
import { compare } from './compare.ts';
import { FIRST_BATCH } from './cursors.ts';
import { evaluate, scopeOf } from './expression.ts';
import { type Matcher, matcher } from './match.ts';
import { pipeline, project, sorted } from './stages.ts';
import { bytesOf, type Collection } from './storage.ts';
import { updated } from './update.ts';

/** Documents of a collection that match; sleeps where the filter says so, a time for each document. */
async function matching(
  call: Call,
  collection: Collection | undefined,
  matches: Matcher,
): Promise<Iterable<Doc>> {
  if (matches.sleepMs > 0 && collection) await call.operation.sleep(matches.sleepMs * collection.size);
  if (matches.id !== undefined && collection && !collection.view) {
    const found = collection.find(matches.id, call.operation.transaction);
    return found && matches(found) ? [found] : [];
  }
  return filtered(read(call, collection), matches);
}

function* filtered(docs: Iterable<Doc>, matches: Matcher): Iterable<Doc> {
  for (const doc of docs) if (matches(doc)) yield doc;
}

async function find(call: Call): Promise<object> {
  const { database, command, storage, cursors, operation } = call;
  const name = targetName(call);
  const collection = storage.get(database, name);
  let docs = await matching(call, collection, matcher(documentAt(call, 'filter')));
  if (command.has('sort')) docs = sorted(docs, command.get('sort'));
  const stages: Doc[] = [];
  if (command.has('skip')) stages.push(new Map([['$skip', command.get('skip')]]));
  if (numberOf(call, 'limit')) stages.push(new Map([['$limit', command.get('limit')]]));
  docs = pipeline(docs, stages);
  if (command.has('projection')) docs = projected(docs, documentAt(call, 'projection'));
  const isSingle = command.get('singleBatch') === true;
  const batchSize = numberOf(call, 'batchSize') ?? FIRST_BATCH;
  return cursors.begin(docs, `${database}.${name}`, { batchSize, isSingle }, operation);
}

function* projected(docs: Iterable<Doc>, projection: Doc): Iterable<Doc> {
  if (projection.size === 0) return yield* docs;
  for (const doc of docs) yield project(doc, projection);
}

async function aggregate(call: Call): Promise<object> {
  const { database, command, storage, cursors, operation } = call;
  const all = (command.get('pipeline') ?? []) as Doc[];
  const out = all.at(-1)?.get('$out');
  const stages = typeof out === 'string' ? all.slice(0, -1) : all;
  const target = [...command.values()][0];
  const [first, ...rest] = stages;
  const source = first ? SOURCES[[...first.keys()][0]!] : undefined;
  const name = typeof target === 'string' ? target : '$cmd.aggregate';
  const docs = source
    ? pipeline(source(call, [...first!.values()][0]), rest)
    : pipeline(await slept(call, stages, storage.get(database, name)), stages);
  if (typeof out === 'string') return writeOut(call, [...docs], out);
  const batchSize = numeric(documentAt(call, 'cursor').get('batchSize')) ?? FIRST_BATCH;
  return cursors.begin(docs, `${database}.${name}`, { batchSize }, operation);
}

/** `$out`: what the pipeline gives takes the place of all that is in a collection. */
async function writeOut(
  { storage, database, operation, cursors }: Call,
  docs: Doc[],
  out: string,
): Promise<object> {
  storage.drop(database, out);
  const collection = storage.made(database, out);
  for (const doc of docs) await collection.insert(encode(doc), operation);
  return cursors.begin([], `${database}.${out}`, { batchSize: FIRST_BATCH }, operation);
}

async function slept(
  call: Call,
  [first]: readonly Doc[],
  collection: Collection | undefined,
): Promise<Iterable<Doc>> {
  const match = first?.get('$match');
  if (match instanceof Map && match.has('$where'))
    throw new CommandError(2, 'BadValue', '$where is not allowed in this context');
  return read(call, collection);
}

/** Stages that are a pipeline's source. */
const SOURCES: Readonly<Record<string, (call: Call, given: unknown) => Iterable<Doc>>> = {
  $documents: (_call, given) => evaluate(given, scopeOf(new Map())) as Doc[],
  $currentOp: currentOperations,
  $listCatalog: catalogued,
};

/** All collections of a server (MongoDB manual, "$listCatalog", since version 6.0). */
function* catalogued({ storage }: Call): Iterable<Doc> {
  for (const [db, collections] of storage.databases)
    for (const { name, view } of collections.values())
      yield new Map<string, unknown>([
        ['db', db],
        ['name', name],
        ['type', view ? 'view' : 'collection'],
        ['ns', `${db}.${name}`],
      ]);
}

function* currentOperations(
  { operations, operation: own, connections }: Call,
  given: unknown,
): Iterable<Doc> {
  const options = given as Doc;
  const mayAll = options.get('allUsers') === true;
  for (const { opid, command, client, session, microsecondsRunning } of operations.running.values()) {
    if (!mayAll && client.user !== own.client.user) continue;
    yield operationDoc(client, [
      ['opid', new Int32(opid)],
      ['active', true],
      ['microsecs_running', Long.fromNumber(microsecondsRunning)],
      ['command', command],
      ...(session === '' ? [] : [['lsid', command.get('lsid')] as [string, unknown]]),
    ]);
  }
  if (options.get('idleConnections') !== true) return;
  const busy = new Set([...operations.running.values()].map(({ client }) => client.connectionId));
  for (const client of connections())
    if (!busy.has(client.connectionId)) yield operationDoc(client, [['active', false]]);
}

function operationDoc(
  {
    connectionId,
    applicationName,
    user,
  }: { connectionId: number; applicationName: string; user: string | null },
  more: [string, unknown][],
): Doc {
  const users =
    user === null
      ? []
      : [
          [
            'effectiveUsers',
            [
              new Map([
                ['user', user],
                ['db', 'admin'],
              ]),
            ],
          ] as [string, unknown],
        ];
  return new Map<string, unknown>([
    ['type', 'op'],
    ['connectionId', new Int32(connectionId)],
    ['appName', applicationName],
    ...users,
    ...more,
  ]);
}

function getMore(call: Call): Promise<object> {
  const id = (call.command.get('getMore') as Long).toBigInt();
  return call.cursors.more(id, numberOf(call, 'batchSize') || Number.POSITIVE_INFINITY, call.operation);
}

function killCursors({ command, cursors }: Call): object {
  return cursors.kill((command.get('cursors') as Long[]).map((id) => id.toBigInt()));
}

async function count(call: Call): Promise<object> {
  const docs = await matching(
    call,
    call.storage.get(call.database, targetName(call)),
    matcher(documentAt(call, 'query')),
  );
  const stages = ['skip', 'limit']
    .filter((name) => numberOf(call, name))
    .map((name): Doc => new Map([[`$${name}`, call.command.get(name)]]));
  return { n: [...pipeline(docs, stages)].length, ok: 1 };
}

async function distinct(call: Call): Promise<object> {
  const docs = await matching(
    call,
    call.storage.get(call.database, targetName(call)),
    matcher(documentAt(call, 'query')),
  );
  const values: unknown[] = [];
  for (const doc of docs) {
    const item = evaluate(`$${call.command.get('key')}`, scopeOf(doc));
    for (const one of Array.isArray(item) ? item : [item])
      if (one !== undefined && !values.some((known) => compare(known, one) === 0)) values.push(one);
  }
  return { values, ok: 1 };
}

/** Runs the writes of a command; one that is refused is reported in the reply, and in a transaction ends it. */
async function each<T>(
  call: Call,
  writes: readonly T[],
  write: (one: T, at: number) => Promise<void>,
): Promise<object> {
  const errors: object[] = [];
  for (const [index, one] of writes.entries()) {
    try {
      await write(one, index);
    } catch (error) {
      if (!(error instanceof CommandError) || error.labels.length > 0 || error.code === 11601) throw error;
      errors.push({ index, code: error.code, errmsg: error.message });
      if (call.operation.transaction) call.operation.transaction.end();
      if (call.command.get('ordered') !== false) break;
    }
  }
  return errors.length > 0 ? { writeErrors: errors } : {};
}

async function insert(call: Call): Promise<object> {
  const collection = writable(call);
  const given =
    call.sequences.get('documents') ?? ((call.command.get('documents') ?? []) as Doc[]).map(encode);
  let n = 0;
  const errors = await each(call, given, async (bytes) => {
    await collection.insert(bytes, call.operation);
    n++;
  });
  return { n, ...errors, ok: 1 };
}

async function update(call: Call): Promise<object> {
  const collection = writable(call);
  const upserted: object[] = [];
  let [n, nModified] = [0, 0];
  const errors = await each(call, (call.command.get('updates') ?? []) as Doc[], async (one, index) => {
    const found = [...(await matching(call, collection, matcher(one.get('q') as Doc)))];
    const chosen = one.get('multi') === true ? found : found.slice(0, 1);
    for (const doc of chosen) {
      const next = updated(doc, one.get('u'));
      const isSame = Buffer.compare(encode(next), bytesOf(doc)) === 0;
      // A transaction sees what was when it began, so that for it nothing is the same by now.
      if (!isSame || call.operation.transaction) await collection.replace(doc, next, call.operation);
      n++;
      if (!isSame) nModified++;
    }
    if (chosen.length > 0 || one.get('upsert') !== true) return;
    const fresh = updated(equalities(one.get('q') as Doc), one.get('u'));
    const doc = fresh.has('_id') ? fresh : new Map<string, unknown>([['_id', new ObjectId()], ...fresh]);
    await collection.insert(encode(doc), call.operation);
    upserted.push({ index, _id: doc.get('_id') });
    n++;
  });
  return { n, nModified, ...(upserted.length > 0 ? { upserted } : {}), ...errors, ok: 1 };
}

/** What an upsert takes from its filter. */
function equalities(filter: Doc): Doc {
  return new Map(
    [...filter].filter(
      ([name, item]) => !name.startsWith('$') && !(item instanceof Map) && !(item instanceof BSONRegExp),
    ),
  );
}

async function remove(call: Call): Promise<object> {
  const collection = writable(call);
  let n = 0;
  const errors = await each(call, (call.command.get('deletes') ?? []) as Doc[], async (one) => {
    const found = [...(await matching(call, collection, matcher(one.get('q') as Doc)))];
    for (const doc of numeric(one.get('limit')) === 1 ? found.slice(0, 1) : found) {
      await collection.replace(doc, null, call.operation);
      n++;
    }
  });
  return { n, ...errors, ok: 1 };
}

async function findAndModify(call: Call): Promise<object> {
  const { command, operation } = call;
  const collection = writable(call);
  let found = [...(await matching(call, collection, matcher(documentAt(call, 'query'))))];
  if (command.has('sort')) found = sorted(found, command.get('sort'));
  const [old] = found;
  const isNew = command.get('new') === true;
  let next: Doc | null = null;
  if (old && command.get('remove') === true) await collection.replace(old, null, operation);
  else if (old) {
    next = updated(old, command.get('update'));
    await collection.replace(old, next, operation);
  } else if (command.get('upsert') === true) {
    next = updated(equalities(documentAt(call, 'query')), command.get('update'));
    if (!next.has('_id')) next = new Map<string, unknown>([['_id', new ObjectId()], ...next]);
    await collection.insert(encode(next), operation);
  }
  const shown = (isNew ? next : old) ?? null;
  const value = shown && command.has('fields') ? project(shown, documentAt(call, 'fields')) : shown;
  return { lastErrorObject: { n: old || next ? 1 : 0, updatedExisting: old !== undefined }, value, ok: 1 };
}

export const CRUD_COMMANDS: Readonly<Record<string, Command>> = {
  find,
  aggregate,
  getMore,
  killCursors,
  count,
  distinct,
  insert,
  update,
  delete: remove,
  findAndModify,
};
