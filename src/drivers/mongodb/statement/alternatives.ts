import { StatementError } from './syntax.ts';

/** What mongosh's collections have and Querytape has not, and what to write instead; `"$"` stands for the collection's name. */
const OF_COLLECTION: Readonly<Record<string, string>> = {
  insert: 'insertOne() or insertMany()',
  update: 'updateOne(), updateMany() or replaceOne()',
  remove: 'deleteOne() or deleteMany()',
  save: 'replaceOne() with the option {upsert: true}',
  findAndModify: 'findOneAndUpdate(), findOneAndReplace() or findOneAndDelete()',
  ensureIndex: 'createIndex()',
  getIndexKeys: 'getIndexes()',
  getIndices: 'getIndexes()',
  validate: 'db.runCommand({validate: "$"})',
  reIndex: 'db.runCommand({reIndex: "$"})',
  convertToCapped: 'db.runCommand({convertToCapped: "$", size: …})',
  mapReduce: 'aggregate()',
  isCapped: 'stats()',
  dataSize: 'stats()',
  storageSize: 'stats()',
  totalIndexSize: 'stats()',
  totalSize: 'stats()',
  latencyStats: 'aggregate([{$collStats: {latencyStats: {}}}])',
  watch: 'find() or aggregate(), as change streams are not offered',
  exists: 'db.getCollectionInfos({name: "$"})',
  initializeOrderedBulkOp: 'bulkWrite([…])',
  initializeUnorderedBulkOp: 'bulkWrite([…], {ordered: false})',
  getPlanCache: 'aggregate([{$planCacheStats: {}}]) or db.runCommand({planCacheClear: "$"})',
  getShardDistribution: 'aggregate([{$collStats: {storageStats: {}}}])',
  getSearchIndexes: 'aggregate([{$listSearchIndexes: {}}])',
  createSearchIndex: 'db.runCommand({createSearchIndexes: "$", indexes: […]})',
  createSearchIndexes: 'db.runCommand({createSearchIndexes: "$", indexes: […]})',
  updateSearchIndex: 'db.runCommand({updateSearchIndex: "$", …})',
  dropSearchIndex: 'db.runCommand({dropSearchIndex: "$", name: "…"})',
};

const OF_DATABASE: Readonly<Record<string, string>> = {
  version: 'db.serverBuildInfo()',
  getSisterDB: 'db.getSiblingDB()',
  isMaster: 'db.hello()',
  getUsers: 'show users',
  getUser: 'db.runCommand({usersInfo: "…"})',
  getRoles: 'show roles',
  getRole: 'db.runCommand({rolesInfo: "…"})',
  createUser: 'db.runCommand({createUser: "…", pwd: "…", roles: […]})',
  dropUser: 'db.runCommand({dropUser: "…"})',
  getProfilingStatus: 'db.runCommand({profile: -1})',
  getProfilingLevel: 'db.runCommand({profile: -1})',
  setProfilingLevel: 'db.runCommand({profile: …})',
  serverCmdLineOpts: 'db.adminCommand({getCmdLineOpts: 1})',
  getLogComponents: 'db.adminCommand({getParameter: 1, logComponentVerbosity: 1})',
  printCollectionStats: 'db.stats()',
  listCollections: 'db.getCollectionInfos()',
  changeUserPassword: 'db.runCommand({updateUser: "…", pwd: "…"})',
  updateUser: 'db.runCommand({updateUser: "…", …})',
  grantRolesToUser: 'db.runCommand({grantRolesToUser: "…", roles: […]})',
  revokeRolesFromUser: 'db.runCommand({revokeRolesFromUser: "…", roles: […]})',
  createRole: 'db.runCommand({createRole: "…", privileges: […], roles: […]})',
  dropRole: 'db.runCommand({dropRole: "…"})',
  setLogLevel: 'db.adminCommand({setParameter: 1, logLevel: …})',
  fsyncLock: 'db.adminCommand({fsync: 1, lock: true})',
  fsyncUnlock: 'db.adminCommand({fsyncUnlock: 1})',
  shutdownServer: 'db.adminCommand({shutdown: 1})',
  printReplicationInfo: 'db.adminCommand({replSetGetStatus: 1})',
  getReplicationInfo: 'db.adminCommand({replSetGetStatus: 1})',
};

const INNER = 'the call inside it alone: a result is shown as it is';
/** Programs of mongosh's own, which no server knows. */
const OF_ROOT: Readonly<Record<string, string>> = {
  rs: 'db.adminCommand({replSetGetStatus: 1}) or db.adminCommand({replSetGetConfig: 1})',
  sh: 'db.adminCommand({listShards: 1}) or db.adminCommand({balancerStatus: 1})',
  ...Object.fromEntries(['print', 'printjson', 'tojson'].map((name) => [name, INNER])),
  help: 'db.listCommands() for the commands of the server',
  EJSON: 'the call inside it alone: a result is copied and exported as Extended JSON',
  JSON: 'the call inside it alone: a result is copied and exported as JSON',
};

const FUNCTIONS = 'No functions are run here; an aggregation can compute on the server.';
const SHOWN = 'Results are read to their end and shown as they are, so it is not needed.';
/** What is not called on a result, and why. */
const OF_RESULT: Readonly<Record<string, string>> = {
  forEach: FUNCTIONS,
  map: FUNCTIONS,
  filter: FUNCTIONS,
  reduce: FUNCTIONS,
  length: 'To count documents write countDocuments(filter), or end the cursor with size().',
  itcount: 'To count documents write countDocuments(filter), or end the cursor with size().',
  next: 'For one document write findOne(filter), or limit(1).',
  tryNext: 'For one document write findOne(filter), or limit(1).',
  hasNext: SHOWN,
  objsLeftInBatch: SHOWN,
  isExhausted: SHOWN,
  readPref: 'The read preference is a setting of the connection.',
};

/** A hint of `hints`, by an own name of it. */
function hintOf(hints: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(hints, name) ? hints[name] : undefined;
}

/** What to write instead of a method that mongosh has; undefined where nothing is known. `collection` is empty for `db`. */
export function insteadOfMethod(name: string, collection: string): string | undefined {
  const hint = hintOf(collection === '' ? OF_DATABASE : OF_COLLECTION, name);
  return hint?.replaceAll('"$"', () => JSON.stringify(collection));
}

/** The refusal of a word that a statement begins with, where it is known what to write instead. */
export function insteadOfRoot(name: string, at: number): StatementError | undefined {
  const hint = hintOf(OF_ROOT, name);
  return hint === undefined ? undefined : notAvailable(name, hint, at);
}

/** The refusal of what mongosh has, with what to write instead. */
export function notAvailable(name: string, instead: string, at: number): StatementError {
  return new StatementError(`${name} is not available here. Write ${instead}.`, at, undefined, instead);
}

/** The refusal of what follows a result and is not known to do so. */
export function notOnResult(
  { name, at, given }: { readonly name: string; readonly at: number; readonly given: object | null },
  otherwise: string,
): StatementError {
  const reason = hintOf(OF_RESULT, name);
  if (reason) return new StatementError(`${name} is not available on a result. ${reason}`, at);
  if (given) return new StatementError(otherwise, at);
  return new StatementError(
    `${name} can’t be taken from a result. To see some fields only, name them in the projection.`,
    at,
  );
}
