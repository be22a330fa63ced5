import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CATALOGUE_TIMEOUT_MS } from '../../src/actors/limits.ts';
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
import { makeUser, outside, PRODUCTS, sequence } from './mysql-engine.ts';
import { readStatement, run } from './running.ts';

const HOSTILE = 'we"ird\'\\ %_ `ünï?';
const TABLES = 2000;
const PLAIN = { default: null, generated: false };
const quoted = (name: string): string => `\`${name.replaceAll('`', '``')}\``;

describe.each(PRODUCTS)('the catalogue of $product', ({ product, engine, provided, mysqlEngine }) => {
  const isMysql = product === 'MySQL';
  let connections: Connections;
  let connection: Connection;

  /** A page, taken for what the request asks for. */
  const list = async <P extends CataloguePage>(request: CatalogueRequest): Promise<P> => {
    const statement = mysqlEngine(provided()).driver.catalogue(request);
    return (await readStatement(connection, statement)) as P;
  };
  const namespaces = async (system: boolean) =>
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
  const columns = async (namespace: string, collection: string) =>
    (
      await list<CataloguePage & { columns: readonly ColumnInfo[] }>({
        list: 'columns',
        namespace,
        collection,
      })
    ).columns;

  beforeAll(async () => {
    await makeUser(provided());
    const name = quoted(HOSTILE);
    await outside(
      provided(),
      `DROP DATABASE IF EXISTS ${name}`,
      'DROP DATABASE IF EXISTS cat_many',
      'DROP DATABASE IF EXISTS cat_kinds',
      `CREATE DATABASE ${name}`,
      'CREATE DATABASE cat_many',
      'CREATE DATABASE cat_kinds',
      `CREATE TABLE ${name}.${name} (${name} decimal(10,2) NOT NULL, second datetime(3), PRIMARY KEY (${name}))`,
      // Half of them differ from the other half by case alone.
      ...Array.from({ length: TABLES }, (_, n) => {
        const name = `${n % 2 ? 'Table' : 'table'} ${String(n >> 1).padStart(4, '0')}`;
        return `CREATE TABLE cat_many.\`${name}\` (n int) ENGINE = MyISAM`;
      }),
      `CREATE TABLE cat_kinds.plain (a int unsigned, b varchar(20) NOT NULL, c char(4) DEFAULT 'it''s', d timestamp(2) NULL, e enum('x', 'y') DEFAULT 'y',
        f decimal(5,2) DEFAULT -1.50, g int AS (a + 1) VIRTUAL, h blob, i datetime DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, j varchar(20) DEFAULT (CONCAT('a', 'b')),
        PRIMARY KEY (b, a), UNIQUE KEY two (c, d), KEY part (b(5) DESC, f), FULLTEXT KEY words (b))`,
      `INSERT INTO cat_kinds.plain (a, b) SELECT seq, seq FROM ${sequence(1000)}`,
      'CREATE TABLE cat_kinds.unkeyed (u int NOT NULL, UNIQUE KEY (u))',
      'CREATE VIEW cat_kinds.seen AS SELECT a FROM cat_kinds.plain',
      ...(isMysql
        ? ['CREATE TABLE cat_kinds.versioned (n int)']
        : [
            'CREATE SEQUENCE cat_kinds.counter',
            'CREATE TABLE cat_kinds.versioned (n int) WITH SYSTEM VERSIONING',
          ]),
      'ANALYZE TABLE cat_kinds.plain',
    );
    connections = new Connections(mysqlEngine(provided()));
    connection = await connections.connect();
  });
  afterAll(async () => {
    await connections?.closeAll();
    await outside(
      provided(),
      'DROP DATABASE cat_many',
      'DROP DATABASE cat_kinds',
      `DROP DATABASE ${quoted(HOSTILE)}`,
    );
  });

  it('names the databases, and which is this one', async () => {
    const { databases } = await list<CataloguePage & { databases: readonly Database[] }>({
      list: 'databases',
    });
    expect(databases.filter(({ current }) => current).map(({ name }) => name)).toEqual([provided().database]);
    expect(databases.map(({ name }) => name)).not.toContain('mysql');
  });

  it('hides the system’s databases unless asked for them', async () => {
    const plain = await namespaces(false);
    expect(plain.map(({ name }) => name)).toEqual(expect.arrayContaining(['shop', 'cat_kinds', HOSTILE]));
    expect(plain.filter(({ system }) => system)).toEqual([]);
    const all = await namespaces(true);
    expect(all.filter(({ system }) => system).map(({ name }) => name)).toEqual([
      'information_schema',
      'mysql',
      'performance_schema',
      'sys',
    ]);
    expect(all.find(({ name }) => name === 'cat_many')?.collections).toBe(TABLES);
    expect(all.find(({ name }) => name === 'cat_kinds')?.collections).toBe(4);
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
    expect(names).toHaveLength(TABLES);
    expect(names).toEqual([...new Set(names)].sort());
  });

  it('finds by a part of a name, in which nothing is a pattern', async () => {
    const found = async (search: string) =>
      (await collections('cat_many', null, search)).collections.map(({ name }) => name);
    expect(await found('LE 0042')).toEqual(['Table 0042', 'table 0042']);
    expect(await found('%')).toEqual([]);
    expect(await found('_')).toEqual([]);
    expect(await found("'; drop table x; --\\")).toEqual([]);
    expect(await found('🦊')).toEqual([]);
    expect((await collections(HOSTILE, null, '%_')).collections.map(({ name }) => name)).toEqual([HOSTILE]);
    expect((await collections(HOSTILE, null, 'Ünï')).collections).toHaveLength(1);
  });

  it('looks for a name through all databases that are not the system’s', async () => {
    const found = await collections(null, null, 'ORDER');
    expect(found.collections.filter(({ namespace }) => namespace === 'shop').map(({ name }) => name)).toEqual(
      ['order_items', 'orders'],
    );
    expect(found.collections.every(({ namespace }) => namespace !== 'mysql')).toBe(true);
    expect(found.collections.find(({ name }) => name === 'orders')?.bytes).toBeGreaterThan(16_383);
  });

  it('tells each collection’s kind, and the server’s estimate where it has one', async () => {
    const page = await collections('cat_kinds');
    expect(
      page.collections.map(({ name, kind, rowsEstimated }) => [
        name,
        kind,
        rowsEstimated === null ? null : rowsEstimated > 0,
      ]),
    ).toEqual([
      ['plain', 'table', true],
      ['seen', 'view', null],
      ['unkeyed', 'table', false],
      ['versioned', 'table', false],
    ]);
    expect(page.collections[0]?.rowsEstimated).toBeGreaterThan(500);
  });

  it('tells columns with their defaults, what the server computes, and the place of each in the key', async () => {
    const told = await columns('cat_kinds', 'plain');
    expect(told.map(({ identity }) => identity)).toEqual(told.map((_, at) => `${at + 1}`));
    expect(told.map(({ identity: _, ...rest }) => rest)).toEqual([
      {
        name: 'a',
        type: isMysql ? 'int unsigned' : 'int(10) unsigned',
        nullable: false,
        primaryKey: 2,
        ...PLAIN,
      },
      { name: 'b', type: 'varchar(20)', nullable: false, primaryKey: 1, ...PLAIN },
      { name: 'c', type: 'char(4)', nullable: true, primaryKey: null, default: "'it''s'", generated: false },
      { name: 'd', type: 'timestamp(2)', nullable: true, primaryKey: null, ...PLAIN },
      {
        name: 'e',
        type: "enum('x','y')",
        nullable: true,
        primaryKey: null,
        default: "'y'",
        generated: false,
      },
      {
        name: 'f',
        type: 'decimal(5,2)',
        nullable: true,
        primaryKey: null,
        default: '-1.50',
        generated: false,
      },
      {
        name: 'g',
        type: isMysql ? 'int' : 'int(11)',
        nullable: true,
        primaryKey: null,
        default: null,
        generated: true,
      },
      { name: 'h', type: 'blob', nullable: true, primaryKey: null, ...PLAIN },
      {
        name: 'i',
        type: 'datetime',
        nullable: true,
        primaryKey: null,
        default: isMysql ? 'CURRENT_TIMESTAMP' : 'current_timestamp()',
        generated: false,
        attributes: [isMysql ? 'ON UPDATE CURRENT_TIMESTAMP' : 'ON UPDATE current_timestamp()'],
      },
      {
        name: 'j',
        type: 'varchar(20)',
        nullable: true,
        primaryKey: null,
        default: isMysql ? "(concat(_utf8mb4'a',_utf8mb4'b'))" : "concat('a','b')",
        generated: false,
      },
    ]);
    // A unique index stands in COLUMN_KEY as if it were the key.
    expect((await columns('cat_kinds', 'unkeyed'))[0]).toMatchObject({ name: 'u', primaryKey: null });
    expect((await columns('shop', 'customers'))[0]).toMatchObject({
      default: 'AUTO_INCREMENT',
      primaryKey: 1,
    });
    await expect(columns('cat_kinds', 'no such table')).rejects.toThrow(/^1146/);
  });

  it.each([
    '',
    'ANSI_QUOTES',
    'NO_BACKSLASH_ESCAPES',
    'ANSI_QUOTES,NO_BACKSLASH_ESCAPES',
    isMysql ? 'ANSI' : 'ORACLE',
  ])('quotes hostile names safely with sql_mode %s', async (mode) => {
    await run(connection, `SET sql_mode = '${mode}'`);
    expect((await collections(HOSTILE)).collections.map(({ name }) => name)).toEqual([HOSTILE]);
    expect((await collections(HOSTILE, { namespace: HOSTILE, name: HOSTILE })).collections).toEqual([]);
    expect((await columns(HOSTILE, HOSTILE)).map(({ name, primaryKey }) => [name, primaryKey])).toEqual([
      [HOSTILE, 1],
      ['second', null],
    ]);
    const place = { namespace: HOSTILE, collection: HOSTILE };
    const { indexes } = await list<CataloguePage & { indexes: readonly Index[] }>({
      list: 'indexes',
      ...place,
    });
    expect(indexes[0]?.columns).toEqual([HOSTILE]);
    expect((await list<CataloguePage & { ddl: string }>({ list: 'ddl', ...place })).ddl).toContain(
      'decimal(10,2)',
    );
    for (const name of [
      "'",
      "\\'",
      '\\',
      "\\\\'",
      "' or true --",
      "\\' or true --",
      '" or true -- ',
      '` or true -- ',
    ]) {
      await expect(columns(name, name)).rejects.toThrow(isMysql ? /^(?:1049|1102|1103)/ : /^(?:1103|1146)/);
      expect((await collections(name)).collections).toEqual([]);
    }
    await run(connection, 'SET sql_mode = DEFAULT');
  });

  it('tells indexes and foreign keys with their columns in order', async () => {
    const { indexes } = await list<CataloguePage & { indexes: readonly Index[] }>({
      list: 'indexes',
      namespace: 'cat_kinds',
      collection: 'plain',
    });
    expect(indexes.map(({ definition }) => definition)).toEqual([
      'PRIMARY KEY (`b`,`a`)',
      'UNIQUE KEY `two` (`c`,`d`)',
      'KEY `part` (`b`(5) DESC,`f`)',
      'FULLTEXT KEY `words` (`b`)',
    ]);
    expect(indexes.map(({ columns, unique, primary }) => [columns.join(), unique, primary])).toEqual([
      ['b,a', true, true],
      ['c,d', true, false],
      ['b,f', false, false],
      ['b', false, false],
    ]);
    const keys = await list<CataloguePage & { foreignKeys: readonly ForeignKey[] }>({
      list: 'foreignKeys',
      namespace: 'shop',
      collection: 'order_items',
    });
    expect(
      keys.foreignKeys.map(({ name, columns, collection, referenced }) => [
        name,
        columns,
        collection,
        referenced,
      ]),
    ).toEqual([
      ['items_order', ['order_id'], 'orders', ['id']],
      ['items_product', ['sku'], 'products', ['sku']],
    ]);
  });

  it.each(['visits', 'revenue', 'order_items'])(
    'writes statements that make shop.%s again, with the same catalogue',
    async (collection) => {
      const told = async () => ({
        ddl: (await list<CataloguePage & { ddl: string }>({ list: 'ddl', namespace: 'shop', collection }))
          .ddl,
        columns: await columns('shop', collection),
        indexes: await list({ list: 'indexes', namespace: 'shop', collection }),
        foreignKeys: await list({ list: 'foreignKeys', namespace: 'shop', collection }),
      });
      const before = await told();
      await run(connection, 'USE shop');
      await run(
        connection,
        `CREATE TABLE IF NOT EXISTS cat_kinds.saved_${collection} AS SELECT * FROM ${collection}`,
      );
      await run(connection, `DROP ${collection === 'revenue' ? 'VIEW' : 'TABLE'} ${collection}`);
      for (const { start, end } of splitStatements(engine, before.ddl))
        expect((await run(connection, before.ddl.slice(start, end))).end.type).toBe('completed');
      if (collection === 'visits')
        await run(connection, 'INSERT INTO visits SELECT * FROM cat_kinds.saved_visits');
      if (collection === 'order_items')
        await run(
          connection,
          'INSERT INTO order_items (order_id, line, sku, quantity, price) SELECT order_id, line, sku, quantity, price FROM cat_kinds.saved_order_items',
        );
      expect(await told()).toEqual(before);
    },
  );

  it('is answered in time where there are many tables', async () => {
    const startedAt = performance.now();
    await collections('cat_many');
    await namespaces(true);
    expect(performance.now() - startedAt).toBeLessThan(CATALOGUE_TIMEOUT_MS);
  });
});
