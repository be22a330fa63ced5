import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { mongodbDriver } from '../../src/drivers/mongodb/driver.ts';
import { type MongoDouble, startMongoDouble } from '../servers/mongo-double/server.ts';
import { tcpProxy } from '../servers/tcp-proxy.ts';
import { Connections } from './contract.ts';
import { provided, targetOf } from './mongodb-engine.ts';
import { ask, CancelLog, Collector, run, until } from './running.ts';

const USER = { user: 'u', password: 'p' };
const SHORT = { retryMinMs: 10, retryMaxMs: 50, askMs: 300, terminateMs: 300, channelMs: 150 };
const MANY = `db.c.aggregate([{$addFields: {a: {$range: [0, 1000]}}}, {$unwind: "$a"}, {$addFields: {b: {$range: [0, 1000]}}}, {$unwind: "$b"}])`;
const SLEEP = 'db.c.find({$where: "sleep(60000) || true"})';

describe('a cancel', () => {
  let double: MongoDouble;
  const all: Connections[] = [];
  const connectTo = async (port: number, times = {}) => {
    const driver = mongodbDriver(times);
    const connections = new Connections({
      driver,
      target: { ...targetOf({ ...USER, host: '127.0.0.1', port }) },
      password: USER.password,
    });
    all.push(connections);
    return { connections, connection: await connections.connect() };
  };

  beforeAll(async () => {
    double = await startMongoDouble(USER);
    const { connection } = await connectTo(double.port);
    await ask(connection, 'db.c.insertOne({_id: 1})');
  });
  afterEach(async () => {
    await Promise.all(all.splice(0).map((connections) => connections.closeAll()));
  });
  afterAll(() => double.close());

  it('of a result that is read leaves no cursor open on the server', async () => {
    const { connection } = await connectTo(double.port);
    const sink = new Collector({ keep: false, goOn: () => false });
    const execution = connection.execute(MANY, sink);
    await until('rows come', () => sink.count > 0);
    expect(double.openCursors).toBe(1);
    const log = new CancelLog();
    execution.cancel(log);
    expect(await execution.ended).toMatchObject({
      type: 'failed',
      stopped: true,
      usable: true,
      failure: { code: '11601' },
    });
    expect(log.steps).toEqual(['sent 1', 'acknowledged 1']);
    expect(double.openCursors).toBe(0);
  });

  it('of a result that has come whole, but was not taken, lets it be taken', async () => {
    const { connection } = await connectTo(double.port);
    const execution = connection.execute('db.c.find()', new Collector({ goOn: () => false }));
    await new Promise((resolve) => setTimeout(resolve, 50));
    execution.cancel(new CancelLog());
    expect(await execution.ended).toMatchObject({ type: 'completed' });
  });

  it('is best effort where operations may not be seen, and stops the statement by its session', async () => {
    const strict = await startMongoDouble({ ...USER, denied: ['$currentOp'] });
    const { connection } = await connectTo(strict.port);
    expect(connection.server.capabilities.cancel).toBe('bestEffort');
    await ask(connection, 'db.c.insertOne({})');
    const execution = connection.execute(SLEEP, new Collector());
    await new Promise((resolve) => setTimeout(resolve, 30));
    execution.cancel(new CancelLog());
    expect(await execution.ended).toMatchObject({ type: 'failed', stopped: true, usable: true });
    await Promise.all(all.splice(0).map((connections) => connections.closeAll()));
    await strict.close();
  });

  it('ends the session where killing the operation is not permitted, and says that it went further', async () => {
    const strict = await startMongoDouble({ ...USER, denied: ['killOp'] });
    // Only the asking is short: a server that is slow to end the session is no server that did not.
    const { connection } = await connectTo(strict.port, { ...SHORT, terminateMs: 30_000, channelMs: 30_000 });
    await ask(connection, 'db.c.insertOne({})');
    const execution = connection.execute(SLEEP, new Collector());
    await new Promise((resolve) => setTimeout(resolve, 30));
    const log = new CancelLog();
    execution.cancel(log);
    expect(await execution.ended).toMatchObject({ type: 'failed', stopped: true, usable: false });
    expect(log.steps).toContain('terminate');
    expect(log.steps.some((step) => step.startsWith('acknowledged'))).toBe(false);
    await Promise.all(all.splice(0).map((connections) => connections.closeAll()));
    await strict.close();
  });

  it('of a server that has frozen ends in lost, in bounded time, and never says that it was heard', async () => {
    let frozen = false;
    const proxy = await tcpProxy(
      { host: double.host, port: double.port },
      {
        fromServer: (bytes) => (frozen ? [] : [bytes]),
      },
    );
    const { connection, connections } = await connectTo(proxy.port, SHORT);
    const execution = connection.execute(SLEEP, new Collector());
    await new Promise((resolve) => setTimeout(resolve, 30));
    frozen = true;
    const log = new CancelLog();
    const startedAt = performance.now();
    execution.cancel(log);
    expect(await execution.ended).toMatchObject({ type: 'lost', ran: 'mayHaveCompleted', usable: false });
    expect(performance.now() - startedAt).toBeLessThan(2000);
    expect(log.steps.filter((step) => !step.startsWith('sent'))).toEqual(['terminate', 'abandon']);
    await until('the connection tells it', () => connections.lost.length > 0);
    expect((await run(connection, 'db.c.find()')).end).toMatchObject({ type: 'lost', ran: 'notRun' });
    await Promise.all(all.splice(0).map((one) => one.closeAll()));
    await proxy.close();
  });

  it('between the commands of one statement stops the rest of them', async () => {
    const { connection } = await connectTo(double.port);
    const writes = Array.from({ length: 4000 }, (_, at) =>
      at % 2 === 0 ? `{insertOne: {document: {_id: "b${at}"}}}` : `{deleteOne: {filter: {_id: "none"}}}`,
    );
    const result = new Collector({ keep: true });
    const before = double.commands;
    const execution = connection.execute(`db.bulk.bulkWrite([${writes.join(',')}])`, result);
    await until('some of them are done', () => double.commands > before + 20);
    execution.cancel(new CancelLog());
    expect(await execution.ended).toMatchObject({ type: 'failed', stopped: true, usable: true });
    const [[count]] = (await ask(connection, 'db.bulk.countDocuments({})')) as [[string]];
    const inserted = Number(/\d+/.exec(count)![0]);
    expect(inserted).toBeGreaterThan(0);
    expect(inserted).toBeLessThan(2000);
    // What they had done is the statement's result.
    expect(Buffer.concat(result.batches).toString()).toContain(
      `"insertedCount":{"$numberInt":"${inserted}"}`,
    );
  });

  it('is a timeout of the server’s own where maxTimeMS was said, and no cancel', async () => {
    const connections = new Connections({
      driver: mongodbDriver(),
      target: targetOf(provided()),
      password: provided().password,
    });
    all.push(connections);
    const connection = await connections.connect();
    const { end } = await run(connection, 'db.one.find({$where: "sleep(10000) || true"}).maxTimeMS(50)');
    expect(end).toMatchObject({
      type: 'failed',
      stopped: false,
      usable: true,
      failure: { code: '50', source: 'server' },
    });
  });
});
