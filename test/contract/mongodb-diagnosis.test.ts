import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MongoDouble, startMongoDouble } from '../servers/mongo-double/server.ts';
import { type MongodbAddress, withClient } from '../servers/mongodb.ts';
import { type Diagnosed, Incident } from './incident.ts';
import { type IncidentServer, incidentContract } from './incident-contract.ts';
import { mongodbEngine, targetOf } from './mongodb-engine.ts';

const USER = { user: 'u', password: 'p' };

/** The double of MongoDB, as it is ended and started here, and what it knows of itself is changed. */
let double: MongoDouble;
let isPrimary = true;

async function start(port = 0): Promise<void> {
  const me = (): string => `127.0.0.1:${double?.port ?? port}`;
  const member = () => ({ me: me(), hosts: [me()], primary: isPrimary ? me() : '127.0.0.1:9' });
  double = await startMongoDouble({ ...USER, port, member });
  await withClient(address(), async (client) => {
    const database = client.db('querytape_contract');
    await database.collection<{ _id: number }>('one').insertOne({ _id: 1 });
    const thousand = Array.from({ length: 1000 }, (_, index) => ({ _id: index }));
    await database.collection<{ _id: number }>('thousand').insertMany(thousand);
    const rows = [
      { _id: 1, n: 0 },
      { _id: 2, n: 0 },
    ];
    await database.collection<{ _id: number; n: number }>('t').insertMany(rows);
  });
}
function address(): MongodbAddress {
  return { host: '127.0.0.1', port: double.port, ...USER, isDouble: true };
}

beforeAll(() => start());
afterAll(() => double?.close());

const change = (id: number): string => `db.t.updateOne({ _id: ${id} }, { $inc: { n: 1 } })`;
function engine(times: object = {}) {
  const { port } = double;
  return mongodbEngine(address(), { port, cut: (id) => double.endConnection(id) }, { times });
}
const on = (play: (incident: Incident) => Promise<void>, more: object = {}): Promise<Diagnosed> =>
  Incident.on({ ...engine(), ...more }, play);

incidentContract(
  'the double of MongoDB',
  (): IncidentServer => ({
    address: { host: '127.0.0.1', port: double.port },
    engine,
    async stopStatement(processId) {
      await withClient(address(), async (client) => {
        const admin = client.db('admin');
        const running = await admin
          .aggregate([{ $currentOp: { allUsers: true } }, { $match: { connectionId: processId } }])
          .toArray();
        for (const { opid } of running) await admin.command({ killOp: 1, op: opid });
      });
    },
    endConnection: (processId) => engine().kill(processId),
    stop: () => double.close(),
    start: () => start(double.port),
    words: { change, reads: engine().say.rows, write: 'db.t.insertOne({ _id: 3 })' },
    refusals: [
      ['a wrong password', {}, 'x', 'credentials', /sign-in was refused/],
      ['a port where nothing listens', { port: 1 }, null, 'unreachable', /Nothing listens/],
      ['a host that does not exist', { host: 'nowhere.invalid' }, null, 'unreachable', /name/],
    ],
    ended: { cause: 'serverRestart', sentence: /another session ended it there/ },
    restarted: /the next attempt found the server down/,
  }),
  { ends: ['kill'] },
);

describe('on the double of MongoDB', () => {
  it('maxTimeMS ends a statement', async () => {
    const found = await on(async (incident) => {
      await incident.open();
      await incident.run('db.one.find({ $where: "sleep(30000) || true" }).maxTimeMS(200)');
    });
    found.proves('timeout', /by a time limit of its own/, 'query.failed');
    expect(found.yes).toEqual(['timeout']);
  });

  it('a transaction that another one overtook is aborted', async () => {
    const found = await on(async (incident) => {
      await incident.open();
      for (const tab of ['t1', 't2']) await incident.run(engine().say.begin, tab);
      await incident.run(change(1), 't2');
      await incident.run(change(1), 't1');
      await incident.run(change(2), 't1');
    });
    found.proves('writeConflict', /another transaction changed the same data/, 'query.failed');
    found.proves('abortedTransaction', /its transaction had failed or ended/, 'query.failed');
    expect(found.yes).toEqual(['writeConflict', 'abortedTransaction']);
  });

  it('TLS that the server does not take may be why it closes a connection at once', async () => {
    const found = await on((incident) => incident.open(), {
      target: { ...targetOf(address()), tls: { mode: 'require' } },
    });
    found.leavesOpen('tlsFailure', /ended before it was open/);
    found.leavesOpen('unreachable', /ended before it was open/);
    expect(found.yes).toEqual([]);
  });

  it('a member that is no longer the primary takes no writes', async () => {
    const found = await on(async (incident) => {
      await incident.open();
      isPrimary = false;
      await incident.run(change(1));
      isPrimary = true;
    });
    found.proves('readOnlyServer', /only reads at present/, 'query.recorded', 'query.failed');
    expect(found.yes).toEqual(['readOnlyServer']);
  });
});
