import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Connection } from '../../src/drivers/driver.ts';
import type { SeenWait } from '../../src/events/lock-wait.ts';
import type { Target } from '../../src/events/profile.ts';
import type { MysqlServer } from '../servers/mysql-process.ts';
import { Connections, type ContractEngine } from './contract.ts';
import { provided as mongodb, mongodbEngine } from './mongodb-engine.ts';
import { MARIADB, makeUser, outside as mysqlOutside, PASSWORD, PRODUCTS, signedIn } from './mysql-engine.ts';
import { outside, postgresEngine, provided, targetOf } from './postgres-engine.ts';
import { ask, CancelLog, Collector, until } from './running.ts';

const open: Connections[] = [];
afterEach(async () => {
  for (const connections of open.splice(0)) await connections.closeAll();
});

/** Three connections; and who blocks what one of them runs. */
function world(engine: ContractEngine) {
  const connections = new Connections(engine);
  open.push(connections);
  const blockers = (
    { server }: Connection,
    as: { target: Target; password: string | undefined } = engine,
  ): Promise<SeenWait> =>
    engine.driver.blockers!(as.target, server.process, {
      password: () => as.password,
      signal: AbortSignal.timeout(15_000),
      applicationName: 'querytape contract locks',
    });
  const waits = async (connection: Connection): Promise<SeenWait> => {
    await until('it waits', async () => (await blockers(connection)).waits === 'lock');
    return blockers(connection);
  };
  return { connect: () => connections.connect(), blockers, waits };
}

const idOf = ({ server }: Connection): number => server.process.processId;

describe('who blocks a statement on PostgreSQL', () => {
  beforeAll(() => outside(provided(), 'drop table if exists lock_rows'));
  const rows = () =>
    outside(
      provided(),
      'create table if not exists lock_rows as select i, 0 as n from generate_series(1, 5) i',
    );

  it('follows the chain of waits to who holds the lock, and says what each does', async () => {
    await rows();
    const { connect, blockers, waits } = world(postgresEngine(provided()));
    const [holder, middle, last] = [await connect(), await connect(), await connect()];
    await ask(holder, 'begin');
    await ask(holder, 'update lock_rows set n = 1 where i = 1');
    expect(await blockers(holder)).toMatchObject({ waits: 'none', blockers: [] });
    const second = middle.execute('update lock_rows set n = 2 where i = 1', new Collector());
    await waits(middle);
    const third = last.execute('alter table lock_rows add column if not exists m int', new Collector());
    const found = await waits(last);
    expect(found).toMatchObject({ lock: 'table', waitEvent: 'Lock: relation', isCut: false, note: '' });
    expect(found.waitedMs).toBeGreaterThanOrEqual(0);
    const of = (connection: Connection) =>
      found.blockers.find(({ processId }) => processId === idOf(connection));
    expect(of(middle)).toMatchObject({
      state: 'running',
      blocks: [idOf(last)],
      waits: true,
      text: 'update lock_rows set n = 2 where i = 1',
    });
    expect(of(holder)).toMatchObject({ state: 'inTransaction', waits: false });
    expect(of(holder)?.blocks.toSorted()).toEqual([idOf(middle), idOf(last)].toSorted());
    await ask(holder, 'rollback');
    await Promise.all([second.ended, third.ended]);
    expect(await blockers(last)).toMatchObject({ waits: 'none' });
  });

  it('says that a statement waits for something else than a lock', async () => {
    const { connect, blockers } = world(postgresEngine(provided()));
    const connection = await connect();
    const execution = connection.execute('select pg_sleep(60)', new Collector());
    await until('it sleeps', async () => (await blockers(connection)).waits === 'other');
    expect(await blockers(connection)).toMatchObject({ waitEvent: 'Timeout: PgSleep', blockers: [] });
    execution.cancel({ sent() {}, acknowledged() {}, escalated() {} });
    await execution.ended;
  });

  it('names what blocks a role that may not see what others run, and says that it may not', async () => {
    await rows();
    await outside(provided(), 'drop table if exists lock_small');
    await outside(provided(), 'create table lock_small as select 1 as i');
    await outside(
      provided(),
      `do $$ begin if not exists (select from pg_roles where rolname = 'lock_reader') then create role lock_reader login password 'reader'; end if; end $$`,
    );
    await outside(provided(), 'grant all on lock_small to lock_reader');
    const reader = { target: { ...targetOf(provided()), user: 'lock_reader' }, password: 'reader' };
    const admin = world(postgresEngine(provided()));
    const little = world({ ...postgresEngine(provided()), ...reader });
    const [holder, waiter] = [await admin.connect(), await little.connect()];
    await ask(holder, 'begin');
    await ask(holder, 'lock table lock_small');
    const execution = waiter.execute('select * from lock_small', new Collector());
    const found = await little.waits(waiter);
    expect(found.blockers).toMatchObject([{ processId: idOf(holder), state: 'hidden', text: '' }]);
    expect(found.note).toContain('may not see');
    await expect(little.blockers(holder, reader)).rejects.toMatchObject({
      failure: { code: 'process.hidden' },
    });
    await ask(holder, 'rollback');
    await execution.ended;
  });

  it('says so where the process is no longer there, and where it is not known', async () => {
    const { connect, blockers } = world(postgresEngine(provided()));
    const { server } = await connect();
    const as = (process: object): Connection =>
      ({ server: { ...server, process: { ...server.process, ...process } } }) as Connection;
    await expect(blockers(as({ startedAt: '2001-01-01T00:00:00.000000Z' }))).rejects.toMatchObject({
      failure: { code: 'process.gone' },
    });
    await expect(blockers(as({ processId: 0, startedAt: '' }))).rejects.toMatchObject({
      failure: { code: 'process.unknown' },
    });
  });
});

describe.each(PRODUCTS)(
  'who blocks a statement on $product',
  ({ product, provided: given, mysqlEngine, targetOf: target }) => {
    beforeAll(async () => {
      await makeUser(given());
      await mysqlOutside(
        given(),
        'DROP DATABASE IF EXISTS qt_locks',
        'CREATE DATABASE qt_locks',
        'CREATE TABLE qt_locks.t (n int PRIMARY KEY, m int)',
        'INSERT INTO qt_locks.t VALUES (1, 0), (2, 0)',
      );
    });

    it('follows the chain of waits for rows to who holds the lock', async () => {
      const { connect, blockers, waits } = world(mysqlEngine(given()));
      const [holder, middle, last] = [await connect(), await connect(), await connect()];
      await ask(holder, 'START TRANSACTION');
      await ask(holder, 'UPDATE qt_locks.t SET m = 1 WHERE n = 1');
      expect(await blockers(holder)).toMatchObject({ waits: 'none' });
      await ask(middle, 'START TRANSACTION');
      await ask(middle, 'UPDATE qt_locks.t SET m = 1 WHERE n = 2');
      const second = middle.execute('UPDATE qt_locks.t SET m = 2 WHERE n = 1', new Collector());
      await waits(middle);
      const third = last.execute('UPDATE qt_locks.t SET m = 3 WHERE n = 2', new Collector());
      const found = await waits(last);
      expect(found).toMatchObject({ lock: 'row', isCut: false, note: '' });
      expect(found.blockers).toMatchObject([
        {
          processId: idOf(middle),
          state: 'running',
          blocks: [idOf(last)],
          waits: true,
          text: 'UPDATE qt_locks.t SET m = 2 WHERE n = 1',
        },
        { processId: idOf(holder), state: 'inTransaction', blocks: [idOf(middle)], waits: false },
      ]);
      await ask(holder, 'ROLLBACK');
      await second.ended;
      await ask(middle, 'ROLLBACK');
      await third.ended;
    });

    it('finds who holds a table’s definition, or says what the server needs to say it', async () => {
      const { connect, waits } = world(mysqlEngine(given()));
      const [holder, waiter] = [await connect(), await connect()];
      await ask(holder, 'START TRANSACTION');
      await ask(holder, 'SELECT * FROM qt_locks.t');
      const execution = waiter.execute('ALTER TABLE qt_locks.t ADD k int', new Collector());
      const found = await waits(waiter);
      expect(found).toMatchObject({ lock: 'metadata', waitEvent: 'Waiting for table metadata lock' });
      if (product === 'MySQL')
        expect(found.blockers).toMatchObject([{ processId: idOf(holder), state: 'inTransaction' }]);
      else if (found.blockers.length === 0) expect(found.note).toContain('metadata_lock_info');
      else expect(found.blockers).toMatchObject([{ processId: idOf(holder) }]);
      await ask(holder, 'ROLLBACK');
      await execution.ended;
      await mysqlOutside(given(), 'ALTER TABLE qt_locks.t DROP k');
    });

    it('says what a role lacks that may not see who holds locks', async () => {
      await mysqlOutside(
        given(),
        `CREATE USER IF NOT EXISTS qt_lock_reader@'%' IDENTIFIED BY '${PASSWORD}'`,
        `GRANT SELECT, UPDATE ON qt_locks.* TO qt_lock_reader@'%'`,
      );
      await signedIn(given(), 'qt_lock_reader', PASSWORD);
      const reader = {
        target: { ...target(given()), user: 'qt_lock_reader', database: 'qt_locks' },
        password: PASSWORD,
      };
      const admin = world(mysqlEngine(given()));
      const little = world({ ...mysqlEngine(given()), ...reader });
      const [holder, waiter] = [await admin.connect(), await little.connect()];
      await ask(holder, 'START TRANSACTION');
      await ask(holder, 'UPDATE qt_locks.t SET m = 1 WHERE n = 1');
      const execution = waiter.execute('UPDATE qt_locks.t SET m = 2 WHERE n = 1', new Collector());
      await until('the role is refused', async () => {
        const error = await little.blockers(waiter, reader).then(
          () => null,
          (reason: unknown) => reason,
        );
        return (error as { failure?: { code: string } } | null)?.failure?.code === 'locks.hidden';
      });
      await ask(holder, 'ROLLBACK');
      await execution.ended;
    });
  },
);

describe('who holds a table’s definition on MariaDB without performance_schema', () => {
  /** A server of its own, as a plug-in is installed on it. */
  let server: MysqlServer;
  beforeAll(async () => {
    server = await MARIADB.makeServer({ settings: { 'performance-schema': 'OFF' } });
    await makeUser(server.address);
    await mysqlOutside(
      server.address,
      'CREATE DATABASE d',
      'CREATE TABLE d.t (n int PRIMARY KEY)',
      'CREATE TABLE d.other (n int PRIMARY KEY)',
    );
  });
  afterAll(() => server?.remove());

  it('is said with the plug-in metadata_lock_info, where only one connection can hold it', async () => {
    const { connect, blockers, waits } = world(MARIADB.mysqlEngine(server.address));
    const [holder, waiter, other] = [await connect(), await connect(), await connect()];
    await ask(holder, 'START TRANSACTION');
    await ask(holder, 'SELECT * FROM d.t');
    const execution = waiter.execute('ALTER TABLE d.t ADD k int', new Collector());
    const unsaid = await waits(waiter);
    expect(unsaid).toMatchObject({ lock: 'metadata', blockers: [] });
    expect(unsaid.note).toContain('metadata_lock_info');

    await mysqlOutside(server.address, "INSTALL SONAME 'metadata_lock_info'");
    const found = await blockers(waiter);
    expect(found).toMatchObject({ waits: 'lock', lock: 'metadata', note: '', isCut: false });
    expect(found.blockers).toMatchObject([
      { processId: idOf(holder), state: 'inTransaction', blocks: [idOf(waiter)], waits: false, text: '' },
    ]);

    await ask(other, 'START TRANSACTION');
    await ask(other, 'SELECT * FROM d.other');
    const either = await blockers(waiter);
    expect(either).toMatchObject({ waits: 'lock', lock: 'metadata', blockers: [] });
    expect(either.note).toContain('MariaDB does not say which');
    for (const one of [holder, other]) expect(either.note).toContain(String(idOf(one)));

    await ask(other, 'ROLLBACK');
    expect((await blockers(waiter)).blockers).toMatchObject([{ processId: idOf(holder) }]);
    await ask(holder, 'ROLLBACK');
    await execution.ended;
    expect(await blockers(waiter)).toMatchObject({ waits: 'none' });
  });
});

describe('who blocks a statement on MongoDB', () => {
  it('is distinguished from work, rest and a connection that is no longer there', async () => {
    const address = mongodb();
    const engine = mongodbEngine(address, { port: address.port, cut: () => undefined });
    const { connect, blockers } = world(engine);
    const connection = await connect();
    expect(await blockers(connection)).toMatchObject({ waits: 'none', blockers: [] });
    const working = connection.execute(
      'db.customers.find({ $where: "sleep(60000) || true" })',
      new Collector(),
    );
    expect(await blockers(connection)).toMatchObject({ waits: 'none', blockers: [] });
    working.cancel(new CancelLog());
    await working.ended;
    await connection.close();
    await until('it is gone', () =>
      blockers(connection).then(
        () => false,
        ({ failure }: { failure: { code: string } }) => failure.code === 'process.gone',
      ),
    );
  });
});
