import { type ChainLink, chainBefore } from './mongodb-chain.ts';

/** A name that an editor offers. */
export interface Offer {
  readonly label: string;
  readonly type: 'class' | 'function' | 'property';
  /** What takes the place of the text that was typed. */
  readonly insert: string;
  /** Characters of it after the cursor: the parenthesis of a call that takes arguments. */
  readonly after: number;
}

/** Names that an editor offers, and how much of the text before the cursor they take the place of. */
interface Offered {
  /** Characters before the cursor that are part of the name. */
  readonly typed: string;
  readonly options: readonly Offer[];
}

/** What a collection answers to (MongoDB manual, "mongosh Methods"), as far as Querytape runs it. */
const COLLECTION_METHODS = [
  'find',
  'findOne',
  'aggregate',
  'countDocuments',
  'estimatedDocumentCount',
  'distinct',
  'insertOne',
  'insertMany',
  'updateOne',
  'updateMany',
  'replaceOne',
  'deleteOne',
  'deleteMany',
  'bulkWrite',
  'findOneAndUpdate',
  'findOneAndReplace',
  'findOneAndDelete',
  'createIndex',
  'createIndexes',
  'dropIndex',
  'dropIndexes',
  'getIndexes',
  'hideIndex',
  'unhideIndex',
  'drop',
  'renameCollection',
  'stats',
  'explain',
];
/** What can follow `explain()` of a collection. */
const EXPLAINED_METHODS = [
  'find',
  'aggregate',
  'countDocuments',
  'distinct',
  'updateOne',
  'updateMany',
  'replaceOne',
  'deleteOne',
  'deleteMany',
  'findOneAndUpdate',
  'findOneAndReplace',
  'findOneAndDelete',
];
const CURSOR_METHODS = [
  'sort',
  'limit',
  'skip',
  'projection',
  'hint',
  'collation',
  'maxTimeMS',
  'batchSize',
  'explain',
  'count',
];
const AGGREGATION_METHODS = ['hint', 'collation', 'maxTimeMS', 'batchSize', 'allowDiskUse', 'explain'];
const DATABASE_METHODS = [
  'getCollection',
  'getSiblingDB',
  'getCollectionNames',
  'getCollectionInfos',
  'createCollection',
  'createView',
  'aggregate',
  'runCommand',
  'adminCommand',
  'currentOp',
  'killOp',
  'stats',
  'serverStatus',
  'hello',
  'dropDatabase',
];
const SESSION_METHODS = ['startTransaction', 'commitTransaction', 'abortTransaction'];
/** Methods that need no argument: the cursor is put after them. */
const WHOLE: ReadonlySet<string> = new Set([
  ...['estimatedDocumentCount', 'getIndexes', 'drop', 'stats', 'explain', 'count', 'allowDiskUse'],
  ...['getCollectionNames', 'currentOp', 'serverStatus', 'hello', 'dropDatabase', ...SESSION_METHODS],
]);
/** A cursor that has these is complete. */
const LAST: ReadonlySet<string> = new Set(['explain', 'count', 'size', 'toArray']);

const WORD = /^[A-Za-z_$][\w$]*$/;
const FIELD = /[{,]\s*(["']?)([\w$]*)$/;

function methods(names: readonly string[]): Offer[] {
  return names.map((label) => ({
    label,
    type: 'function',
    insert: `${label}()`,
    after: WHOLE.has(label) ? 0 : 1,
  }));
}

/**
 * What can follow the text before the cursor. `names` are fields by `database.collection`, as far as the
 * catalogue was read; `current` is the database that `db` is.
 */
export function mongodbOffers(
  before: string,
  names: Readonly<Record<string, readonly string[]>>,
  current: string,
): Offered | null {
  const chain = chainBefore(before);
  if (!chain) return fields(before, names, current);
  const options = following(chain.links, names, current);
  return options.length === 0 ? null : { typed: chain.typed, options };
}

/** What can be called on a chain. */
function following(
  links: readonly ChainLink[],
  names: Readonly<Record<string, readonly string[]>>,
  current: string,
): Offer[] {
  const [root, ...rest] = links;
  if (root?.name === 'session') return rest.length === 0 ? methods(SESSION_METHODS) : [];
  if (root?.name !== 'db' || root.isCalled) return [];
  const { database, collection, calls } = placeOf(rest, current);
  const [first, ...more] = calls;
  if (!first)
    return collection === ''
      ? [...collections(names, `${database}.`), ...methods(DATABASE_METHODS)]
      : methods(COLLECTION_METHODS);
  if (first === 'explain' && more.length === 0) return methods(EXPLAINED_METHODS);
  const [verb, ...cursor] = first === 'explain' ? more : calls;
  if (cursor.some((name) => LAST.has(name))) return [];
  const open =
    verb === 'find' && collection !== '' ? CURSOR_METHODS : verb === 'aggregate' ? AGGREGATION_METHODS : [];
  // What is explained already is not explained or counted.
  return methods(first === 'explain' ? open.filter((name) => !LAST.has(name)) : open);
}

/** The collection that a chain after `db` names, and the methods that are called on it. */
function placeOf(
  links: readonly ChainLink[],
  current: string,
): { readonly database: string; readonly collection: string; readonly calls: readonly string[] } {
  let [database, at] = [current, 0];
  for (; links[at]?.name === 'getSiblingDB' && links[at]!.isCalled; at++) database = links[at]!.text ?? '';
  const parts: string[] = [];
  for (; at < links.length; at++) {
    const { name, isCalled, text } = links[at]!;
    if (name === 'getCollection' && isCalled && parts.length === 0) parts.push(text ?? '');
    else if (isCalled) break;
    else parts.push(name);
  }
  return { database, collection: parts.join('.'), calls: links.slice(at).map(({ name }) => name) };
}

/** Collections of a database; a name that a member can't spell, or that a method has, is named by a call. */
function collections(names: Readonly<Record<string, readonly string[]>>, prefix: string): Offer[] {
  return Object.keys(names)
    .filter((name) => name.startsWith(prefix))
    .map((name) => name.slice(prefix.length))
    .map((label) => {
      const isPlain = WORD.test(label) && !RESERVED.has(label);
      const insert = isPlain ? label : `getCollection(${JSON.stringify(label)})`;
      return { label, type: 'class', insert, after: 0 };
    });
}

const RESERVED: ReadonlySet<string> = new Set([...DATABASE_METHODS, ...COLLECTION_METHODS]);

/** The fields of the collection that the statement is about. */
function fields(
  before: string,
  names: Readonly<Record<string, readonly string[]>>,
  current: string,
): Offered | null {
  const [, quote, typed] = FIELD.exec(before) ?? [];
  if (typed === undefined) return null;
  const call = lastCall(before);
  if (!call) return null;
  const { database, collection } = placeOf(call.slice(1), current);
  const known = names[`${database}.${collection}`] ?? [];
  if (known.length === 0) return null;
  // A name in quotes continues as a string; one without gets quotes if it is not a word.
  const insert = (label: string): string =>
    quote ? JSON.stringify(label).slice(1, -1) : WORD.test(label) ? label : JSON.stringify(label);
  return {
    typed,
    options: known.map((label) => ({ label, type: 'property', insert: insert(label), after: 0 })),
  };
}

/** The chain of the last call of a collection's method in a text. */
function lastCall(before: string): readonly ChainLink[] | null {
  const [last] = [...before.matchAll(/(?:^|[^\w$.])db\s*\./g)].slice(-1);
  if (!last) return null;
  const begin = last.index + last[0].lastIndexOf('db');
  // The first parenthesis whose method is not a name's.
  for (const { index } of before.slice(begin).matchAll(/\.\s*[\w$]+\s*\(/g)) {
    const chain = chainBefore(`${before.slice(begin, begin + index)}.`);
    const method = /[\w$]+/.exec(before.slice(begin + index))![0];
    if (method !== 'getSiblingDB' && method !== 'getCollection') return chain?.links ?? null;
  }
  return null;
}
