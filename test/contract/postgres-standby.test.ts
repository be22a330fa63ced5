import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Connection } from '../../src/drivers/driver.ts';
import { postgresDriver } from '../../src/drivers/postgres/driver.ts';
import type { FailureText } from '../../src/events/failure.ts';
import { makeCluster, type PostgresCluster } from '../servers/postgres-cluster.ts';
import { tcpProxy } from '../servers/tcp-proxy.ts';
import { Connections } from './contract.ts';
import { outside, postgresEngine, targetOf } from './postgres-engine.ts';
import { CancelLog, Collector, run } from './running.ts';

describe('a standby of PostgreSQL', () => {
  let primary: PostgresCluster;
  let standby: PostgresCluster;
  const lost: FailureText[] = [];

  const connect = ({ address }: PostgresCluster = standby): Promise<Connection> =>
    postgresDriver().connect(targetOf(address), {
      password: () => address.password,
      signal: AbortSignal.timeout(30_000),
      applicationName: 'standby',
      readOnly: false,
      onLost: (failure) => lost.push(failure),
    });
  const firstValue = async (connection: Connection, text: string): Promise<string> => {
    const { rows } = await run(connection, text);
    return `${rows[0]?.[0]}`;
  };
  /** Waits until a query on the standby gives a value. */
  const until = async (connection: Connection, text: string, value: string): Promise<void> => {
    while ((await firstValue(connection, text)) !== value) await wait(20);
  };
  const askedOf = ({ address }: PostgresCluster) => ({
    password: () => address.password,
    signal: AbortSignal.timeout(60_000),
    applicationName: 'standby probe',
  });
  const removeAbove = async (a: number): Promise<void> => {
    await outside(primary.address, `delete from t where a > ${a}`);
    await outside(primary.address, 'vacuum t');
  };

  beforeAll(async () => {
    primary = await makeCluster({
      settings: { wal_level: 'replica', max_wal_senders: '3', autovacuum: 'off' },
      hba: ['host all,replication all 127.0.0.1/32 scram-sha-256'],
    });
    await outside(primary.address, 'create table t as select generate_series(1, 1000) as a');
    await primary.stop();
    standby = await makeCluster({
      standbyOf: primary,
      settings: { max_standby_streaming_delay: '0', hot_standby_feedback: 'off' },
    });
    await primary.start();
  });
  afterAll(async () => {
    await standby?.remove();
    await primary?.remove();
  });

  it('does not say of a process of the primary that it is gone, nor the primary of one of the standby', async () => {
    const { probe, terminate, blockers } = postgresDriver();
    const asked = askedOf(primary);
    for (const [own, other] of [
      [primary, standby],
      [standby, primary],
    ] as const) {
      const connection = await connect(own);
      const { process } = connection.server;
      expect(await probe!(targetOf(own.address), process, asked)).toEqual({ type: 'idle' });
      for (const ask of [probe!, terminate!, blockers!])
        await expect(ask(targetOf(other.address), process, asked)).rejects.toMatchObject({
          failure: { code: 'process.otherServer' },
        });
      await connection.close();
      await vi.waitUntil(async () => (await probe!(targetOf(own.address), process, asked)).type === 'gone', {
        timeout: 60_000,
      });
    }
  });

  it('ends no statement where it answers in the primary’s place, and the cancel says so', async () => {
    const { host, port } = primary.address;
    const to = { host, port };
    const proxy = await tcpProxy(to, {});
    const connections = new Connections(
      postgresEngine({ ...primary.address, port: proxy.port }, { times: { askMs: 150, terminateMs: 5000 } }),
    );
    try {
      const connection = await connections.connect();
      const running = connection.execute('select pg_sleep(60)', new Collector());
      to.port = standby.address.port;
      const log = new CancelLog();
      running.cancel(log);
      expect(await running.ended).toMatchObject({ type: 'lost', ran: 'mayHaveCompleted', usable: false });
      expect(log.steps.slice(-2)).toEqual(['terminate', 'abandon']);
      expect(log.refusals).toMatchObject([
        {
          code: 'process.otherServer',
          severity: 'WARNING',
          advice: expect.stringContaining('the server where it runs'),
        },
      ]);
    } finally {
      await connections.closeAll();
      await proxy.close();
    }
  });

  it('is asked for what ran before it was started again, and says that it is gone', async () => {
    const connection = await connect();
    const { process } = connection.server;
    await standby.stop();
    await standby.start();
    await vi.waitUntil(() => lost.splice(0).length > 0, { timeout: 60_000 });
    await connection.close();
    const probed = postgresDriver().probe!(targetOf(standby.address), process, askedOf(standby));
    expect(await probed).toEqual({ type: 'gone' });
  });

  it('is not asked either for what ran on the primary where it was started since, nor the primary likewise', async () => {
    const { probe, terminate, blockers } = postgresDriver();
    const asked = askedOf(primary);
    for (const [own, other] of [
      [primary, standby],
      [standby, primary],
    ] as const) {
      const connection = await connect(own);
      const { process } = connection.server;
      await other.stop();
      await other.start();
      for (const ask of [probe!, terminate!, blockers!])
        await expect(ask(targetOf(other.address), process, asked)).rejects.toMatchObject({
          failure: { code: 'process.otherServer' },
        });
      expect(await probe!(targetOf(own.address), process, asked)).toEqual({ type: 'idle' });
      await connection.close();
    }
  });

  it('says that it ended a statement to replay what the primary changed, and that it can be run again', async () => {
    const connection = await connect();
    const other = await connect();
    try {
      await until(connection, 'select count(*) from t', '1000');
      const running = run(connection, 'select count(*) from t, pg_sleep(60)');
      await until(
        other,
        "select count(*) from pg_stat_activity where query ~ 'pg_sleep.60' and pid <> pg_backend_pid() and wait_event = 'PgSleep'",
        '1',
      );
      await removeAbove(900);
      const { end } = await running;
      expect(end).toMatchObject({ type: 'failed', failure: { code: '40001', stoppedBy: 'recovery' } });
      expect(end.type === 'failed' && end.failure.advice).toMatch(/standby/);
      await until(connection, 'select count(*) from t', '900');
      expect(lost).toEqual([]);
    } finally {
      await connection.close();
      await other.close();
    }
  });

  it('says so too where the connection of an open transaction was ended for it', async () => {
    const connection = await connect();
    try {
      await run(connection, 'begin isolation level repeatable read');
      expect(await firstValue(connection, 'select count(*) from t')).toBe('900');
      await removeAbove(800);
      await vi.waitUntil(() => lost.length > 0, { timeout: 20_000 });
      expect(lost.splice(0)).toMatchObject([{ code: '40001', stoppedBy: 'recovery' }]);
    } finally {
      await connection.close();
    }
  });

  it('refuses a write as a standby, and takes it on the same connection once it is promoted', async () => {
    const connection = await connect();
    const other = await connect();
    try {
      const { end: refused } = await run(connection, 'insert into t values (0)');
      expect(refused).toMatchObject({ type: 'failed', failure: { code: '25006' } });
      const running = run(connection, 'select pg_sleep(1.5), count(*) from t');
      expect(await firstValue(other, 'select pg_promote(true, 30)')).toBe('t');
      expect((await running).end.type).toBe('completed');
      const { end } = await run(connection, 'insert into t values (0)');
      expect(end.type).toBe('completed');
      expect(lost).toEqual([]);
    } finally {
      await connection.close();
      await other.close();
    }
  });
});
