import type { EngineDescriptor } from './engine.ts';
import { MONGODB_CODES } from './mongodb-codes.ts';
import { MONGODB_PORT } from './mongodb-hosts.ts';
import { mongoCollection, mongoDatabaseFault } from './mongodb-names.ts';
import { ejsonRows } from './mongodb-rows.ts';
import { splitMongodb } from './mongodb-statements.ts';

/** MongoDB 4.4 and later, in mongosh's statements. */
/** A write to a collection of the current database; an aggregation writes to another one. */
const WRITTEN = /^\s*db\.(?:getCollection\(\s*["'`]([^"'`\\]*)["'`]\s*\)|(\w+))\s*\.\s*(?!aggregate)/;

export const mongodb: EngineDescriptor = {
  name: 'mongodb',
  aliases: ['mongodb', 'mongo'],
  // Transactions need a replica set; what a document is changed by is one operation, which is atomic by itself (MongoDB manual,
  // "Transactions").
  capabilities: {
    transactions: true,
    isolationLevels: [],
    readOnlyTransactions: false,
    savepoints: false,
    mutations: true,
    cancel: 'server',
    streaming: true,
    multipleResultSets: false,
    explain: true,
    probe: true,
    ssh: false,
    readOnlyEnforcement: 'classifier',
  },
  address: {
    port: MONGODB_PORT,
    schemes: ['mongodb'],
    seedListScheme: 'mongodb+srv',
    hasMembers: true,
    socket: null,
    pinsServerKey: false,
    databaseFault: mongoDatabaseFault,
  },
  codes: MONGODB_CODES,
  words: {
    placeholder: 'Type a statement such as db.orders.find({ status: "paid" }), Ctrl+Enter runs it',
    find: 'Find a collection',
    open: 'Show documents',
    noNamespace: 'No databases visible to you.',
    noCollection: 'This database is empty.',
    noDatabase: 'test',
    noUser: 'none',
    processNumber: 'connection',
    process: 'connection',
    errorCode: 'Error',
    readOnly:
      'Statements not proven to be reads are refused before they are sent. MongoDB has no read-only transactions: give the user the read role as well.',
  },
  encoding: 'ejson',
  rows: ejsonRows,
  dialect: null,
  documents: {
    key: '_id',
    keyFixed: 'A document’s _id can’t be changed. Insert a new document and delete this one.',
    written: (text) => WRITTEN.exec(text)?.slice(1).join('') || null,
  },
  namespaceIs: 'database',
  homeNamespace: '',
  readScript: (text) => ({ statements: splitMongodb(text), faults: [] }),
  lexicalMode: () => '',
  qualified: mongoCollection,
  openText: (namespace, collection, current) => `${mongoCollection(namespace, collection, current)}.find()`,
  readOnlyRole: (database) => ({
    words: 'In mongosh, as a user with the userAdmin role.',
    code: `db.getSiblingDB("admin").createUser({\n  user: "reader",\n  pwd: passwordPrompt(),\n  roles: [{ role: "read", db: ${JSON.stringify(database || 'database')} }]\n})`,
  }),
};
