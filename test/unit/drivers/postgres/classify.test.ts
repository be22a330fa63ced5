import { Value } from '@sinclair/typebox/value';
import { beforeAll, describe, expect, it } from 'vitest';
import { classifyPostgres, loadPostgresParser } from '../../../../src/drivers/postgres/classify.ts';
import { quotedName } from '../../../../src/drivers/postgres/classify-functions.ts';
import { Judgement, type StatementFacts } from '../../../../src/events/judgement.ts';
import { threadMs } from '../../thread-time.ts';

beforeAll(() => loadPostgresParser());

const dangersOf = (text: string): string[] => classifyPostgres(text).dangers.map(({ kind }) => kind);

describe('the verdict on a PostgreSQL text', () => {
  it.each([
    ['', 'read'],
    [' ; -- nothing', 'read'],
    ['SELECT a FROM t JOIN u USING (id) WHERE b = ANY (ARRAY[1]) ORDER BY 1 LIMIT 3', 'read'],
    ['SELECT * FROM ROWS FROM (generate_series(1, 2), unnest(ARRAY[1])) AS x(a, b)', 'read'],
    ['SELECT count(*) FILTER (WHERE a) OVER w FROM t WINDOW w AS (PARTITION BY b)', 'read'],
    [
      "SELECT extract(year FROM now()), position('a' IN 'b'), trim(' a '), a AT TIME ZONE 'UTC' FROM t",
      'read',
    ],
    ["SELECT xmlparse(content '<a/>'), json_object('a': 1), JSON_VALUE('{}', '$.a')", 'read'],
    ['SHOW server_version', 'read'],
    ['FETCH 10 FROM c', 'read'],
    ['COPY t TO STDOUT', 'read'],
    ['COPY (SELECT 1) TO STDOUT WITH (FORMAT csv)', 'read'],
    ['EXPLAIN (COSTS off, ANALYZE off) DELETE FROM t', 'read'],
    ['EXPLAIN SELECT nextval(1)', 'read'],
    ['EXPLAIN SELECT table_to_xml(1, true, true, NULL)', 'write'],
    ['EXPLAIN EXECUTE p(nextval(1))', 'write'],
    ['EXPLAIN (ANALYZE no) DELETE FROM t', 'write'],
    ['EXPLAIN (HARMLESS) SELECT 1', 'unknown'],
    ['EXPLAIN ANALYZE CREATE TABLE a AS SELECT 1', 'ddl'],
    ['EXPLAIN ANALYZE EXECUTE p', 'unknown'],
    ['SELECT * FROM t FOR UPDATE', 'write'],
    ['SELECT 1 WHERE EXISTS (SELECT 1 FROM t FOR KEY SHARE)', 'write'],
    ['SELECT 1 INTO a', 'ddl'],
    ['SELECT * FROM t TABLESAMPLE mine (1)', 'unknown'],
    ['VALUES (nextval(1))', 'write'],
    ['SELECT pg_catalog.pg_reload_conf()', 'admin'],
    ['INSERT INTO t SELECT pg_read_file(a) FROM u', 'admin'],
    ['INSERT INTO t VALUES (mine())', 'unknown'],
    ['CREATE VIEW v AS SELECT mine()', 'ddl'],
    ['CREATE TABLE a AS SELECT mine()', 'unknown'],
    ["ALTER TYPE a ADD VALUE 'b'", 'ddl'],
    ['NOTIFY a', 'write'],
    ['LOCK TABLE t', 'write'],
    ['COPY t FROM STDIN', 'write'],
    ['PREPARE p AS SELECT 1', 'session'],
    ['PREPARE p AS DELETE FROM t', 'write'],
    ["SET LOCAL a.b TO 'c'", 'session'],
    ['RESET ALL', 'session'],
    ['DISCARD ALL', 'session'],
    ['SAVEPOINT a', 'transaction'],
    ['ANALYZE t', 'admin'],
    ['CHECKPOINT', 'admin'],
    ['ALTER SYSTEM RESET ALL', 'admin'],
    ["LOAD 'a'", 'admin'],
    ['CALL p()', 'unknown'],
    ['SELEKT 1', 'unknown'],
    ['SELECT 1; BEGIN; SELECT 2', 'transaction'],
    ['VACUUM; SELECT mine()', 'unknown'],
  ])('%j is %s', (text, verdict) => {
    const judgement = classifyPostgres(text);
    expect(judgement.verdict).toBe(verdict);
    expect(judgement.reason === null).toBe(verdict === 'read');
    expect(Value.Check(Judgement, judgement)).toBe(true);
  });

  it.each<[string, StatementFacts, RegExp]>([
    ['SELECT 1', { standardConformingStrings: 'off' }, /standard_conforming_strings/],
    ['SELECT 1', { clientEncoding: 'SJIS' }, /client_encoding/],
    ['SELECT 1\0', {}, /NUL/],
    ['SELECT \ud800', {}, /UTF-8/],
    [`SELECT '${'x'.repeat(2 * 1024 * 1024)}'`, {}, /too long/],
    [`SELECT ${'('.repeat(20_000)}1${')'.repeat(20_000)}`, {}, /deep/],
    [`SELECT ${'ARRAY['.repeat(800)}1${']'.repeat(800)}`, {}, /deep/],
  ])('is unknown where the text can’t be read with certainty (%#)', (text, facts, reason) => {
    const { verdict, reason: said, shape, statements } = classifyPostgres(text, facts);
    expect({ verdict, shape, statements }).toEqual({ verdict: 'unknown', shape: null, statements: 0 });
    expect(said).toMatch(reason);
  });

  it.each(['UTF8', 'SQL_ASCII'])('reads a text that is sent as %s', (clientEncoding) => {
    expect(classifyPostgres("SELECT 'é\\'", { clientEncoding }).verdict).toBe('read');
  });

  it('names the function, its volatility and its place in characters, past letters of several bytes', () => {
    const text = "SELECT 'é😀', /* ü */ mine(1)";
    const asked = classifyPostgres(text);
    expect(asked.reason).toBe('Calls mine, whose volatility is not known, at 22.');
    expect([...text].slice(asked.position! - 1).join('')).toBe('mine(1)');
    expect(asked.dangers).toMatchObject([{ kind: 'unknown', position: 22, length: 4 }]);
    expect(classifyPostgres(text, { volatility: { mine: 'v' } }).reason).toBe('Calls mine, VOLATILE, at 22.');
  });

  it('asks for the volatility of what is not pg_catalog’s, and takes the answer', () => {
    const text = 'SELECT now(), mine(), s.yours(), "Their"."f.n"(), pg_catalog.missing()';
    const { asks } = classifyPostgres(text);
    expect(asks).toEqual(['mine', 's.yours', '"Their"."f.n"', 'pg_catalog.missing']);
    const known = Object.fromEntries(asks.map((name) => [name, 's' as const]));
    expect(classifyPostgres(text, { volatility: known }).verdict).toBe('read');
    expect(classifyPostgres(text, { volatility: { ...known, mine: 'v' } }).verdict).toBe('unknown');
    expect(quotedName(['a"b', 'c'])).toBe('"a""b".c');
  });

  it('takes a function of pg_catalog for what it is until the catalogue knows another of its name', () => {
    expect(classifyPostgres('SELECT lower(a) FROM t').verdict).toBe('read');
    const facts: StatementFacts = { volatility: { lower: 'v' } };
    expect(classifyPostgres('SELECT lower(a) FROM t', facts).verdict).toBe('unknown');
    expect(classifyPostgres('SELECT pg_catalog.lower(a) FROM t', facts).verdict).toBe('read');
  });

  it('sees the functions that are called as fields', () => {
    const verdict = (text: string, facts?: StatementFacts): string => classifyPostgres(text, facts).verdict;
    expect(verdict("SELECT ('PG_VERSION'::text).pg_read_file")).toBe('admin');
    expect(verdict('SELECT (a[1]).b.pg_terminate_backend FROM t')).toBe('admin');
    expect(verdict('SELECT x.pg_advisory_lock FROM f x')).toBe('write');
    expect(verdict('SELECT pg_advisory_lock FROM f x')).toBe('read');
    expect(verdict('EXPLAIN SELECT (a).pg_advisory_lock FROM t')).toBe('read');

    const facts: StatementFacts = { volatility: { '.mine': 'v' } };
    const judged = classifyPostgres("SELECT ('a'::text).mine", facts);
    expect(judged).toMatchObject({ verdict: 'unknown', asks: [], dangers: [{ kind: 'unknown' }] });
    expect(judged.reason).toMatch(/^Calls mine, VOLATILE/);
    expect(verdict('SELECT x.mine FROM t, abs(1) x', facts)).toBe('unknown');
    expect(verdict('SELECT (SELECT x.mine) FROM t JOIN abs(1) x ON true', facts)).toBe('unknown');
    // A column of a table is never mistaken for a call of a value's function, but for that of a row's.
    expect(verdict('SELECT t.mine, (SELECT 1 FROM abs(1) x) FROM t', facts)).toBe('read');
    expect(verdict('SELECT t.mine FROM t', { volatility: { '..mine': 'v' } })).toBe('unknown');
    expect(verdict("SELECT ('a'::text).other", facts)).toBe('read');
  });

  /** Milliseconds of the fastest of some judgements: others wait for the compiler or the garbage collector. */
  const timeOf = (text: string): number => {
    const times = Array.from({ length: 5 }, () => {
      const from = threadMs();
      classifyPostgres(text);
      return threadMs() - from;
    });
    return Math.min(...times);
  };

  it('takes as long for a text with a letter of several bytes as for one without', { tags: ['slow'] }, () => {
    const text = (letter: string): string => `SELECT '${letter}'; `.repeat(12_000);
    classifyPostgres(text('e'));
    expect(timeOf(text('é'))).toBeLessThan(6 * timeOf(text('e')));
  });

  it('takes no time for each pair of queries in a WITH', { tags: ['slow'] }, () => {
    const text = (queries: number): string =>
      `WITH ${Array.from({ length: queries }, (_, at) => `c${at} AS (SELECT 1 AS a)`)} DELETE FROM t WHERE a = 1`;
    classifyPostgres(text(100));
    expect(timeOf(text(800))).toBeLessThan(32 * timeOf(text(100)));
  });

  it('counts the statements and finds the place of the worst', () => {
    const judgement = classifyPostgres('SELECT 1; -- one\n DROP TABLE t');
    expect(judgement).toMatchObject({ statements: 2, verdict: 'ddl', position: 19 });
  });
});

describe('the dangers of a PostgreSQL text', () => {
  it.each([
    ['SELECT 1', []],
    ['DELETE FROM t WHERE a = 1', []],
    ['DELETE FROM t', ['deleteAll']],
    ['WITH d AS (UPDATE t SET a = 1 RETURNING 1) SELECT 1', ['updateAll']],
    ['DELETE FROM t WHERE true', ['alwaysTrue']],
    ["DELETE FROM t WHERE 'a' = 'a' OR b = 1", ['alwaysTrue']],
    ['DELETE FROM t WHERE a = a AND 1 < 2', ['alwaysTrue']],
    ['DELETE FROM t WHERE NOT false', ['alwaysTrue']],
    ['DELETE FROM t WHERE a = a AND b = 1', []],
    ['DELETE FROM t WHERE random() = random()', ['alwaysTrue']],
    ["DELETE FROM t WHERE a LIKE '%'", ['alwaysTrue']],
    ["DELETE FROM t WHERE a LIKE 'x%'", []],
    ["DELETE FROM t WHERE a LIKE '%x%'", ['alwaysTrue']],
    ['DELETE FROM t WHERE 1 IN (1, 2)', ['alwaysTrue']],
    ['DELETE FROM t WHERE id IN (SELECT id FROM t)', ['alwaysTrue']],
    ['DELETE FROM t WHERE id IN (SELECT id FROM t WHERE b)', []],
    ['DELETE FROM t WHERE id IN (SELECT 1)', []],
    ['DELETE FROM t WHERE id IN (SELECT generate_series(1, 9))', ['alwaysTrue']],
    ['DELETE FROM t WHERE EXISTS (SELECT 1 FROM t)', ['alwaysTrue']],
    ['DROP TABLE t', ['drop']],
    ['TRUNCATE t', ['truncate']],
    ['ALTER TABLE t ADD COLUMN a int', []],
    ['ALTER TABLE t DROP COLUMN a', ['alter']],
    ['ALTER TABLE t ALTER a TYPE int', ['alter']],
    ['ALTER TABLE t DISABLE TRIGGER a', ['settings']],
    ['ALTER TABLE t DISABLE ROW LEVEL SECURITY', ['settings']],
    ['GRANT SELECT ON t TO a', ['grant']],
    ['ALTER ROLE a SUPERUSER', ['grant']],
    ['CREATE INDEX ON t (a)', ['rewrite']],
    ['CREATE INDEX CONCURRENTLY ON t (a)', []],
    ['REINDEX (CONCURRENTLY off) TABLE t', ['rewrite']],
    ['REFRESH MATERIALIZED VIEW m', ['rewrite']],
    ['CLUSTER t', ['rewrite']],
    ['VACUUM FULL t', ['rewrite']],
    ['VACUUM t', ['admin']],
    ['LOCK t', ['lock']],
    ['SELECT pg_advisory_lock(1)', ['lock']],
    ["COPY t TO '/a'", ['fileAccess']],
    ["COPY t FROM PROGRAM 'a'", ['codeExecution']],
    ["DO 'begin end'", ['codeExecution']],
    ['SELECT pg_terminate_backend(1)', ['terminate']],
    ['SET session_replication_role = replica', ['settings']],
    ['SET TRANSACTION READ WRITE', ['settings']],
    ["SELECT set_config('a.b', '', true)", ['settings']],
    ['EXPLAIN ANALYZE INSERT INTO t VALUES (1)', ['codeExecution']],
    ['BEGIN; DELETE FROM t WHERE a = 1; COMMIT', ['commitAmongOthers']],
    ['SELEKT', ['unknown']],
  ])('%j has %j', (text, kinds) => {
    expect(dangersOf(text)).toEqual(kinds);
  });

  it('are reported up to a limit', () => {
    expect(dangersOf('DELETE FROM t;'.repeat(150))).toHaveLength(100);
  });
});

describe('the shape of a PostgreSQL text', () => {
  it.each([
    ["select  a, 'x', 1.5 /* c */ from t -- d", 'SELECT a, ?, ? FROM t'],
    ['SELECT * FROM t WHERE a IN (1, 2, 3) AND b = $1;', 'SELECT * FROM t WHERE a IN (?, …) AND b = $1'],
    ["INSERT INTO t VALUES (1, 'a'), (2, 'b')", 'INSERT INTO t VALUES (?, …), …'],
    ['SELECT "U"."Name" FROM "Users" "U"', 'SELECT "U"."Name" FROM "Users" "?"'],
    ['SELECT 1 FROM t WHERE name = "hunter2"', 'SELECT ? FROM t WHERE name = "?"'],
    ['SELECT “secret” FROM t', 'SELECT "?" FROM t'],
    ['SET app.token = hunter2', 'SET app.token = ?'],
    ['INSERT INTO t (id, name) VALUES (9, hunter2)', 'INSERT INTO t (id, name) VALUES (?, …)'],
    ['INSERT INTO t VALUES (9, lower(hunter2), hunter2.x)', 'INSERT INTO t VALUES (?, lower(?), ?.?)'],
    [
      'SELECT o.id, total, SUM(o.total), MAX(hunter2) FROM orders o WHERE o.a IN (hunter2) AND b LIKE hunter2 ORDER BY total',
      'SELECT o.id, total, SUM(o.total), MAX(?) FROM orders o WHERE o.a IN (?) AND b LIKE ? ORDER BY total',
    ],
    [
      'SELECT * FROM t WHERE a BETWEEN hunter2 AND hunter2 AND b > hunter2 OR hunter2 AND (c = (hunter2))',
      'SELECT * FROM t WHERE a BETWEEN ? AND ? AND b > ? OR ? AND (c = (?))',
    ],
    [
      'UPDATE users u SET name = hunter2, age = age + 1 WHERE u.id = hunter2',
      'UPDATE users u SET name = ?, age = ? + ? WHERE u.id = ?',
    ],
    [
      'SELECT c.id FROM orders o JOIN customers AS c ON c.id = o.customer_id GROUP BY c.id',
      'SELECT c.id FROM orders o JOIN customers AS c ON c.id = o.customer_id GROUP BY c.id',
    ],
    [
      'CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(20) DEFAULT hunter2)',
      'CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(?) DEFAULT ?)',
    ],
    ['SELECT 1 FROM t WHERE a = ANY (ARRAY[hunter2])', 'SELECT ? FROM t WHERE a = ANY (ARRAY[?])'],
    ['SELECT 1 FROM t WHERE a IS DISTINCT FROM hunter2', 'SELECT ? FROM t WHERE a IS DISTINCT FROM ?'],
    ['INSERT INTO t VALUES ("hunter2"."x")', 'INSERT INTO t VALUES ("?"."?")'],
    ['ALTER ROLE r SET app.token TO hunter2', 'ALTER ROLE r SET app.token TO ?'],
    ['DO $a$ begin end $a$', 'DO ?'],
    ['SELEC 1', null],
    [`SELECT ${'a, '.repeat(5000)} 1`, null],
  ])('an agent: a value without its quotes is hidden on the tape: %j is %j', (text, shape) => {
    expect(classifyPostgres(text).shape).toBe(shape);
  });
});
