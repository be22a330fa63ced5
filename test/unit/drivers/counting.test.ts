import { beforeAll, describe, expect, it } from 'vitest';
import { classifyMongodb } from '../../../src/drivers/mongodb/classify.ts';
import { classifyMysql } from '../../../src/drivers/mysql/classify.ts';
import { classifyPostgres, loadPostgresParser } from '../../../src/drivers/postgres/classify.ts';
import type { Judgement, StatementFacts } from '../../../src/events/judgement.ts';
import { corpus } from '../../safety/corpus.ts';

beforeAll(() => loadPostgresParser());

const told = ({ counting }: Judgement): string | null | undefined =>
  counting && ('text' in counting ? counting.text.replace(/\s+/g, ' ').trim() : null);
const postgres = (text: string) => told(classifyPostgres(text));
const mariadb = (text: string, facts: StatementFacts = {}) => told(classifyMysql('mariadb', text, facts));

describe('the statement that counts the rows of a dangerous one', () => {
  it.each([
    ['delete from t', 'SELECT pg_catalog.count(*) FROM t'],
    [
      'delete from only s.t as x where true returning n',
      'SELECT pg_catalog.count(*) FROM only s.t as x WHERE true',
    ],
    [
      "update t set a = 'where', b = c is distinct from d where 1=1;",
      'SELECT pg_catalog.count(*) FROM t WHERE 1=1',
    ],
    ['update set set set = 1', 'SELECT pg_catalog.count(*) FROM set'],
    ['update t x set (a, b) = (select 1, 2 from u where u.n = x.n)', 'SELECT pg_catalog.count(*) FROM t x'],
    [
      'update t set a = u.a from u join v using (n) where 1 = 1',
      'SELECT pg_catalog.count(*) FROM t WHERE EXISTS (SELECT 1 FROM u join v using (n) WHERE 1 = 1 )',
    ],
    [
      'delete from t using u join v using (n) where true -- where false',
      'SELECT pg_catalog.count(*) FROM t WHERE EXISTS (SELECT 1 FROM u join v using (n) WHERE true )',
    ],
    ['delete from t using u', 'SELECT pg_catalog.count(*) FROM t WHERE EXISTS (SELECT 1 FROM u )'],
    [
      'with x as (select 1 as n) delete from "T ü" where true',
      'with x as (select 1 as n) SELECT pg_catalog.count(*) FROM "T ü" WHERE true',
    ],
    ["/* ü */ delete from t where 'ü' = 'ü' -- all", "SELECT pg_catalog.count(*) FROM t WHERE 'ü' = 'ü'"],
    ['truncate s.t', 'SELECT pg_catalog.count(*) FROM "s"."t"'],
    ['truncate only "a""b"', 'SELECT pg_catalog.count(*) FROM ONLY "a""b"'],
    ['drop table if exists "order"', 'SELECT pg_catalog.count(*) FROM ONLY "order"'],
  ])('of PostgreSQL: %s', (text, counting) => expect(postgres(text)).toBe(counting));

  it.each([
    ['delete from t where current of c', undefined],
    ['with x as (delete from u returning n) delete from t', null],
    ['with x as (delete from t returning n) select * from x', undefined],
    ['update t set a = 1 where true or mine(a)', null],
    ["update t set a = 1 where true or nextval('s') > 0", null],
    ['truncate t, u', null],
    ['truncate t cascade', null],
    ['drop table t cascade', null],
    ['drop view v', undefined],
    ['delete from t; delete from u', undefined],
    ['delete from t where n = 1', undefined],
    ['vacuum full t', undefined],
  ])('of PostgreSQL is not told: %s', (text, counting) => expect(postgres(text)).toBe(counting));

  it.each([
    ['DELETE FROM t', 'SELECT COUNT(*) FROM t'],
    ['delete low_priority quick ignore from s.`t ;` where 1', 'SELECT COUNT(*) FROM s.`t ;` WHERE 1'],
    [
      'UPDATE t AS x SET a = 1, x.`b` = (SELECT 2 FROM u WHERE 1 LIMIT 1) WHERE x.where = 1 ORDER BY a DESC LIMIT 5',
      'SELECT COUNT(*) FROM (SELECT 1 FROM t AS x WHERE x.where = 1 LIMIT 5) querytape_counted',
    ],
    ['DELETE FROM t ORDER BY n', 'SELECT COUNT(*) FROM t'],
    [
      "DELETE FROM t WHERE a = ' LIMIT 1 ' # LIMIT 2\n RETURNING n",
      "SELECT COUNT(*) FROM t WHERE a = ' LIMIT 1 '",
    ],
    ['TRUNCATE TABLE s.t', 'SELECT COUNT(*) FROM s.t'],
    ['DROP TABLE IF EXISTS t', 'SELECT COUNT(*) FROM t'],
  ])('of MariaDB: %s', (text, counting) => expect(mariadb(text)).toBe(counting));

  it.each([
    ['DELETE t FROM t JOIN u', null],
    ['DELETE FROM t USING t JOIN u', null],
    ['DELETE FROM t, u', null],
    ['UPDATE t, u SET t.a = 1', null],
    ['UPDATE t JOIN u USING (n) SET a = 1', null],
    ['DELETE FROM t LIMIT ?', null],
    ['DELETE FROM t FOR PORTION OF p FROM 1 TO 2', null],
    ['DELETE FROM t PARTITION (p0)', null],
    ['DELETE FROM t WHERE mine(n)', null],
    ['DELETE FROM t WHERE (@a := 1)', null],
    ['DELETE FROM t WHERE NEXTVAL(s)', null],
    ['WITH x AS (SELECT 1) DELETE FROM t', undefined],
    ['DELETE FROM t /*! WHERE n = 1 */', undefined],
    ['TRUNCATE a, b', null],
    ['DROP TABLE a, b', null],
    ['DROP TABLE a CASCADE', null],
    ['DROP DATABASE a', undefined],
    ['INSERT INTO t VALUES (1)', undefined],
  ])('of MariaDB is not told: %s', (text, counting) => expect(mariadb(text)).toBe(counting));

  it('is known by the sql_mode of its session', () => {
    const text = "DELETE FROM t WHERE a = '\\' OR b = ' -- '";
    expect(mariadb(text)).toBe("SELECT COUNT(*) FROM t WHERE a = '\\' OR b = '");
    expect(mariadb(text, { sqlMode: 'NO_BACKSLASH_ESCAPES' })).toBe(
      "SELECT COUNT(*) FROM t WHERE a = '\\' OR b = ' -- '",
    );
  });

  it('is a read for every statement that was measured on servers', () => {
    let counted = 0;
    for (const { sql } of corpus('postgres')) {
      const text = postgres(sql);
      if (!text) continue;
      counted++;
      expect(classifyPostgres(text)).toMatchObject({ verdict: 'read', statements: 1, dangers: [] });
    }
    for (const { sql } of corpus('mariadb')) {
      const text = mariadb(sql);
      if (!text) continue;
      counted++;
      expect(classifyMysql('mariadb', text)).toMatchObject({ verdict: 'read', statements: 1 });
    }
    expect(counted).toBeGreaterThan(5);
  });
});

describe('the statement that counts the documents of a dangerous one', () => {
  const mongodb = (text: string) => told(classifyMongodb(text));

  it.each([
    ['db.a.deleteMany({})', 'db.getCollection("a").countDocuments({})'],
    ['db["a b"].deleteMany({})', 'db.getCollection("a b").countDocuments({})'],
    [
      'db.getSiblingDB("any").a.deleteMany({})',
      'db.getSiblingDB("any").getCollection("a").countDocuments({})',
    ],
    [
      'db.a.updateMany({_id: {$exists: true}}, {$set: {n: Long("5")}})',
      'db.getCollection("a").countDocuments({ _id: { $exists: true } })',
    ],
    ['db.a.drop()', 'db.getCollection("a").countDocuments({})'],
    [
      'db.runCommand({delete: "a", deletes: [{q: {}, limit: 0}]})',
      'db.getCollection("a").countDocuments({})',
    ],
  ])('of %s is %s', (text, counting) => expect(mongodb(text)).toBe(counting));

  it.each([
    'db.a.deleteMany({}, {collation: {locale: "de", strength: 1}})',
    'db.a.updateMany({}, {$set: {n: 1}}, {upsert: true})',
    'db.runCommand({delete: "a", deletes: [{q: {}, limit: 0}, {q: {n: 1}, limit: 0}]})',
  ])('is not told where it can’t be: %s', (text) => expect(mongodb(text)).toBeNull());

  it('is of no use where nothing is dangerous, or no documents are meant', () => {
    for (const text of ['db.a.deleteMany({n: 1})', 'db.dropDatabase()', 'db.a.find()', 'use a'])
      expect(mongodb(text)).toBeUndefined();
  });
});
