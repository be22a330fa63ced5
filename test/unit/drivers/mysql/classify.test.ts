import { Value } from '@sinclair/typebox/value';
import { describe, expect, it } from 'vitest';
import { classifyMysql } from '../../../../src/drivers/mysql/classify.ts';
import { mysqlDriver } from '../../../../src/drivers/mysql/driver.ts';
import { routinesStatement } from '../../../../src/drivers/mysql/routines.ts';
import { Judgement, type StatementFacts } from '../../../../src/events/judgement.ts';

const judge = (text: string, sqlMode?: string, engine: 'mysql' | 'mariadb' = 'mariadb') =>
  classifyMysql(engine, text, sqlMode === undefined ? {} : { sqlMode });
const verdictOf = (text: string, sqlMode?: string) => judge(text, sqlMode).verdict;

describe('the verdict on a MySQL or MariaDB text', () => {
  it.each([
    ['', 'read'],
    [' ; # nothing', 'read'],
    ['SELECT a, COUNT(*) FROM t JOIN u USING (id) WHERE b IN (1, 2) GROUP BY a HAVING MAX(c) > 1', 'read'],
    ['WITH RECURSIVE n (a, b) AS (SELECT 1, 2 UNION ALL SELECT a + 1, b FROM n) SELECT * FROM n', 'read'],
    ['SELECT SUM(a) OVER (PARTITION BY b) FROM t WHERE c = ANY (SELECT 1)', 'read'],
    [
      "SELECT CAST(a AS DATETIME(6)), CAST(b AS DECIMAL(10,2)), x'41', b'01', 0x41, N'a', _utf8'b' FROM t",
      'read',
    ],
    ["SELECT * FROM JSON_TABLE('[1]', '$[*]' COLUMNS (a INT PATH '$')) j", 'read'],
    ['SELECT t.id, `t`.`a b` FROM `t` WHERE @a = @@global.b', 'read'],
    ['SHOW CREATE PROCEDURE p', 'read'],
    ['VALUES (1), (2) INTERSECT (VALUES (2)) EXCEPT (VALUES (3))', 'read'],
    ["SELECT * FROM t WHERE MATCH a, t.b AGAINST ('x' IN BOOLEAN MODE) > 0", 'read'],
    ["SELECT MATCH (a), against('x') FROM t", 'unknown'],
    ['SELECT intersect(VALUES (a)) FROM t', 'unknown'],
    ["SELECT ASTEXT(p), NumPoints(p) FROM t WHERE MBRWITHIN(p, GeomFromText('POINT(1 1)'))", 'read'],
    ['DESC t', 'read'],
    ['EXPLAIN FORMAT=JSON UPDATE t SET a = 1', 'write'],
    ['EXPLAIN INSERT INTO t (a, b) VALUES (1, 2) ON DUPLICATE KEY UPDATE a = 2', 'write'],
    ['DESC DELETE FROM t', 'write'],
    ['EXPLAIN REPLACE t SELECT 1', 'write'],
    ['EXPLAIN WITH a AS (SELECT 1) UPDATE t SET b = 1', 'write'],
    ['SELECT * FROM information_schema.INNODB_CMP_RESET', 'admin'],
    ['table `INFORMATION_SCHEMA` . `innodb_cmpmem_reset`', 'admin'],
    ['WITH a AS (TABLE INNODB_CMP_PER_INDEX_RESET) SELECT * FROM a', 'admin'],
    ['SELECT * FROM information_schema.INNODB_CMP', 'read'],
    ['SELECT * FROM performance_schema.log_status', 'admin'],
    ['XA RECOVER', 'read'],
    ['HANDLER t READ FIRST', 'read'],
    ['HANDLER read READ FIRST', 'read'],
    ['HANDLER shop.read OPEN', 'session'],
    ['HANDLER .read OPEN', 'session'],
    ['HANDLER shop.read CLOSE', 'session'],
    ['SELECT sys.ps_thread_stack(1, TRUE)', 'unknown'],
    ['SET STATEMENT max_statement_time=1 FOR SELECT 1', 'read'],
    ['SET STATEMENT sql_mode=0 FOR SELECT 1', 'session'],
    ['EXPLAIN SELECT 1 INTO @a', 'session'],
    ['SELECT LAST_INSERT_ID()', 'read'],
    ['SELECT LAST_INSERT_ID(5)', 'session'],
    ['USE a', 'session'],
    ['SELECT mine(1)', 'unknown'],
    ['SELECT a.mine(1)', 'unknown'],
    ['SELECT `abs`(1)', 'unknown'],
    ['SELECT COUNT (*) FROM t', 'unknown'],
    ['SELECT COUNT/**/(*) FROM t', 'unknown'],
    ['SELECT json_table(1)', 'unknown'],
    ['SELECT columns(1)', 'unknown'],
    ['SHOW TABLES WHERE mine()', 'unknown'],
    ['HANDLER t READ FIRST WHERE mine()', 'unknown'],
    ['SELECT 1 PROCEDURE ANALYSE()', 'unknown'],
    ['SELECT 1 INTO a', 'unknown'],
    ['SELECT * FROM t LOCK IN SHARE MODE', 'write'],
    ['SELECT * FROM t FOR SHARE', 'write'],
    ['SELECT NEXT VALUE FOR s', 'write'],
    ["SELECT 1 INTO OUTFILE 'a'", 'write'],
    ['WITH a AS (SELECT 1) DELETE FROM t', 'write'],
    ['SELECT * FROM t WHERE update = 1', 'write'],
    ['LOCK TABLES t READ', 'write'],
    ["LOAD DATA INFILE 'a' INTO TABLE t", 'write'],
    ["SELECT LOAD_FILE('a')", 'admin'],
    ["INSERT INTO t VALUES (LOAD_FILE('a'))", 'admin'],
    ['START TRANSACTION READ ONLY', 'transaction'],
    ['START REPLICA', 'admin'],
    ['BEGIN', 'transaction'],
    ['BEGIN NOT ATOMIC DELETE FROM t; END', 'unknown'],
    ['SET @@GLOBAL.a = 1', 'admin'],
    ['SET SESSION a = 1, GLOBAL b = 2', 'admin'],
    ['SET PERSIST_ONLY a = 1', 'admin'],
    ['SET @a = @@global.b', 'session'],
    ['SET a := (1), b = (SELECT 1)', 'session'],
    ['SET a := (SELECT mine())', 'unknown'],
    ['SELECT * FROM a EXCEPT (SELECT 1) INTERSECT (SELECT 2)', 'read'],
    ['SELECT except(1)', 'unknown'],
    ['SELECT RANK () OVER () FROM t', 'unknown'],
    ['SELECT RANK() OVER (ORDER BY a) FROM t', 'read'],
    ['SELECT DEFAULT(a) FROM t', 'unknown'],
    ['SET PASSWORD = 1', 'ddl'],
    ['ANALYZE LOCAL TABLE t', 'admin'],
    ['ANALYZE FORMAT=JSON DELETE FROM t', 'write'],
    ['KILL 1', 'admin'],
    ['IF 1 THEN DELETE FROM t; END IF', 'unknown'],
    ['CREATE PROCEDURE p() BEGIN DELETE FROM t; IF 1 THEN SELECT 1; END IF; END', 'ddl'],
    ['CREATE PROCEDURE p() BEGIN SELECT CASE 1 WHEN 1 THEN 2 END; END; KILL 1', 'admin'],
    ['constructor', 'unknown'],
  ])('%j is %s', (text, verdict) => {
    const judgement = judge(text);
    expect(judgement.verdict).toBe(verdict);
    expect(judgement.reason === null).toBe(verdict === 'read');
    expect(Value.Check(Judgement, judgement)).toBe(true);
  });

  it.each([
    ['SELECT * FROM log_status', 'unknown'],
    ['TABLE `log_status`', 'unknown'],
    ['SELECT 1 FROM (SELECT 1 WHERE 1) x JOIN t ON a = b, (log_status)', 'unknown'],
    ['SELECT a, log_status FROM t GROUP BY log_status', 'read'],
    ['SELECT COUNT(log_status) FROM t WHERE f IN (a, log_status)', 'read'],
    ['SELECT log_status.a FROM shop.log_status', 'read'],
    ['SELECT 1 FROM shop.log_status JOIN t ON log_status.a = t.a', 'read'],
  ])('%j may be of performance_schema where no database is named: %s', (text, verdict) => {
    expect(classifyMysql('mysql', text).verdict).toBe(verdict);
    // MariaDB has no such table.
    expect(classifyMysql('mariadb', text).verdict).toBe('read');
  });

  it.each([
    ['SELECT shop.1()', 'unknown'],
    ['SELECT shop.1e5() FROM t', 'unknown'],
    ['SELECT café.0x1()', 'unknown'],
    ['SELECT shop . 1e5 ()', 'unknown'],
    ['SELECT t.1, t.1e5 FROM t WHERE t.2 > .5 AND a IN (.1, 1.5, 1.e3)', 'read'],
  ])('%j is %s: what a dot joins to a name is a name', (text, verdict) => {
    expect(verdictOf(text)).toBe(verdict);
  });

  it.each([
    ["SELECT '\\'; DELETE FROM t; -- '", undefined, 'read'],
    ["SELECT '\\'; DELETE FROM t; -- '", 'NO_BACKSLASH_ESCAPES', 'write'],
    ['SELECT "a\\"; DELETE FROM t; -- "', 'STRICT_TRANS_TABLES', 'read'],
    ['SELECT "a\\"; DELETE FROM t; -- "', 'STRICT_TRANS_TABLES,ANSI_QUOTES', 'write'],
    ['SELECT "abs"(1)', 'ANSI', 'unknown'],
    ['SELECT COUNT (*) FROM t', 'IGNORE_SPACE', 'read'],
    ['SELECT 1', 'ORACLE', 'unknown'],
    ["SELECT 'a' || 'b'", 'PIPES_AS_CONCAT', 'read'],
  ])('%j under %s is %s', (text, sqlMode, verdict) => {
    expect(verdictOf(text, sqlMode)).toBe(verdict);
  });

  it.each([
    ['SELECT 1 --1; DELETE FROM t', 'write'],
    ['SELECT 1 --\tx\n; DELETE FROM t', 'write'],
    ['SELECT 1 --\tx\r; DELETE FROM t', 'read'],
    ['SELECT 1 /* /* */ ; DELETE FROM t -- */', 'write'],
    ['SELECT 1 /*!50000 + 1 */', 'read'],
    ['SELECT 1 /*!50000 + 1 */ /*M!100000 + 1 */', 'read'],
    ['/*!50000 SELECT */ /*!99999 1 */', 'unknown'],
    ['/*M!100000 DELETE FROM t */', 'write'],
    ['SELECT 1 /*!50000 /* a */ + 1 */', 'unknown'],
    ["SELECT 1 /*!50000 + '*/'", 'unknown'],
    ['SELECT 1 /*!5000000 + 1 */', 'unknown'],
    ['SELECT 1 /*! a */ /*! b */ /*! c */ /*! d */ /*! e */', 'unknown'],
    ['SELECT /*+ QB_NAME(a) SET_VAR(a=1) */ 1', 'read'],
    ["SELECT /*+ QB_NAME(`'`) */ 1 /*'*/", 'unknown'],
    ['SELECT 1 /* never ends', 'unknown'],
    ["SELECT 'never ends", 'unknown'],
    ['SELECT $$; DELETE FROM t; $$', 'unknown'],
    ["SELECT x'zz'", 'unknown'],
    ['SELECT 1\x01', 'unknown'],
    ['SELECT 1\0', 'unknown'],
    ['SELECT \\a', 'unknown'],
    ['SELECT \\N', 'read'],
    ['SELECT 1.INTO OUTFILE a', 'write'],
    [`SELECT ${'('.repeat(2000)}1${')'.repeat(2000)}`, 'unknown'],
  ])('reads comments, quotes and numbers as the server does: %j is %s', (text, verdict) => {
    expect(verdictOf(text)).toBe(verdict);
  });

  it('knows the functions of the product, not those of the other', () => {
    for (const [engine, own, others] of [
      ['mysql', 'SELECT REGEXP_LIKE(a, b) FROM t', 'SELECT NVL(a, b) FROM t'],
      ['mariadb', 'SELECT NVL(a, b) FROM t', 'SELECT REGEXP_LIKE(a, b) FROM t'],
    ] as const) {
      expect(judge(own, undefined, engine).verdict).toBe('read');
      expect(judge(others, undefined, engine).verdict).toBe('unknown');
    }
  });

  it('knows the functions of the product that answers, where the profile names the other', () => {
    for (const [named, flavour, own, others] of [
      ['mariadb', 'MySQL', 'SELECT REGEXP_LIKE(a, b) FROM t', 'SELECT NVL(a, b) FROM t'],
      ['mysql', 'MariaDB', 'SELECT NVL(a, b) FROM t', 'SELECT REGEXP_LIKE(a, b) FROM t'],
    ] as const) {
      expect(classifyMysql(named, own, { flavour }).verdict).toBe('read');
      expect(classifyMysql(named, others, { flavour }).verdict).toBe('unknown');
      const asked = mysqlDriver(named).volatility!(['MD5'], { flavour }).text;
      expect(asked.includes('SQL_FUNCTIONS')).toBe(flavour === 'MariaDB');
    }
  });

  it('is unknown in a character set in which half a letter may be a quote', () => {
    const facts = (clientEncoding: string): StatementFacts => ({ clientEncoding });
    expect(classifyMysql('mysql', 'SELECT 1', facts('gbk')).reason).toMatch(/character_set_client/);
    expect(classifyMysql('mysql', 'SELECT 1', facts('utf8mb4')).verdict).toBe('read');
  });

  it('names what it found and where', () => {
    const judgement = judge("SELECT '😀', mine(1)");
    expect(judgement.reason).toBe('Calls mine, which is not a known function of the server, at 13.');
    expect(judgement.dangers).toMatchObject([{ kind: 'unknown', position: 13 }]);
  });
});

describe('the dangers of a MySQL or MariaDB text', () => {
  it.each([
    ['SELECT 1', []],
    ['DELETE FROM t', ['deleteAll']],
    ['DELETE FROM t WHERE a = 1', []],
    ['DELETE FROM t WHERE 1', ['alwaysTrue']],
    ["UPDATE t SET a = 1 WHERE b = 2 OR 'a' = 'a'", ['alwaysTrue']],
    ['UPDATE t SET a = (SELECT 1 FROM u WHERE c)', ['updateAll']],
    ['DELETE FROM t WHERE a = a AND b = 1', []],
    ['DELETE FROM t WHERE 0', ['alwaysTrue']],
    ['DELETE FROM t WHERE (1)', ['alwaysTrue']],
    ['DELETE FROM t WHERE (a = 1)', []],
    ["DELETE FROM t WHERE a = CAST('5' AS SIGNED)", []],
    ['DROP TABLE t', ['drop']],
    ['DROP USER a', ['drop', 'grant']],
    ['TRUNCATE t', ['truncate']],
    ['ALTER TABLE t ADD a INT', []],
    ['ALTER TABLE t DROP PARTITION p', ['alter']],
    ['ALTER TABLE t ENGINE = InnoDB', ['alter']],
    ['CREATE USER a', ['grant']],
    ['GRANT ALL ON *.* TO a', ['grant']],
    ['SET foreign_key_checks = 0', ['settings']],
    ['SET @@session.sql_log_bin = 0', ['settings']],
    ['KILL 1', ['terminate']],
    ["SELECT 1 INTO OUTFILE 'a'", ['fileAccess']],
    ["SELECT GET_LOCK('a', 1)", ['lock']],
    ['LOCK TABLES t READ', ['lock']],
    ['FLUSH LOGS', ['admin']],
    ['CALL p()', ['codeExecution']],
    ["CREATE FUNCTION f RETURNS INT SONAME 'a'", ['codeExecution']],
    ['START TRANSACTION; DELETE FROM t WHERE a = 1; COMMIT', ['commitAmongOthers']],
    ['SELEC', ['unknown']],
  ])('%j has %j', (text, kinds) => {
    expect(judge(text).dangers.map(({ kind }) => kind)).toEqual(kinds);
  });
});

describe('the shape of a MySQL or MariaDB text', () => {
  it.each([
    ['SELECT a, \'x\', "y", 1.5 /* c */ FROM t -- d', undefined, 'SELECT a, ?, ?, ? FROM t'],
    ["SELECT 'a\\'b'", '', 'SELECT ?'],
    ["SELECT 'a\\'b'", undefined, null],
    ['SELECT 1 /*! + 1 */', '', null],
    ['SELECT `t`.`a` FROM `t` WHERE `x` = 1', '', 'SELECT `t`.`a` FROM `t` WHERE "?" = ?'],
    ['SELECT * FROM t WHERE a = "secret"', 'ANSI_QUOTES', 'SELECT * FROM t WHERE a = "?"'],
    ['SET @a = secret', '', 'SET @a = ?'],
    ['DELETE FROM t USING t JOIN u WHERE t.a = u.a', '', 'DELETE FROM t USING t JOIN u WHERE t.a = u.a'],
    ['EXECUTE p USING secret', '', 'EXECUTE p USING ?'],
    ['INSERT INTO t (id, name) VALUES (9, hunter2)', '', 'INSERT INTO t (id, name) VALUES (?, …)'],
    ['INSERT INTO t VALUES (9, lower(hunter2), hunter2.x)', '', 'INSERT INTO t VALUES (?, lower(?), ?.?)'],
    [
      'SELECT o.id, total, SUM(o.total), MAX(hunter2) FROM orders o WHERE o.a IN (hunter2) AND b LIKE hunter2 ORDER BY total',
      '',
      'SELECT o.id, total, SUM(o.total), MAX(?) FROM orders o WHERE o.a IN (?) AND b LIKE ? ORDER BY total',
    ],
    [
      'SELECT * FROM t WHERE a BETWEEN hunter2 AND hunter2 AND b > hunter2 OR hunter2 AND (c = (hunter2))',
      '',
      'SELECT * FROM t WHERE a BETWEEN ? AND ? AND b > ? OR ? AND (c = (?))',
    ],
    [
      'UPDATE users u SET name = hunter2, age = age + 1 WHERE u.id = hunter2',
      '',
      'UPDATE users u SET name = ?, age = ? + ? WHERE u.id = ?',
    ],
    [
      'SELECT c.id FROM orders o JOIN customers AS c ON c.id = o.customer_id GROUP BY c.id',
      '',
      'SELECT c.id FROM orders o JOIN customers AS c ON c.id = o.customer_id GROUP BY c.id',
    ],
    [
      'CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(20) DEFAULT hunter2)',
      '',
      'CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(?) DEFAULT ?)',
    ],
    [
      'INSERT INTO t SET a = hunter2 ON DUPLICATE KEY UPDATE b = hunter2',
      '',
      'INSERT INTO t SET a = ? ON DUPLICATE KEY UPDATE b = ?',
    ],
    ['INSERT INTO t VALUES (1, 2), (3, 4)', '', 'INSERT INTO t VALUES (?, …), …'],
  ])(
    'an agent: a value without its quotes is hidden on the tape: %j under %j is %j',
    (text, sqlMode, shape) => {
      expect(judge(text, sqlMode).shape).toBe(shape);
    },
  );
});

describe('a function that is the server’s own in some versions only', () => {
  const CALLS: readonly (readonly [engine: 'mysql' | 'mariadb', text: string, asks: string])[] = [
    ['mysql', "SELECT MD5('a')", 'MD5'],
    ['mysql', "SELECT sha1 ('a')", 'SHA1'],
    ['mysql', 'SELECT VECTOR_DIM(v) FROM t', 'VECTOR_DIM'],
    ['mysql', 'SELECT POINT(1, 2)', 'POINT'],
    ['mysql', 'SELECT a FROM t GROUP BY ROLLUP(a)', 'ROLLUP'],
    ['mysql', 'SELECT COUNT (1) FROM t', 'COUNT'],
    ['mysql', 'SELECT sys.format_bytes(1)', 'sys.format_bytes'],
    ['mysql', 'SELECT `SYS` . `Format_Bytes`(1)', 'sys.format_bytes'],
    ['mysql', 'EXPLAIN SELECT * FROM (SELECT SHA(1)) x', 'SHA'],
    ['mariadb', 'SELECT POINT(1, 2)', 'POINT'],
    ['mariadb', 'SELECT NATURAL_SORT_KEY(a) FROM t', 'NATURAL_SORT_KEY'],
    ['mariadb', 'SELECT RANDOM_BYTES(4)', 'RANDOM_BYTES'],
    ['mariadb', 'SELECT UUID_v7(), VERSION()', 'UUID_V7'],
    ['mariadb', 'SELECT VEC_ToText(v) FROM t', 'VEC_TOTEXT'],
  ];

  it.each(CALLS)('is unknown on %s in %j until the catalogue has been asked', (engine, text, asked) => {
    const verdict = (facts: StatementFacts) => classifyMysql(engine, text, facts);
    expect(verdict({})).toMatchObject({ verdict: 'unknown', asks: [asked] });
    expect(verdict({ volatility: { [asked]: 's' } })).toMatchObject({ verdict: 'read', asks: [] });
    expect(verdict({ volatility: { [asked]: 'v' } })).toMatchObject({ verdict: 'unknown', asks: [] });
    expect(verdict({ volatility: { other: 's' } }).verdict).toBe('unknown');
  });

  it('is the server’s own on MariaDB, where it never left', () => {
    expect(verdictOf("SELECT MD5('a'), SHA1('a'), SHA('a')")).toBe('read');
  });

  it('is asked for on a server that is newer than what is known, unless the grammar has it', () => {
    const asks = (text: string, version: string) => classifyMysql('mysql', text, { version }).asks;
    expect(asks('SELECT CONCAT(1), SHA2(1, 1), COUNT(*), IF(1, 2, 3)', '9.7.4')).toEqual([]);
    expect(asks('SELECT CONCAT(1), COUNT(*)', '10.0.1')).toEqual(['CONCAT']);
    expect(asks('SELECT CONCAT(1), COUNT(*)', '9.10.0')).toEqual(['CONCAT']);
  });

  it('is never asked for as the columns of a common table expression', () => {
    const { verdict, asks } = classifyMysql('mysql', 'WITH md5(a) AS (SELECT 1) SELECT a FROM md5');
    expect([verdict, asks]).toEqual(['read', []]);
  });

  it.each([
    'SELECT * FROM (SELECT 1, 2) AS md5(a, `b`)',
    'SELECT * FROM (VALUES ROW(1, 2)) v (a, b) JOIN LATERAL (TABLE t) `wfn`(c) ON a = c',
    'SELECT * FROM ((SELECT 1) UNION (SELECT 2)) AS d(a)',
    'SELECT * FROM (WITH c AS (SELECT 1) SELECT * FROM c) AS d(a)',
    'SELECT * FROM t, LATERAL (VALUES ROW(1)) l(a) WHERE a = ANY (TABLE u) EXCEPT (VALUES ROW(1, 2))',
  ])('is never asked for as the columns of a derived table: %s', (text) => {
    const { verdict, asks } = classifyMysql('mysql', text);
    expect([verdict, asks]).toEqual(['read', []]);
  });

  it.each([
    'SELECT * FROM (SELECT 1) AS d(wfn())',
    'SELECT * FROM (SELECT 1) AS d(1)',
    'SELECT (1) AS wfn(a) FROM t',
    'SELECT * FROM t WHERE (a) wfn(a)',
    'SELECT * FROM (SELECT 1) d JOIN t ON wfn(a)',
    'SELECT (SELECT 1), wfn(a) FROM t',
    'INSERT INTO t SELECT any(VALUES(a)) FROM t',
    'SELECT * FROM (SELECT 1) AS safety.wfn(a)',
  ])('does not hide what may be a call as the columns of a derived table: %s', (text) => {
    expect(classifyMysql('mysql', text).verdict).toBe('unknown');
  });
});

describe('the question whether a stored function has a name', () => {
  const answer = (engine: 'mysql' | 'mariadb', names: string[], ...rows: (string | null)[][]) =>
    routinesStatement(engine, names).read(rows, []);

  it('is answered by no function, by one of any database, and by the server’s own helpers', () => {
    expect(answer('mysql', ['MD5', 'SHA'], ['shop', 'md5', 'root@%'])).toEqual({ MD5: 'v', SHA: 's' });
    const helper = ['sys', 'format_bytes', 'mysql.sys@localhost'];
    const names = ['FORMAT_BYTES', 'sys.format_bytes', 'sys.list_add'];
    expect(answer('mysql', names, helper)).toEqual({
      FORMAT_BYTES: 's',
      'sys.format_bytes': 's',
      'sys.list_add': 'v',
    });
    const replaced = ['sys', 'format_bytes', 'root@localhost'];
    expect(answer('mysql', names, replaced)).toEqual({
      FORMAT_BYTES: 'v',
      'sys.format_bytes': 'v',
      'sys.list_add': 'v',
    });
  });

  it('trusts MariaDB where it says that the name is its own', () => {
    const native = ['', 'CRC32C', ''];
    const stored = ['shop', 'crc32c', 'root@%'];
    expect(answer('mariadb', ['CRC32C'], stored, native)).toEqual({ CRC32C: 's' });
    expect(answer('mariadb', ['CRC32C'], stored)).toEqual({ CRC32C: 'v' });
  });
});
