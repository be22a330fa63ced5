import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { outside, postgresEngine, provided } from './postgres-engine.ts';
import { RealWorkspace } from './real-workspace.ts';

/**
 * What a connection holds of its session survives its loss, or stops the tab once. Two schemas have a table of the same name; after
 * the tab's backend was terminated a DELETE empties the one that the session meant, or is refused.
 */
describe('the state of a PostgreSQL session', () => {
  let world: RealWorkspace;
  let sessionId: string;
  let tabs = 0;
  let tabId: string;

  const admin = (text: string) => outside(provided(), text);
  const run = async (text: string, more: object = {}) => {
    const { queryIds } = await world.send({ type: 'query.submit', sessionId, tabId, text, ...more });
    const ended = [];
    for (const queryId of queryIds!) ended.push(await world.ended(queryId));
    return ended;
  };
  const done = async (text: string, more: object = {}) => {
    for (const one of await run(text, more)) expect(one).toMatchObject({ outcome: 'succeeded' });
  };
  const value = async (text: string) => {
    const [query] = await run(text);
    expect(query).toMatchObject({ outcome: 'succeeded' });
    return (await world.rows(query!.queryId))[0]?.[0];
  };
  const connection = () => Object.values(world.state.connections).findLast((one) => one.tabId === tabId)!;
  const state = () => world.workspace.connectionState(connection().connectionId)!;
  /** Ends the tab's backend from outside, and waits until the loss is on the tape. */
  const lose = async () => {
    const { connectionId, server } = connection();
    await admin(`select pg_terminate_backend(${server!.process.processId})`);
    await world.until(({ connections }) => connections[connectionId]!.state === 'lost');
  };
  const refusal = async (text: string) => {
    const answer = await world.answer({ type: 'query.submit', sessionId, tabId, text });
    return 'refused' in answer ? answer.refused : undefined;
  };
  const acknowledge = () => world.send({ type: 'transaction.rollback', sessionId, tabId });
  const counts = async () => {
    const rows = await admin(
      'select (select count(*) from public.state_orders), (select count(*) from ta.state_orders), (select count(*) from tb.state_orders)',
    );
    return rows[0]!.map(Number);
  };

  beforeAll(async () => {
    for (const text of [
      'drop schema if exists ta cascade',
      'drop schema if exists tb cascade',
      'create schema ta',
      'create schema tb',
      `do $$ begin if not exists (select from pg_roles where rolname = 'state_limited') then create role state_limited; end if; end $$`,
      'grant usage, create on schema ta, tb, public to state_limited',
    ])
      await admin(text);
    world = await RealWorkspace.start(postgresEngine(provided()));
    sessionId = await world.open();
  });
  beforeEach(async () => {
    tabId = `t${++tabs}`;
    for (const schema of ['public', 'ta', 'tb']) {
      await admin(`drop table if exists ${schema}.state_orders`);
      await admin(`create table ${schema}.state_orders as select 1 as id`);
      await admin(`grant all on ${schema}.state_orders to state_limited`);
    }
  });
  afterEach(() => world.send({ type: 'tab.close', sessionId, tabId, rollback: true }));
  afterAll(async () => {
    for (const schema of ['public', 'ta', 'tb']) await admin(`drop table if exists ${schema}.state_orders`);
    await world.stop();
    for (const text of [
      'drop schema ta cascade',
      'drop schema tb cascade',
      'drop owned by state_limited',
      'drop role state_limited',
    ])
      await admin(text);
  });

  it('costs a proven read no round trip, and has nothing to say of it', async () => {
    await done('select 1; select 2');
    expect(connection().held).toEqual([]);
    await lose();
    expect(await value('select current_schema()')).toBe('public');
    expect(connection().restored).toEqual([]);
  });

  it.each([
    ['SET', 'set search_path to ta'],
    ['set_config', `select set_config('search_path', 'ta', false)`],
    ['a function', `do $$ begin perform set_config('search_path', 'ta', false); end $$`],
    ['a committed transaction', 'begin; set search_path to ta; commit'],
    ['SET among others in a script', 'select 1; set search_path = ta, public; select 2'],
  ])('sets search_path again that was set by %s', async (_how, text) => {
    await done(text);
    expect(connection().held).toEqual(['searchPath']);
    expect(state()).toMatchObject({ schema: 'ta' });
    await lose();
    await done('delete from state_orders');
    expect(connection().restored).toEqual(['searchPath']);
    expect(await counts()).toEqual([1, 0, 1]);
    expect(world.state.sessions[sessionId]!.interrupted).not.toContain(tabId);
  });

  it.each([
    ['RESET', 'reset search_path'],
    ['RESET ALL', 'reset all'],
    ['DISCARD ALL', 'discard all'],
    ['a rolled back transaction', 'set search_path to default; begin; set search_path to tb; rollback'],
    ['SET LOCAL', 'set search_path to default; begin; set local search_path to tb; commit'],
  ])('forgets it after %s', async (_how, text) => {
    await done('set search_path to ta');
    await done(text);
    expect(connection().held).toEqual([]);
    await lose();
    await done('delete from state_orders');
    expect(await counts()).toEqual([0, 1, 1]);
  });

  it('sets role, session authorization and settings again, custom ones too', async () => {
    await done(`set search_path to tb; set timezone to 'Asia/Tokyo'; set app.tenant = 'seven''s';
      set session characteristics as transaction isolation level serializable; set role state_limited`);
    expect(connection().held).toEqual(['searchPath', 'role', 'settings']);
    expect(state()).toMatchObject({ schema: 'tb', role: 'state_limited' });
    await lose();
    await done('create table made_by_role (a int)');
    expect(
      await admin(`select tableowner, schemaname from pg_tables where tablename = 'made_by_role'`),
    ).toEqual([['state_limited', 'tb']]);
    const rows = await value(
      `select concat_ws('|', current_setting('timezone'), current_setting('app.tenant'), current_setting('transaction_isolation'), current_user)`,
    );
    expect(rows).toBe("Asia/Tokyo|seven's|serializable|state_limited");
    expect(connection().restored).toEqual(['searchPath', 'role', 'settings']);
  });

  it('keeps a session from the defaults that ALTER ROLE sets for others', async () => {
    await done('select 1');
    await done(`alter role ${provided().user} set search_path to tb`);
    try {
      await lose();
      await done('delete from state_orders');
      expect(await counts()).toEqual([0, 1, 1]);
    } finally {
      await admin(`alter role ${provided().user} reset search_path`);
    }
  });

  it.each([
    ['temporary tables', 'create temp table state_orders (id int)', ['temporaryTables']],
    [
      'a temporary function',
      'create function pg_temp.f() returns int language sql as $$ select 1 $$',
      ['temporaryTables'],
    ],
    ['prepared statements', 'prepare p as select 1', ['preparedStatements']],
    ['advisory locks', 'select pg_advisory_lock(4711)', ['locks']],
    ['a cursor WITH HOLD', 'begin; declare c cursor with hold for select 1; commit', ['cursors']],
    ['LISTEN', 'listen channel', ['listening']],
    [
      'temporary tables and search_path',
      'set search_path to ta; create temp table x (a int)',
      ['searchPath', 'temporaryTables'],
    ],
  ] as const)('stops once after the loss of %s, and names them', async (_what, text, held) => {
    await done(text);
    expect(connection().held).toEqual(held);
    await lose();
    const refused = await refusal('delete from state_orders');
    expect(refused?.code).toBe('state.lost');
    expect(world.state.sessions[sessionId]!.interrupted).toContain(tabId);
    expect(world.state.sessions[sessionId]!.lostState[tabId]!.kinds).toEqual(
      held.filter((kind) => kind !== 'searchPath'),
    );
    expect(await counts()).toEqual([1, 1, 1]);
    await acknowledge();
    await done('delete from state_orders');
    expect(await counts()).toEqual(held.includes('searchPath' as never) ? [1, 0, 1] : [0, 1, 1]);
  });

  it('forgets what was dropped, deallocated, unlocked', async () => {
    await done(`create temp table x (a int); drop table x; prepare p as select 1; deallocate p;
      select pg_advisory_lock(4712); select pg_advisory_unlock(4712); listen c; unlisten c`);
    expect(connection().held).toEqual([]);
  });

  it('stops, and says the server’s words, where a role can’t be set again', async () => {
    await admin('create role state_gone');
    await done('set role state_gone');
    await admin('drop role state_gone');
    await lose();
    const [query] = await run('delete from state_orders');
    expect(query).toMatchObject({ outcome: 'lost.notRun', failure: { code: 'state.notRestored' } });
    expect(world.workspace.failure(connection().connectionId)?.message).toMatch(
      /"state_gone" does not exist/,
    );
    expect((await refusal('delete from state_orders'))?.code).toBe('state.lost');
    expect(await counts()).toEqual([1, 1, 1]);
    await acknowledge();
    expect(await value('select current_user')).toBe(provided().user);
  });

  it('stops where the schema of the search_path was dropped in the meantime', async () => {
    await admin('create schema state_tc');
    await done('set search_path to state_tc, public');
    await admin('drop schema state_tc');
    await lose();
    const [query] = await run('delete from state_orders');
    expect(query).toMatchObject({ outcome: 'lost.notRun', failure: { code: 'state.notRestored' } });
    expect(await counts()).toEqual([1, 1, 1]);
  });

  it('sets again what was set before a transaction that was lost', async () => {
    await done('set search_path to ta');
    await done('begin; set local search_path to tb; delete from state_orders');
    expect(state()).toMatchObject({ searchPath: 'tb' });
    await lose();
    expect((await refusal('select 1'))?.code).toBe('transaction.lost');
    await acknowledge();
    await done('delete from state_orders');
    expect(await counts()).toEqual([1, 0, 1]);
  });

  it('does not sign in again while idle_session_timeout closes what is not used, and reconnects when needed', async () => {
    await admin(`alter role ${provided().user} set idle_session_timeout = '4s'`);
    const idle = await RealWorkspace.start(postgresEngine(provided()));
    try {
      const opened = await idle.open();
      const catalogues = () =>
        Object.values(idle.state.connections).filter(({ purpose }) => purpose === 'catalogue');
      await idle.until(() => catalogues()[0]!.state === 'lost');
      expect(catalogues()[0]!.failure?.code).toBe('57P05');
      expect(idle.state.sessions[opened]!.state).toBe('ready');
      expect(catalogues()).toHaveLength(1);
      const page = await idle.workspace.catalogue(opened, { list: 'databases' });
      expect('databases' in page && page.databases.length).toBeGreaterThan(0);
      expect(catalogues()).toHaveLength(2);
      const submit = {
        type: 'query.submit',
        sessionId: opened,
        tabId: 'idle',
        text: 'set search_path to ta',
      } as const;
      // The classifier takes its time to load.
      await idle.ended((await idle.send({ ...submit, tabId: 'warm', text: 'select 1' })).queryIds![0]!);
      const set = await idle.ended((await idle.send(submit)).queryIds![0]!);
      expect(set).toMatchObject({ outcome: 'succeeded' });
      const own = () => Object.values(idle.state.connections).findLast((one) => one.tabId === 'idle')!;
      await idle.until(() => own().state === 'lost');
      const { queryIds } = await idle.send({ ...submit, text: 'delete from state_orders' });
      expect(await idle.ended(queryIds![0]!)).toMatchObject({ outcome: 'succeeded' });
      expect(own().restored).toEqual(['searchPath']);
      expect(await counts()).toEqual([1, 0, 1]);
    } finally {
      await admin(`alter role ${provided().user} reset idle_session_timeout`);
      await idle.stop();
    }
    tabId = 'none';
  });

  it('puts no value of a state on the tape', async () => {
    await done(`set search_path to ta; set app.secret = 'canary-value'`);
    await lose();
    await done('select 1');
    const tape = JSON.stringify(await world.records());
    expect(tape.includes('connection.stateChanged')).toBe(true);
    expect(tape.includes('canary-value')).toBe(false);
  });
});
