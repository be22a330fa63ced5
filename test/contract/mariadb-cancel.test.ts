import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Kill, killConnection, killQuery } from '../../src/drivers/mysql/kill-connection.ts';
import { tcpProxy } from '../servers/tcp-proxy.ts';
import { Connections } from './contract.ts';
import { makeUser, outside, PASSWORD, PRODUCTS, sleep, USER } from './mysql-engine.ts';
import { ask, CancelLog, Collector, endWatch, run, until } from './running.ts';

/** Asks for nothing, so that the first thing it does is to escalate. */
const HASTY = { askMs: 0, terminateMs: 2000 };
const SLEEP = sleep(60_000);
/** Reads for longer than any test waits. */
const READS =
  'SELECT COUNT(*) FROM information_schema.COLUMNS a JOIN information_schema.COLUMNS b JOIN information_schema.COLUMNS c';

describe.each(PRODUCTS)('a cancel on $product', ({ product, provided, targetOf, mysqlEngine }) => {
  const open: Connections[] = [];
  const connect = (times = {}) => {
    const connections = new Connections(mysqlEngine(provided(), { times }));
    open.push(connections);
    return connections.connect();
  };
  const left = () =>
    outside(provided(), `SELECT ID, INFO FROM information_schema.PROCESSLIST WHERE USER = '${USER}'`);
  const state = async (processId: number): Promise<string> =>
    (
      await outside(provided(), `SELECT STATE FROM information_schema.PROCESSLIST WHERE ID = ${processId}`)
    )[0]?.[0] ?? '';

  beforeAll(async () => {
    await makeUser(provided());
    await outside(
      provided(),
      'DROP DATABASE IF EXISTS qt_cancel',
      'CREATE DATABASE qt_cancel',
      'CREATE TABLE qt_cancel.t (n int PRIMARY KEY)',
      'INSERT INTO qt_cancel.t VALUES (1), (2)',
    );
  });
  afterEach(async () => {
    for (const connections of open.splice(0)) await connections.closeAll();
    await until('nothing is left behind on the server', async () => (await left()).length === 0);
  });

  it.each([
    [
      'a row',
      'SELECT * FROM qt_cancel.t WHERE n = 1 FOR UPDATE',
      'UPDATE qt_cancel.t SET n = 3 WHERE n = 1',
      product === 'MySQL' ? 'updating' : 'Updating',
    ],
    [
      'the table’s definition',
      'SELECT * FROM qt_cancel.t',
      'ALTER TABLE qt_cancel.t ADD m int',
      'Waiting for table metadata lock',
    ],
  ])(
    'ends a wait for a lock of %s, and leaves the one who holds it alone',
    async (_what, holds, waits, words) => {
      const [holder, waiter] = [await connect(), await connect()];
      await ask(holder, 'START TRANSACTION');
      await ask(holder, holds);
      const execution = waiter.execute(waits, new Collector());
      await until('it waits', async () => (await state(waiter.server.process.processId)) === words);
      execution.cancel(new CancelLog());
      expect(await execution.ended).toMatchObject({
        type: 'failed',
        stopped: true,
        usable: true,
        transaction: 'none',
        failure: { code: '1317' },
      });
      expect(holder.transaction).toBe('open');
      expect((await run(holder, 'COMMIT')).end.type).toBe('completed');
    },
  );

  it('keeps the transaction, and what it did before', async () => {
    const connection = await connect();
    await ask(connection, 'START TRANSACTION');
    await ask(connection, 'INSERT INTO qt_cancel.t VALUES (10)');
    const execution = connection.execute(SLEEP, new Collector());
    await new Promise((resolve) => setTimeout(resolve, 50));
    execution.cancel(new CancelLog());
    expect(await execution.ended).toMatchObject({ stopped: true, transaction: 'open' });
    expect(await ask(connection, 'SELECT n FROM qt_cancel.t WHERE n = 10')).toEqual([['10']]);
    expect((await run(connection, 'ROLLBACK')).end.transaction).toBe('none');
  });

  it('of a statement that completes when it is stopped says what the server said: completed', async () => {
    for (const text of ['DO SLEEP(60)', "SELECT BENCHMARK(1000000000, SHA2('x', 512))"]) {
      const connection = await connect();
      const execution = connection.execute(text, new Collector());
      await new Promise((resolve) => setTimeout(resolve, 100));
      const log = new CancelLog();
      execution.cancel(log);
      expect(await execution.ended).toMatchObject({ type: 'completed', usable: true });
      expect(log.steps).toContain('acknowledged 1');
    }
  });

  it('is not what a limit of time, a lock’s time or another session’s KILL does', async () => {
    const [holder, connection] = [await connect(), await connect()];
    const limit =
      product === 'MySQL'
        ? { on: 'max_execution_time = 100', off: 'max_execution_time = 0', code: '3024' }
        : { on: 'max_statement_time = 0.1', off: 'max_statement_time = 0', code: '1969' };
    await ask(connection, `SET ${limit.on}`);
    expect((await run(connection, READS)).end).toMatchObject({
      type: 'failed',
      stopped: false,
      failure: { code: limit.code, advice: expect.stringMatching(/max_(?:statement|execution)_time/) },
    });
    await ask(connection, `SET ${limit.off}, innodb_lock_wait_timeout = 1`);
    await ask(holder, 'START TRANSACTION');
    await ask(holder, 'SELECT * FROM qt_cancel.t WHERE n = 1 FOR UPDATE');
    expect((await run(connection, 'SELECT * FROM qt_cancel.t WHERE n = 1 FOR UPDATE')).end).toMatchObject({
      stopped: false,
      failure: { code: '1205' },
    });
    const execution = connection.execute(SLEEP, new Collector());
    await new Promise((resolve) => setTimeout(resolve, 50));
    await outside(provided(), `KILL QUERY ${connection.server.process.processId}`);
    expect(await execution.ended).toMatchObject({
      type: 'failed',
      stopped: false,
      usable: true,
      failure: { code: '1317' },
    });
  });

  it('that asks in vain ends the connection on the server, and the statement with it', async () => {
    const connections = new Connections(mysqlEngine(provided(), { times: HASTY }));
    open.push(connections);
    const connection = await connections.connect();
    const execution = connection.execute(SLEEP, new Collector());
    await new Promise((resolve) => setTimeout(resolve, 50));
    const log = new CancelLog();
    execution.cancel(log);
    // MariaDB closes a sleeping connection without a message, so no more is known than that it ended.
    expect(await execution.ended).toMatchObject({
      type: 'lost',
      ran: 'mayHaveCompleted',
      usable: false,
      failure: { code: 'cancel.terminated' },
    });
    expect(log.steps).toEqual(['terminate']);
    await until('the loss is reported', () => connections.lost.length > 0);
    expect(connections.lost).toMatchObject([{ code: 'connection.closed', source: 'connection' }]);
    await until('the server has stopped it', async () => (await left()).length === 0, 1000);
  });

  it('whose side connection can’t be made ends by giving the connection up', async () => {
    const connections = new Connections(mysqlEngine(provided(), { times: { askMs: 100, terminateMs: 300 } }));
    open.push(connections);
    const connection = await connections.connect();
    (connection as unknown as { side: object }).side = {
      ...(connection as unknown as { side: object }).side,
      password: () => 'not the password',
    };
    const execution = connection.execute(SLEEP, new Collector());
    const log = new CancelLog();
    await new Promise((resolve) => setTimeout(resolve, 50));
    execution.cancel(log);
    expect(await execution.ended).toMatchObject({
      type: 'lost',
      ran: 'mayHaveCompleted',
      usable: false,
      failure: { code: 'cancel.abandoned' },
    });
    // The next sign-in would be refused as the first one was, so there is none.
    expect(log.steps).toEqual(['abandon']);
    // MySQL asks for the password itself where the proof of it is wrong, which is not sent without TLS.
    const code = product === 'MySQL' ? 'auth.needsEncryption' : '1045';
    expect(log.refusals).toMatchObject([{ code, severity: 'WARNING' }]);
    await until('the loss is reported', () => connections.lost.length > 0);
    expect(connections.lost).toHaveLength(1);
    await outside(provided(), `KILL ${connection.server.process.processId}`).catch(() => undefined);
  });

  it('kills no connection but the one that is meant, and nothing that does not run', async () => {
    const connection = await connect();
    const { thread } = connection as unknown as { thread: NonNullable<Kill['thread']> };
    const target = targetOf(provided());
    const dialling = {
      target,
      address: target,
      isRouted: false,
      tls: null,
      readTls: async () => null,
      trust: 'plain' as const,
      serverKey: null,
      password: () => PASSWORD,
      applicationName: 'impostor',
    };
    const signal = AbortSignal.timeout(10_000);
    const kill = { dialling, thread, signal, isSettled: () => false };
    expect(await killConnection(kill)).toBe('notDone');
    const execution = connection.execute(sleep(1000), new Collector());
    const watch = endWatch(execution);
    for (const other of [
      { port: '1' },
      { port: '' },
      { server: 'elsewhere:3306' },
      { processId: 4_000_000_000 },
    ]) {
      expect(await killQuery({ ...kill, thread: { ...thread, ...other } })).toBe('notSent');
      expect(await killConnection({ ...kill, thread: { ...thread, ...other } })).toBe('notDone');
    }
    expect(await killQuery({ ...kill, isSettled: () => true })).toBe('notSent');
    expect(await killQuery({ ...kill, signal: AbortSignal.abort() })).toBe('notSent');
    expect(watch.hasEnded).toBe(false);
    expect(await execution.ended).toMatchObject({ type: 'completed', usable: true });
  });

  it('sends no KILL through a proxy that numbers connections in its own way, as that number may be another client’s', async () => {
    const greeted = new Set<number>();
    let sent = '';
    const proxy = await tcpProxy(
      { host: '127.0.0.1', port: provided().port },
      {
        fromServer: (bytes, { number }) => {
          if (!greeted.has(number)) bytes.writeUInt32LE(900_000 + number, bytes.indexOf(0, 5) + 1);
          greeted.add(number);
          return [bytes];
        },
        fromClient: (bytes) => {
          sent += bytes.toString('latin1');
        },
      },
    );
    const one = mysqlEngine(provided(), { times: { askMs: 300, terminateMs: 300 } });
    const connections = new Connections({ ...one, target: { ...one.target, port: proxy.port } });
    open.push(connections);
    const connection = await connections.connect();
    expect(connection.server).toMatchObject({
      process: { processId: 0, startedAt: '' },
      capabilities: { cancel: 'bestEffort', pooler: true, probe: false },
    });
    const execution = connection.execute(SLEEP, new Collector());
    await until('it runs', async () => (await left()).some(([, info]) => info === SLEEP));
    const log = new CancelLog();
    execution.cancel(log);
    expect(await execution.ended).toMatchObject({ type: 'lost', ran: 'mayHaveCompleted', usable: false });
    expect(log.steps).toEqual(['abandon']);
    expect(log.refusals).toMatchObject([{ code: 'cancel.proxied', severity: 'WARNING' }]);
    const second = await connections.connect();
    const { ended } = second.execute(SLEEP, new Collector());
    await second.close();
    expect(await ended).toMatchObject({ type: 'lost' });
    expect(sent).not.toMatch(/KILL/i);
    for (const [id] of await left()) await outside(provided(), `KILL ${id}`).catch(() => undefined);
    await proxy.close();
  });

  it('of a statement that has ended sends nothing', async () => {
    const connection = await connect();
    const execution = connection.execute('SELECT 1', new Collector());
    await execution.ended;
    const log = new CancelLog();
    execution.cancel(log);
    await ask(connection, 'SELECT 2');
    expect(log.steps).toEqual([]);
  });
});
