import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { HEARTBEAT_INTERVAL_MS } from '../../src/drivers/limits.ts';
import { mongodbDriver } from '../../src/drivers/mongodb/driver.ts';
import { type MongoDouble, startMongoDouble } from '../servers/mongo-double/server.ts';
import { type ProxiedConnection, type TcpProxy, tcpProxy } from '../servers/tcp-proxy.ts';
import { Connections } from './contract.ts';
import { targetOf } from './mongodb-engine.ts';
import { ask, Collector, run, until } from './running.ts';

const USER = { user: 'u', password: 'p' };

describe('a MongoDB that goes wrong', () => {
  let double: MongoDouble;
  let proxy: TcpProxy;
  let change: (bytes: Buffer, connection: ProxiedConnection) => Buffer[] = (bytes) => [bytes];
  let connections: Connections;

  beforeAll(async () => {
    double = await startMongoDouble(USER);
    proxy = await tcpProxy(double, { fromServer: (bytes, connection) => change(bytes, connection) });
    connections = new Connections({
      driver: mongodbDriver(),
      target: targetOf({ ...USER, host: '127.0.0.1', port: proxy.port }),
      password: USER.password,
    });
  });
  afterEach(async () => {
    change = (bytes) => [bytes];
    await connections.closeAll();
  });
  afterAll(async () => {
    await proxy.close();
    await double.close();
  });

  it('and freezes is found out without being spoken to, idle or not', async () => {
    await connections.connect();
    const running = await connections.connect();
    await ask(running, 'db.c.find()');
    change = () => [];
    const startedAt = performance.now();
    const { end } = await run(running, 'db.c.find()');
    expect(end).toMatchObject({
      type: 'lost',
      ran: 'mayHaveCompleted',
      failure: { code: 'connection.silent' },
    });
    await until('both tell it', () => connections.lost.length === 2, HEARTBEAT_INTERVAL_MS);
    expect(performance.now() - startedAt).toBeLessThan(2.5 * HEARTBEAT_INTERVAL_MS);
  });

  it('and freezes is found out at once by who asks for a sign of life', async () => {
    const connection = await connections.connect();
    change = () => [];
    await expect(connection.ping(AbortSignal.timeout(100))).rejects.toMatchObject({
      failure: { code: 'ping.timeout' },
    });
    await until('it tells it', () => connections.lost.length === 1);
  });

  it('and is cut in the middle of a reply has lost the statement, whose rows so far are whole', async () => {
    const connection = await connections.connect();
    await ask(connection, `db.wide.insertMany([${`{x: "${'x'.repeat(50_000)}"},`.repeat(60)}])`);
    let left = 2_000_000;
    change = (bytes, { cut }) => {
      left -= bytes.length;
      if (left < 0) cut();
      return left < 0 ? [] : [bytes];
    };
    const { end, rows } = await run(connection, 'db.wide.find().batchSize(7)');
    expect(end).toMatchObject({ type: 'lost', ran: 'mayHaveCompleted', usable: false });
    expect(rows.length).toBeGreaterThan(7);
    expect(rows.every((row) => row[1]?.length === 50_002)).toBe(true);
  });

  it('and answers with bytes that are no reply has lost the statement, and crashes nothing', async () => {
    const connection = await connections.connect();
    await ask(connection, 'db.c.insertOne({_id: 1, text: "find me"})');
    change = (bytes) => [Buffer.from(bytes.map((byte, at) => (at > 24 ? byte ^ 0x55 : byte)))];
    const { end } = await run(connection, 'db.c.find()');
    expect(end).toMatchObject({ type: 'lost', usable: false });
  });

  it('and stops while a result is paused has lost it once it is read on', async () => {
    const connection = await connections.connect();
    const doubled =
      '[{$addFields: {a: {$range: [0, 1000]}}}, {$unwind: "$a"}, {$addFields: {b: {$range: [0, 1000]}}}, {$unwind: "$b"}]';
    let go = false;
    const sink = new Collector({ keep: false, goOn: () => go });
    const execution = connection.execute(`db.c.aggregate(${doubled})`, sink);
    await until('rows come', () => sink.count > 0);
    change = (_bytes, { cut }) => {
      cut();
      return [];
    };
    go = true;
    execution.resume();
    expect(await execution.ended).toMatchObject({ type: 'lost', ran: 'mayHaveCompleted' });
    await until('the connection tells it', () => connections.lost.length === 1);
  });

  it('is not asked for what ran on another one, by its start or its name in the set; once started again it says that it is gone', async () => {
    const { process } = (await connections.connect()).server;
    const { probe, terminate, blockers } = mongodbDriver();
    const options = {
      password: () => USER.password,
      signal: AbortSignal.timeout(60_000),
      applicationName: 'querytape contract probe',
    };
    const startedAt = Date.parse(process.startedAt) / 1000;
    const me = `127.0.0.1:${double.port}`;
    const own = () => ({ me, hosts: [me], primary: me });
    for (const [seconds, member] of [
      [-60, own],
      [60, undefined],
      [60, own],
    ] as const) {
      const other = await startMongoDouble({
        ...USER,
        startedAt: startedAt + seconds,
        ...(member ? { member } : {}),
      });
      onTestFinished(() => other.close());
      const at = targetOf({ ...USER, host: '127.0.0.1', port: other.port });
      const target = { ...at, mongo: { directConnection: true } };
      if (seconds > 0 && member) expect(await probe!(target, process, options)).toEqual({ type: 'gone' });
      else
        for (const ask of [probe!, terminate!, blockers!])
          await expect(ask(target, process, options)).rejects.toMatchObject({
            failure: { code: 'process.otherServer' },
          });
    }
  });
});
