import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MIB } from '../../src/events/limits.ts';
import { RESULT_MEMORY_BYTES, SPILL_BACKLOG_BYTES } from '../../src/store/limits.ts';
import { makeUser, outside as mysqlOutside, PRODUCTS } from './mysql-engine.ts';
import { outside as postgres, postgresEngine, provided as providedPostgres } from './postgres-engine.ts';
import { RealWorkspace } from './real-workspace.ts';

interface Paced {
  readonly name: string;
  start(): Promise<RealWorkspace>;
  outside(...texts: readonly string[]): Promise<unknown[][]>;
  /** Numbers from 1. */
  series(count: number): string;
  /** Statements that change each of the rows of `pace_big`, or put as many into `pace_log`, and give them back. */
  readonly effects: readonly string[];
  /** A statement that reads wide rows for as long as it is read. */
  readonly wide: string;
}

const ROWS = 200_000;

const ENGINES: readonly Paced[] = [
  {
    name: 'PostgreSQL',
    start: () => RealWorkspace.start(postgresEngine(providedPostgres())),
    async outside(...texts) {
      let rows: unknown[][] = [];
      for (const text of texts) rows = await postgres(providedPostgres(), text);
      return rows;
    },
    series: (count) => `select i as v from generate_series(1, ${count}) i`,
    effects: [
      'insert into pace_log select v from pace_big returning *',
      'with put as (insert into pace_log select v from pace_big returning *) select * from put',
      'select pace_put(v) from pace_big',
    ],
    wide: "select i, repeat('x', 1000) from (select generate_series(1, 100000) i) s",
  },
  ...PRODUCTS.map(({ product, provided, mysqlEngine }): Paced => {
    return {
      name: product,
      async start() {
        await makeUser(provided());
        return RealWorkspace.start(mysqlEngine(provided()));
      },
      outside: (...texts) => mysqlOutside(provided(), ...texts),
      series: (count) =>
        `WITH RECURSIVE d AS (SELECT 0 n UNION ALL SELECT n + 1 FROM d WHERE n < 99) SELECT a.n * 10000 + b.n * 100 + c.n + 1 AS v FROM d a, d b, d c WHERE a.n < ${count / 10_000}`,
      effects:
        product === 'MariaDB'
          ? ['INSERT INTO pace_log SELECT v FROM pace_big RETURNING v', 'SELECT pace_put(v) FROM pace_big']
          : ['SELECT pace_put(v) FROM pace_big'],
      wide: "SELECT v, REPEAT('x', 1000) FROM pace_big",
    };
  }),
];

describe.each(ENGINES)('the reader’s pace and limits on $name', (engine) => {
  let world: RealWorkspace;
  let sessionId: string;
  let tabs = 0;
  const isPostgres = engine.name === 'PostgreSQL';

  const submit = async (text: string, more: { rowsMax?: number } = {}): Promise<readonly string[]> =>
    (await world.send({ type: 'query.submit', sessionId, tabId: `t${tabs}`, text, ...more })).queryIds!;
  const run = async (text: string, more: { rowsMax?: number } = {}) => {
    const ids = await submit(text, more);
    return Promise.all(ids.map((id) => world.ended(id)));
  };
  const countOf = async (table: string) =>
    Number((await engine.outside(`select count(*) from ${table}`))[0]![0]);

  beforeAll(async () => {
    const put = isPostgres
      ? "create function pace_put(i int) returns int language sql volatile as 'insert into pace_log values (i) returning v'"
      : 'CREATE FUNCTION pace_put(i INT) RETURNS INT MODIFIES SQL DATA BEGIN INSERT INTO pace_log VALUES (i); RETURN i; END';
    const clear = [
      `drop function if exists pace_put${isPostgres ? '(int)' : ''}`,
      'drop table if exists pace_big, pace_log',
    ];
    await engine.outside(
      ...clear,
      'create table pace_log (v int)',
      ...(isPostgres
        ? [`create table pace_big as ${engine.series(ROWS)}`]
        : ['CREATE TABLE pace_big (v INT)', `INSERT INTO pace_big ${engine.series(ROWS)}`]),
    );
    if (!isPostgres) await engine.outside('SET GLOBAL log_bin_trust_function_creators = 1');
    await engine.outside(put);
    expect(await countOf('pace_big')).toBe(ROWS);
    world = await engine.start();
    sessionId = await world.open();
  }, 180_000);
  beforeEach(async () => {
    tabs++;
    await engine.outside('truncate table pace_log');
  });
  afterEach(async () => {
    world.rules = {};
    await world.send({ type: 'tab.close', sessionId, tabId: `t${tabs}`, rollback: true });
  });
  afterAll(async () => {
    await world?.stop();
    await engine.outside('drop table pace_big, pace_log');
  });

  describe.each(engine.effects)('%s', (text) => {
    it('commits although its rows are not read, and keeps them', async () => {
      world.rules = { fetchAheadBytes: MIB };
      const [query] = await run(text);
      expect(query).toMatchObject({ outcome: 'succeeded', rows: ROWS, rowsComplete: true, cut: null });
      expect(await countOf('pace_log')).toBe(ROWS);
    }, 120_000);

    it('does all its work under a row limit, and says so', async () => {
      const [query] = await run(text, { rowsMax: 5 });
      expect(query).toMatchObject({
        outcome: 'succeeded',
        rows: 5,
        rowsComplete: false,
        cut: 'rowLimit',
        cancel: null,
      });
      if (/^insert/i.test(text) && isPostgres) expect(query!.rowsAffected).toBe(ROWS);
      expect(world.results.get(query!.queryId)?.meta()).toMatchObject({ rows: 5, cut: 'rowLimit' });
      expect(await countOf('pace_log')).toBe(ROWS);
    }, 120_000);
  });

  it('a row limit inside a transaction is not an error of it', async () => {
    const script = 'begin; insert into pace_log values (1); select * from pace_big; commit';
    const queries = await run(script, { rowsMax: 5 });
    expect(queries.map(({ outcome, cut }) => [outcome, cut])).toEqual([
      ['succeeded', null],
      ['succeeded', null],
      ['succeeded', 'rowLimit'],
      ['succeeded', null],
    ]);
    expect(queries[2]).toMatchObject({ rows: 5, cancel: null });
    expect(await countOf('pace_log')).toBe(1);
  });

  it('a row limit inside a transaction leaves nothing open that the next statement would meet', async () => {
    await run('begin');
    for (let round = 0; round < 3; round++) {
      const [query] = await run('select v from pace_big order by v', { rowsMax: 3 });
      expect(await world.rows(query!.queryId)).toEqual([['1'], ['2'], ['3']]);
    }
    const [exact] = await run('select v from pace_big where v <= 3', { rowsMax: 3 });
    expect(exact).toMatchObject({ rows: 3, rowsComplete: true, cut: null });
    expect((await run('commit'))[0]).toMatchObject({ outcome: 'succeeded' });
  });

  it('a row limit does not stop the rest of a script', async () => {
    const queries = await run('select * from pace_big; select 2', { rowsMax: 5 });
    expect(queries.map(({ outcome, cut }) => [outcome, cut])).toEqual([
      ['succeeded', 'rowLimit'],
      ['succeeded', null],
    ]);
  });

  it('an ordinary result is fetched whole, and holds nothing once it is here', async () => {
    const [query] = await run('select * from pace_big');
    expect(query).toMatchObject({ outcome: 'succeeded', rows: ROWS, rowsComplete: true });
    if (isPostgres)
      expect(await engine.outside("select mode from pg_locks where relation = 'pace_big'::regclass")).toEqual(
        [],
      );
    await engine.outside('alter table pace_big add column w int', 'alter table pace_big drop column w');
  });

  it('a result beyond the budget is paused, and goes on when its connection is wanted', async () => {
    world.rules = { fetchAheadBytes: MIB };
    const [paused] = await submit(engine.wide);
    const at = await world.until(({ queries }) => queries[paused!]?.state === 'paused' && queries[paused!]);
    expect(at).toMatchObject({ pausedBy: 'budget', outcome: null, rowsComplete: false });
    expect(at.bytes).toBeGreaterThan(MIB);
    const queries = await run('insert into pace_log values (1)');
    expect(queries[0]).toMatchObject({ outcome: 'succeeded' });
    expect(await world.ended(paused!)).toMatchObject({ outcome: 'succeeded', rowsComplete: true });
    const script = await run(`${engine.wide}; insert into pace_log values (2)`);
    expect(script.map(({ outcome }) => outcome)).toEqual(['succeeded', 'succeeded']);
    expect(await countOf('pace_log')).toBe(2);
  }, 120_000);

  it('keeps its memory flat while a statement with effects gives a million rows', async () => {
    let most = 0;
    const watch = setInterval(() => {
      most = Math.max(most, world.results.memoryBytes);
    }, 5);
    const text = isPostgres
      ? "insert into pace_log select i from generate_series(1, 1000000) i returning v, repeat('x', 100)"
      : 'SELECT v, pace_put(v), REPEAT("x", 100) FROM pace_big';
    const [query] = await run(text);
    clearInterval(watch);
    expect(query).toMatchObject({ outcome: 'succeeded', rowsComplete: true });
    expect(query!.rows).toBe(isPostgres ? 1_000_000 : ROWS);
    expect(most).toBeLessThan(RESULT_MEMORY_BYTES + 2 * SPILL_BACKLOG_BYTES);
  }, 180_000);
});

describe('a server’s own time limit', () => {
  it('that ends a paused result is said to have done so, with what to do', async () => {
    const world = await RealWorkspace.start(postgresEngine(providedPostgres()));
    world.rules = { fetchAheadBytes: MIB };
    const sessionId = await world.open();
    const submit = async (text: string) =>
      (await world.send({ type: 'query.submit', sessionId, tabId: 't', text })).queryIds![0]!;
    await world.ended(await submit('set statement_timeout = 1000'));
    const queryId = await submit("select i, repeat('x', 1000) from (select generate_series(1, 1000000) i) s");
    await world.until(({ queries }) => queries[queryId]?.state === 'paused');
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await world.send({ type: 'query.fetchAll', queryId });
    const query = await world.ended(queryId);
    expect(query).toMatchObject({ outcome: 'failed', failure: { code: '57014' }, cut: 'failed' });
    expect(query.pausedMs).toBeGreaterThan(1000);
    expect(world.results.get(queryId)?.meta()).toMatchObject({ complete: true, rowsComplete: false });
    expect(world.workspace.query(queryId)?.failure?.advice).toMatch(/Reading had been paused/);
    await world.stop();
  });
});

describe.each(PRODUCTS)(
  'a statement of $product that completes after its cancel',
  ({ product, provided, mysqlEngine }) => {
    let world: RealWorkspace;
    let sessionId: string;
    const cancelled = async (text: string) => {
      const { queryIds } = await world.send({ type: 'query.submit', sessionId, tabId: 't', text });
      await world.until(({ queries }) => queries[queryIds![0]!]?.state === 'executing');
      await new Promise((resolve) => setTimeout(resolve, 300));
      await world.send({ type: 'query.cancel', queryId: queryIds![0]! });
      return world.ended(queryIds![0]!);
    };

    beforeAll(async () => {
      await makeUser(provided());
      world = await RealWorkspace.start(mysqlEngine(provided()));
      sessionId = await world.open();
    });
    afterAll(() => world?.stop());

    it.each([
      'SELECT SLEEP(30)',
      'DO SLEEP(30)',
      'SELECT BENCHMARK(1000000000, SHA2(RAND(), 512))',
      product === 'MySQL'
        ? 'EXPLAIN ANALYZE SELECT SLEEP(1) FROM information_schema.columns'
        : 'ANALYZE SELECT SLEEP(1) FROM information_schema.columns',
    ])('is never said to have finished before it: %s', async (text) => {
      const query = await cancelled(text);
      if (query.outcome === 'succeeded') expect(query.afterCancel).toMatch(/^(endedEarly|unknown)$/);
      else expect(query.outcome).toBe('cancelled');
    });

    it('is ended early where the server says so', async () => {
      const query = await cancelled('SELECT SLEEP(30)');
      if (product === 'MySQL')
        expect(query).toMatchObject({ outcome: 'succeeded', afterCancel: 'endedEarly', cut: 'cancelled' });
      else expect(query.outcome).toBe('cancelled');
    });
  },
);
