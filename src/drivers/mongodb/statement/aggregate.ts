import { Int32 } from 'mongodb';
import { notOnResult } from './alternatives.ts';
import { same } from './arguments.ts';
import { type Call, nothingMore, SHOWS } from './call.ts';
import { called } from './chain.ts';
import { explained } from './explain.ts';
import { documentOf, isDocument, type Operation, oneCommand, type Value } from './operation.ts';
import { StatementError } from './syntax.ts';

const OPTIONS = {
  ...same('allowDiskUse', 'collation', 'hint', 'comment', 'let', 'maxTimeMS', 'readConcern', 'writeConcern'),
  ...same('bypassDocumentValidation', 'cursor', 'batchSize', 'explain'),
};

/** `aggregate([stage, …], options)` or `aggregate(stage, …)`, of a collection or a database. */
export function aggregate(call: Call): Operation {
  const { given, database, collection } = call;
  const isList = given.count === 0 || Array.isArray(given.value(0));
  const stages = !isList ? allStages(call) : given.count === 0 ? [] : given.documents(0, 'The pipeline');
  const options = new Map<string, Value>(isList ? given.most(2).options(1, OPTIONS) : []);
  const verbosity = cursorMethods(call, options);
  const cursor = cursorOf(options, given.at(1));
  for (const name of ['explain', 'cursor', 'batchSize']) options.delete(name);
  const pairs: [string, Value][] = [
    ['aggregate', collection === '' ? new Int32(1) : collection],
    ['pipeline', stages],
    ['cursor', cursor],
    ...options,
  ];
  const operation = oneCommand(database, pairs, { shape: 'cursor', origin: null });
  return verbosity ? explained(operation, verbosity.value, verbosity.at) : operation;
}

/** How many documents a batch has. @throws StatementError where that is given twice */
function cursorOf(options: ReadonlyMap<string, Value>, at: number): Value {
  const [cursor, batchSize] = [options.get('cursor'), options.get('batchSize')];
  if (cursor !== undefined && batchSize !== undefined)
    throw new StatementError('The batch’s size is given twice: in cursor and as batchSize.', at);
  return cursor ?? documentOf([['batchSize', batchSize]]);
}

/** How an aggregation is explained; null where it is run. */
type Verbosity = { readonly value: Value | undefined; readonly at: number } | null;

const CURSOR_VALUES = ['batchSize', 'maxTimeMS', 'hint', 'comment', 'collation'];

/** Sets what is called on the cursor as options, and tells how it is explained. */
function cursorMethods({ given: options, rest }: Call, set: Map<string, Value>): Verbosity {
  const asked = set.get('explain');
  // As an option true is the plan alone (MongoDB manual, "aggregate").
  let verbosity: Verbosity =
    asked === undefined || asked === false
      ? null
      : { value: asked === true ? 'queryPlanner' : asked, at: options.at(1) };
  for (const link of rest) {
    const { name, at } = link;
    if (verbosity && !SHOWS.has(name)) throw new StatementError(`${name} can’t be called here.`, at);
    if (name !== 'explain' && name !== 'allowDiskUse' && !SHOWS.has(name) && !CURSOR_VALUES.includes(name))
      throw notOnResult(
        link,
        `${name}() is not understood. The cursor of an aggregation has: ${CURSOR_VALUES.join(', ')}, allowDiskUse, explain, toArray.`,
      );
    const given = called(link);
    if (SHOWS.has(name)) given.most(0);
    else if (name === 'explain') verbosity = { value: given.most(1).value(0), at: given.at(0) };
    else if (name === 'allowDiskUse' && given.count === 0) set.set(name, true);
    else set.set(name, given.most(1).option(name));
  }
  return verbosity;
}

function allStages({ given }: Call): Value[] {
  return Array.from({ length: given.count }, (_, place) => {
    const stage = given.value(place);
    if (isDocument(stage)) return stage;
    throw new StatementError('A pipeline is an array of stages.', given.at(place));
  });
}

/** `countDocuments(filter, options)`: counts by an aggregation, so that it may run in a transaction (manual, same name). */
export function countDocuments({ given, database, collection, rest }: Call): Operation {
  nothingMore(rest);
  const options = new Map<string, Value>(
    given
      .most(2)
      .options(1, same('limit', 'skip', 'hint', 'maxTimeMS', 'collation', 'comment', 'readConcern')),
  );
  const stage = (name: string, value: Value | undefined): Value[] =>
    value === undefined ? [] : [documentOf([[name, value]])];
  const pipeline = [
    ...stage('$match', given.document(0, 'The filter') ?? documentOf([])),
    ...stage('$skip', options.get('skip')),
    ...stage('$limit', options.get('limit')),
    ...stage(
      '$group',
      documentOf([
        ['_id', new Int32(1)],
        ['n', documentOf([['$sum', new Int32(1)]])],
      ]),
    ),
  ];
  options.delete('skip');
  options.delete('limit');
  const pairs: [string, Value][] = [
    ['aggregate', collection],
    ['pipeline', pipeline],
    ['cursor', documentOf([])],
    ...options,
  ];
  return oneCommand(database, pairs, { shape: 'count' });
}

/** `count(filter)` and `estimatedDocumentCount()`. */
export function count({ given, method, database, collection, rest }: Call): Operation {
  nothingMore(rest);
  const isEstimate = method === 'estimatedDocumentCount';
  const query = isEstimate ? undefined : given.document(0, 'The filter');
  const names = same('limit', 'skip', 'hint', 'maxTimeMS', 'collation', 'comment', 'readConcern');
  const options = given.most(isEstimate ? 1 : 2).options(isEstimate ? 0 : 1, names);
  return oneCommand(database, [['count', collection], ['query', query], ...options], { shape: 'count' });
}

/** `distinct(field, filter, options)`: one document a value. */
export function distinct({ given, database, collection, rest }: Call): Operation {
  nothingMore(rest);
  const pairs: [string, Value | undefined][] = [
    ['distinct', collection],
    ['key', given.most(3).string(0, 'The field')],
    ['query', given.document(1, 'The filter')],
    ...given.options(2, same('collation', 'maxTimeMS', 'comment', 'readConcern', 'hint')),
  ];
  return oneCommand(database, pairs, { shape: 'list', field: 'values', as: 'value' });
}
