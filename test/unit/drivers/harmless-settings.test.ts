import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { classifyMysql } from '../../../src/drivers/mysql/classify.ts';
import { classifyPostgres, loadPostgresParser } from '../../../src/drivers/postgres/classify.ts';
import type { StatementFacts } from '../../../src/events/judgement.ts';

beforeAll(() => loadPostgresParser());

const postgres = (text: string): boolean => classifyPostgres(text).harmlessSetting ?? false;
const mariadb = (text: string, facts: StatementFacts = {}): boolean =>
  classifyMysql('mariadb', text, facts).harmlessSetting ?? false;

const POSTGRES = [
  "set timezone = 'UTC'",
  'SET "TimeZone" TO DEFAULT',
  "set time zone interval '2' hour",
  'set time zone local',
  'set datestyle to iso, dmy',
  "set session intervalstyle = 'iso_8601'",
  'set extra_float_digits = -1',
  'set statement_timeout = 5000;',
  "set lock_timeout to '2s' -- and that is all",
  "/* a */ set work_mem = '64MB'",
  'set application_name to mine',
  'reset statement_timeout',
];
const NOT_POSTGRES = [
  'set search_path = public',
  'set local timezone = 1',
  'reset all',
  'discard all',
  'set transaction_read_only = off',
  'set default_transaction_read_only = off',
  'reset default_transaction_read_only',
  'set transaction read write',
  'set session characteristics as transaction read write',
  'set role postgres',
  'set session authorization default',
  'reset role',
  'set session_replication_role = replica',
  "set client_encoding = 'UTF8'",
  "set names 'UTF8'",
  'set standard_conforming_strings = on',
  'set row_security = off',
  'set mine.setting = 1',
  'set no_such_thing = 1',
  "select set_config('timezone', 'UTC', false)",
  "set timezone = 'UTC'; set role postgres",
  "set timezone = 'UTC'; select 1",
  "set timezone = (select nextval('s'))",
  "set timezone = lower('UTC')",
  "set statement_timeout = 1, transaction_read_only = 'off'",
  'alter role postgres set timezone = 1',
  'alter system set timezone = 1',
  'alter database d set timezone = 1',
  'explain analyze set timezone = 1',
  "prepare p as set timezone = 'UTC'",
];

const MARIADB = [
  "SET time_zone = '+00:00'",
  "set session time_zone = 'SYSTEM', @a = 1",
  'SET @@session.group_concat_max_len = 100000;',
  'SET @@time_zone = DEFAULT',
  'SET LOCAL max_statement_time = 1.5',
  'SET max_execution_time = 1000',
  "SET lc_time_names = 'de_DE'",
  "SET @a = 'x', @b := -2, @c = NULL",
  'SET NAMES utf8mb4',
  "SET NAMES 'utf8mb4' COLLATE 'utf8mb4_bin' # all",
  'USE shop',
  'use `a ; b`',
];
const NOT_MARIADB = [
  "SET sql_mode = 'ANSI_QUOTES'",
  'SET transaction_read_only = 0',
  'SET tx_read_only = 0',
  'SET @a = 1, transaction_read_only = 0',
  'SET @a = 1, @@session.tx_read_only = 0',
  'SET SESSION TRANSACTION READ WRITE',
  'SET TRANSACTION READ WRITE',
  'SET autocommit = 0',
  'SET completion_type = CHAIN',
  'SET GLOBAL time_zone = SYSTEM',
  "SET PERSIST time_zone = 'SYSTEM'",
  "SET @@global.time_zone = 'SYSTEM'",
  "SET @@time_zone = 'SYSTEM', GLOBAL max_statement_time = 0",
  'SET STATEMENT max_statement_time = 1 FOR DELETE FROM t',
  'SET STATEMENT time_zone = 1 FOR SELECT f()',
  'SET time_zone = f()',
  'SET @a = (SELECT NEXTVAL(s))',
  'SET @a = f()',
  'SET @a = @b := 1',
  'SET @a = 1 + f()',
  'SET @a = x',
  'SET @a = @@tx_read_only',
  'SET NAMES gbk',
  'SET NAMES utf8mb4, transaction_read_only = 0',
  'SET NAMES utf8mb4 COLLATE gbk_bin',
  'SET CHARACTER SET utf8mb4',
  'SET ROLE admin',
  'SET DEFAULT ROLE ALL TO u',
  "SET PASSWORD = 'x'",
  "SET time_zone = 'UTC'; DELETE FROM t",
  'USE a; DELETE FROM t',
  'USE a b',
  'USE',
  "SET time_zone = 'UTC' /*! , tx_read_only = 0 */",
  "/*M! SET time_zone = 'UTC' */",
  "SET time_zone /*!50000 = 'UTC' */",
  'SET',
  'SET =1',
  "SET @'tx' = 1",
  'SET foreign_key_checks = 0',
  'SET sql_log_bin = 0',
  "SET character_set_client = 'gbk'",
];

describe('a setting that a read-only profile lets through', () => {
  it.each(POSTGRES)('of PostgreSQL: %s', (text) => expect(postgres(text)).toBe(true));
  it.each(NOT_POSTGRES)('of PostgreSQL is not: %s', (text) => expect(postgres(text)).toBe(false));
  it.each(MARIADB)('of MariaDB: %s', (text) => expect(mariadb(text)).toBe(true));
  it.each(NOT_MARIADB)('of MariaDB is not: %s', (text) => expect(mariadb(text)).toBe(false));

  it('is one by the sql_mode of its session', () => {
    // A name under ANSI_QUOTES, a string without it.
    expect(mariadb('SET @a = "x"')).toBe(true);
    expect(mariadb('SET @a = "x"', { sqlMode: 'ANSI_QUOTES' })).toBe(false);
    const text = "SET @a = '\\', tx_read_only = 0 -- '";
    expect(mariadb(text)).toBe(true);
    expect(mariadb(text, { sqlMode: 'NO_BACKSLASH_ESCAPES' })).toBe(false);
  });

  it('stays none with whatever else beside it', () => {
    const more = fc.constantFrom(
      ', transaction_read_only = off',
      '; delete from t',
      ' = (select f())',
      ' || f()',
      ', role = admin',
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...POSTGRES),
        more,
        fc.constantFrom('', ' ', '\n', '/**/'),
        (text, extra, gap) => {
          const plain = text.replace(/;| --.*/g, '');
          const changed = `${plain}${gap}${extra}`;
          expect(postgres(changed)).toBe(false);
        },
      ),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...MARIADB),
        more,
        fc.constantFrom(' ', '\n', '/**/'),
        (text, extra, gap) => {
          expect(mariadb(`${text.replace(/;| #.*/g, '')}${gap}${extra}`)).toBe(false);
        },
      ),
    );
  });
});
