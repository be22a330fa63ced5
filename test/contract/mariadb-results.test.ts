import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Connection } from '../../src/drivers/driver.ts';
import { NOTICES_MAX } from '../../src/events/limits.ts';
import type { Column } from '../../src/events/result.ts';
import { Connections } from './contract.ts';
import { makeUser, outside, PRODUCTS, sequence, sleep } from './mysql-engine.ts';
import { ask, CancelLog, Collector, run, until } from './running.ts';

/** A sink that keeps results apart. */
class Results extends Collector {
  readonly all: { names: string[]; rows: number }[] = [];
  override columns(columns: readonly Column[], ...rest: [Parameters<Collector['columns']>[1]]): void {
    this.all.push({ names: columns.map(({ name }) => name), rows: 0 });
    super.columns(columns, ...rest);
  }
  override rows(bytes: Uint8Array, count: number): boolean {
    this.all.at(-1)!.rows += count;
    return super.rows(bytes, count);
  }
}

describe.each(PRODUCTS)('on $product', ({ product, provided, mysqlEngine }) => {
  const isMysql = product === 'MySQL';
  let connections: Connections;
  let connection: Connection;

  beforeAll(async () => {
    await makeUser(provided());
    await outside(
      provided(),
      'DROP DATABASE IF EXISTS qt_results',
      'CREATE DATABASE qt_results',
      'USE qt_results',
      'CREATE TABLE t (id int AUTO_INCREMENT PRIMARY KEY, n tinyint)',
    );
    connections = new Connections(mysqlEngine({ ...provided(), database: 'qt_results' }));
  });
  beforeEach(async () => {
    await connections.closeAll();
    connection = await connections.connect();
  });
  afterAll(async () => {
    await connections?.closeAll();
    await outside(provided(), 'DROP DATABASE qt_results');
  });

  it('a procedure gives each of its results with its own columns, and then its end', async () => {
    const sink = new Results();
    const end = await connection.execute('CALL shop.customer_orders(1)', sink).ended;
    expect(sink.all).toEqual([
      { names: ['id', 'name'], rows: 1 },
      { names: ['id', 'status', 'at'], rows: 66 },
    ]);
    expect(end).toMatchObject({ type: 'completed', command: 'CALL', rowsAffected: 0 });
    expect(await ask(connection, 'SELECT 1')).toEqual([['1']]);
  });

  it('a number that only the other product means to end the connection by fails the statement alone', async () => {
    const { end } = await run(
      connection,
      'CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW FOLLOWS none SET @a = 1',
    );
    const code = isMysql ? '3011' : '4031';
    expect(end).toMatchObject({ type: 'failed', failure: { code, source: 'server' }, usable: true });
    expect(end.type === 'failed' && end.failure.advice).toBeUndefined();
    expect(await ask(connection, 'SELECT 1')).toEqual([['1']]);
    expect(connections.lost).toEqual([]);
  });

  it('a procedure that fails after a result fails, and one that is stopped is stopped', async () => {
    await outside(
      provided(),
      'DROP PROCEDURE IF EXISTS qt_results.fails',
      'DROP PROCEDURE IF EXISTS qt_results.sleeps',
      'CREATE PROCEDURE qt_results.fails() BEGIN SELECT 1; SELECT no_such; END',
      `CREATE PROCEDURE qt_results.sleeps() BEGIN SELECT 1; ${sleep(60_000)}; SELECT 2; END`,
    );
    const sink = new Results();
    expect(await connection.execute('CALL fails()', sink).ended).toMatchObject({
      type: 'failed',
      failure: { code: '1054' },
      usable: true,
    });
    expect(sink.all).toHaveLength(1);
    const sleeping = connection.execute('CALL sleeps()', new Results());
    await new Promise((resolve) => setTimeout(resolve, 50));
    sleeping.cancel(new CancelLog());
    expect(await sleeping.ended).toMatchObject({ type: 'failed', stopped: true, usable: true });
    expect(await ask(connection, 'SELECT 1')).toEqual([['1']]);
  });

  it('says what a statement did, and how many rows it touched where it touches rows', async () => {
    const told: unknown[] = [];
    for (const text of [
      'INSERT INTO t (n) VALUES (1), (2), (3)',
      '/* why */ UPDATE t SET n = 1 WHERE n = 1',
      'REPLACE INTO t (id, n) VALUES (1, 1)',
      'DELETE FROM t WHERE n > 1',
      'CREATE TEMPORARY TABLE u SELECT 1',
      'CREATE OR REPLACE ALGORITHM = MERGE SQL SECURITY INVOKER VIEW v AS SELECT 1 AS one FROM t',
      'ALTER TABLE t ADD COLUMN m int',
      'DROP VIEW v',
      "SET @x = 'DELETE'",
      'SELECT 1 INTO @x',
      'WITH w AS (SELECT 1) SELECT * FROM w',
      '(SELECT 1)',
      '/*!40101 SET @x = 1 */',
      ...(isMysql ? [] : ['INSERT INTO t (n) VALUES (9) RETURNING id']),
      'START TRANSACTION',
      'COMMIT',
    ]) {
      const { end } = await run(connection, text);
      told.push(end.type === 'completed' ? `${end.command} ${end.rowsAffected}` : end.failure.message);
    }
    expect(told).toEqual([
      'INSERT 3',
      'UPDATE 1',
      'REPLACE 1',
      'DELETE 2',
      'CREATE TABLE 1',
      'CREATE VIEW null',
      'ALTER TABLE null',
      'DROP VIEW null',
      'SET null',
      'SELECT null',
      'SELECT null',
      'SELECT null',
      'SET null',
      ...(isMysql ? [] : ['INSERT null']),
      'START TRANSACTION null',
      'COMMIT null',
    ]);
  });

  it('tells the server’s warnings, as many as it kept, and says how many it did not keep', async () => {
    await ask(connection, "SET sql_mode = ''");
    const { notices } = await run(connection, "INSERT INTO t (n) VALUES ('12x'), (1000)");
    expect(notices).toMatchObject([
      { code: '1265', severity: 'Warning', source: 'server' },
      { code: '1264', severity: 'Warning', source: 'server' },
    ]);
    // The last insert id is still that statement's, and its warnings are still there for whoever asks.
    expect(await ask(connection, 'SHOW WARNINGS')).toHaveLength(2);
    expect(await ask(connection, 'SELECT LAST_INSERT_ID() = MAX(id) - 1 FROM t')).toEqual([['1']]);
    await ask(connection, 'SET max_error_count = 64');
    const text = `INSERT INTO t (n) SELECT CONCAT(seq, 'x') FROM ${sequence(100)}`;
    const few = await run(connection, text);
    expect(few.notices).toHaveLength(65);
    expect(few.notices.at(-1)).toMatchObject({ code: 'warnings.notKept', source: 'client' });
    await ask(connection, 'SET max_error_count = 60000');
    const many = await run(
      connection,
      `INSERT INTO t (n) SELECT CONCAT(seq % 9, 'x') FROM ${sequence(3000)}`,
    );
    expect(many.notices).toHaveLength(NOTICES_MAX + 1);
    expect(many.end.transaction).toBe('none');
  });

  it('puts the character sets back that it reads, and says so', async () => {
    for (const text of [
      'SET NAMES latin1',
      "SET character_set_results = 'utf8mb3'",
      'SET character_set_results = NULL',
      'SET CHARACTER SET latin1',
    ]) {
      const { notices } = await run(connection, text);
      // MySQL warns of utf8mb3 besides.
      expect(notices.filter(({ source }) => source === 'client')).toMatchObject([{ code: 'encoding.kept' }]);
      expect(await ask(connection, "SELECT 'Ünï 🦊', @@character_set_results")).toEqual([
        ['Ünï 🦊', 'utf8mb4'],
      ]);
    }
    expect((await run(connection, 'SET NAMES utf8mb4 COLLATE utf8mb4_bin')).notices).toEqual([]);
    expect(await ask(connection, 'SELECT @@collation_connection')).toEqual([['utf8mb4_bin']]);
  });

  it('reads and sends nothing of this machine: LOAD DATA LOCAL is refused', async () => {
    const { end } = await run(connection, "LOAD DATA LOCAL INFILE '/etc/hostname' INTO TABLE t");
    expect(end).toMatchObject({ type: 'failed', usable: true, failure: { source: 'server' } });
    expect(await ask(connection, 'SELECT 1')).toEqual([['1']]);
  });

  it('runs one statement a message', async () => {
    expect((await run(connection, 'SELECT 1; SELECT 2')).end).toMatchObject({
      type: 'failed',
      failure: { code: '1064', position: 11 },
    });
  });

  it.each([
    ['SELECT 1 FROM DUAL WHERE 1 = :id', '1064', 'If :id stands for a value'],
    ['SELECT 1 FROM DUAL WHERE 1 = ?', '1064', 'If ? stands for a value'],
    ['\ufeffSELECT 1', '1064', 'U+FEFF'],
    ['SELECT\u00a01', '1064', 'U+00A0'],
    ['SELECT a\u00a0 FROM mysql.user', '1054', 'U+00A0'],
    ['SELECT a FROM mysql.user\u200b', '1146', 'U+200B'],
  ])('names what may be wrong at the place in %j', async (text, code, advice) => {
    expect((await run(connection, text)).end).toMatchObject({
      failure: { code, advice: expect.stringContaining(advice) },
    });
  });

  it('points at the place of a syntax error', async () => {
    const position = async (text: string) => {
      const { end } = await run(connection, text);
      return end.type === 'failed' ? end.failure.position : end.type;
    };
    expect(await position('SELEC 1')).toBe(1);
    expect(await position("SELECT '🦊'\nFROM t\nWHERE = 3\nORDER BY 1")).toBe(25);
    expect(await position(`SELECT 1 FROM FROM ${'x'.repeat(500)}`)).toBe(15);
    expect(await position('SELECT 1 +')).toBe(11);
  });

  it('begins transactions at a level and read-only, and the server keeps them so', async () => {
    const { driver } = mysqlEngine(provided());
    for (const text of driver.transaction({ step: 'begin', isolationLevel: 'SERIALIZABLE', readOnly: true }))
      await ask(connection, text);
    expect(connection.transaction).toBe('open');
    const look =
      'SELECT trx_isolation_level FROM information_schema.innodb_trx WHERE trx_mysql_thread_id = CONNECTION_ID()';
    await ask(connection, 'SELECT * FROM t');
    expect(await ask(connection, look)).toEqual([['SERIALIZABLE']]);
    const wrote = await run(connection, 'INSERT INTO t (n) VALUES (1)');
    expect(wrote.end).toMatchObject({ type: 'failed', failure: { code: '1792' }, transaction: 'open' });
    for (const text of driver.transaction({ step: 'rollback' }))
      expect((await run(connection, text)).end.transaction).toBe('none');
  });

  it('tells what statements of every kind do to the transaction', async () => {
    const told: string[] = [];
    for (const text of [
      'BEGIN',
      'CREATE TABLE implicit (n int)',
      'SET autocommit = 0',
      'SELECT * FROM t',
      'COMMIT AND CHAIN',
      'ROLLBACK',
      'SET autocommit = 1',
      'DROP TABLE implicit',
    ]) {
      await ask(connection, text);
      told.push(connection.transaction);
    }
    expect(told).toEqual(['open', 'none', 'none', 'open', 'open', 'none', 'none', 'none']);
  });

  it('takes values beside the text', async () => {
    const values = [`a'b"c\\d`, null, '', '🦊', '1'];
    const { rows } = await run(
      connection,
      "SELECT ?, ? /* ? */, '?', `a?b`, ?, ?, ? + 1 -- ?\nFROM (SELECT 1 AS `a?b`) x",
      values,
    );
    expect(rows).toEqual([[`a'b"c\\d`, null, '?', '1', '', '🦊', '2']]);
    expect((await run(connection, 'SELECT ?', ['a', 'b'])).end).toMatchObject({
      type: 'failed',
      failure: { code: 'statement.params' },
    });
    expect((await run(connection, "SELECT '\ud800'")).end).toMatchObject({
      failure: { code: 'statement.malformed' },
    });
  });

  it('outlives a pause that is longer than the server’s own patience', async () => {
    expect(await ask(connection, 'SELECT @@net_write_timeout')).toEqual([['960']]);
  });

  it('ends on the server what a closed connection was running', async () => {
    const execution = connection.execute(
      'SELECT COUNT(*) FROM information_schema.COLUMNS a JOIN information_schema.COLUMNS b JOIN information_schema.COLUMNS c',
      new Collector(),
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
    const { processId } = connection.server.process;
    await connection.close();
    expect(await execution.ended).toMatchObject({ type: 'lost', failure: { code: 'connection.closedHere' } });
    const left = `SELECT ID FROM information_schema.PROCESSLIST WHERE ID = ${processId}`;
    await until(
      'the server has stopped it',
      async () => (await outside(provided(), left)).length === 0,
      1000,
    );
  });
});
