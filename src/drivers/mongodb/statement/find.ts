import { Int32 } from 'mongodb';
import { notOnResult } from './alternatives.ts';
import { same } from './arguments.ts';
import { type Call, SHOWS } from './call.ts';
import { called, type Link } from './chain.ts';
import { explained } from './explain.ts';
import {
  type Document,
  type DocumentOrigin,
  documentOf,
  isDocument,
  type Operation,
  oneCommand,
  type Value,
} from './operation.ts';
import { StatementError } from './syntax.ts';
import { integerOf, integerValue } from './whole-number.ts';

/** Options of findOne, by mongosh's names (MongoDB manual, "db.collection.findOne()"). */
const ONE_OPTIONS = {
  ...same('sort', 'skip', 'hint', 'collation', 'maxTimeMS', 'comment', 'min', 'max'),
  ...same(
    'returnKey',
    'showRecordId',
    'allowDiskUse',
    'allowPartialResults',
    'let',
    'readConcern',
    'projection',
  ),
};
/** Options of find (MongoDB manual, "db.collection.find()"). */
const OPTIONS = { ...ONE_OPTIONS, ...same('limit', 'batchSize', 'noCursorTimeout') };

/** Cursor methods that set a field of the command, and what they take. */
const DOCUMENTS = new Map([
  ['sort', 'sort'],
  ['project', 'projection'],
  ['projection', 'projection'],
  ['collation', 'collation'],
  ['min', 'min'],
  ['max', 'max'],
]);
const NUMBERS = new Set(['limit', 'skip', 'maxTimeMS', 'batchSize']);
const FLAGS = new Set([
  'allowDiskUse',
  'returnKey',
  'showRecordId',
  'allowPartialResults',
  'noCursorTimeout',
]);
const METHODS = [...DOCUMENTS.keys(), ...NUMBERS, ...FLAGS, 'hint', 'comment', 'readConcern'];
/** Methods that end a cursor's chain. */
const ENDS = ['count', 'size', 'explain', 'toArray'];

/** `find(filter, projection, options)` and the methods of its cursor. */
export function find(call: Call): Operation {
  const { given, database, collection } = call;
  given.most(3);
  const fields = new Map<string, Value>();
  setFilter(call, fields);
  for (const [name, value] of given.options(2, OPTIONS)) set(fields, name, value);
  let counts: Link | null = null;
  let explains: Link | null = null;
  for (const link of call.rest) {
    const { name, at } = link;
    if (counts || explains) throw new StatementError(`${name} can’t be called here.`, at);
    if (name === 'count' || name === 'size') counts = link;
    else if (name === 'explain') explains = link;
    else applyCursorMethod(fields, link);
  }
  if (counts) return counted(call, fields, counts);
  const operation = oneCommand(database, [['find', collection], ...fields], {
    shape: 'cursor',
    origin: originOf(call, fields),
  });
  if (!explains) return operation;
  const verbosity = called(explains).most(1);
  return explained(operation, verbosity.value(0), verbosity.at(0));
}

/** `findOne(filter, projection, options)`. */
export function findOne(call: Call): Operation {
  const { given, database, collection, rest } = call;
  given.most(3);
  const fields = new Map<string, Value>();
  setFilter(call, fields);
  for (const [name, value] of given.options(2, ONE_OPTIONS)) set(fields, name, value);
  fields.set('limit', new Int32(1)).set('singleBatch', true);
  const [more] = rest;
  if (more) throw notOnResult(more, `${more.name} can’t be called on one document.`);
  const reply = { shape: 'cursor', origin: originOf(call, fields) } as const;
  return oneCommand(database, [['find', collection], ...fields], reply);
}

function setFilter({ given }: Call, fields: Map<string, Value>): void {
  fields.set('filter', given.document(0, 'The filter') ?? documentOf([]));
  const projection = given.document(1, 'The projection');
  if (projection) fields.set('projection', projection);
}

function applyCursorMethod(fields: Map<string, Value>, link: Link): void {
  const { name } = link;
  const isKnown = SHOWS.has(name) || METHODS.includes(name);
  if (!isKnown)
    throw notOnResult(
      link,
      `${name}() is not understood. A cursor has: ${[...METHODS, ...ENDS].join(', ')}.`,
    );
  const taken = called(link);
  const field = DOCUMENTS.get(name) ?? name;
  if (SHOWS.has(name)) taken.most(0);
  else if (FLAGS.has(name) && taken.count === 0) fields.set(name, true);
  else if (name === 'readConcern')
    fields.set(name, documentOf([['level', taken.most(1).string(0, 'The level')]]));
  else set(fields, field, taken.most(1).option(field));
}

/** Numbers stay what they are, whatever their size. */
function set(fields: Map<string, Value>, name: string, value: Value): void {
  const number = NUMBERS.has(name) ? integerOf(value) : null;
  if (number === null) return void fields.set(name, value);
  // A negative limit is that many documents in one batch (MongoDB manual, "cursor.limit()").
  if (number < 0n) fields.set('singleBatch', true);
  fields.set(name, integerValue(number < 0n ? -number : number));
}

/**
 * `find().count()` counts without skip and limit, `count(true)` and `size()` with them (MongoDB manual, "cursor.count()").
 * @throws StatementError for an option of the cursor that a count can't have
 */
function counted({ database, collection }: Call, fields: Map<string, Value>, link: Link): Operation {
  const given = called(link).most(link.name === 'size' ? 0 : 1);
  const applies = given.value(0) ?? link.name === 'size';
  if (typeof applies !== 'boolean')
    throw new StatementError(
      'What count takes is true, to count with skip and limit, or false.',
      given.at(0),
    );
  const dropped = [...fields.keys()].find((name) => !COUNTABLE.has(name));
  if (dropped !== undefined)
    throw new StatementError(`${dropped} has no meaning for a count. Leave it out.`, link.at);
  const of = (name: string): [string, Value | undefined] => [name, fields.get(name)];
  const pairs: [string, Value | undefined][] = [
    ['count', collection],
    ['query', fields.get('filter')],
    ...(applies ? [of('skip'), of('limit')] : []),
    ...['hint', 'collation', 'maxTimeMS', 'readConcern', 'comment'].map(of),
  ];
  return oneCommand(database, pairs, { shape: 'count' });
}

/** What a count takes of its cursor, and what changes nothing of it: the order, the fields that are shown and the batches. */
const COUNTABLE = new Set([
  ...['filter', 'skip', 'limit', 'hint', 'collation', 'maxTimeMS', 'readConcern', 'comment'],
  ...['sort', 'projection', 'batchSize', 'singleBatch', 'noCursorTimeout', 'allowDiskUse'],
]);

/** Documents come as they are stored but for what the projection computes; with `returnKey` none of them does. */
function originOf({ database, collection }: Call, fields: ReadonlyMap<string, Value>): DocumentOrigin | null {
  if (fields.get('returnKey') === true) return null;
  const projection = fields.get('projection');
  const shown = fields.get('showRecordId') === true ? ['$recordId'] : [];
  return {
    namespace: database,
    collection,
    computed: new Set([...shown, ...computedFields(isDocument(projection) ? projection : new Map())]),
  };
}

/** Fields that a projection says with more than yes or no, or a part of which it says (MongoDB manual, "Project Fields"). */
function computedFields(projection: Document): string[] {
  return [...projection]
    .filter(([name, value]) => name.includes('.') || !isSwitch(value))
    .map(([name]) => name.split('.')[0]!);
}

function isSwitch(value: Value): boolean {
  return (
    typeof value === 'boolean' ||
    (typeof value === 'object' && value !== null && 'valueOf' in value && typeof value.valueOf() === 'number')
  );
}
