import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Classifier } from '../../src/drivers/classifier.ts';
import { OVERLOADS, volatilityStatement } from '../../src/drivers/postgres/volatility.ts';
import type { StatementFacts } from '../../src/events/judgement.ts';
import { corpus, corpusSetup, factsOf } from '../safety/corpus.ts';
import { provided } from './postgres-engine.ts';

const DATABASE = 'safety';

/** One row a thing that a statement could change; views and foreign tables are not looked at, as that runs them. */
const STATE = `
select 'relation' as kind, c.oid::text as name, concat_ws(' ', c.relname, c.relkind, c.relfilenode, c.reloptions, c.relacl) as value
from pg_class c where c.relnamespace <> 'pg_toast'::regnamespace
union all select 'type', oid::text, typname from pg_type
union all select 'function', oid::text, concat_ws(' ', proname, provolatile) from pg_proc
union all select 'setting', name, setting from pg_file_settings
union all select 'role', oid::text, concat_ws(' ', rolname, rolsuper) from pg_roles
union all select 'database', oid::text, datname from pg_database
union all select 'policy', oid::text, polname from pg_policy
union all select 'trigger', oid::text, concat_ws(' ', tgname, tgenabled) from pg_trigger
union all select 'large object', concat_ws(' ', loid, pageno), encode(data, 'hex') from pg_largeobject
union all select 'prepared', gid, '' from pg_prepared_xacts
union all select 'slot', slot_name, '' from pg_replication_slots
union all select 'lock', pid::text, mode from pg_locks where locktype = 'advisory'`;

describe('every statement that is judged a read, run on PostgreSQL in a read-only transaction', () => {
  let folder: string;
  let look: pg.Client;
  const classifier = new Classifier();

  const connect = async (database: string, options = ''): Promise<pg.Client> => {
    const client = new pg.Client({ ...provided(), database, options });
    client.on('error', () => {});
    await client.connect();
    return client;
  };
  const admin = async (text: string): Promise<void> => {
    const client = await connect('postgres');
    await client.query(text).finally(() => client.end());
  };
  const filled = (text: string): string => text.replaceAll('{DIR}', folder);

  /** Tables' rows, sequences' values, the catalogue and the files that statements name. */
  const state = async (): Promise<string> => {
    const hash = createHash('sha256');
    const tables = await look.query(
      "select oid::regclass::text as name from pg_class where relkind in ('r', 'S', 'm') and relnamespace::regnamespace::text !~ '^(pg_|information_schema)' order by 1",
    );
    for (const { name } of tables.rows)
      hash.update(JSON.stringify((await look.query(`select ctid, xmin, * from ${name} order by ctid`)).rows));
    hash.update(JSON.stringify((await look.query(`${STATE} order by 1, 2, 3`)).rows));
    hash.update(JSON.stringify((await readdir(folder, { recursive: true })).sort()));
    return hash.digest('hex');
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'querytape-safety-'));
    await mkdir(join(folder, 'ext'));
    // The server's user writes there, if it is made to.
    await chmod(folder, 0o777);
    await chmod(join(folder, 'ext'), 0o777);
    await admin(`drop database if exists ${DATABASE}`);
    await admin(`create database ${DATABASE}`);
    look = await connect(DATABASE);
    await look.query(filled(corpusSetup('postgres')));
  });
  afterAll(async () => {
    await classifier.close();
    await look?.end();
    await admin(`drop database if exists ${DATABASE} with (force)`);
    await rm(folder, { recursive: true, force: true });
  });

  const asText = async (text: string): Promise<string[][]> =>
    (await look.query({ text, rowMode: 'array' })).rows as string[][];

  /** Judges as a connection does: what the classifier asks for, the catalogue is asked. */
  const judge = async (text: string, facts: StatementFacts): Promise<string> => {
    const overloads = (await asText(OVERLOADS)) as [string, 'v'][];
    const known = { ...facts, volatility: Object.fromEntries(overloads) };
    const first = await classifier.classify('postgres', text, known);
    if (first.asks.length === 0) return first.verdict;
    const { text: asking, read } = volatilityStatement(first.asks);
    const answered = { ...known, volatility: { ...known.volatility, ...read(await asText(asking), []) } };
    return (await classifier.classify('postgres', text, answered)).verdict;
  };

  it('changes nothing', { timeout: 120_000 }, async () => {
    const before = await state();
    let reads = 0;
    let ran = 0;
    for (const statement of corpus('postgres')) {
      const text = filled(statement.sql);
      if ((await judge(text, factsOf(statement))) !== 'read') continue;
      reads++;
      const client = await connect(DATABASE, '-c default_transaction_read_only=on -c statement_timeout=5s');
      try {
        for (const pre of statement.pre ?? []) await client.query(pre.replace('@tx:', '')).catch(() => {});
        await client.query('BEGIN READ ONLY');
        const { rowCount } = await client
          .query({ text, queryMode: 'extended' } as pg.QueryConfig)
          .catch(() => ({ rowCount: undefined }));
        if (rowCount !== undefined) ran++;
        await client.query('ROLLBACK');
        const { rows } = await client.query('SHOW default_transaction_read_only');
        expect(rows).toEqual([{ default_transaction_read_only: 'on' }]);
      } finally {
        await client.end();
      }
      expect(await state(), text).toBe(before);
    }
    process.stdout.write(`${reads} reads, of which ${ran} ran to their end; nothing changed\n`);
    expect(reads).toBeGreaterThan(60);
    expect(ran).toBeGreaterThan(50);
  });

  it('knows the functions of uuid-ossp by their library, and no other of their name', async () => {
    const facts = factsOf(corpus('postgres')[0]!);
    const insert = (name: string): string => `insert into marks values (${name}())`;
    await look.query('create schema own; create extension if not exists "uuid-ossp" schema own');
    await look.query(`create schema others; create function others.uuid_generate_v1() returns text language sql
      volatile as $$ select 'a' $$`);
    expect(await judge(insert('own.uuid_generate_v4'), facts)).toBe('write');
    expect(await judge(insert('uuid_generate_v4'), facts)).toBe('write');
    expect(await judge(insert('others.uuid_generate_v1'), facts)).not.toBe('write');
    // Without a schema it may be either, so the worse one counts.
    expect(await judge(insert('uuid_generate_v1'), facts)).not.toBe('write');
  });

  it('takes the name of a type for what reads a value as one, unless a function has it', async () => {
    const facts = factsOf(corpus('postgres')[0]!);
    const texts = [
      "select uuid('00000000-0000-0000-0000-000000000000')",
      "select jsonb('{}'), json('[]'), jsonpath('$')",
      "select inet('10.0.0.1')",
      "select tsquery('a & b'), tsvector('a')",
      "select regtype('int4'), regrole('pg_monitor'), regproc('now')",
    ];
    for (const text of texts) {
      expect(await judge(text, facts), text).toBe('read');
      await look.query(text);
    }
    await look.query("create function uuid(text) returns int language sql volatile as 'select wfn()'");
    expect(await judge(texts[0]!, facts)).toBe('unknown');
    expect(await judge('select t.uuid from t', facts)).toBe('read');
    await look.query('drop function uuid(text)');
  });

  it('reads what operators do, called by its name', async () => {
    const facts = factsOf(corpus('postgres')[0]!);
    const text = `select array_cat(array[1], array[2]), starts_with('abc', 'a'), jsonb_exists('{"a": 1}'::jsonb, 'a'),
      jsonb_exists_any('{}'::jsonb, array['a']), jsonb_delete_path('{}'::jsonb, array['a']), jsonb_concat('{}'::jsonb, '{}'::jsonb)`;
    expect(await judge(text, facts)).toBe('read');
    await look.query(text);
  });

  it('judges an aggregate by its functions, so that one of an extension leaves those of its name reads', async () => {
    const facts = factsOf(corpus('postgres')[0]!);
    await look.query('create extension citext');
    await look.query('create aggregate sum(text) (sfunc = textcat, stype = text)');
    for (const text of ['select max(id) from t', 'select max(v::citext) from t', 'select sum(v) from t'])
      expect(await judge(text, facts), text).toBe('read');
    await look.query('create aggregate min(int) (sfunc = sfw, stype = int)');
    await look.query('create aggregate avg(int) (sfunc = int4pl, stype = int, finalfunc = wfn)');
    await look.query(
      "create function runs(text, text) returns text as '$libdir/tablefunc', 'crosstab' language c stable strict",
    );
    await look.query('create aggregate stddev(text) (sfunc = runs, stype = text)');
    for (const name of ['min', 'avg', 'stddev'])
      expect(await judge(`select ${name}(id) from t`, facts), name).toBe('unknown');
  });

  it('knows what only looks at pages and figures of the server by its library, and no other of its name', async () => {
    const facts = factsOf(corpus('postgres')[0]!);
    for (const name of `pgstattuple pgrowlocks pageinspect pg_visibility pg_buffercache tsm_system_rows amcheck pg_freespacemap
      pg_prewarm pg_walinspect`.split(/\s+/))
      await look.query(`create extension ${name}`);
    const reads = [
      "select * from pgstattuple('t')",
      "select * from pgrowlocks('t')",
      "select * from page_header(get_raw_page('t', 0))",
      "select * from pg_visibility_map('t')",
      'select * from pg_buffercache_summary()',
      'select * from t tablesample system_rows(2)',
      'select * from normal_rand(3, 1, 2)',
      "select bt_index_check('ti', true)",
      "select * from verify_heapam('t')",
      "select * from pg_freespace('t')",
      "select * from heap_page_item_attrs(get_raw_page('t', 0), 't'::regclass)",
      "select pg_prewarm('t')",
      'select w.* from pg_control_checkpoint() c, pg_get_wal_stats(c.redo_lsn, pg_current_wal_lsn()) w',
      'select dblink_get_connections()',
      "select * from dblink_get_pkey('t')",
      'select * from postgres_fdw_get_connections()',
    ];
    const before = await state();
    for (const text of reads) {
      expect(await judge(text, facts), text).toBe('read');
      await look.query(text);
    }
    expect(await state()).toBe(before);
    for (const text of [
      "select pg_truncate_visibility_map('t')",
      'select * from pg_buffercache_evict(1)',
      "select bt_index_parent_check('ti')",
      'select autoprewarm_dump_now()',
      'select postgres_fdw_disconnect_all()',
      'select dblink_disconnect()',
    ])
      expect(await judge(text, facts), text).toBe('unknown');
    await look.query("create function pgstattuple(t) returns int language sql volatile as 'select wfn()'");
    expect(await judge(reads[0]!, facts)).toBe('unknown');
    // Who owns an extension may add functions of his own to it.
    await look.query("create function ours() returns int language sql volatile as 'select 1'");
    await look.query('alter extension pageinspect add function ours()');
    expect(await judge('select ours()', facts)).toBe('read');
    await look.query('create role owner_of_ours');
    await look.query('alter function ours() owner to owner_of_ours');
    expect(await judge('select ours()', facts)).toBe('unknown');
    await look.query('drop extension pageinspect cascade');
    await look.query('drop role owner_of_ours');
  });

  it('knows the functions of users that can be called as a field, which no read-only transaction stops', async () => {
    const facts = factsOf(corpus('postgres')[0]!);
    const { host, port, user, password } = provided();
    const address = `host=${host} port=${port} user=${user} password=${password} dbname=${DATABASE}`;
    const client = await connect(DATABASE, '-c default_transaction_read_only=on');
    try {
      for (const text of [
        `select ('${address}'::text).dblink_connect`,
        "select ('insert into log(m) values (''escaped'')'::text).dblink_exec",
        "select x.dblink_exec from concat('insert into log(m) values (''escaped'')') x",
      ]) {
        await client.query('begin read only');
        await client.query({ text, queryMode: 'extended' } as pg.QueryConfig);
        await client.query('rollback');
        expect(await judge(text, facts)).toBe('unknown');
      }
    } finally {
      await client.end();
    }
    expect((await look.query("delete from log where m = 'escaped'")).rowCount).toBe(2);
  });

  it('knows the functions that run SQL of their arguments though they are STABLE, and those that take a row', async () => {
    const facts = factsOf(corpus('postgres')[0]!);
    await look.query(
      "create function insist(t) returns int language sql volatile as 'select pg_advisory_lock(1); select 1'",
    );
    await look.query(
      "create function pivot(text) returns setof record as '$libdir/tablefunc', 'crosstab' language c stable strict",
    );
    const lock = "select ''r''::text, ''a''::text, pg_advisory_lock(1)::text";
    const client = await connect(DATABASE, '-c default_transaction_read_only=on');
    try {
      for (const text of [
        `select * from crosstab('${lock}') as x(a text, b text)`,
        `select * from pivot('${lock}') as x(a text, b text)`,
        `select * from xpath_table('1', '''<a/>''', '(${lock}) z', '/a', 'true') as x(a int, b text)`,
        'select t.insist from t limit 1',
      ]) {
        await client.query('begin read only');
        await client.query({ text, queryMode: 'extended' } as pg.QueryConfig);
        await client.query('rollback');
        const { rows } = await client.query('select pg_advisory_unlock(1) as was_locked');
        expect(rows, text).toEqual([{ was_locked: true }]);
        await client.query('select pg_advisory_unlock_all()');
        expect(await judge(text, facts), text).toBe('unknown');
      }
      expect(await judge('select t.id from t', facts)).toBe('read');
    } finally {
      await client.end();
    }
  });

  it('would be seen to change something: the checksum is of use', async () => {
    const before = await state();
    for (const text of ["insert into log(m) values ('x')", "select nextval('s')", 'create table seen ()']) {
      await look.query('begin');
      await look.query(text);
      expect(await state(), text).not.toBe(before);
      await look.query('rollback');
    }
  });
});
