import { Int32 } from 'mongodb';
import { same, wholeNumber } from './arguments.ts';
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
import { type Call, SHOWS } from './place.ts';
import { StatementError } from './syntax.ts';

/** Options of find, by mongosh's names (MongoDB manual, "db.collection.find()"). */
const OPTIONS = {
  ...same('sort', 'limit', 'skip', 'hint', 'collation', 'maxTimeMS', 'batchSize', 'comment', 'min', 'max'),
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
const ANYTHING = new Set(['hint', 'comment']);

/** `find(filter, projection, options)` and the methods of its cursor. */
export function find(call: Call): Operation {
  const { given, database, collection } = call;
  given.most(3);
  const fields = new Map<string, Value>();
  setFilter(call, fields);
  for (const [name, value] of given.options(2, OPTIONS)) set(fields, name, value, given.at(2));
  let counts: Link | null = null;
  let explains: Link | null = null;
  for (const link of call.rest) {
    const { name, at } = link;
    called(link);
    if (counts || explains) throw new StatementError(`${name} can’t be called here.`, at);
    if (name === 'count' || name === 'size') counts = link;
    else if (name === 'explain') explains = link;
    else applyCursorMethod(fields, link);
  }
  if (counts) return counted(call, fields, counts.name === 'size');
  const operation = oneCommand(database, [['find', collection], ...fields], {
    shape: 'cursor',
    origin: originOf(call, fields),
  });
  return explains ? explained(operation, called(explains), 0) : operation;
}

/** `findOne(filter, projection, options)`. */
export function findOne(call: Call): Operation {
  const { given, database, collection, rest } = call;
  given.most(3);
  const fields = new Map<string, Value>();
  setFilter(call, fields);
  for (const [name, value] of given.options(2, OPTIONS)) set(fields, name, value, given.at(2));
  fields.set('limit', new Int32(1)).set('singleBatch', true);
  fields.delete('batchSize');
  const [more] = rest;
  if (more) throw new StatementError(`${more.name} can’t be called on one document.`, more.at);
  const reply = { shape: 'cursor', origin: originOf(call, fields) } as const;
  return oneCommand(database, [['find', collection], ...fields], reply);
}

function setFilter({ given }: Call, fields: Map<string, Value>): void {
  fields.set('filter', given.document(0, 'The filter') ?? documentOf([]));
  const projection = given.document(1, 'The projection');
  if (projection) fields.set('projection', projection);
}

function applyCursorMethod(fields: Map<string, Value>, link: Link): void {
  const { name, at } = link;
  const given = called(link);
  if (SHOWS.has(name)) return void given.most(0);
  const field = DOCUMENTS.get(name);
  if (field !== undefined) fields.set(field, given.most(1).neededDocument(0, `What ${name} takes`));
  else if (NUMBERS.has(name)) set(fields, name, given.most(1).needed(0, `What ${name} takes`), given.at(0));
  else if (FLAGS.has(name)) fields.set(name, (given.most(1).value(0) ?? true) === true);
  else if (ANYTHING.has(name)) fields.set(name, given.most(1).needed(0, `What ${name} takes`));
  else if (name === 'readConcern')
    fields.set('readConcern', documentOf([['level', given.most(1).string(0, 'The level')]]));
  else
    throw new StatementError(
      `${name}() is not understood. A cursor has: ${[...DOCUMENTS.keys(), ...NUMBERS, ...FLAGS, ...ANYTHING].join(', ')}, readConcern, count, size, explain, toArray.`,
      at,
    );
}

function set(fields: Map<string, Value>, name: string, value: Value, at: number): void {
  if (!NUMBERS.has(name)) return void fields.set(name, value);
  const number = wholeNumber(value, name, at);
  // A negative limit is that many documents in one batch (MongoDB manual, "cursor.limit()").
  if (name === 'limit' && number < 0) fields.set('singleBatch', true);
  else if (number < 0) throw new StatementError(`${name} is not negative.`, at);
  fields.set(name, new Int32(Math.abs(number)));
}

/** `find().count()` counts without skip and limit, `size()` with them (MongoDB manual, "cursor.count()"). */
function counted({ database, collection }: Call, fields: Map<string, Value>, isSize: boolean): Operation {
  const of = (name: string): [string, Value | undefined] => [name, fields.get(name)];
  const window = isSize ? [of('skip'), of('limit')] : [];
  const pairs: [string, Value | undefined][] = [
    ['count', collection],
    ['query', fields.get('filter')],
    ...window,
    of('hint'),
    of('collation'),
    of('maxTimeMS'),
    of('comment'),
  ];
  return oneCommand(database, pairs, { shape: 'count' });
}

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
