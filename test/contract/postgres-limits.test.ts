import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Connection } from '../../src/drivers/driver.ts';
import { makeCluster, type PostgresCluster } from '../servers/postgres-cluster.ts';
import { Connections } from './contract.ts';
import { outside, postgresEngine } from './postgres-engine.ts';
import { ask, CancelLog, Collector, endWatch, until } from './running.ts';

/** Takes no notice of being asked to stop. */
const STUBBORN = `do $$ begin
  for i in 1..600 loop
    begin perform pg_sleep(0.1); exception when query_canceled then null; end;
  end loop;
end $$`;
/** Connections that users other than a superuser can have on the server made here. */
const CONNECTIONS_MAX = 5;

describe('on a server with no connection left', () => {
  let cluster: PostgresCluster;
  const opened: Connections[] = [];

  const as = (user: string, times = {}): Connections => {
    const engine = postgresEngine({ ...cluster.address, user, password: user }, { times });
    const connections = new Connections(engine);
    opened.push(connections);
    return connections;
  };
  const sleeping = async (connection: Connection) => {
    const execution = connection.execute('select pg_sleep(60)', new Collector());
    const { processId } = connection.server.process;
    await until('it runs', async () => {
      const rows = await outside(
        cluster.address,
        "select 1 from pg_stat_activity where pid = $1 and wait_event = 'PgSleep'",
        [processId],
      );
      return rows.length === 1;
    });
    return execution;
  };

  beforeAll(async () => {
    cluster = await makeCluster({
      settings: {
        max_connections: `${CONNECTIONS_MAX + 1}`,
        superuser_reserved_connections: '1',
        reserved_connections: '0',
      },
    });
    await outside(
      cluster.address,
      "create role single login password 'single' connection limit 1; create role many login password 'many'",
    );
  });
  afterEach(async () => {
    for (const connections of opened.splice(0)) await connections.closeAll();
    const left = () =>
      outside(cluster.address, "select pid from pg_stat_activity where usename in ('single', 'many')");
    await until('nothing is left behind on the server', async () => (await left()).length === 0);
  });
  afterAll(() => cluster?.remove());

  it('for the role, a cancel needs none', async () => {
    const connections = as('single');
    const connection = await connections.connect();
    await expect(connections.connect()).rejects.toMatchObject({
      failure: { code: '53300', source: 'server', advice: expect.stringMatching(/connection/) },
    });
    const execution = await sleeping(connection);
    execution.cancel(new CancelLog());
    expect(await execution.ended).toMatchObject({ type: 'failed', stopped: true, usable: true });
    expect(await ask(connection, 'select 1')).toEqual([['1']]);
  });

  it('for all, a cancel needs none, and stops only what it is for', async () => {
    const connections = as('many');
    const held = await Promise.all(Array.from({ length: CONNECTIONS_MAX }, () => connections.connect()));
    await expect(connections.connect()).rejects.toMatchObject({ failure: { code: '53300' } });
    const executions = held.map((connection) =>
      connection.execute("select pg_sleep(60), 'x'", new Collector()),
    );
    const watches = executions.map(endWatch);
    executions[2]!.cancel(new CancelLog());
    expect(await executions[2]!.ended).toMatchObject({ type: 'failed', stopped: true, usable: true });
    expect(watches.map(({ hasEnded }) => hasEnded)).toEqual([false, false, true, false, false]);
    for (const execution of executions) execution.cancel(new CancelLog());
    for (const execution of executions)
      expect(await execution.ended).toMatchObject({ type: 'failed', stopped: true, usable: true });
  });

  it('for the role, what does not stop is given up, and the server notices that its client has left', async () => {
    const connections = as('single', { askMs: 150, terminateMs: 800 });
    const connection = await connections.connect();
    const execution = connection.execute(STUBBORN, new Collector());
    await new Promise((resolve) => setTimeout(resolve, 100));
    const log = new CancelLog();
    execution.cancel(log);
    expect(await execution.ended).toMatchObject({
      type: 'lost',
      ran: 'mayHaveCompleted',
      usable: false,
      failure: { code: 'cancel.abandoned', source: 'client' },
    });
    expect(log.steps.filter((step) => !/^(sent|ack)/.test(step))).toEqual(['terminate', 'abandon']);
    await until('the loss is reported', () => connections.lost.length > 0);
    expect(connections.lost).toHaveLength(1);
    // It runs for a minute by itself; client_connection_check_interval ends it, which afterEach waits for.
  });
});
