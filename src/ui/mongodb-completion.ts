/** Names that an editor offers, and how much of the text before the cursor they take the place of. */
export interface Offered {
  /** Characters before the cursor that the name goes on from. */
  readonly typed: string;
  readonly options: readonly { readonly label: string; readonly type: 'class' | 'function' | 'property' }[];
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
] as const;
const CURSOR_METHODS = ['sort', 'limit', 'skip', 'projection', 'hint', 'explain', 'count'] as const;
const DB_METHODS = [
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
] as const;

const DATABASE = String.raw`db(?:\.getSiblingDB\(\s*["']([^"']*)["']\s*\))?`;
const NAME = String.raw`\.(?:getCollection\(\s*["']([^"']*)["']\s*\)|([A-Za-z_$][\w$]*))`;
const AFTER_DATABASE = new RegExp(`(?:^|[^\\w$.])${DATABASE}\\.([\\w$]*)$`);
const AFTER_COLLECTION = new RegExp(`(?:^|[^\\w$.])${DATABASE}${NAME}\\.([\\w$]*)$`);
const AFTER_CURSOR = /\)\s*\.([\w$]*)$/;
const FIELD = /[{,]\s*["']?([\w$]*)$/;
const ANY_COLLECTION = new RegExp(`${DATABASE}${NAME}\\.[\\w$]+\\(`, 'g');

/**
 * What can follow the text before the cursor. `names` are fields by `database.collection`, as far as the catalogue was read;
 * `current` is the database that `db` is.
 */
export function mongodbOffers(
  before: string,
  names: Readonly<Record<string, readonly string[]>>,
  current: string,
): Offered | null {
  const methods = (typed: string, list: readonly string[]): Offered => ({
    typed,
    options: list.map((label) => ({ label, type: 'function' })),
  });
  const collection = AFTER_COLLECTION.exec(before);
  if (collection) return methods(collection[4]!, COLLECTION_METHODS);
  const database = AFTER_DATABASE.exec(before);
  if (database) {
    const prefix = `${database[1] ?? current}.`;
    const collections = Object.keys(names)
      .filter((name) => name.startsWith(prefix))
      .map((name) => name.slice(prefix.length))
      .filter((name) => /^[A-Za-z_$][\w$]*$/.test(name));
    return {
      typed: database[2]!,
      options: [
        ...collections.map((label) => ({ label, type: 'class' as const })),
        ...methods('', DB_METHODS).options,
      ],
    };
  }
  const cursor = AFTER_CURSOR.exec(before);
  if (cursor) return methods(cursor[1]!, CURSOR_METHODS);
  return fields(before, names, current);
}

/** The fields of the collection that the statement is about. */
function fields(
  before: string,
  names: Readonly<Record<string, readonly string[]>>,
  current: string,
): Offered | null {
  const typed = FIELD.exec(before)?.[1];
  const last = [...before.matchAll(ANY_COLLECTION)].at(-1);
  if (typed === undefined || !last) return null;
  const known = names[`${last[1] ?? current}.${last[2] ?? last[3]}`] ?? [];
  return known.length === 0 ? null : { typed, options: known.map((label) => ({ label, type: 'property' })) };
}
