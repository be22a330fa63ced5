import { Int32 } from 'mongodb';
import { aggregate, count, countDocuments, distinct } from './aggregate.ts';
import { type Call, type Method, type Methods, nothingMore, withoutOurs } from './call.ts';
import {
  collectionStats,
  createCollection,
  createIndex,
  createIndexes,
  createView,
  databaseStats,
  drop,
  dropDatabase,
  dropIndexes,
  getCollectionInfos,
  getCollectionNames,
  getDefinition,
  getIndexes,
  hideIndex,
  killOp,
  renameCollection,
} from './definition.ts';
import { find, findOne } from './find.ts';
import { documentOf, isDocument, type Operation, oneCommand, type Value } from './operation.ts';
import { StatementError } from './syntax.ts';
import { bulkWrite, findOneAnd, insertMany, insertOne, remove, update } from './write.ts';

/** Methods of a collection, in the order in which they are listed. */
export const COLLECTION_METHODS: Methods = new Map<string, Method>([
  ['find', find],
  ['findOne', findOne],
  ['aggregate', aggregate],
  ['countDocuments', countDocuments],
  ['estimatedDocumentCount', count],
  ['count', count],
  ['distinct', distinct],
  ['insertOne', insertOne],
  ['insertMany', insertMany],
  ['updateOne', update],
  ['updateMany', update],
  ['replaceOne', update],
  ['deleteOne', remove],
  ['deleteMany', remove],
  ['bulkWrite', bulkWrite],
  ['findOneAndUpdate', findOneAnd],
  ['findOneAndReplace', findOneAnd],
  ['findOneAndDelete', findOneAnd],
  ['createIndex', createIndex],
  ['createIndexes', createIndexes],
  ['dropIndex', dropIndexes],
  ['dropIndexes', dropIndexes],
  ['getIndexes', getIndexes],
  ['hideIndex', hideIndex],
  ['unhideIndex', hideIndex],
  ['drop', drop],
  ['renameCollection', renameCollection],
  ['stats', collectionStats],
  ['getDefinition', getDefinition],
  // Makes nothing itself: what follows is explained.
  [
    'explain',
    ({ at }) => {
      throw new StatementError('What is to be explained? Such as explain().find({}).', at);
    },
  ],
]);

/** Methods of a database. */
export const DATABASE_METHODS: Methods = new Map<string, Method>([
  ['runCommand', (call) => runCommand(call, call.database)],
  ['adminCommand', (call) => runCommand(call, 'admin')],
  ['aggregate', aggregate],
  ['createCollection', createCollection],
  ['createView', createView],
  ['dropDatabase', dropDatabase],
  ['getCollectionInfos', getCollectionInfos],
  ['getCollectionNames', getCollectionNames],
  ['stats', databaseStats],
  ['serverStatus', (call) => simple(call, call.database, 'serverStatus')],
  ['hello', (call) => simple(call, call.database, 'hello')],
  ['hostInfo', (call) => simple(call, 'admin', 'hostInfo')],
  ['serverBuildInfo', (call) => simple(call, 'admin', 'buildInfo')],
  ['listCommands', (call) => simple(call, call.database, 'listCommands')],
  ['currentOp', currentOp],
  ['killOp', killOp],
]);

function simple({ given, rest }: Call, database: string, name: string): Operation {
  nothingMore(rest);
  const more = withoutOurs(given.most(1).document(0, 'The argument') ?? documentOf([]), given.at(0));
  return oneCommand(database, [[name, new Int32(1)], ...more], { shape: 'reply' });
}

/** `currentOp(filter)`; true stands for idle connections and the server's own operations too, as mongosh has it. */
function currentOp(call: Call): Operation {
  const { given, rest } = call;
  const all = given.value(0);
  if (typeof all !== 'boolean') return simple(call, 'admin', 'currentOp');
  nothingMore(rest);
  given.most(1);
  const pairs: [string, Value][] = [['currentOp', new Int32(1)]];
  if (all) pairs.push(['$all', true]);
  return oneCommand('admin', pairs, { shape: 'reply' });
}

/** Commands whose reply is a cursor: all its documents are read. */
const CURSOR_COMMANDS = new Set(['find', 'aggregate', 'listCollections', 'listIndexes']);

/** `runCommand({name: …})` and `adminCommand`. A name alone is a command without arguments. */
function runCommand({ given, rest }: Call, database: string): Operation {
  nothingMore(rest);
  const value = given.most(1).needed(0, 'The command');
  const command = typeof value === 'string' ? documentOf([[value, new Int32(1)]]) : value;
  if (!isDocument(command) || command.size === 0)
    throw new StatementError('The command is a document, such as {ping: 1}.', given.at(0));
  withoutOurs(command, given.at(0));
  const name = command.keys().next().value!;
  if (CURSOR_COMMANDS.has(name) && command.get('explain') === undefined)
    return oneCommand(database, command, { shape: 'cursor', origin: null });
  return oneCommand(database, command, { shape: 'reply' });
}

/** `session.startTransaction(options)`, `commitTransaction()` and `abortTransaction()`. */
export const SESSION_METHODS: Methods = new Map<string, Method>([
  ['startTransaction', startTransaction],
  ['commitTransaction', ({ given, rest }) => ended(given.most(0) && rest, 'commit')],
  ['abortTransaction', ({ given, rest }) => ended(given.most(0) && rest, 'abort')],
]);

function startTransaction({ given, rest }: Call): Operation {
  nothingMore(rest);
  const names = {
    readConcern: 'readConcern',
    writeConcern: 'writeConcern',
    maxCommitTimeMS: 'maxCommitTimeMS',
  };
  const options = documentOf(given.most(1).options(0, names) as [string, Value][]);
  return { type: 'transaction', step: 'start', options };
}

function ended(rest: Call['rest'], step: 'commit' | 'abort'): Operation {
  nothingMore(rest);
  return { type: 'transaction', step };
}
