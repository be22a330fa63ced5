import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeUser, outside, PRODUCTS } from './mysql-engine.ts';
import { RealWorkspace } from './real-workspace.ts';

/**
 * What a connection holds of its session survives its loss, or stops the tab once. Two databases have a table of the same name; after
 * the tab's connection was killed a DELETE empties the one that the session meant, or is refused.
 */
describe.each(PRODUCTS)('the state of a $product session', ({ product, provided, mysqlEngine }) => {
  let world: RealWorkspace;
  let sessionId: string;
  let tabs = 0;
  let tabId: string;

  const admin = (...texts: string[]) => outside(provided(), ...texts);
  const run = async (text: string) => {
    const { queryIds } = await world.send({ type: 'query.submit', sessionId, tabId, text });
    const ended = [];
    for (const queryId of queryIds!) ended.push(await world.ended(queryId));
    return ended;
  };
  const done = async (text: string) => {
    for (const one of await run(text)) expect(one).toMatchObject({ outcome: 'succeeded', failure: null });
  };
  const value = async (text: string) => {
    const [query] = await run(text);
    expect(query).toMatchObject({ outcome: 'succeeded' });
    return (await world.rows(query!.queryId))[0]?.[0];
  };
  const connection = () => Object.values(world.state.connections).findLast((one) => one.tabId === tabId)!;
  const state = () => world.workspace.connectionState(connection().connectionId)!;
  const lose = async () => {
    const { connectionId, server } = connection();
    await admin(`KILL CONNECTION ${server!.process.processId}`);
    await world.until(({ connections }) => connections[connectionId]!.state === 'lost');
  };
  const refusal = async (text: string) => {
    const answer = await world.answer({ type: 'query.submit', sessionId, tabId, text });
    return 'refused' in answer ? answer.refused : undefined;
  };
  const counts = async () => {
    const { database } = provided();
    const [row] = await admin(
      `SELECT (SELECT COUNT(*) FROM ${database}.state_victims), (SELECT COUNT(*) FROM state_b2.state_victims)`,
    );
    return row!.map(Number);
  };

  beforeAll(async () => {
    await makeUser(provided());
    await admin(
      'DROP DATABASE IF EXISTS state_b2',
      'CREATE DATABASE state_b2',
      'DROP ROLE IF EXISTS state_role',
      'CREATE ROLE state_role',
      `GRANT state_role TO querytape_contract@'%'`,
      'CREATE PROCEDURE state_b2.sets() BEGIN SET time_zone = "+03:00"; SET sql_safe_updates = 1; END',
      'CREATE PROCEDURE state_b2.makes() BEGIN CREATE TEMPORARY TABLE made (a INT); END',
      'CREATE FUNCTION state_b2.f() RETURNS INT NO SQL BEGIN SET time_zone = "+03:00"; RETURN 1; END',
    );
    world = await RealWorkspace.start(mysqlEngine(provided()));
    sessionId = await world.open();
  });
  beforeEach(async () => {
    tabId = `t${++tabs}`;
    for (const database of [provided().database, 'state_b2'])
      await admin(
        `DROP TABLE IF EXISTS ${database}.state_victims`,
        `CREATE TABLE ${database}.state_victims AS SELECT 1 AS id`,
      );
  });
  afterEach(() => world.send({ type: 'tab.close', sessionId, tabId, rollback: true }));
  afterAll(async () => {
    await world.stop();
    await admin(
      `DROP TABLE ${provided().database}.state_victims`,
      'DROP DATABASE state_b2',
      'DROP ROLE state_role',
    );
  });

  it('costs a proven read nothing, and has nothing to say of it', async () => {
    await done('SELECT 1; SELECT 2');
    expect(connection().held).toEqual([]);
    await lose();
    await done('DELETE FROM state_victims');
    expect(await counts()).toEqual([0, 1]);
    expect(connection().restored).toEqual([]);
  });

  it.each([['USE state_b2'], ['SELECT 1; USE state_b2; SELECT 2'], ['/*!50000 USE state_b2 */']])(
    'goes back to the database of %s',
    async (text) => {
      await done(text);
      expect(connection().held).toEqual(['database']);
      expect(state()).toMatchObject({ database: 'state_b2' });
      await lose();
      await done('DELETE FROM state_victims');
      expect(connection().restored).toEqual(['database']);
      expect(await counts()).toEqual([1, 0]);
    },
  );

  it.each([
    'BEGIN; COMMIT',
    'START TRANSACTION READ ONLY; ROLLBACK',
    'BEGIN; SAVEPOINT a; RELEASE SAVEPOINT a; COMMIT',
  ])('holds nothing of a transaction that has ended: %s', async (text) => {
    await done(text);
    await done('DO 0');
    expect(connection().held).toEqual([]);
    await lose();
    await done('SELECT 1');
  });

  it('leaves an edit uncommitted where the user has switched autocommit off', async () => {
    await admin(`ALTER TABLE ${provided().database}.state_victims ADD PRIMARY KEY (id)`);
    await done('SET autocommit = 0');
    const place = { namespace: provided().database, collection: 'state_victims' };
    const key = [{ column: 'id', value: '1' }];
    const { queryIds } = await world.send({ type: 'row.delete', sessionId, tabId, ...place, key, old: [] });
    expect(await world.ended(queryIds![0]!)).toMatchObject({ outcome: 'succeeded', failure: null });
    expect(connection().transaction).toBe('open');
    expect(await value('SELECT COUNT(*) FROM state_victims')).toBe('0');
    await done('ROLLBACK');
    expect(await value('SELECT COUNT(*) FROM state_victims')).toBe('1');
  });

  describe('SET TRANSACTION', () => {
    const victims = () => `${provided().database}.state_victims`;
    const next = () => state().settings.find(({ name }) => name === 'SET TRANSACTION')?.value;
    const insertion = async () => {
      const [ended] = await run(`INSERT INTO ${victims()} VALUES (2)`);
      return ended!.failure?.code ?? null;
    };

    it('is set again for the next transaction, and no longer where a statement took it', async () => {
      await done('SET TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ ONLY');
      expect(next()).toMatch(/SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;.*READ ONLY;/);
      await lose();
      expect(await insertion()).toBe('1792');
      await done(`SELECT * FROM ${victims()}`);
      expect(next()).toBeUndefined();
      await lose();
      expect(await insertion()).toBeNull();
      await done('SET TRANSACTION READ ONLY');
      await done('START TRANSACTION');
      expect(next()).toBeUndefined();
      expect(await insertion()).toBe('1792');
      await done('ROLLBACK');
      await done('SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE');
      expect(next()).toBeUndefined();
    });

    it('is not taken by what is read for the page', async () => {
      const page = () =>
        world.workspace.catalogue(
          sessionId,
          { list: 'columns', namespace: provided().database, collection: 'state_victims' },
          tabId,
        );
      await done('SET TRANSACTION READ ONLY');
      expect(await page()).toMatchObject({ columns: [{ name: 'id' }] });
      expect(await insertion()).toBe('1792');
      // Nor does it begin a transaction.
      await done('ROLLBACK');
      await done('SET autocommit = 0');
      expect(await page()).toMatchObject({ columns: [{ name: 'id' }] });
      expect(connection().transaction).toBe('none');
      await done('SET TRANSACTION READ ONLY');
      expect(await insertion()).toBe('1792');
    });
  });

  it('sets variables, the role and names again', async () => {
    // MySQL quotes it by the sql_mode.
    const role = product === 'MySQL' ? '"state_role"@"%"' : 'state_role';
    await done(`SET sql_safe_updates = 1, time_zone = '+02:00'; SET @@session.lock_wait_timeout = 77;
      SET sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'; SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE;
      SET ROLE state_role; SET NAMES utf8mb4 COLLATE utf8mb4_bin; SET autocommit = 0`);
    expect(connection().held).toEqual(['role', 'settings']);
    await lose();
    expect(
      await value(`SELECT CONCAT_WS('|', IF(@@sql_safe_updates, 'ON', 'OFF'), @@time_zone, @@lock_wait_timeout, @@sql_mode,
        ${product === 'MySQL' ? '@@transaction_isolation' : '@@tx_isolation'}, CURRENT_ROLE(), @@collation_connection, IF(@@autocommit, 'ON', 'OFF'))`),
    ).toBe(`ON|+02:00|77|ANSI_QUOTES,NO_BACKSLASH_ESCAPES|SERIALIZABLE|${role}|utf8mb4_bin|OFF`);
    await run('COMMIT');
  });

  it.each([
    ['a procedure', 'CALL state_b2.sets()'],
    ['a function in a SELECT', 'SELECT state_b2.f()'],
    ['a prepared statement', `PREPARE p FROM 'SET time_zone = "+03:00"'; EXECUTE p; DEALLOCATE PREPARE p`],
  ])('learns what %s has set, and stops for what else it may have', async (_what, text) => {
    await done(text);
    expect(connection().held).toContain('settings');
    await lose();
    if (connection().held.includes('unknown')) {
      expect((await refusal('DELETE FROM state_victims'))?.code).toBe('state.lost');
      await world.send({ type: 'transaction.rollback', sessionId, tabId });
    }
    expect(await value('SELECT @@time_zone')).toBe('+03:00');
  });

  it.each([
    ['temporary tables', 'CREATE TEMPORARY TABLE state_victims (id INT)', ['temporaryTables']],
    ['user variables', 'SET @x = 1', ['variables']],
    ['user variables of a SELECT', 'SELECT @y := 1', ['variables']],
    ['user variables by INTO', 'SELECT 1 INTO @z', ['variables']],
    ['prepared statements', "PREPARE p FROM 'SELECT 1'", ['preparedStatements']],
    ['LOCK TABLES', 'LOCK TABLES state_victims WRITE', ['locks']],
    ['GET_LOCK', "SELECT GET_LOCK('state', 1)", ['locks']],
    ['FLUSH TABLES WITH READ LOCK', 'FLUSH TABLES WITH READ LOCK', ['locks']],
    ['what a procedure made', 'CALL state_b2.makes()', ['unknown']],
  ] as const)('stops once after the loss of %s, and names them', async (_what, text, held) => {
    await done(text);
    expect(connection().held).toEqual(held);
    await lose();
    expect((await refusal('DELETE FROM state_victims'))?.code).toBe('state.lost');
    expect(world.state.sessions[sessionId]!.lostState[tabId]!.kinds).toEqual(held);
    expect(await counts()).toEqual([1, 1]);
    await world.send({ type: 'transaction.rollback', sessionId, tabId });
    await done('DELETE FROM state_victims');
    expect(await counts()).toEqual([0, 1]);
  });

  it('forgets what was dropped, deallocated, unlocked', async () => {
    await done(`CREATE TEMPORARY TABLE x (a INT); DROP TEMPORARY TABLE x; PREPARE p FROM 'SELECT 1'; DEALLOCATE PREPARE p;
      LOCK TABLES state_victims READ; UNLOCK TABLES; SET @x = NULL; SELECT GET_LOCK('a', 1); SELECT RELEASE_ALL_LOCKS()`);
    expect(connection().held.filter((kind) => kind !== 'variables')).toEqual([]);
  });

  it('stops, and says the server’s words, where the database was dropped', async () => {
    await admin('DROP DATABASE IF EXISTS state_b3', 'CREATE DATABASE state_b3');
    await done('USE state_b3');
    await admin('DROP DATABASE state_b3');
    await lose();
    const [query] = await run('DELETE FROM state_victims');
    expect(query).toMatchObject({ outcome: 'lost.notRun', failure: { code: 'state.notRestored' } });
    expect(world.workspace.failure(connection().connectionId)?.message).toMatch(
      /Unknown database 'state_b3'/,
    );
    expect(await counts()).toEqual([1, 1]);
    await world.send({ type: 'transaction.rollback', sessionId, tabId });
    expect(await value('SELECT DATABASE()')).toBe(provided().database);
  });

  it('stops where the current database was dropped in the session itself', async () => {
    await admin('DROP DATABASE IF EXISTS state_b3', 'CREATE DATABASE state_b3');
    await done('USE state_b3; DROP DATABASE state_b3');
    expect(state().database).toBeNull();
    await lose();
    const [query] = await run('DELETE FROM state_victims');
    expect(query).toMatchObject({ outcome: 'lost.notRun', failure: { code: 'state.notRestored' } });
    expect(await counts()).toEqual([1, 1]);
  });

  it('refuses what would begin a transaction and so release LOCK TABLES, and runs statements under the locks', async () => {
    await done('LOCK TABLES state_victims WRITE');
    const place = { sessionId, tabId };
    const withheld = async (queryIds: readonly string[] | undefined) => {
      expect(await world.ended(queryIds![0]!)).toMatchObject({ outcome: 'refused' });
      expect(world.workspace.query(queryIds![0]!)?.failure).toMatchObject({ code: 'locks.held' });
    };
    const manual = {
      type: 'query.submit',
      ...place,
      text: 'DELETE FROM state_victims',
      manualCommit: true,
    } as const;
    await withheld((await world.send(manual)).queryIds);
    await withheld((await world.send({ type: 'transaction.begin', ...place })).queryIds);
    const rows = await admin(
      `SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE ID = ${connection().server!.process.processId}`,
    );
    expect(rows).toEqual([['1']]);
    const waits = admin(
      'SET lock_wait_timeout = 1',
      `INSERT INTO ${provided().database}.state_victims VALUES (9)`,
    );
    await expect(waits).rejects.toThrow(/Lock wait timeout/);
    await done('DELETE FROM state_victims; UNLOCK TABLES');
    expect(await counts()).toEqual([0, 1]);
    expect(connection().held).toEqual([]);
  });

  it('still tells ROW_COUNT() and warnings of the statement before', async () => {
    await done('INSERT INTO state_victims VALUES (2), (3)');
    expect(await value('SELECT ROW_COUNT()')).toBe('2');
  });
});
