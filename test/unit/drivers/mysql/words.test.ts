import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { completion } from '../../../../src/drivers/mysql/command-word.ts';
import { derivedNames } from '../../../../src/drivers/mysql/derived-tables.ts';
import { syntaxPosition } from '../../../../src/drivers/mysql/error-position.ts';
import { failureOf, serverFailure } from '../../../../src/drivers/mysql/failure.ts';
import { literal } from '../../../../src/drivers/mysql/literal.ts';
import { withParams } from '../../../../src/drivers/mysql/params.ts';
import { transactionStatements } from '../../../../src/drivers/mysql/transaction.ts';
import { quoted } from '../../../../src/events/engines/mysql-dialect.ts';

describe('a literal', () => {
  it('holds no quote and no backslash, and gives its text back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const written = literal(text);
        const [, plain, hex] = /^_utf8mb4(?:'([^'\\]*)'| 0x((?:[0-9a-f]{2})+))$/.exec(written) ?? [];
        expect(hex === undefined ? plain : Buffer.from(hex, 'hex').toString()).toBe(
          Buffer.from(text).toString(),
        );
      }),
    );
  });

  it('keeps a name together', () => {
    expect(quoted('a`b')).toBe('`a``b`');
  });
});

describe('values beside the text', () => {
  it.each<[string, (string | null)[], boolean, string | null]>([
    ['select ?', ['a'], true, "select _utf8mb4'a'"],
    ['select ?, ?', [null, ''], true, "select NULL, _utf8mb4''"],
    [
      'select \'?\', "?", `?`, ? /* ? */ -- ?\n# ?',
      ['1'],
      true,
      "select '?', \"?\", `?`, _utf8mb4'1' /* ? */ -- ?\n# ?",
    ],
    ["select '\\'?', ?", ['1'], true, "select '\\'?', _utf8mb4'1'"],
    ["select '\\', ?", ['1'], false, "select '\\', _utf8mb4'1'"],
    ['select ?', ["a'b"], true, 'select _utf8mb4 0x612762'],
    ['select ?', ['?'], true, "select _utf8mb4'?'"],
    ['select ?', [], true, null],
    ['select ?', ['a', 'b'], true, null],
  ])('%s with %j, backslash %s', (text, params, backslash, sent) => {
    const sqlMode = backslash ? '' : 'NO_BACKSLASH_ESCAPES';
    expect(withParams(text, params, { sqlMode })).toBe(sent);
  });
});

describe('a completed statement', () => {
  it.each<[string, number, boolean, string, number | null]>([
    ['update t set a = 1', 3, false, 'UPDATE', 3],
    ['-- c\n # d\n /* e */ insert into t values (1)', 1, false, 'INSERT', 1],
    [
      '/*!50001 CREATE ALGORITHM=UNDEFINED */ /*!50013 DEFINER=`view`@`%` SQL SECURITY DEFINER */ /*!50001 VIEW v AS SELECT 1 */',
      0,
      false,
      'CREATE VIEW',
      null,
    ],
    ['create unique index i on t (a)', 0, false, 'CREATE INDEX', null],
    ['create table t select 1', 2, false, 'CREATE TABLE', 2],
    ['create table t (a int)', 0, false, 'CREATE TABLE', null],
    ['drop temporary table t', 0, false, 'DROP TABLE', null],
    ['truncate t', 0, false, 'TRUNCATE TABLE', null],
    ['call p()', 2, true, 'CALL', 2],
    ['delete from t returning id', 0, true, 'DELETE', null],
    ['with a as (select 1) select * from a', 0, true, 'SELECT', null],
    ['with a as (select 1) delete t from t join a', 4, false, 'WITH', 4],
    ['((select 1))', 0, true, 'SELECT', null],
    ['xa start "x"', 0, false, 'XA', null],
    ['lock tables t read', 0, false, 'LOCK TABLE', null],
    ['/*!99999 secret */ select 1', 0, true, '', null],
    ['/*M!999999 secret */ select 1', 0, true, '', null],
    ['', 0, false, '', null],
    ['1', 0, false, '', null],
    ['détruire', 0, false, '', null],
  ])('%s', (text, affected, hasColumns, command, rowsAffected) => {
    expect(completion(text, affected, hasColumns)).toEqual({ command, rowsAffected });
  });
});

describe('a syntax error', () => {
  const at = (text: string, near: string, line = 1) =>
    syntaxPosition(text, {
      errno: 1064,
      sqlState: '42000',
      message: `… right syntax to use near '${near}' at line ${line}`,
    });

  it('is where its rest begins', () => {
    expect(at('selec 1', 'selec 1')).toBe(1);
    expect(at('select 1 +', '')).toBe(11);
    expect(at('select 🦊,\n = 3', '= 3', 2)).toBe(12);
    expect(at("select 'ab", "'ab")).toBe(8);
    const long = `select 1 from from ${'x'.repeat(200)}`;
    expect(at(long, long.slice(14, 94))).toBe(15);
    expect(at(long, `${long.slice(14, 91)}...`)).toBe(15);
  });

  it('is nowhere where that is not certain', () => {
    expect(at('select 1', 'something else')).toBeUndefined();
    expect(at(`${'a'.repeat(200)} a`, 'a'.repeat(80))).toBeUndefined();
    expect(
      syntaxPosition('x', { errno: 1146, sqlState: '', message: "Table 'x' at line 1" }),
    ).toBeUndefined();
  });
});

describe('tables of a statement’s own making', () => {
  it.each<[string, string[]]>([
    ['select * from t', []],
    ["select ') x' from t", []],
    ['select * from (select 1) x', ['x']],
    ['select * from (select 1) as `X``y`, t', ['x`y']],
    ['with a as (select 1), b (n, m) as (select 2, 3) select * from a c, b', ['a', 'b', 'c']],
  ])('%s', (text, names) => {
    const found = derivedNames(text, {});
    expect(names.filter((name) => !found.has(name))).toEqual([]);
    expect(found.has('t')).toBe(false);
  });
});

describe('a transaction', () => {
  it('is begun as it is asked for', () => {
    expect(transactionStatements({ step: 'begin' })).toEqual(['START TRANSACTION']);
    expect(transactionStatements({ step: 'begin', readOnly: true })).toEqual(['START TRANSACTION READ ONLY']);
    expect(transactionStatements({ step: 'begin', isolationLevel: 'SERIALIZABLE', readOnly: false })).toEqual(
      ['SET TRANSACTION ISOLATION LEVEL SERIALIZABLE', 'START TRANSACTION READ WRITE'],
    );
    expect(transactionStatements({ step: 'commit' })).toEqual(['COMMIT']);
    expect(transactionStatements({ step: 'rollback' })).toEqual(['ROLLBACK']);
  });
});

describe('advice for a statement that an option prevents', () => {
  it.each([
    ['The MySQL server is running with the --read-only option so it cannot execute this statement', true],
    [
      'The MariaDB server is running with the --super-read-only option so it cannot execute this statement',
      true,
    ],
    [
      'The MySQL server is running with the --secure-file-priv option so it cannot execute this statement',
      false,
    ],
    [
      'The MySQL server is running with the --skip-grant-tables option so it cannot execute this statement',
      false,
    ],
  ])('speaks of the primary where the option refuses writes: %s', (message, isGiven) => {
    expect(serverFailure({ errno: 1290, message }).advice !== undefined).toBe(isGiven);
  });

  it('speaks of the password where a sign-in was refused, and of privileges where a statement was', () => {
    const message = "Access denied for user 'app'@'%' (using password: YES)";
    const ofStatement = serverFailure({ errno: 1045, message });
    expect(ofStatement.advice).toBe(serverFailure({ errno: 1142, message }).advice);
    const ofSignIn = failureOf(Object.assign(new Error(message), { errno: 1045, sqlMessage: message }));
    expect(ofSignIn).toMatchObject({ code: '1045', advice: expect.stringMatching(/password/) });
  });
});
