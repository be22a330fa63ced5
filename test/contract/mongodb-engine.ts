import { createHash } from 'node:crypto';
import { BSON } from 'mongodb';
import { inject } from 'vitest';
import { mongodbDriver } from '../../src/drivers/mongodb/driver.ts';
import type { MongoTimes } from '../../src/drivers/mongodb/times.ts';
import type { Target, Tls } from '../../src/events/profile.ts';
import { type MongodbAddress, withClient } from '../servers/mongodb.ts';
import '../servers/setup.ts';
import { type TcpProxy, tcpProxy } from '../servers/tcp-proxy.ts';
import { Connections } from './contract.ts';
import { ask } from './running.ts';
import type { SessionEngine } from './session-contract.ts';

/** The server that the run provides. */
export function provided(): MongodbAddress {
  return inject('mongodb');
}

export function targetOf(
  { host, port, user }: Pick<MongodbAddress, 'host' | 'port' | 'user'>,
  tls: Tls = { mode: 'disable' },
): Target {
  return { engine: 'mongodb', host, port, user, database: 'querytape_contract', tls };
}

/**
 * What stands between the driver and the server and can cut a connection, as no command of the server ends one from outside.
 * The handshake tells which connection is which.
 */
export interface CuttingProxy extends TcpProxy {
  cut(connectionId: number): void;
}

const CONNECTION_ID = Buffer.from('\x10connectionId\0', 'latin1');

export async function cuttingProxy(to: { host: string; port: number }): Promise<CuttingProxy> {
  const cuts = new Map<number, () => void>();
  const known = new Set<number>();
  const proxy = await tcpProxy(to, {
    fromServer(bytes, connection) {
      const at = known.has(connection.number) ? -1 : bytes.indexOf(CONNECTION_ID);
      if (at >= 0) {
        known.add(connection.number);
        cuts.set(bytes.readInt32LE(at + CONNECTION_ID.length), () => connection.cut());
      }
      return [bytes];
    },
  });
  return Object.assign(proxy, { cut: (connectionId: number) => cuts.get(connectionId)?.() });
}

/** Authenticated connections with an application's name: the monitor's, which is none, is not one that statements run on. */
async function processes(address: MongodbAddress, applicationName: string): Promise<number[]> {
  return withClient(address, async (client) => {
    const operations = await client
      .db('admin')
      .aggregate([
        { $currentOp: { allUsers: true, idleConnections: true } },
        { $match: { appName: applicationName, effectiveUsers: { $exists: true } } },
      ])
      .toArray();
    return [...new Set(operations.map(({ connectionId }) => connectionId as number))];
  });
}

const DATABASE = `db.getSiblingDB("querytape_contract")`;
const TEXT = 'x'.repeat(100);

/** MongoDB in the contract's words. */
export function mongodbEngine(
  address: MongodbAddress,
  proxy: Pick<CuttingProxy, 'port' | 'cut'>,
  options: { readonly times?: Partial<MongoTimes> } = {},
): SessionEngine {
  const driver = mongodbDriver(options.times);
  return {
    driver,
    target: targetOf({ ...address, host: '127.0.0.1', port: proxy.port }),
    password: address.password,
    processes: (applicationName) => processes(address, applicationName),
    kill: async (processId) => proxy.cut(processId),
    say: {
      value: (n) => `${DATABASE}.one.aggregate([{ $project: { _id: 0, n: { $literal: ${n} } } }])`,
      // Each stage streams: a thousand documents, each a thousand times, and each of those again.
      rows: (count) => `${DATABASE}.thousand.aggregate([
        { $sort: { _id: 1 } },
        { $addFields: { b: { $range: [0, 1000] } } }, { $unwind: "$b" },
        { $addFields: { c: { $range: [0, 1000] } } }, { $unwind: "$c" },
        { $limit: ${count} },
        { $project: { _id: 0, i: { $add: [{ $multiply: ["$_id", 1000000] }, { $multiply: ["$b", 1000] }, "$c", 1] }, x: "${TEXT}" } }
      ])`,
      noRows: `${DATABASE}.one.find({ _id: "none" })`,
      sleep: (ms) => `${DATABASE}.one.find({ $where: "sleep(${ms}) || true" })`,
      wrong: `${DATABASE}.one.find({ $nope: 1 })`,
      begin: 'session.startTransaction()',
      rollback: 'session.abortTransaction()',
    },
    reads: (n) => `{"$numberInt":"${n}"}`,
    codes: { cancelled: '11601', wrong: '2', wrongPassword: '18' },
    errorFailsTransaction: true,
    namespace: 'querytape_contract',
    key: '_id',
    words: {
      make: (collection) => `${DATABASE}.createCollection("${collection}")`,
      drop: (collection) => `${DATABASE}.${collection}.drop()`,
      add: (collection, key, name) =>
        `${DATABASE}.${collection}.insertOne({ _id: ${key}, name: ${JSON.stringify(name)} })`,
      all: (collection) => `${DATABASE}.${collection}.find({}, { _id: 1, name: 1 }).sort({ _id: 1 })`,
      rename: (collection, name) =>
        `${DATABASE}.${collection}.updateMany({}, { $set: { name: ${JSON.stringify(name)} } })`,
    },
    cell: { number: (value) => `{"$numberInt":"${value}"}`, text: (value) => JSON.stringify(value) },
    async outside(...texts) {
      const connections = new Connections({ driver, target: targetOf(address), password: address.password });
      const connection = await connections.connect('outside');
      for (const text of texts) await ask(connection, text);
      await connections.closeAll();
    },
  };
}

/** Databases of the server's own, which change by themselves. */
const OWN_DATABASES = new Set(['config', 'local']);

/** Everything that a statement could change, as seen from outside: collections, their options, indexes and documents. */
export async function wholeState(address: MongodbAddress): Promise<string> {
  return withClient(address, async (client) => {
    const hash = createHash('sha256');
    const add = (what: unknown): void => void hash.update(BSON.EJSON.stringify(what, { relaxed: false }));
    const { databases } = await client.db('admin').admin().listDatabases({ nameOnly: true });
    for (const name of databases.map((one) => one.name).sort()) {
      if (OWN_DATABASES.has(name)) continue;
      const database = client.db(name);
      const collections = await database.listCollections({}, { nameOnly: false }).toArray();
      for (const info of collections.sort((a, b) => (a.name < b.name ? -1 : 1))) {
        add([name, info.name, info.type, info.options]);
        if (info.type === 'view') continue;
        add(await database.collection(info.name).find().toArray());
        add(await database.collection(info.name).listIndexes().toArray());
      }
    }
    add((await client.db('admin').command({ usersInfo: 1 })).users);
    return hash.digest('hex');
  });
}
