import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { wrapperOf } from '../../src/actors/statement-wrapper.ts';
import { WrappedExecution } from '../../src/actors/wrapped-execution.ts';
import type { Connection } from '../../src/drivers/driver.ts';
import type { CataloguePage, ColumnInfo } from '../../src/events/catalogue.ts';
import type { Cell } from '../../src/events/edit.ts';
import { type Pgbouncer, startPgbouncer } from '../servers/pgbouncer.ts';
import type { PostgresAddress } from '../servers/postgres-cluster.ts';
import { Connections } from './contract.ts';
import { Incident } from './incident.ts';
import { outside, postgresEngine, provided } from './postgres-engine.ts';
import { RealWorkspace } from './real-workspace.ts';
import { ask, CancelLog, Collector, run, until } from './running.ts';

const RACES = 300;
const RACE_MS = 30;
const NEXT_MS = 8;

/** What a stranger finds on the pool's one server connection. */
async function settings(pool: PostgresAddress): Promise<unknown> {
  const [row] = await outside(
    pool,
    `select current_setting('default_transaction_read_only'), current_setting('client_connection_check_interval'),
       current_setting('statement_timeout'), current_setting('lock_timeout'), current_setting('search_path'),
       current_setting('timezone')`,
  );
  return row;
}

describe.each(['transaction', 'session'] as const)('PgBouncer that pools by %s', (mode) => {
  let pool: Pgbouncer;
  let connections: Connections;
  const engine = () => postgresEngine(pool.address);

  beforeAll(async () => {
    // As few as will do: whatever is left on a server connection, the next client has. A session of ours has two connections.
    pool = await startPgbouncer(provided(), mode, mode === 'transaction' ? 1 : 2);
    await outside(
      provided(),
      `drop schema if exists pooled cascade; create schema pooled;
       create table pooled.t (id int primary key, a text, n int not null default 7); insert into pooled.t values (1, 'x')`,
    );
  });
  afterAll(async () => {
    await pool?.stop();
    await outside(provided(), 'drop schema if exists pooled cascade');
  });
  beforeEach(() => {
    connections = new Connections(engine());
  });
  afterEach(() => connections.closeAll());

  it('is noticed, and the server’s process is not named', async () => {
    const { server } = await connections.connect();
    expect(server).toMatchObject({
      flavour: 'PostgreSQL',
      capabilities: { pooler: true },
      process: { processId: 0 },
    });
    const direct = new Connections(postgresEngine(provided()));
    expect((await direct.connect()).server.capabilities.pooler).toBeUndefined();
    await direct.closeAll();
  });

  it('serves a stranger who can still write after a read-only session was opened, used and closed', async () => {
    const before = await settings(pool.address);
    const { driver, target, password } = engine();
    const world = await RealWorkspace.start({ driver, target, password, readOnly: true });
    try {
      const sessionId = await world.open();
      const text =
        "select * from pooled.t; set statement_timeout = '7s'; set timezone = 'Asia/Tokyo'; select 1 / 0; delete from pooled.t";
      const { queryIds } = await world.send({
        type: 'query.submit',
        sessionId,
        tabId: 'tab',
        text,
        goOnAfterError: true,
      });
      const outcomes: (string | null)[] = [];
      for (const queryId of queryIds!) outcomes.push((await world.ended(queryId)).outcome);
      expect(outcomes).toEqual(['succeeded', 'succeeded', 'succeeded', 'failed', 'refused']);
      expect(world.workspace.query(queryIds![1]!)?.notices.map(({ code }) => code)).toContain(
        'pooler.sessionState',
      );
      await world.workspace.catalogue(sessionId, { list: 'ddl', namespace: 'pooled', collection: 't' });
    } finally {
      await world.stop();
    }
    expect(await settings(pool.address)).toEqual(before);
    await outside(pool.address, "insert into pooled.t values (99, 'a stranger''s')");
    await outside(pool.address, 'delete from pooled.t where id = 99');
  });

  it('runs statements, parameters and transactions', async () => {
    const connection = await connections.connect();
    expect(await ask(connection, "select 'ünï', null, 12.50::numeric")).toEqual([['ünï', null, '12.50']]);
    const { rows } = await run(connection, 'select $1::text, $2::text is null', ['given', null]);
    expect(rows).toEqual([['given', 't']]);
    await ask(connection, 'begin');
    await ask(connection, 'insert into pooled.t values (2)');
    expect(connection.transaction).toBe('open');
    await ask(connection, 'rollback');
    expect(await ask(connection, 'select count(*) from pooled.t')).toEqual([['1']]);
    const failed = await run(connection, 'select 1 / 0');
    expect(failed.end).toMatchObject({ type: 'failed', usable: true, failure: { code: '22012' } });
  });

  it('edits a row and reads it back', async () => {
    const connection = await connections.connect();
    const { driver } = engine();
    const { text, read } = driver.catalogue({ list: 'columns', namespace: 'pooled', collection: 't' });
    const { columns } = read(await ask(connection, text), []) as CataloguePage & { columns: ColumnInfo[] };
    const edit = driver.edit(
      {
        change: 'update',
        namespace: 'pooled',
        collection: 't',
        key: [{ column: 'id', value: '1' }],
        old: [{ column: 'a', value: 'x' }],
        values: [{ column: 'a', value: 'y' }],
        returning: ['id', 'a', 'n'],
      },
      columns,
    );
    const enclosing = { manualCommit: false, purpose: 'edit', readOnly: false };
    let left: readonly Cell[] = [];
    const enclosed = new WrappedExecution(
      connection,
      wrapperOf(driver, connection, enclosing)!,
      edit,
      new Collector(),
      (row) => {
        left = row;
      },
    );
    expect(await enclosed.ended).toMatchObject({ type: 'completed', rowsAffected: 1, transaction: 'none' });
    expect(left.map(({ value }) => value)).toEqual(['1', 'y', '7']);
    await outside(provided(), "update pooled.t set a = 'x'");
  });

  it('says of a prepared statement that it may not last', async () => {
    const connection = await connections.connect();
    const { end, notices } = await run(connection, 'prepare p as select 1');
    expect(end.type).toBe('completed');
    expect(notices.map(({ code }) => code)).toEqual(['pooler.sessionState']);
    await run(connection, 'deallocate p');
  });

  it(`passes on ${RACES} cancels at random moments: none lost, none hits the next statement`, async () => {
    const connection = await connections.connect();
    const counts = { stopped: 0, other: 0, nextHurt: 0 };
    for (let race = 0; race < RACES; race++) {
      const execution = connection.execute('select pg_sleep(20)', new Collector());
      if (race % 5 > 0) await new Promise((resolve) => setTimeout(resolve, Math.random() * RACE_MS));
      execution.cancel(new CancelLog());
      const end = await execution.ended;
      if (end.type === 'failed' && end.stopped && end.failure.code === '57014') counts.stopped++;
      else counts.other++;
      if ((await run(connection, `select pg_sleep(${NEXT_MS / 1000})`)).end.type !== 'completed')
        counts.nextHurt++;
    }
    expect(counts).toEqual({ stopped: RACES, other: 0, nextHurt: 0 });
  });

  describe('whose statement swallows every cancel', () => {
    let several: Pgbouncer;
    let stranger: pg.Client;
    beforeAll(async () => {
      several = await startPgbouncer(provided(), mode, 4);
      stranger = new pg.Client({ ...several.address });
      stranger.on('error', () => {});
      await stranger.connect();
    });
    afterAll(async () => {
      await stranger?.end().catch(() => {});
      await outside(
        provided(),
        "select pg_terminate_backend(pid) from pg_stat_activity where query like 'do %query_canceled%'",
      );
      await several?.stop();
    });

    it('gives the connection up and ends no process, as it may be a stranger’s', async () => {
      const times = { askMs: 300, terminateMs: 300, channelMs: 1000 };
      const deaf = new Connections(postgresEngine(several.address, { times }));
      const connection: Connection = await deaf.connect();
      const busy = stranger.query('select pg_sleep(3), 42 as whole');
      const execution = connection.execute(
        'do $$ begin loop begin perform pg_sleep(5); return; exception when query_canceled then null; end; end loop; end $$',
        new Collector(),
      );
      const log = new CancelLog();
      await until('it runs', async () => {
        const text =
          "select 1 from pg_stat_activity where query like 'do %query_canceled%' and state = 'active'";
        return (await outside(provided(), text)).length > 0;
      });
      execution.cancel(log);
      expect(await execution.ended).toMatchObject({ type: 'lost', ran: 'mayHaveCompleted' });
      expect(log.steps.filter((step) => !/^(sent|acknowledged)/.test(step))).toEqual([
        'terminate',
        'abandon',
      ]);
      expect((await busy).rows).toEqual([{ pg_sleep: '', whole: 42 }]);
      await deaf.closeAll();
    });
  });
});

describe('PgBouncer', () => {
  const diagnosed = async (settings: Readonly<Record<string, string>>, target: object) => {
    const pool = await startPgbouncer(provided(), 'session', 1, settings);
    try {
      const engine = postgresEngine(pool.address);
      return await Incident.on({ ...engine, target: { ...engine.target, ...target } }, async (incident) => {
        await incident.open();
        if (!('user' in target)) await incident.run('select 1');
      });
    } finally {
      await pool.stop();
    }
  };

  it.each([
    ['takes no more clients', { max_client_conn: '1' }, {}],
    ['has no server connection free in time', { query_wait_timeout: '1' }, {}],
    ['knows no such user', {}, { user: 'stranger' }],
  ])('that %s is why a connection fails', async (_, settings, target) => {
    const found = await diagnosed(settings, target);
    found.proves(
      'connectionError',
      /or what is in front of it, ended it with the error 08P01/,
      'connection.notOpened',
    );
    expect(found.yes).toEqual(['connectionError']);
  });
});
