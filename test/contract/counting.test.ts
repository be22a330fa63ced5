import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Accepted, CommandAnswer } from '../../src/events/command.ts';
import { withClient } from '../servers/mongodb.ts';
import {
  type CuttingProxy,
  cuttingProxy,
  mongodbEngine,
  provided as providedMongodb,
} from './mongodb-engine.ts';
import { makeUser, outside as mysql, PRODUCTS } from './mysql-engine.ts';
import { outside as postgres, postgresEngine, provided as providedPostgres } from './postgres-engine.ts';
import { RealWorkspace } from './real-workspace.ts';

const T = 'counting_rows';

interface Counted {
  readonly name: string;
  start(): Promise<RealWorkspace>;
  outside(...texts: readonly string[]): Promise<unknown>;
  /** Dangerous statements, each of which is counted, then run: the server's own number has to be the same. */
  readonly statements: readonly string[];
  /** Counts that the server refuses, or that take too long to wait for. */
  readonly missing: string;
  readonly slow: string;
  /** Makes another table of the name in the tab's session, and looks there first. */
  readonly shadow: readonly string[];
}

const ENGINES: readonly Counted[] = [
  {
    name: 'PostgreSQL',
    start: () => RealWorkspace.start({ ...postgresEngine(providedPostgres()), environment: 'production' }),
    async outside(...texts) {
      for (const text of texts) await postgres(providedPostgres(), text);
    },
    statements: [
      `delete from ${T}`,
      `delete from ${T} as x where x.n is distinct from 2 or true`,
      `update ${T} set name = 'where' where n = n`,
      `delete from ${T} using (values (1), (1), (2)) as u (k), ${T} o where true or u.k = o.n`,
      `update ${T} x set name = u.k::text from (values (1), (1)) as u (k)`,
      `with few as (select 1 as k) update ${T} set name = 'x' from few`,
    ],
    missing: 'delete from no_such_table',
    slow: `delete from ${T} where true or pg_sleep(600) is null`,
    shadow: [`create temp table ${T} as select generate_series(1, 5) as n, 'temp' as name`],
  },
  ...PRODUCTS.map(({ product, provided, mysqlEngine }) => ({
    name: product,
    start: async () => {
      await makeUser(provided());
      return RealWorkspace.start({ ...mysqlEngine(provided()), environment: 'production' });
    },
    outside: (...texts: readonly string[]) => mysql(provided(), ...texts),
    statements: [
      `DELETE FROM ${T}`,
      `UPDATE ${T} SET name = 'WHERE'`,
      `DELETE FROM ${T} ORDER BY n DESC LIMIT 2`,
      `UPDATE ${T} SET name = 'x' ORDER BY n LIMIT 100`,
      `DELETE FROM ${T} WHERE 1 = 1`,
    ],
    missing: 'DELETE FROM no_such_table',
    slow: `DELETE FROM ${T} WHERE SLEEP(600) OR n = n`,
    shadow: [
      `CREATE TEMPORARY TABLE ${T} AS SELECT 1 AS n, 'temp' AS name UNION SELECT 2, 'temp' UNION SELECT 3, 'x' UNION SELECT 4, 'x'`,
    ],
  })),
];

describe.each(ENGINES)('the rows that a dangerous statement would touch on $name', (engine) => {
  let world: RealWorkspace;
  let sessionId: string;
  let tabs = 0;
  const reach = async (text: string) => {
    const command = { type: 'query.submit', sessionId, tabId: `t${tabs}`, text } as const;
    const queryId = (await world.send(command)).queryIds![0]!;
    return world.until(
      ({ queries }) =>
        (queries[queryId]?.state === 'confirming' || queries[queryId]?.outcome != null) && queries[queryId],
    );
  };
  const count = (queryId: string): Promise<CommandAnswer> => world.answer({ type: 'query.count', queryId });
  const confirm = async (queryId: string) => {
    const { id } = world.workspace.query(queryId)!.challenge!;
    await world.send({ type: 'query.confirm', queryId, challenge: id, name: 'p' });
    return world.ended(queryId);
  };
  const cancel = async (queryId: string) => {
    await world.send({ type: 'query.cancel', queryId });
    return world.ended(queryId);
  };

  beforeAll(async () => {
    world = await engine.start();
    sessionId = await world.open();
  });
  beforeEach(async () => {
    tabs++;
    await engine.outside(
      `DROP TABLE IF EXISTS ${T}`,
      `CREATE TABLE ${T} (n int, name text)`,
      `INSERT INTO ${T} VALUES (1, 'a'), (2, 'b'), (3, 'c')`,
    );
  });
  afterAll(async () => {
    await world.stop();
    await engine.outside(`DROP TABLE ${T}`);
  });

  it.each(engine.statements)('are those that the server then says it touched: %s', async (text) => {
    const { queryId, state } = await reach(text);
    expect(state).toBe('confirming');
    const { counted } = (await count(queryId)) as Accepted;
    expect(counted?.inTransaction).toBe(false);
    const { outcome, rowsAffected } = await confirm(queryId);
    expect([outcome, String(rowsAffected)]).toEqual(['succeeded', counted?.rows]);
  });

  it('are those of the tab’s own table, and of what its open transaction has done', async () => {
    await world.send({ type: 'transaction.begin', sessionId, tabId: `t${tabs}` });
    await reach(`INSERT INTO ${T} VALUES (4, 'mine')`);
    const { queryId } = await reach(`DELETE FROM ${T}`);
    expect(await count(queryId)).toMatchObject({ counted: { rows: '4', inTransaction: true } });
    await cancel(queryId);
    await world.send({ type: 'transaction.rollback', sessionId, tabId: `t${tabs}` });
    for (const text of engine.shadow) await reach(text);
    const shadowed = await reach(`DELETE FROM ${T}`);
    const { counted } = (await count(shadowed.queryId)) as Accepted;
    expect(Number(counted?.rows)).toBeGreaterThan(3);
    await cancel(shadowed.queryId);
  });

  it('that can’t be counted hurt nothing: not the statement, nor the transaction', async () => {
    await world.send({ type: 'transaction.begin', sessionId, tabId: `t${tabs}` });
    await reach(`INSERT INTO ${T} VALUES (4, 'mine')`);
    const { queryId } = await reach(engine.missing);
    expect(await count(queryId)).toMatchObject({ refused: { code: expect.stringMatching(/42P01|1146/) } });
    await cancel(queryId);
    const all = await reach(`DELETE FROM ${T}`);
    expect(await count(all.queryId)).toMatchObject({ counted: { rows: '4' } });
    expect(await confirm(all.queryId)).toMatchObject({ outcome: 'succeeded', rowsAffected: 4 });
    await world.send({ type: 'transaction.rollback', sessionId, tabId: `t${tabs}` });
  });

  it('are not counted any more once the statement is cancelled', async () => {
    const { queryId } = await reach(engine.slow);
    const counting = count(queryId);
    await world.until(({ queries }) => queries[queryId]?.state === 'counting.running');
    expect((await cancel(queryId)).outcome).toBe('cancelled');
    expect(await counting).toMatchObject({ refused: { code: 'count.stopped' } });
    expect((await reach('SELECT 1')).outcome).toBe('succeeded');
  });
});

describe('the documents that a dangerous statement would touch on MongoDB', () => {
  const DATABASE = 'querytape_counting';
  let proxy: CuttingProxy;
  let world: RealWorkspace;
  let sessionId: string;
  const reach = async (text: string) => {
    const command = { type: 'query.submit', sessionId, tabId: 't', text } as const;
    const queryId = (await world.send(command)).queryIds![0]!;
    return world.until(
      ({ queries }) =>
        (queries[queryId]?.state === 'confirming' || queries[queryId]?.outcome != null) && queries[queryId],
    );
  };
  const count = (queryId: string): Promise<CommandAnswer> => world.answer({ type: 'query.count', queryId });

  beforeAll(async () => {
    proxy = await cuttingProxy(providedMongodb());
    await withClient(providedMongodb(), async (client) => {
      await client.db(DATABASE).dropDatabase();
      await client.db(DATABASE).command({ insert: T, documents: [1, 2, 3].map((n) => ({ _id: n, n })) });
    });
    const engine = mongodbEngine(providedMongodb(), proxy);
    world = await RealWorkspace.start({
      ...engine,
      target: { ...engine.target, database: DATABASE },
      environment: 'production',
    });
    sessionId = await world.open();
  });
  afterAll(async () => {
    await world.stop();
    await proxy.close();
    await withClient(providedMongodb(), (client) => client.db(DATABASE).dropDatabase());
  });

  it.each([
    [`db.${T}.updateMany({}, {$set: {m: 1}})`, 3],
    [`db.${T}.updateMany({_id: {$exists: true}}, {$set: {m: 2}})`, 3],
    [`db.getSiblingDB("${DATABASE}").${T}.deleteMany({})`, 3],
  ] as const)('are those that the server then says it touched: %s', async (text, rows) => {
    const { queryId, state } = await reach(text);
    expect(state).toBe('confirming');
    expect(await count(queryId)).toMatchObject({ counted: { rows: `${rows}`, inTransaction: false } });
    const { id } = world.workspace.query(queryId)!.challenge!;
    await world.send({ type: 'query.confirm', queryId, challenge: id, name: 'p' });
    expect(await world.ended(queryId)).toMatchObject({ outcome: 'succeeded', rowsAffected: rows });
  });

  it('are not counted in an open transaction, which an error would end', async () => {
    await world.send({ type: 'transaction.begin', sessionId, tabId: 't' });
    await reach(`db.${T}.insertOne({n: 9})`);
    const { queryId } = await reach(`db.${T}.deleteMany({})`);
    expect(await count(queryId)).toMatchObject({ refused: { code: 'count.inTransaction' } });
    await world.send({ type: 'query.cancel', queryId });
    await world.ended(queryId);
    await world.send({ type: 'transaction.rollback', sessionId, tabId: 't' });
  });
});
