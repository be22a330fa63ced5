import { Int32 } from 'mongodb';
import { same } from './arguments.ts';
import { type Call, nothingMore, withoutOurs } from './call.ts';
import {
  type Document,
  documentOf,
  isDocument,
  isLong,
  type Operation,
  oneCommand,
  type Value,
} from './operation.ts';
import { parseExpression, StatementError } from './syntax.ts';
import { literalOf } from './value.ts';

const REPLY = { shape: 'reply' } as const;

/** The name that the server would give (MongoDB manual, "Index Names"): `a_1_b_-1`. */
function indexName(key: Document): string {
  return [...key]
    .map(([field, direction]) => `${field}_${isNumber(direction) ? direction.valueOf() : direction}`)
    .join('_');
}

function isNumber(value: Value): value is Int32 {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof value.valueOf() === 'number' &&
    !(value instanceof Date)
  );
}

/** `createIndex(keys, options, commitQuorum)`. The options are the server's own words, so it judges them. */
export function createIndex({ given, database, collection, rest }: Call): Operation {
  nothingMore(rest);
  const key = given.most(3).neededDocument(0, 'The keys');
  const index = documentOf([
    ['key', key],
    ['name', indexName(key)],
    ...(given.document(1, 'The options') ?? []),
  ]);
  const quorum = given.value(2);
  return oneCommand(
    database,
    [
      ['createIndexes', collection],
      ['indexes', [index]],
      ['commitQuorum', quorum],
    ],
    REPLY,
  );
}

/** `createIndexes([keys, …], options)`: mongosh gives the same options to each. */
export function createIndexes({ given, database, collection, rest }: Call): Operation {
  nothingMore(rest);
  const options = given.most(3).document(1, 'The options') ?? documentOf([]);
  const indexes = given
    .documents(0, 'The first argument')
    .map((key) => documentOf([['key', key], ['name', indexName(key)], ...options]));
  return oneCommand(
    database,
    [
      ['createIndexes', collection],
      ['indexes', indexes],
      ['commitQuorum', given.value(2)],
    ],
    REPLY,
  );
}

/** `dropIndex(name or keys)` and `dropIndexes(names)`; the latter without a name drops all but that of _id. */
export function dropIndexes({ given, method, database, collection, rest }: Call): Operation {
  nothingMore(rest);
  const index = given.most(1).value(0);
  if (index !== undefined && !isIndex(index) && !(method === 'dropIndexes' && isNames(index)))
    throw new StatementError('An index is given by its name or its keys.', given.at(0));
  if (method === 'dropIndex' && (index === undefined || index === '*'))
    throw new StatementError('Which index? To drop all but that of _id: dropIndexes().', given.at(0));
  return oneCommand(
    database,
    [
      ['dropIndexes', collection],
      ['index', index ?? '*'],
    ],
    REPLY,
  );
}

/** An index is named by its name or its keys. */
function isIndex(value: Value): boolean {
  return isDocument(value) || (typeof value === 'string' && value !== '');
}

function isNames(value: Value): boolean {
  return Array.isArray(value) && value.every((name: Value) => typeof name === 'string' && name !== '');
}

/** `getIndexes()`: a document each. */
export function getIndexes({ given, database, collection, rest }: Call): Operation {
  given.most(0);
  nothingMore(rest);
  const pairs: [string, Value][] = [
    ['listIndexes', collection],
    ['cursor', documentOf([])],
  ];
  return oneCommand(database, pairs, { shape: 'cursor', origin: null });
}

/** `hideIndex` and `unhideIndex(name or keys)`. */
export function hideIndex({ given, method, database, collection, rest }: Call): Operation {
  nothingMore(rest);
  const which = given.most(1).needed(0, 'The index');
  if (!isIndex(which)) throw new StatementError('An index is given by its name or its keys.', given.at(0));
  const index = documentOf([
    [isDocument(which) ? 'keyPattern' : 'name', which],
    ['hidden', method === 'hideIndex'],
  ]);
  return oneCommand(
    database,
    [
      ['collMod', collection],
      ['index', index],
    ],
    REPLY,
  );
}

export function drop({ given, database, collection, rest }: Call): Operation {
  nothingMore(rest);
  return oneCommand(
    database,
    [['drop', collection], ...given.most(1).options(0, same('writeConcern'))],
    REPLY,
  );
}

/** `renameCollection(to, dropTarget)`, within its database. */
export function renameCollection({ given, database, collection, rest }: Call): Operation {
  nothingMore(rest);
  const to = given.most(2).string(0, 'The new name');
  const dropTarget = given.value(1) ?? false;
  if (typeof dropTarget !== 'boolean') throw new StatementError('dropTarget is true or false.', given.at(1));
  const pairs: [string, Value][] = [
    ['renameCollection', `${database}.${collection}`],
    ['to', `${database}.${to}`],
    ['dropTarget', dropTarget],
  ];
  return oneCommand('admin', pairs, REPLY);
}

/** `stats(options)` of a collection; in bytes unless a scale is said. */
export function collectionStats({ given, database, collection, rest }: Call): Operation {
  nothingMore(rest);
  return oneCommand(database, [['collStats', collection], ...scale({ given })], REPLY);
}

function scale({ given }: Pick<Call, 'given'>): [string, Value][] {
  const value = given.most(1).value(0);
  if (value === undefined) return [];
  return isDocument(value) ? given.options(0, same('scale')) : [['scale', given.option('scale')]];
}

/** `createCollection(name, options)`. The options are the server's own words, so it judges them. */
export function createCollection({ given, database, rest }: Call): Operation {
  nothingMore(rest);
  const name = given.most(2).string(0, 'The collection');
  const options = withoutOurs(given.document(1, 'The options') ?? documentOf([]), given.at(1));
  return oneCommand(database, [['create', name], ...options], REPLY);
}

/** `createView(name, source, pipeline, options)`. */
export function createView({ given, database, rest }: Call): Operation {
  nothingMore(rest);
  const pairs: [string, Value][] = [
    ['create', given.most(4).string(0, 'The view')],
    ['viewOn', given.string(1, 'The collection')],
    ['pipeline', given.documents(2, 'The pipeline')],
    ...given.options(3, same('collation')),
  ];
  return oneCommand(database, pairs, REPLY);
}

export function dropDatabase({ given, database, rest }: Call): Operation {
  nothingMore(rest);
  return oneCommand(
    database,
    [['dropDatabase', new Int32(1)], ...given.most(1).options(0, same('writeConcern'))],
    REPLY,
  );
}

export function databaseStats({ given, database, rest }: Call): Operation {
  nothingMore(rest);
  return oneCommand(database, [['dbStats', new Int32(1)], ...scale({ given })], REPLY);
}

/** `getCollectionNames()`: a document each. */
export function getCollectionNames({ given, database, rest }: Call): Operation {
  given.most(0);
  nothingMore(rest);
  return collectionNames(database);
}

/** Names and types of the collections that the user may see, which needs no right but to see them. */
export function collectionNames(database: string): Operation {
  const pairs: [string, Value][] = [
    ['listCollections', new Int32(1)],
    ['nameOnly', true],
    ['authorizedCollections', true],
    ['cursor', documentOf([])],
  ];
  return oneCommand(database, pairs, { shape: 'cursor', origin: null });
}

/** `getCollectionInfos(filter, options)`: a document each, as listCollections gives it. */
export function getCollectionInfos({ given, database, rest }: Call): Operation {
  nothingMore(rest);
  const pairs: [string, Value | undefined][] = [
    ['listCollections', new Int32(1)],
    ['filter', given.most(2).document(0, 'The filter')],
    ...given.options(1, same('nameOnly', 'authorizedCollections')),
    ['cursor', documentOf([])],
  ];
  return oneCommand(database, pairs, { shape: 'cursor', origin: null });
}

/** Documents looked at to tell a collection's fields. */
const SAMPLE_SIZE = 100;

/**
 * A pipeline that gives a sample's documents with each value's type in its place: the server does it, so that no large value
 * travels (MongoDB manual, "$type (aggregation)").
 */
export const SAMPLE_TEXT = `[
  { $sample: { size: ${SAMPLE_SIZE} } },
  { $replaceWith: { $arrayToObject: { $map: {
    input: { $objectToArray: "$$ROOT" }, as: "field",
    in: { k: "$$field.k", v: { $type: "$$field.v" } } } } } }
]`;

/** `getDefinition()`, which only this client has: what the collection was made with, its indexes, and a sample's types. */
export function getDefinition({ given, database, collection, rest }: Call): Operation {
  given.most(0);
  nothingMore(rest);
  const cursor = documentOf([]);
  const commands = [
    documentOf([
      ['listCollections', new Int32(1)],
      ['filter', documentOf([['name', collection]])],
      ['cursor', cursor],
    ]),
    documentOf([
      ['listIndexes', collection],
      ['cursor', cursor],
    ]),
    documentOf([
      ['aggregate', collection],
      ['pipeline', literalOf(parseExpression(SAMPLE_TEXT))],
      ['cursor', cursor],
    ]),
  ];
  return { type: 'command', database, commands, ordered: false, reply: { shape: 'each' } };
}

/** `killOp(id)`, as a number or, on a sharded cluster, text. */
export function killOp({ given, rest }: Call): Operation {
  nothingMore(rest);
  const op = given.most(1).needed(0, 'The operation’s id');
  if (typeof op !== 'string' && !isLong(op) && !isNumber(op))
    throw new StatementError('The id is a number.', given.at(0));
  return oneCommand(
    'admin',
    [
      ['killOp', new Int32(1)],
      ['op', op],
    ],
    REPLY,
  );
}
