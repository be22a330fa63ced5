import { Int32 } from 'mongodb';
import { type Arguments, same } from './arguments.ts';
import { called } from './chain.ts';
import { explained } from './explain.ts';
import { documentOf, isDocument, type Operation, oneCommand, type Value } from './operation.ts';
import { type Call, nothingMore, SHOWS } from './place.ts';
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
  const explains = cursorMethods(call, options);
  const { explain, cursor, batchSize, ...rest } = Object.fromEntries(options);
  const target: Value = collection === '' ? new Int32(1) : collection;
  const pairs: [string, Value][] = [
    ['aggregate', target],
    ['pipeline', stages],
    ['cursor', cursor ?? documentOf([['batchSize', batchSize]])],
    ...Object.entries(rest),
  ];
  const operation = oneCommand(database, pairs, { shape: 'cursor', origin: null });
  if (explains) return explained(operation, explains, 0);
  if (explain === undefined || explain === false) return operation;
  const verbosity = typeof explain === 'string' ? explain : 'queryPlanner';
  const explaining: [string, Value][] = [
    ['explain', documentOf(pairs)],
    ['verbosity', verbosity],
  ];
  return oneCommand(database, explaining, { shape: 'reply' });
}

const CURSOR_NUMBERS = new Set(['batchSize', 'maxTimeMS']);
const CURSOR_VALUES = new Set(['hint', 'comment', 'collation']);

/** What is said of the cursor, as options; gives what an `explain` is called with. */
function cursorMethods({ rest }: Call, options: Map<string, Value>): Arguments | null {
  let explains: Arguments | null = null;
  for (const link of rest) {
    const { name, at } = link;
    const given = called(link);
    if (explains) throw new StatementError(`${name} can’t be called here.`, at);
    if (SHOWS.has(name)) given.most(0);
    else if (CURSOR_NUMBERS.has(name)) options.set(name, new Int32(given.most(1).whole(0, name)));
    else if (CURSOR_VALUES.has(name)) options.set(name, given.most(1).needed(0, name));
    else if (name === 'allowDiskUse') options.set(name, (given.most(1).value(0) ?? true) === true);
    else if (name === 'explain') explains = given;
    else
      throw new StatementError(
        `${name}() is not understood. The cursor of an aggregation has: ${[...CURSOR_NUMBERS, ...CURSOR_VALUES].join(', ')}, allowDiskUse, explain, toArray.`,
        at,
      );
  }
  return explains;
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
