import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { QueryView } from '../../src/events/views/query-view.ts';
import { withClient } from '../servers/mongodb.ts';
import {
  type CuttingProxy,
  cuttingProxy,
  mongodbEngine,
  provided as providedMongodb,
  wholeState,
} from './mongodb-engine.ts';
import { MARIADB, MYSQL, type MysqlProduct, makeUser, outside as mysql } from './mysql-engine.ts';
import { outside as postgres, postgresEngine, provided as providedPostgres } from './postgres-engine.ts';
import { RealWorkspace } from './real-workspace.ts';

/** What is tried on a read-only profile, and what is looked at from outside afterwards. */
interface Attacked {
  readonly name: string;
  start(): Promise<RealWorkspace>;
  setUp(): Promise<void>;
  state(): Promise<unknown>;
  /** Statements that read. */
  readonly reads: readonly string[];
  /** Settings that keep their effect, a statement that tells it, and what it then says. */
  readonly settings: readonly (readonly [set: string, ask: string, value: string])[];
  /** Statements that would write or leave the read-only transaction, by themselves or with what follows them. */
  readonly attacks: readonly string[];
  /** A number as a cell of a row. */
  readonly nine: string;
  /** The server has no read-only mode, so that each attack has to be refused before it is sent. */
  readonly onlyWall?: boolean;
  tearDown?(): Promise<void>;
}

const POSTGRES: Attacked = {
  name: 'PostgreSQL',
  start: () => RealWorkspace.start({ ...postgresEngine(providedPostgres()), readOnly: true }),
  async setUp() {
    for (const text of [
      'drop schema if exists attacked cascade',
      'create schema attacked',
      'create table attacked.t (n int)',
      'insert into attacked.t values (1)',
      'create function attacked.writes() returns int volatile language sql as $$ insert into attacked.t values (2) returning n $$',
      'create function attacked.lies() returns int stable language plpgsql as $$ begin insert into attacked.t values (3); return 1; end $$',
      'create view attacked.v as select attacked.writes()',
      'create sequence attacked.s',
    ])
      await postgres(providedPostgres(), text);
  },
  state: () =>
    postgres(
      providedPostgres(),
      'select (select array_agg(n) from attacked.t), (select last_value from attacked.s), (select count(*) from pg_class)',
    ),
  reads: [
    'select * from attacked.t',
    'with x as (select 1 as n) select n from x',
    'explain select * from attacked.t',
    'show search_path',
    'values (1), (2)',
    'table attacked.t',
  ],
  settings: [
    ["set timezone = 'Asia/Tokyo'", 'show timezone', 'Asia/Tokyo'],
    ['set datestyle to german', 'show datestyle', 'German, DMY'],
    ['set extra_float_digits = 0', 'show extra_float_digits', '0'],
    ["set statement_timeout = '41s'", 'show statement_timeout', '41s'],
    ['reset statement_timeout', 'show statement_timeout', '0'],
  ],
  attacks: [
    'insert into attacked.t values (9)',
    'set search_path = attacked, pg_catalog',
    'reset all',
    'reset default_transaction_read_only',
    'set transaction_read_only = off',
    'set session characteristics as transaction read write',
    'set default_transaction_read_only to default',
    'set session_replication_role = replica',
    'set role none',
    "set timezone = (select nextval('attacked.s')::text)",
    'with x as (insert into attacked.t values (9) returning n) select n from x',
    'select attacked.writes()',
    'select attacked.lies()',
    'select * from attacked.v',
    "select nextval('attacked.s')",
    'explain analyze insert into attacked.t values (9)',
    'explain analyze create table attacked.u as select 1',
    'select * into attacked.u from attacked.t',
    'commit; insert into attacked.t values (9)',
    'rollback; begin read write; insert into attacked.t values (9); commit',
    'set default_transaction_read_only = off; insert into attacked.t values (9)',
    'set transaction read write; insert into attacked.t values (9)',
    'begin; set transaction read write; insert into attacked.t values (9); commit',
    "select set_config('default_transaction_read_only', 'off', false)",
    'do $$ begin insert into attacked.t values (9); end $$',
    'prepare p as insert into attacked.t values (9); execute p',
    'select * from attacked.t for update',
    'select lo_create(0)',
    "copy attacked.t to '/tmp/querytape-attack'",
    "copy (select 1) to program 'true'",
    'select pg_advisory_lock(1)',
    'truncate attacked.t',
    'vacuum attacked.t',
  ],
  nine: '9',
};

/** Statements that MySQL does not have, or has alone. */
const ONLY = {
  MariaDB: {
    setUp: ['CREATE SEQUENCE attacked.s'],
    look: '(SELECT next_not_cached_value FROM attacked.s)',
    reads: [],
    attacks: [
      'SET @a = 1, tx_read_only = 0',
      'SET @a = (SELECT NEXTVAL(attacked.s))',
      'SELECT NEXTVAL(attacked.s)',
      'SET STATEMENT tx_read_only=0 FOR DELETE FROM attacked.t',
      'EXECUTE IMMEDIATE "DELETE FROM attacked.t"',
    ],
  },
  MySQL: {
    setUp: [
      'CREATE FUNCTION attacked.md5(x TEXT) RETURNS TEXT MODIFIES SQL DATA BEGIN INSERT INTO attacked.t VALUES (4); RETURN x; END',
      "CREATE FUNCTION attacked.sha(x TEXT) RETURNS TEXT NO SQL RETURN GET_LOCK('querytape_attack', 0)",
    ],
    look: "IS_USED_LOCK('querytape_attack')",
    reads: [
      'SELECT POINT(1, 2), sys.format_bytes(1), VECTOR_DIM(STRING_TO_VECTOR("[1]"))',
      'TABLE attacked.t',
    ],
    attacks: [
      "USE attacked; SELECT MD5('a')",
      "USE attacked; SELECT sha('a')",
      "USE attacked; SELECT sha ('a')",
      'SELECT * FROM information_schema.INNODB_CMP_RESET',
      'EXPLAIN DELETE FROM attacked.t',
      'TABLE attacked.t FOR UPDATE',
      'SET PERSIST max_connections = 100',
      'SET @a = 1, transaction_read_only = 0',
      'EXPLAIN FORMAT=JSON INTO @x SELECT 1',
      'LOCK INSTANCE FOR BACKUP',
    ],
  },
} as const;

const attackedMysql = ({ product, provided, mysqlEngine }: MysqlProduct): Attacked => ({
  name: product,
  start: () => RealWorkspace.start({ ...mysqlEngine(provided()), readOnly: true }),
  async setUp() {
    await makeUser(provided());
    await mysql(
      provided(),
      'DROP DATABASE IF EXISTS attacked',
      'CREATE DATABASE attacked',
      'CREATE TABLE attacked.t (n INT)',
      'INSERT INTO attacked.t VALUES (1)',
      ...ONLY[product].setUp,
      'CREATE FUNCTION attacked.writes() RETURNS INT MODIFIES SQL DATA BEGIN INSERT INTO attacked.t VALUES (2); RETURN 1; END',
      'CREATE PROCEDURE attacked.p() BEGIN START TRANSACTION READ WRITE; INSERT INTO attacked.t VALUES (3); COMMIT; END',
      'CREATE VIEW attacked.v AS SELECT attacked.writes()',
    );
  },
  state: () =>
    mysql(
      provided(),
      `SELECT (SELECT GROUP_CONCAT(n) FROM attacked.t), ${ONLY[product].look}, (SELECT COUNT(*) FROM information_schema.TABLES)`,
    ),
  reads: [
    'SELECT * FROM attacked.t',
    'WITH x AS (SELECT 1 AS n) SELECT n FROM x',
    'SHOW TABLES',
    'EXPLAIN SELECT * FROM attacked.t',
    'DESC attacked.t',
    ...ONLY[product].reads,
  ],
  settings: [
    ["SET time_zone = '+09:00'", 'SELECT @@time_zone', '+09:00'],
    ["SET @mine = 'kept'", 'SELECT @mine', 'kept'],
    ['SET SESSION group_concat_max_len = 4321', 'SELECT @@group_concat_max_len', '4321'],
    ['SET NAMES utf8mb4', 'SELECT @@character_set_client', 'utf8mb4'],
    ['USE attacked', 'SELECT DATABASE()', 'attacked'],
  ],
  attacks: [
    'INSERT INTO attacked.t VALUES (9)',
    'SET @a = 1, transaction_read_only = 0; INSERT INTO attacked.t VALUES (9)',
    'SET SESSION TRANSACTION READ WRITE',
    'SET @a = (SELECT attacked.writes())',
    "SET time_zone = '+00:00' /*! , tx_read_only = 0 */",
    "SET sql_mode = 'NO_BACKSLASH_ESCAPES'",
    'SET autocommit = 0',
    'SET GLOBAL time_zone = SYSTEM',
    'SET NAMES gbk',
    'SELECT attacked.writes()',
    'SELECT * FROM attacked.v',
    'CALL attacked.p()',
    'CREATE TABLE attacked.u (n INT)',
    'DROP TABLE attacked.t',
    'SET SESSION TRANSACTION READ WRITE; INSERT INTO attacked.t VALUES (9)',
    'COMMIT; START TRANSACTION READ WRITE; INSERT INTO attacked.t VALUES (9); COMMIT',
    '/*!50000 DELETE FROM attacked.t */',
    "SELECT * FROM attacked.t INTO OUTFILE '/tmp/querytape-attack'",
    'SELECT * FROM attacked.t FOR UPDATE',
    "SELECT GET_LOCK('a', 0)",
    'TRUNCATE attacked.t',
    'KILL 1',
    'LOCK TABLES attacked.t WRITE',
    ...ONLY[product].attacks,
  ],
  nine: '9',
});

let proxy: CuttingProxy | undefined;

const MONGODB: Attacked = {
  name: 'MongoDB',
  async start() {
    proxy = await cuttingProxy(providedMongodb());
    const engine = mongodbEngine(providedMongodb(), proxy);
    return RealWorkspace.start({
      ...engine,
      target: { ...engine.target, database: 'attacked' },
      readOnly: true,
    });
  },
  setUp: () =>
    withClient(providedMongodb(), async (client) => {
      const attacked = client.db('attacked');
      await attacked.dropDatabase();
      await attacked.command({ insert: 't', documents: [{ _id: 1, n: 1 }] });
      await attacked.command({ insert: 'u', documents: [{ _id: 1, n: 2 }] });
      await client.db('attacked_too').dropDatabase();
      await client.db('attacked_too').command({ insert: 'one', documents: [{ _id: 1, n: 7 }] });
      await attacked.command({ createIndexes: 't', indexes: [{ key: { n: 1 }, name: 'n_1' }] });
    }),
  state: () => wholeState(providedMongodb()),
  reads: [
    'db.t.find({n: {$gte: 1}}).sort({n: 1})',
    'db.t.aggregate([{$match: {n: 1}}, {$group: {_id: null, n: {$sum: "$n"}}}])',
    'db.t.countDocuments({})',
    'db.t.distinct("n")',
    'db.t.explain().deleteMany({})',
    // The server applies no explained write, whatever the verbosity (manual, "explain").
    'db.t.explain("allPlansExecution").deleteMany({})',
    'db.runCommand({explain: {delete: "t", deletes: [{q: {}, limit: 0}]}})',
    'db.runCommand({find: "t", filter: {}})',
    'db.t.getIndexes()',
    'show collections',
  ],
  settings: [
    ['use attacked_too', 'db.one.find({}, {_id: 0, n: 1})', '{"$numberInt":"7"}'],
    ['use attacked', 'db.t.find({}, {_id: 0, n: 1})', '{"$numberInt":"1"}'],
  ],
  attacks: [
    'db.t.insertOne({n: 9})',
    'db.t.updateMany({}, {$set: {n: 9}})',
    'db.t.replaceOne({n: 1}, {n: 9})',
    'db.t.deleteMany({})',
    'db.t.bulkWrite([{deleteOne: {filter: {n: 1}}}])',
    'db.t.findOneAndUpdate({n: 1}, {$set: {n: 9}})',
    'db.t.findOneAndDelete({n: 1})',
    'db.t.aggregate([{$match: {}}, {$out: "u"}])',
    'db.t.aggregate([{$match: {}}, {"\\u0024out": "u"}])',
    'db.t.aggregate([{$merge: {into: "u", whenMatched: "replace"}}])',
    'db.t.aggregate([{$facet: {a: [{$facet: {b: [{$out: "u"}]}}]}}])',
    'db.t.aggregate([{$unionWith: {coll: "u", pipeline: [{$lookup: {from: "t", as: "x", pipeline: [{$merge: "u"}]}}]}}])',
    'db.t.aggregate([{$match: {}}, {$out: "u"}]).explain("executionStats")',
    'db.runCommand({aggregate: "t", pipeline: [{$out: "u"}], cursor: {}})',
    'db.runCommand({insert: "t", documents: [{n: 9}]})',
    'db["runCommand"]({in\\u0073ert: "t", documents: [{n: 9}]})',
    'db.runCommand({delete: "t", find: "t", deletes: [{q: {}, limit: 0}]})',
    'db.runCommand(/* {find: "t"} */ {findAndModify: "t", query: {}, remove: true})',
    'db.runCommand({findandmodify: "t", query: {}, remove: true})',
    'db.adminCommand({bulkWrite: 1, ops: [{delete: 0, filter: {}, multi: true}], nsInfo: [{ns: "attacked.t"}]})',
    'db.runCommand({find: "t", drop: "t"})',
    'db.runCommand("dropDatabase")',
    'db.runCommand({mapReduce: "t", map: "", reduce: "", out: "u"})',
    'db.t.find({$where: "db.t.drop()"})',
    'db.t.find({n: Code("1")})',
    'db.$cmd.findOne({drop: "t"})',
    'db.getSiblingDB("attacked").dropDatabase()',
    'db.t.drop()',
    'db.t.dropIndexes()',
    'db.t.createIndex({m: 1})',
    'db.t.renameCollection("v")',
    'db.createCollection("v")',
    'db.createView("v", "t", [])',
    'db.adminCommand({renameCollection: "attacked.t", to: "attacked.v"})',
    'db.runCommand({collMod: "t", index: {name: "n_1", hidden: true}})',
    'db.runCommand({createUser: "v", pwd: "v", roles: ["root"]})',
    'session.startTransaction()',
    'session.startTransaction(); db.t.insertOne({n: 9}); session.commitTransaction()',
    'db.runCommand({insert: "t", documents: [{n: 9}], startTransaction: true, autocommit: false})',
    'db.killOp(1)',
    'db.adminCommand({fsync: 1, lock: true})',
    'db.adminCommand({setParameter: 1, notablescan: true})',
  ],
  nine: '{"$numberInt":"9"}',
  onlyWall: true,
  tearDown: async () => {
    await proxy?.close();
    await withClient(providedMongodb(), async (client) => {
      for (const name of ['attacked', 'attacked_too']) await client.db(name).dropDatabase();
    });
  },
};

describe.each([POSTGRES, attackedMysql(MYSQL), attackedMysql(MARIADB), MONGODB])(
  'a read-only profile on $name',
  (attacked) => {
    let world: RealWorkspace;
    let sessionId: string;
    const run = async (text: string): Promise<QueryView[]> => {
      const command = { type: 'query.submit', sessionId, tabId: 't', text, goOnAfterError: true } as const;
      const { queryIds } = await world.send(command);
      return Promise.all(queryIds!.map((queryId) => world.ended(queryId)));
    };

    beforeAll(async () => {
      await attacked.setUp();
      world = await attacked.start();
      sessionId = await world.open();
      expect(world.state.sessions[sessionId]?.state).toBe('ready');
    });
    afterAll(async () => {
      await world.stop();
      await attacked.tearDown?.();
    });

    it.each(attacked.reads)('runs %s', async (text) => {
      const [query] = await run(text);
      expect(query).toMatchObject({ outcome: 'succeeded', verdict: 'read' });
    });

    it.each(attacked.settings)('keeps the effect of %s, and its walls', async (set, ask, value) => {
      expect((await run(set))[0]).toMatchObject({ outcome: 'succeeded', verdict: 'session' });
      const [asked] = await run(ask);
      expect(await world.rows(asked!.queryId)).toEqual([[value]]);
      expect((await run(attacked.attacks[0]!))[0]?.outcome).toBe('refused');
    });

    // What MongoDB's only setting sets is this client's, so that none fails.
    if (!attacked.onlyWall)
      it('takes back nothing but the setting that failed', async () => {
        const [failed, after] = await run(
          `${attacked.settings[0]![0].replace(/'.*'/, "'Nowhere/At all'")}; ${attacked.reads[0]}`,
        );
        expect([failed?.outcome, after?.outcome]).toEqual(['failed', 'succeeded']);
      });

    it.each(attacked.attacks)('is not changed by %s', async (text) => {
      const before = await attacked.state();
      const queries = await run(text);
      const done = queries.filter(({ outcome, verdict }) => outcome === 'succeeded' && verdict !== 'session');
      expect(done.map(({ verdict }) => verdict)).toEqual([]);
      if (attacked.onlyWall) {
        expect(queries[0]).toMatchObject({ outcome: 'refused' });
        expect(queries[0]?.refusedCode).toMatch(/^readOnly\./);
      }
      expect(await attacked.state()).toEqual(before);
      // What comes next runs as before.
      expect((await run(attacked.reads[0]!))[0]?.outcome).toBe('succeeded');
    });

    it('begins no transaction, and edits no row', async () => {
      const at = { sessionId, tabId: 't' };
      const begun = await world.answer({ type: 'transaction.begin', ...at });
      expect(begun).toMatchObject({ refused: { code: 'readOnly.transaction' } });
      const place = { namespace: 'attacked', collection: 't' };
      const values = [{ column: 'n', value: attacked.nine }];
      const { queryIds } = await world.send({ type: 'row.insert', ...at, ...place, values });
      expect(await world.ended(queryIds![0]!)).toMatchObject({
        outcome: 'refused',
        refusedCode: 'readOnly.write',
      });
    });
  },
);
