import { createConnection } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Connection } from '../../src/drivers/driver.ts';
import type {
  CataloguePage,
  CatalogueRequest,
  Collection,
  ColumnInfo,
  Database,
  Index,
  Namespace,
} from '../../src/events/catalogue.ts';
import { splitStatements } from '../../src/events/statements.ts';
import { Connections } from './contract.ts';
import { makeUser, outside, PRODUCTS } from './mysql-engine.ts';
import { ask, readStatement, run } from './running.ts';

const SCHEMA = 'qt_definitions';

describe.each(PRODUCTS)('definitions of $product', ({ product, engine, provided, mysqlEngine, firstTls }) => {
  let connections: Connections;
  let connection: Connection;
  const isMysql = product === 'MySQL';

  const list = async <P>(request: CatalogueRequest): Promise<P> =>
    (await readStatement(connection, mysqlEngine(provided()).driver.catalogue(request))) as P;
  const columns = async (collection: string, namespace = SCHEMA) =>
    (
      await list<CataloguePage & { columns: readonly ColumnInfo[] }>({
        list: 'columns',
        namespace,
        collection,
      })
    ).columns;
  const collections = async (namespace = SCHEMA) =>
    (
      await list<{ collections: readonly Collection[] }>({
        list: 'collections',
        namespace,
        after: null,
        search: null,
      })
    ).collections;
  const definitions = async (collection: string) =>
    (await list<{ indexes: readonly Index[] }>({ list: 'indexes', namespace: SCHEMA, collection })).indexes;
  const ddl = async (collection: string) =>
    (await list<{ ddl: string }>({ list: 'ddl', namespace: SCHEMA, collection })).ddl;

  beforeAll(async () => {
    await makeUser(provided());
    await outside(
      provided(),
      `DROP DATABASE IF EXISTS ${SCHEMA}`,
      'DROP DATABASE IF EXISTS Qt_Definitions',
      `CREATE DATABASE ${SCHEMA}`,
      'CREATE DATABASE Qt_Definitions',
    );
    connections = new Connections(mysqlEngine({ ...provided(), database: SCHEMA }));
    connection = await connections.connect();
  });
  afterAll(async () => {
    await connections?.closeAll();
    await outside(provided(), `DROP DATABASE ${SCHEMA}`, 'DROP DATABASE Qt_Definitions');
  });

  it('tell names apart that differ by case or by accent alone', async () => {
    await outside(
      provided(),
      `CREATE TABLE ${SCHEMA}.orders (id int PRIMARY KEY)`,
      `CREATE TABLE ${SCHEMA}.Orders (a int, b int)`,
      `CREATE TABLE Qt_Definitions.orders (other int PRIMARY KEY)`,
      `CREATE TABLE ${SCHEMA}.accents (á int PRIMARY KEY, a int)`,
    );
    const keys = async (collection: string, namespace = SCHEMA) =>
      (await columns(collection, namespace)).map(({ name, primaryKey }) => [name, primaryKey]);
    expect(await keys('orders')).toEqual([['id', 1]]);
    expect(await keys('Orders')).toEqual([
      ['a', null],
      ['b', null],
    ]);
    expect(await keys('orders', 'Qt_Definitions')).toEqual([['other', 1]]);
    expect(await keys('accents')).toEqual([
      ['á', 1],
      ['a', null],
    ]);
    const { databases } = await list<{ databases: readonly Database[] }>({ list: 'databases' });
    expect(databases.filter(({ current }) => current).map(({ name }) => name)).toEqual([SCHEMA]);
    const { namespaces } = await list<{ namespaces: readonly Namespace[] }>({
      list: 'namespaces',
      system: false,
    });
    expect(namespaces.find(({ name }) => name === 'Qt_Definitions')?.collections).toBe(1);
    expect((await collections('Qt_Definitions')).map(({ name }) => name)).toEqual(['orders']);
  });

  it('of a view that can’t be read say why', async () => {
    await outside(
      provided(),
      `CREATE TABLE ${SCHEMA}.base (a int, b int)`,
      `CREATE VIEW ${SCHEMA}.broken AS SELECT a, b FROM ${SCHEMA}.base`,
      `ALTER TABLE ${SCHEMA}.base DROP b`,
    );
    await expect(columns('broken')).rejects.toThrow(/^1356: View .* references invalid/);
    expect((await columns('base')).map(({ name }) => name)).toEqual(['a']);
  });

  it('give defaults as SHOW CREATE TABLE does, values and expressions apart', async () => {
    await outside(
      provided(),
      `CREATE TABLE ${SCHEMA}.defaults (a bit(4) DEFAULT b'101', b varchar(30) DEFAULT 'CURRENT_TIMESTAMP', c varchar(5) DEFAULT '5',
        d int DEFAULT 5, e datetime DEFAULT CURRENT_TIMESTAMP, f varchar(20) DEFAULT (CONCAT('it''s', 'b')), g varchar(5) DEFAULT '',
        h varchar(9) DEFAULT 'it''s', i int, j varchar(9) DEFAULT 'NULL', k int AUTO_INCREMENT KEY)`,
    );
    const said = Object.fromEntries(
      (await columns('defaults')).map(({ name, default: text }) => [name, text]),
    );
    expect(said).toMatchObject({
      a: "b'101'",
      b: "'CURRENT_TIMESTAMP'",
      c: "'5'",
      d: '5',
      g: "''",
      h: "'it''s'",
      i: null,
      j: "'NULL'",
      k: 'AUTO_INCREMENT',
    });
    expect(said.e).toMatch(/^current_timestamp(?:\(\))?$/i);
    expect(said.f).toMatch(/^\(?concat\(.*'it(?:\\'|'')s',.*'b'\)\)?$/);
    expect(await ddl('defaults')).toContain(said.f);
    if (isMysql) {
      await outside(provided(), `CREATE TABLE ${SCHEMA}.bytes (a varbinary(4) DEFAULT 0x4142)`);
      expect((await columns('bytes'))[0]?.default).toBe('0x4142');
    }
  });

  it('give each index in the server’s own text', async () => {
    const only = isMysql
      ? ", KEY ((a + 1)), KEY hidden (b) INVISIBLE, UNIQUE KEY ((CAST(b AS CHAR(5))), a) COMMENT 'it''s, (x)', FULLTEXT KEY grams (b) WITH PARSER ngram"
      : ", KEY hidden (b) IGNORED, UNIQUE KEY u (a) USING HASH COMMENT 'it''s, (x)'";
    await outside(
      provided(),
      `CREATE TABLE ${SCHEMA}.indexes (id int PRIMARY KEY, a int, b varchar(50), p point NOT NULL, SPATIAL KEY (p),
        KEY part (b(5) DESC, a), FULLTEXT KEY words (b), \`we\`\`ird, (\` int, KEY \`k, (\`\`\` (\`we\`\`ird, (\`)${only})`,
    );
    const [[, created]] = (await ask(connection, `SHOW CREATE TABLE ${SCHEMA}.indexes`)) as [
      [string, string],
    ];
    const lines = created.split('\n').map((line) => line.trim().replace(/,$/, ''));
    const found = await definitions('indexes');
    expect(found.filter(({ definition }) => !lines.includes(definition))).toEqual([]);
    expect(found.find(({ name }) => name === 'p')?.definition).toBe('SPATIAL KEY `p` (`p`)');
    expect(found.find(({ name }) => name === 'k, (`')?.columns).toEqual(['we`ird, (']);
    expect(found.length).toBe(
      lines.filter((line) => /^(?:PRIMARY |UNIQUE |SPATIAL |FULLTEXT )?KEY/.test(line)).length,
    );
  });

  it('of indexes are shown to a user who may not see the table’s statement', async () => {
    await outside(
      provided(),
      `CREATE TABLE ${SCHEMA}.partly (id int PRIMARY KEY, secret int)`,
      "CREATE USER IF NOT EXISTS querytape_partly@'%' IDENTIFIED BY 'x'",
      `GRANT SELECT (id) ON ${SCHEMA}.partly TO querytape_partly@'%'`,
    );
    const { driver, target } = mysqlEngine(provided(), { tls: firstTls });
    const partly = new Connections({
      driver,
      target: { ...target, user: 'querytape_partly', database: '' },
      password: 'x',
    });
    const page = await readStatement(
      await partly.connect(),
      driver.catalogue({ list: 'indexes', namespace: SCHEMA, collection: 'partly' }),
    );
    expect((page as { indexes: readonly Index[] }).indexes.map(({ definition }) => definition)).toEqual([
      'PRIMARY KEY (`id`)',
    ]);
    await partly.closeAll();
    await outside(provided(), "DROP USER querytape_partly@'%'");
  });

  it('of columns say what SELECT * hides, what an update changes, and the shapes’ system', async () => {
    await outside(
      provided(),
      `CREATE TABLE ${SCHEMA}.attributes (a int, b int ${isMysql ? 'INVISIBLE' : 'INVISIBLE DEFAULT 1'}, c timestamp DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP${isMysql ? ', d point NOT NULL SRID 4326' : ''})`,
    );
    const said = (await columns('attributes')).map(({ attributes }) => attributes?.join().toLowerCase());
    expect(said.slice(0, 2)).toEqual([undefined, 'invisible']);
    expect(said[2]).toMatch(/^on update current_timestamp/);
    if (isMysql) expect(said[3]).toBe('srid 4326');
  });

  it('of a table hold its triggers, and make both again', async () => {
    await outside(
      provided(),
      `CREATE TABLE ${SCHEMA}.triggered (id int PRIMARY KEY, n int, log varchar(50))`,
      `CREATE TRIGGER ${SCHEMA}.first BEFORE INSERT ON ${SCHEMA}.triggered FOR EACH ROW SET NEW.n = 1`,
      `CREATE TRIGGER ${SCHEMA}.second BEFORE INSERT ON ${SCHEMA}.triggered FOR EACH ROW BEGIN SET NEW.n = NEW.n + 1; SET NEW.log = '$$;'; END`,
    );
    await run(connection, "SET sql_mode = 'ANSI_QUOTES'");
    await ask(
      connection,
      `CREATE TRIGGER ${SCHEMA}.third AFTER DELETE ON ${SCHEMA}.triggered FOR EACH ROW SET @"gone" = 1`,
    );
    await run(connection, 'SET sql_mode = DEFAULT');
    const before = await ddl('triggered');
    // A script whose reading is not certain is refused.
    const modes = splitStatements(engine, before, { sqlMode: '' }).map(({ mode }) => mode);
    expect(modes).toContain('ansi backslash');
    await ask(connection, `DROP TABLE ${SCHEMA}.triggered`);
    for (const { start, end } of splitStatements(engine, before))
      await ask(connection, before.slice(start, end));
    expect(await ddl('triggered')).toBe(before);
    await ask(connection, `INSERT INTO ${SCHEMA}.triggered (id) VALUES (1)`);
    expect(await ask(connection, `SELECT n, log FROM ${SCHEMA}.triggered`)).toEqual([['2', '$$;']]);
  });

  it('count the rows that a table has now', async () => {
    await outside(
      provided(),
      `CREATE TABLE ${SCHEMA}.grows (id int PRIMARY KEY)`,
      `INSERT INTO ${SCHEMA}.grows VALUES (0)`,
    );
    const rows = async () => (await collections()).find(({ name }) => name === 'grows')?.rowsEstimated;
    expect(await rows()).toBeLessThan(10);
    const more = Array.from({ length: 999 }, (_, n) => `(${n + 1})`).join();
    await outside(provided(), `INSERT INTO ${SCHEMA}.grows VALUES ${more}`);
    expect(await rows()).toBeGreaterThan(900);
  });

  it('are listed while a table is being made that everyone else has to wait for', async () => {
    const { host, port, user, password } = provided();
    const maker = await createConnection({ host, port, user, password, database: SCHEMA });
    maker.on('error', () => undefined);
    let isMade = false;
    const making = maker
      .query('CREATE TABLE in_the_making AS SELECT SLEEP(60) AS s')
      .catch(() => undefined)
      .finally(() => {
        isMade = true;
      });
    await new Promise((resolve) => setTimeout(resolve, 500));
    const names = (await collections()).map(({ name }) => name);
    await list({ list: 'namespaces', system: false });
    await columns('orders');
    expect(isMade).toBe(false);
    expect(names).toContain('orders');
    if (!isMysql) {
      expect(names).toContain('in_the_making');
      await expect(columns('in_the_making')).rejects.toThrow(/^1205/);
    }
    await outside(provided(), `KILL ${maker.threadId}`);
    await making;
    maker.destroy();
  });
});
