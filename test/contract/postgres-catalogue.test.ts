import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Connection } from '../../src/drivers/driver.ts';
import { CATALOGUE_PAGE_MAX } from '../../src/drivers/limits.ts';
import type {
  CataloguePage,
  CatalogueRequest,
  Collection,
  CollectionKey,
  ColumnInfo,
  Database,
  ForeignKey,
  Index,
  Namespace,
} from '../../src/events/catalogue.ts';
import { splitStatements } from '../../src/events/statements.ts';
import { Connections } from './contract.ts';
import { outside, postgresEngine, provided } from './postgres-engine.ts';
import { ask, run } from './running.ts';

const HOSTILE = `we"ird'\\ %_ ünï`;
const TABLES = 2000;
/** A column that an insert has to fill, or leaves null. */
const PLAIN = { default: null, generated: false };
const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

describe('the catalogue', () => {
  let connections: Connections;
  let connection: Connection;

  /** A page, taken for what the request asks for. */
  const list = async <P extends CataloguePage>(request: CatalogueRequest): Promise<P> => {
    const { text, read } = postgresEngine(provided()).driver.catalogue(request);
    return read(await ask(connection, text), []) as P;
  };
  const namespaces = async (system: boolean): Promise<readonly Namespace[]> =>
    (await list<CataloguePage & { namespaces: readonly Namespace[] }>({ list: 'namespaces', system }))
      .namespaces;
  const collections = async (
    namespace: string | null,
    after: CollectionKey | null = null,
    search: string | null = null,
  ) =>
    list<CataloguePage & { collections: readonly Collection[] }>({
      list: 'collections',
      namespace,
      after,
      search,
    });
  /** Without their identity, which is another with each table that is made. */
  const columns = async (namespace: string, collection: string): Promise<readonly ColumnInfo[]> =>
    (
      await list<CataloguePage & { columns: readonly ColumnInfo[] }>({
        list: 'columns',
        namespace,
        collection,
      })
    ).columns.map(({ identity: _, ...column }) => column);

  beforeAll(async () => {
    const name = quoted(HOSTILE);
    await outside(
      provided(),
      `drop schema if exists ${name} cascade; drop schema if exists cat_many cascade; drop schema if exists cat_kinds cascade;
       create schema ${name}; create schema cat_many; create schema cat_kinds;
       create table ${name}.${name} (${name} numeric(10,2) not null, "second" timestamp(3)[], primary key (${name}));
       do $$ begin for i in 1..${TABLES} loop execute format('create table cat_many.%I (n int)', 'table ' || lpad(i::text, 4, '0')); end loop; end $$;
       create table cat_kinds.plain (a int, b varchar(20) not null, c char(3), gone int, d timestamptz(0), e interval day to second(2), f text[], primary key (b, a));
       alter table cat_kinds.plain drop column gone;
       insert into cat_kinds.plain select i, i, 'x', now(), null, null from generate_series(1, 1000) i;
       create table cat_kinds.parted (n int) partition by range (n);
       create view cat_kinds.seen as select a from cat_kinds.plain;
       create materialized view cat_kinds.stored as select a from cat_kinds.plain;
       create sequence cat_kinds.counter;
       create index on cat_kinds.plain (a);
       create table cat_kinds.new_one (n int);`,
    );
    // VACUUM and ANALYZE run by themselves at any time; these two make the estimates certain.
    await outside(provided(), 'analyze cat_kinds.plain');
    await outside(provided(), 'analyze cat_kinds.stored');
    connections = new Connections(postgresEngine(provided()));
    connection = await connections.connect();
  });
  afterAll(async () => {
    await connections?.closeAll();
    // One transaction can't lock 2 000 tables under the default settings.
    for (let from = 1; from <= TABLES; from += 500) {
      await outside(
        provided(),
        `do $$ begin for i in ${from}..${from + 499} loop execute format('drop table cat_many.%I', 'table ' || lpad(i::text, 4, '0')); end loop; end $$`,
      );
    }
    await outside(
      provided(),
      `drop schema cat_many; drop schema ${quoted(HOSTILE)} cascade; drop schema cat_kinds cascade`,
    );
  });

  it('names the databases, and which is this one', async () => {
    const { databases } = await list<CataloguePage & { databases: readonly Database[] }>({
      list: 'databases',
    });
    expect(databases.filter(({ current }) => current).map(({ name }) => name)).toEqual([provided().database]);
    expect(databases.map(({ name }) => name)).not.toContain('template0');
  });

  it('hides the system’s schemas unless asked for them, and never shows temporary ones', async () => {
    await ask(connection, 'create temp table makes_pg_temp (n int)');
    const plain = await namespaces(false);
    expect(plain.map(({ name }) => name)).toEqual(expect.arrayContaining(['public', 'cat_kinds', HOSTILE]));
    expect(plain.filter(({ name, system }) => system || /^pg_|^information_schema$/.test(name))).toEqual([]);
    const all = await namespaces(true);
    expect(all.filter(({ system }) => system).map(({ name }) => name)).toEqual([
      'information_schema',
      'pg_catalog',
    ]);
    expect(all.find(({ name }) => name === 'cat_many')?.collections).toBe(TABLES);
    expect(all.find(({ name }) => name === 'cat_kinds')?.collections).toBe(5);
    await ask(connection, 'drop table makes_pg_temp');
  });

  it(`pages ${TABLES} tables in the order of their names, without a gap or a double`, async () => {
    const names: string[] = [];
    let pages = 0;
    for (let after: CollectionKey | null = null; ; ) {
      const page = await collections('cat_many', after);
      pages++;
      expect(page.collections.length).toBeLessThanOrEqual(CATALOGUE_PAGE_MAX);
      names.push(...page.collections.map(({ name }) => name));
      if (!page.more) break;
      after = page.collections.at(-1)!;
    }
    expect(pages).toBe(TABLES / CATALOGUE_PAGE_MAX);
    expect(names).toEqual(
      Array.from({ length: TABLES }, (_, i) => `table ${String(i + 1).padStart(4, '0')}`),
    );
  });

  it('finds by a part of a name, in which nothing is a pattern', async () => {
    const found = async (search: string) =>
      (await collections('cat_many', null, search)).collections.map(({ name }) => name);
    expect(await found('LE 0042')).toEqual(['table 0042']);
    expect(await found('%')).toEqual([]);
    expect(await found('_')).toEqual([]);
    expect(await found("'; drop table x; --\\")).toEqual([]);
    expect((await collections(HOSTILE, null, '%_')).collections.map(({ name }) => name)).toEqual([HOSTILE]);
    expect((await collections(HOSTILE, null, 'Ünï')).collections).toHaveLength(1);
  });

  it('finds capital letters beyond ASCII as they are written, and by small ones', async () => {
    await outside(provided(), 'create table cat_kinds."ÄPFEL" (n int)');
    for (const search of ['ÄPFEL', 'äpfel'])
      expect((await collections('cat_kinds', null, search)).collections).toHaveLength(1);
    await outside(provided(), 'drop table cat_kinds."ÄPFEL"');
  });

  it('looks once for what takes a change of a table, however many columns it has', async () => {
    const request = { list: 'columns', namespace: 'cat_kinds', collection: 'plain' } as const;
    const { text } = postgresEngine(provided()).driver.catalogue(request);
    const plan = (await ask(connection, `explain (analyze, timing off, costs off) ${text}`)).map(
      ([line]) => line!,
    );
    expect(plan.filter((line) => /Recursive Union/.test(line))).toEqual([
      expect.stringContaining('loops=1)'),
    ]);
    expect(plan[0]).toMatch(/rows=6/);
  });

  it('tells each collection’s kind, and the server’s estimate only where it has one', async () => {
    const page = await collections('cat_kinds');
    expect(page.collections.map(({ name, kind, rowsEstimated }) => [name, kind, rowsEstimated])).toEqual([
      ['new_one', 'table', null],
      ['parted', 'table', null],
      ['plain', 'table', 1000],
      ['seen', 'view', null],
      ['stored', 'materializedView', 1000],
    ]);
  });

  it('tells columns with their modifiers and the place of each in the key', async () => {
    expect(await columns('cat_kinds', 'plain')).toEqual([
      { name: 'a', type: 'integer', nullable: false, primaryKey: 2, ...PLAIN },
      { name: 'b', type: 'character varying(20)', nullable: false, primaryKey: 1, ...PLAIN },
      { name: 'c', type: 'character(3)', nullable: true, primaryKey: null, ...PLAIN },
      { name: 'd', type: 'timestamp(0) with time zone', nullable: true, primaryKey: null, ...PLAIN },
      { name: 'e', type: 'interval day to second(2)', nullable: true, primaryKey: null, ...PLAIN },
      { name: 'f', type: 'text[]', nullable: true, primaryKey: null, ...PLAIN },
    ]);
    expect(await columns('cat_kinds', 'no such table')).toEqual([]);
  });

  it('lists the values of enumerations in their order, also through a domain', async () => {
    await outside(
      provided(),
      `create schema cat_sizes;
       create type cat_sizes.size as enum ('small', 'X "large", it''s');
       alter type cat_sizes.size add value 'medium' after 'small';
       create domain cat_sizes.fit as cat_sizes.size;
       create table cat_sizes.sized (s cat_sizes.size, f cat_sizes.fit, a cat_sizes.size[])`,
    );
    try {
      const sizes = ['small', 'medium', 'X "large", it\'s'];
      expect(await columns('cat_sizes', 'sized')).toMatchObject([{ choices: sizes }, { choices: sizes }, {}]);
      expect((await columns('cat_sizes', 'sized'))[2]).not.toHaveProperty('choices');
    } finally {
      await outside(provided(), 'drop schema cat_sizes cascade');
    }
  });

  it.each(['on', 'off'])(
    'quotes hostile names safely with standard_conforming_strings %s',
    async (setting) => {
      await ask(connection, `set standard_conforming_strings = ${setting}`);
      await ask(connection, 'set escape_string_warning = off');
      expect((await collections(HOSTILE)).collections.map(({ name }) => name)).toEqual([HOSTILE]);
      expect((await collections(HOSTILE, { namespace: HOSTILE, name: HOSTILE })).collections).toEqual([]);
      expect(await columns(HOSTILE, HOSTILE)).toEqual([
        { name: HOSTILE, type: 'numeric(10,2)', nullable: false, primaryKey: 1, ...PLAIN },
        {
          name: 'second',
          type: 'timestamp(3) without time zone[]',
          nullable: true,
          primaryKey: null,
          ...PLAIN,
        },
      ]);
      for (const name of ["'", "\\'", '\\', "\\\\'", "' or true --", "\\' or true --"]) {
        expect(await columns(name, name)).toEqual([]);
        expect((await collections(name)).collections).toEqual([]);
      }
      await ask(connection, 'reset standard_conforming_strings');
    },
  );

  it('tells indexes and foreign keys with their columns in order', async () => {
    const indexes = await list<CataloguePage & { indexes: readonly Index[] }>({
      list: 'indexes',
      namespace: 'shop',
      collection: 'orders',
    });
    expect(indexes.indexes).toEqual([
      {
        name: 'orders_pkey',
        columns: ['id'],
        unique: true,
        primary: true,
        definition: 'CREATE UNIQUE INDEX orders_pkey ON shop.orders USING btree (id)',
      },
      {
        name: 'orders_by_customer',
        columns: ['customer_id', 'at'],
        unique: false,
        primary: false,
        definition: 'CREATE INDEX orders_by_customer ON shop.orders USING btree (customer_id, at DESC)',
      },
    ]);
    const keys = await list<CataloguePage & { foreignKeys: readonly ForeignKey[] }>({
      list: 'foreignKeys',
      namespace: 'shop',
      collection: 'order_items',
    });
    expect(
      keys.foreignKeys.map(({ columns, collection, referenced }) => [columns, collection, referenced]),
    ).toEqual([
      [['order_id'], 'orders', ['id']],
      [['sku'], 'products', ['sku']],
    ]);
  });

  it('tells defaults and what the server computes', async () => {
    const total = (await columns('shop', 'order_items')).find(({ name }) => name === 'total');
    expect(total).toMatchObject({ generated: true, type: 'numeric(12,2)' });
    const [id, , , since] = await columns('shop', 'customers');
    expect(id).toMatchObject({
      default: 'GENERATED BY DEFAULT AS IDENTITY',
      generated: false,
      primaryKey: 1,
    });
    expect(since).toMatchObject({ default: 'CURRENT_DATE' });
  });

  it.each(['customers', 'products', 'orders', 'order_items', 'visits', 'revenue'])(
    'writes statements that make shop.%s again, with the same catalogue',
    async (collection) => {
      const ddlOf = async () =>
        (await list<CataloguePage & { ddl: string }>({ list: 'ddl', namespace: 'shop', collection })).ddl;
      const told = async () => ({
        ddl: await ddlOf(),
        columns: await columns('shop', collection),
        indexes: await list({ list: 'indexes', namespace: 'shop', collection }),
        foreignKeys: await list({ list: 'foreignKeys', namespace: 'shop', collection }),
      });
      const before = await told();
      await ask(connection, 'begin');
      try {
        const kind = collection === 'revenue' ? 'view' : 'table';
        await ask(connection, `drop ${kind} shop.${collection} cascade`);
        for (const { start, end } of splitStatements('postgres', before.ddl))
          await ask(connection, before.ddl.slice(start, end));
        expect(await told()).toEqual(before);
      } finally {
        await ask(connection, 'rollback');
      }
    },
  );

  it('writes nothing for what is not there', async () => {
    expect(await list({ list: 'ddl', namespace: 'shop', collection: 'nothing' })).toEqual({
      ddl: '',
      more: false,
    });
  });

  it('looks for a name through all schemas', async () => {
    const found = await collections(null, null, 'ORDER');
    expect(found.collections.filter(({ namespace }) => namespace === 'shop').map(({ name }) => name)).toEqual(
      ['order_items', 'orders'],
    );
    expect(found.collections.every(({ namespace }) => !namespace.startsWith('pg_'))).toBe(true);
    expect(found.collections.find(({ name }) => name === 'orders')?.bytes).toBeGreaterThan(8191);
  });

  describe('of 600 schemas that each have a table of one name', () => {
    const SCHEMAS = 600;
    const schema = (n: number): string => `cat_wide_${String(n).padStart(4, '0')}`;
    const names = Array.from({ length: SCHEMAS }, (_, n) => schema(n));
    /** In batches, as one transaction can't lock them all under the default settings. */
    const each = async (text: (name: string) => string): Promise<void> => {
      for (let from = 0; from < SCHEMAS; from += 200)
        await outside(
          provided(),
          names
            .slice(from, from + 200)
            .map(text)
            .join(';'),
        );
    };
    beforeAll(() => each((name) => `create schema ${name} create table same_in_all (n int)`));
    afterAll(() => each((name) => `drop schema ${name} cascade`));

    it('reaches every schema, page by page', async () => {
      const seen: string[] = [];
      for (let after: string | null = null; ; ) {
        const page: CataloguePage & { namespaces: readonly Namespace[] } = await list({
          list: 'namespaces',
          system: false,
          after,
        });
        expect(page.namespaces.length).toBeLessThanOrEqual(CATALOGUE_PAGE_MAX);
        seen.push(...page.namespaces.map(({ name }) => name));
        if (!page.more) break;
        after = seen.at(-1)!;
      }
      expect(new Set(seen).size).toBe(seen.length);
      expect(seen.filter((name) => name.startsWith('cat_wide_'))).toEqual(names);
    });

    it('finds the table of every schema, page by page', async () => {
      const seen: string[] = [];
      for (let after: CollectionKey | null = null; ; ) {
        const page = await collections(null, after, 'same_in_all');
        seen.push(...page.collections.map(({ namespace }) => namespace));
        if (!page.more) break;
        after = page.collections.at(-1)!;
      }
      expect(seen).toEqual(names);
    });
  });

  describe('while another transaction keeps a table locked', () => {
    let other: pg.Client;
    beforeAll(async () => {
      other = new pg.Client({ ...provided() });
      await other.connect();
      await other.query('begin; lock table cat_kinds.plain in access exclusive mode');
    });
    afterAll(() => other.end());

    const listing: [CatalogueRequest, string][] = [
      [{ list: 'databases' }, 'databases'],
      [{ list: 'namespaces', system: true }, 'schemas'],
      [{ list: 'collections', namespace: 'cat_kinds', after: null, search: null }, 'tables of its schema'],
      [{ list: 'collections', namespace: null, after: null, search: 'plain' }, 'tables found'],
      [{ list: 'columns', namespace: 'cat_kinds', collection: 'new_one' }, 'columns of another table'],
    ];
    it.each(listing)('lists without waiting for the lock: %j', async (request) => {
      // Anything that waits fails at once.
      await ask(connection, "set lock_timeout = '1ms'");
      try {
        expect(JSON.stringify(await list(request))).toMatch(/\w/);
      } finally {
        await ask(connection, 'reset lock_timeout');
      }
    });

    it.each(['indexes', 'ddl'] as const)(
      'gives up soon on its %s, and leaves no setting behind',
      async (of) => {
        const { text } = postgresEngine(provided()).driver.catalogue({
          list: of,
          namespace: 'cat_kinds',
          collection: 'plain',
        });
        const { end } = await run(connection, text);
        expect(end).toMatchObject({ type: 'failed', failure: { code: '55P03' } });
        expect(await ask(connection, 'show lock_timeout')).toEqual([['0']]);
      },
    );
  });

  it('estimates what a table takes on disk without touching it', async () => {
    await outside(provided(), 'vacuum analyze cat_kinds.plain');
    const exact = await outside(
      provided(),
      "select pg_relation_size('cat_kinds.plain') + pg_indexes_size('cat_kinds.plain')",
    );
    const page = await collections('cat_kinds');
    expect(page.collections.find(({ name }) => name === 'plain')!.bytes).toBeGreaterThanOrEqual(
      Number(exact[0]![0]),
    );
  });
});
