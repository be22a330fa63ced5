import { Int32 } from 'mongodb';
import { same } from './arguments.ts';
import { type Call, nothingMore } from './call.ts';
import {
  type Document,
  documentOf,
  isDocument,
  type Operation,
  oneCommand,
  type Value,
} from './operation.ts';
import { optionValue } from './option-types.ts';
import { StatementError } from './syntax.ts';

/** What a server takes in one command (`maxWriteBatchSize` of hello). */
const BATCH_MAX = 100_000;

const STATEMENT_OPTIONS = ['writeConcern', 'comment', 'bypassDocumentValidation', 'maxTimeMS'];
const UPDATE_OPTIONS = ['upsert', 'collation', 'arrayFilters', 'hint', 'sort'];

/** `insertOne(document, options)`. */
export function insertOne({ given, database, collection, rest }: Call): Operation {
  nothingMore(rest);
  const documents = [given.most(2).neededDocument(0, 'The document')];
  const pairs: [string, Value][] = [
    ['insert', collection],
    ['documents', documents],
    ...given.options(1, same(...STATEMENT_OPTIONS)),
  ];
  return oneCommand(database, pairs, { shape: 'written', one: true });
}

/** `insertMany([document, …], options)`. */
export function insertMany({ given, database, collection, rest }: Call): Operation {
  nothingMore(rest);
  const documents = given.most(2).documents(0, 'The first argument');
  atMost(documents.length, given.at(0));
  const pairs: [string, Value][] = [
    ['insert', collection],
    ['documents', documents],
    ...given.options(1, same('ordered', ...STATEMENT_OPTIONS)),
  ];
  return oneCommand(database, pairs, { shape: 'written', one: false });
}

function atMost(count: number, at: number): void {
  if (count === 0) throw new StatementError('There is nothing to write.', at);
  if (count > BATCH_MAX) throw new StatementError(`A statement writes at most ${BATCH_MAX} documents.`, at);
}

/** `updateOne`, `updateMany` and `replaceOne(filter, update, options)`. */
export function update({ given, method, database, collection, rest }: Call): Operation {
  nothingMore(rest);
  const filter = given.most(3).neededDocument(0, 'The filter');
  const change = changeOf(given.needed(1, 'The update'), method === 'replaceOne', given.at(1));
  const [own, shared] = divided(
    given.options(2, same('let', ...UPDATE_OPTIONS, ...STATEMENT_OPTIONS)),
    UPDATE_OPTIONS,
  );
  const one = documentOf([['q', filter], ['u', change], ['multi', method === 'updateMany'], ...own]);
  return oneCommand(database, [['update', collection], ['updates', [one]], ...shared], {
    shape: 'written',
    one: true,
  });
}

/** `deleteOne` and `deleteMany(filter, options)`. */
export function remove({ given, method, database, collection, rest }: Call): Operation {
  nothingMore(rest);
  const filter = given.most(2).neededDocument(0, 'The filter');
  const [own, shared] = divided(given.options(1, same('collation', 'hint', 'let', ...STATEMENT_OPTIONS)), [
    'collation',
    'hint',
  ]);
  const one = documentOf([['q', filter], ['limit', new Int32(method === 'deleteOne' ? 1 : 0)], ...own]);
  return oneCommand(database, [['delete', collection], ['deletes', [one]], ...shared], {
    shape: 'written',
    one: true,
  });
}

/** @throws StatementError for an update that replaces, or a replacement that updates: each is the other's mistake */
export function changeOf(change: Value, replaces: boolean, at: number): Value {
  if (Array.isArray(change) && !replaces) {
    if (change.length > 0 && change.every((stage) => isDocument(stage))) return change;
    throw new StatementError('An update’s pipeline is an array of stages.', at);
  }
  if (!isDocument(change)) throw new StatementError('The update is a document.', at);
  const first = change.keys().next().value;
  const isUpdate = first?.startsWith('$') ?? false;
  if (replaces && isUpdate) throw new StatementError('A replacement has no operators such as $set.', at);
  if (!replaces && !isUpdate)
    throw new StatementError(
      'An update has operators such as $set. To replace the document: replaceOne.',
      at,
    );
  return change;
}

/** Options of the one write, and those of the whole command. */
function divided(options: [string, Value][], own: readonly string[]): [[string, Value][], [string, Value][]] {
  return [options.filter(([name]) => own.includes(name)), options.filter(([name]) => !own.includes(name))];
}

/** `bulkWrite([{insertOne: {document}}, …], options)`: neighbours of one kind make one command. */
export function bulkWrite({ given, database, collection, rest }: Call): Operation {
  nothingMore(rest);
  const writes = given.most(2).documents(0, 'The first argument');
  atMost(writes.length, given.at(0));
  const options = given.options(1, same('ordered', 'let', ...STATEMENT_OPTIONS));
  const commands: { name: string; field: string; writes: Document[] }[] = [];
  for (const write of writes) {
    const [name, field, one] = bulkPart(write, given.at(0));
    const last = commands.at(-1);
    if (last?.name === name) last.writes.push(one);
    else commands.push({ name, field, writes: [one] });
  }
  const ordered = options.every(([name, value]) => name !== 'ordered' || value !== false);
  return {
    type: 'command',
    database,
    commands: commands.map(({ name, field, writes }) =>
      documentOf([[name, collection], [field, writes], ...options]),
    ),
    ordered,
    reply: { shape: 'written', one: false },
  };
}

function bulkPart(write: Document, at: number): [name: string, field: string, one: Document] {
  const [kind = '', value] = [...write][0] ?? [];
  if (write.size !== 1 || !isDocument(value))
    throw new StatementError(
      'A write is one of insertOne, updateOne, updateMany, replaceOne, deleteOne, deleteMany.',
      at,
    );
  const part = (name: string): Document => {
    const found = value.get(name);
    if (isDocument(found)) return found;
    throw new StatementError(`${kind} needs the document ${name}.`, at);
  };
  known(kind, value, at);
  switch (kind) {
    case 'insertOne':
      return ['insert', 'documents', part('document')];
    case 'updateOne':
    case 'updateMany':
    case 'replaceOne': {
      const replaces = kind === 'replaceOne';
      const given = value.get(replaces ? 'replacement' : 'update');
      const u = changeOf(given ?? null, replaces, at);
      const multi = kind === 'updateMany';
      return [
        'update',
        'updates',
        documentOf([['q', part('filter')], ['u', u], ['multi', multi], ...picked(value, UPDATE_OPTIONS, at)]),
      ];
    }
    case 'deleteOne':
    case 'deleteMany': {
      const limit = new Int32(kind === 'deleteOne' ? 1 : 0);
      return [
        'delete',
        'deletes',
        documentOf([['q', part('filter')], ['limit', limit], ...picked(value, ['collation', 'hint'], at)]),
      ];
    }
    default:
      throw new StatementError(`${kind} is no write. These are: ${Object.keys(BULK_FIELDS).join(', ')}.`, at);
  }
}

const BULK_FIELDS: Readonly<Record<string, readonly string[]>> = {
  insertOne: ['document'],
  updateOne: ['filter', 'update', ...UPDATE_OPTIONS],
  updateMany: ['filter', 'update', ...UPDATE_OPTIONS],
  replaceOne: ['filter', 'replacement', ...UPDATE_OPTIONS],
  deleteOne: ['filter', 'collation', 'hint'],
  deleteMany: ['filter', 'collation', 'hint'],
};

function known(kind: string, value: Document, at: number): void {
  const names = Object.hasOwn(BULK_FIELDS, kind) ? BULK_FIELDS[kind]! : null;
  const strange = names && [...value.keys()].find((name) => !names.includes(name));
  if (strange !== null && strange !== undefined)
    throw new StatementError(`${kind} has no field ${strange}. It has: ${names!.join(', ')}.`, at);
}

function picked(value: Document, names: readonly string[], at: number): [string, Value | undefined][] {
  return names.map((name) => {
    const given = value.get(name);
    return [name, given === undefined ? undefined : optionValue(name, given, at)];
  });
}

/** `findOneAndUpdate`, `findOneAndReplace(filter, update, options)` and `findOneAndDelete(filter, options)`. */
export function findOneAnd({ given, method, database, collection, rest }: Call): Operation {
  nothingMore(rest);
  const removes = method === 'findOneAndDelete';
  const filter = given.most(removes ? 2 : 3).neededDocument(0, 'The filter');
  const update = removes
    ? undefined
    : changeOf(given.needed(1, 'The update'), method === 'findOneAndReplace', given.at(1));
  const names = {
    ...same('sort', 'upsert', 'collation', 'arrayFilters', 'hint', 'let', 'new', ...STATEMENT_OPTIONS),
    projection: 'fields',
    returnDocument: 'returnDocument',
    returnNewDocument: 'new',
  };
  const options = given.options(removes ? 1 : 2, names).map(([name, value]): [string, Value] => {
    if (name !== 'returnDocument') return [name, value];
    if (value !== 'before' && value !== 'after')
      throw new StatementError('returnDocument is before or after.', given.at(removes ? 1 : 2));
    return ['new', value === 'after'];
  });
  const pairs: [string, Value | undefined][] = [
    ['findAndModify', collection],
    ['query', filter],
    ['remove', removes ? true : undefined],
    ['update', update],
    ...options,
  ];
  return oneCommand(database, pairs, { shape: 'field', field: 'value' });
}
