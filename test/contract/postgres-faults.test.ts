import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Connection } from '../../src/drivers/driver.ts';
import { makeCluster, type PostgresCluster } from '../servers/postgres-cluster.ts';
import { Connections } from './contract.ts';
import { outside, postgresEngine } from './postgres-engine.ts';
import { ask, CancelLog, Collector, run, until } from './running.ts';

/** A server of its own, as it is frozen and restarted here. */
let cluster: PostgresCluster;
const frozen: number[] = [];
const open: Connections[] = [];

beforeAll(async () => {
  cluster = await makeCluster();
});
afterEach(async () => {
  for (const pid of frozen.splice(0)) signal(pid, 'SIGCONT');
  for (const connections of open.splice(0)) await connections.closeAll();
});
afterAll(() => cluster?.remove());

function connections(times = {}): Connections {
  const made = new Connections(postgresEngine(cluster.address, { times }));
  open.push(made);
  return made;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has gone by itself.
  }
}

function freeze(pid: number): void {
  frozen.push(pid);
  signal(pid, 'SIGSTOP');
}

/** Whether the process has sent all that it had to say: one that is still at it says nothing of the crash of another. */
async function waits(asking: Connection, { server }: Connection): Promise<boolean> {
  const rows = await ask(
    asking,
    `select wait_event from pg_stat_activity where pid = ${server.process.processId}`,
  );
  return rows[0]?.[0] === 'ClientRead';
}

describe('a server in trouble', () => {
  it('a frozen server process is given up in bounded time, and no late cancel hits anything of ours', async () => {
    const mine = connections({ askMs: 200, terminateMs: 400, channelMs: 200 });
    const connection = await mine.connect();
    const execution = connection.execute('select pg_sleep(60)', new Collector());
    await new Promise((resolve) => setTimeout(resolve, 100));
    const { processId } = connection.server.process;
    freeze(processId);
    const log = new CancelLog();
    const startedAt = performance.now();
    execution.cancel(log);
    expect(await execution.ended).toMatchObject({ type: 'lost', ran: 'mayHaveCompleted', usable: false });
    expect(performance.now() - startedAt).toBeLessThan(5000);
    expect(log.steps.filter((step) => !/^(sent|ack)/.test(step))).toEqual(['terminate', 'abandon']);
    await until('the loss is reported', () => mine.lost.length > 0);
    // What takes its place is another process; what was sent to the old one arrives now.
    const next = await mine.connect();
    expect(next.server.process.processId).not.toBe(processId);
    const running = next.execute('select pg_sleep(0.5)', new Collector());
    signal(processId, 'SIGCONT');
    expect(await running.ended).toMatchObject({ type: 'completed' });
    expect(mine.lost).toHaveLength(1);
    await until('the old process has gone', async () => {
      const rows = await outside(cluster.address, 'select 1 from pg_stat_activity where pid = $1', [
        processId,
      ]);
      return rows.length === 0;
    });
  });

  it('a cancel that comes before its statement does nothing, and is sent again', async () => {
    const connection = await connections().connect();
    const { processId } = connection.server.process;
    // The process finds both when it goes on: the signal first, while it still waits for a statement.
    freeze(processId);
    const execution = connection.execute('select pg_sleep(60)', new Collector());
    const log = new CancelLog();
    execution.cancel(log);
    await until('the first request was taken', () => log.steps.includes('acknowledged 1'));
    signal(processId, 'SIGCONT');
    expect(await execution.ended).toMatchObject({ type: 'failed', stopped: true, usable: true });
    expect(log.steps).toContain('sent 2');
    expect(log.steps).not.toContain('terminate');
  });

  it('a frozen server as a whole is given up too, though its cancel channel never closes', async () => {
    const mine = connections({ askMs: 200, terminateMs: 300, channelMs: 100 });
    const connection = await mine.connect();
    const execution = connection.execute('select pg_sleep(60)', new Collector());
    await new Promise((resolve) => setTimeout(resolve, 100));
    freeze(cluster.pid);
    const log = new CancelLog();
    execution.cancel(log);
    expect(await execution.ended).toMatchObject({ type: 'lost', ran: 'mayHaveCompleted', usable: false });
    expect(log.steps.filter((step) => step.startsWith('acknowledged'))).toEqual([]);
    expect(log.steps.at(-1)).toBe('abandon');
    signal(cluster.pid, 'SIGCONT');
  });

  it('a cancel channel that does not close makes the connection unusable, though its statement has ended', async () => {
    const mine = connections({ channelMs: 200, askMs: 5000 });
    const connection = await mine.connect();
    const execution = connection.execute('select pg_sleep(0.4)', new Collector());
    await new Promise((resolve) => setTimeout(resolve, 50));
    // The postmaster takes no new connections; the process that runs the statement is well.
    freeze(cluster.pid);
    execution.cancel(new CancelLog());
    const end = await execution.ended;
    signal(cluster.pid, 'SIGCONT');
    expect(end).toMatchObject({ type: 'completed', usable: false });
  });

  it('a ping of a frozen process ends with its signal', async () => {
    const mine = connections();
    const connection = await mine.connect();
    freeze(connection.server.process.processId);
    await expect(connection.ping(AbortSignal.timeout(200))).rejects.toMatchObject({
      failure: { code: 'ping.timeout' },
    });
    await until('the loss is reported', () => mine.lost.length > 0);
  });

  it('closing a frozen connection is bounded', async () => {
    const connection = await connections().connect();
    freeze(connection.server.process.processId);
    const startedAt = performance.now();
    await connection.close();
    expect(performance.now() - startedAt).toBeLessThan(8000);
  });

  it('a restart is reported once by each connection, with the server’s code, and connecting works again', async () => {
    const mine = connections();
    const [idle, busy] = [await mine.connect(), await mine.connect()];
    const execution = busy.execute('select pg_sleep(60)', new Collector());
    await new Promise((resolve) => setTimeout(resolve, 100));
    await cluster.stop();
    expect(await execution.ended).toMatchObject({
      type: 'lost',
      ran: 'mayHaveCompleted',
      failure: { code: '57P01', source: 'server' },
    });
    await until('both losses are reported', () => mine.lost.length === 2);
    expect(mine.lost).toMatchObject([{ code: '57P01' }, { code: '57P01' }]);
    await expect(mine.connect()).rejects.toMatchObject({ failure: { code: 'ECONNREFUSED' } });
    expect((await run(idle, 'select 1')).end).toMatchObject({ type: 'lost', ran: 'notRun' });
    await cluster.start();
    expect(await ask(await mine.connect(), 'select 1')).toEqual([['1']]);
    expect(mine.lost).toHaveLength(2);
  });

  it('a crash in the middle of rows loses the statement', async () => {
    const mine = connections();
    const connection = await mine.connect();
    const sink = new Collector({ keep: false });
    const execution = connection.execute('select generate_series(1, 100000000)', sink);
    await until('rows come', () => sink.count > 0);
    await cluster.stop('immediate');
    expect(await execution.ended).toMatchObject({ type: 'lost', ran: 'mayHaveCompleted', usable: false });
    await until('the loss is reported', () => mine.lost.length === 1);
    await cluster.start();
  });

  it('the crash of another of its processes is reported in its words, which are a warning', async () => {
    const mine = connections();
    const [idle, busy, other] = [await mine.connect(), await mine.connect(), await connections().connect()];
    const execution = busy.execute('select pg_sleep(60)', new Collector());
    await ask(idle, 'select 1');
    await until('the idle process waits for its client', async () => waits(other, idle));
    signal(other.server.process.processId, 'SIGKILL');
    expect(await execution.ended).toMatchObject({
      type: 'lost',
      ran: 'mayHaveCompleted',
      failure: { code: '57P02', source: 'server', severity: 'WARNING' },
    });
    await until('both losses are reported', () => mine.lost.length === 2);
    expect(mine.lost).toMatchObject([{ code: '57P02' }, { code: '57P02' }]);
    const connects = (): Promise<boolean> =>
      mine.connect().then(
        () => true,
        () => false,
      );
    await until('the server takes connections again', connects);
  });

  it('an idle connection that another session ends says 57P01, once', async () => {
    const mine = connections();
    const connection = await mine.connect();
    // A warning of the user's own is no reason for an end, whatever its code.
    await ask(connection, "do $$ begin raise warning 'ours' using errcode = '57P02'; end $$");
    await outside(cluster.address, 'select pg_terminate_backend($1)', [connection.server.process.processId]);
    await until('the loss is reported', () => mine.lost.length > 0);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(mine.lost).toMatchObject([{ code: '57P01', source: 'server', severity: 'FATAL' }]);
    expect(mine.lost[0]?.advice).toBeTruthy();
    await expect(connection.ping(AbortSignal.timeout(1000))).rejects.toMatchObject({
      failure: { code: '57P01' },
    });
  });

  it('a server that ends an idle transaction says 25P03', async () => {
    const mine = connections();
    const connection = await mine.connect();
    await ask(connection, 'set idle_in_transaction_session_timeout = 50');
    await ask(connection, 'begin');
    await until('the loss is reported', () => mine.lost.length > 0);
    expect(mine.lost).toMatchObject([{ code: '25P03', source: 'server' }]);
    expect(mine.lost[0]?.advice).toMatch(/idle/);
  });
});
