import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wrapperOf } from '../../src/actors/statement-wrapper.ts';
import { WrappedExecution } from '../../src/actors/wrapped-execution.ts';
import { type Connection, DriverError } from '../../src/drivers/driver.ts';
import type { ColumnInfo } from '../../src/events/catalogue.ts';
import type { Cell, RowChange } from '../../src/events/edit.ts';
import { Connections } from './contract.ts';
import { editContract } from './edit-contract.ts';
import { makeUser, outside, PRODUCTS } from './mysql-engine.ts';
import { MARIADB_VALUES, MYSQL_VALUES, VALUES } from './mysql-values.ts';
import { ask, Collector, readStatement, run } from './running.ts';

const SCHEMA = 'edits `of` rows';
const PLACE = { namespace: SCHEMA, collection: 'Row’s' };
const TABLE = '`edits ``of`` rows`.`Row’s`';
const COPY = '`edits ``of`` rows`.copy';
/** Its text has six digits, so what is written from it is another number: doc/drivers.md. */
const isFloat = (type: string): boolean => /^float/.test(type);
const NO_KEY = /^(?:json|geometry|geom|multi|point|line|poly|vector)/;
const PREFIX = /text|blob/;
/** A part of a text that a key of every product takes: MySQL counts four bytes a character, of 255 in a tinytext. */
const PART = 63;

describe.each(PRODUCTS)('an edit on $product', ({ product, provided, mysqlEngine }) => {
  const ALL = [...VALUES, ...(product === 'MySQL' ? MYSQL_VALUES : MARIADB_VALUES)];
  let connections: Connections;
  let connection: Connection;
  const { driver } = mysqlEngine(provided());

  /** Read once for each table. */
  const known = new Map<string, readonly ColumnInfo[]>();
  const columnsOf = async (collection: string): Promise<readonly ColumnInfo[]> => {
    const statement = driver.catalogue({ list: 'columns', namespace: SCHEMA, collection });
    const read = async () =>
      (await readStatement(connection, statement)) as { columns: readonly ColumnInfo[] };
    const columns = known.get(collection) ?? (await read()).columns;
    known.set(collection, columns);
    return columns;
  };

  /** Runs a change as an edit is run, and gives its end. */
  const edit = async (change: RowChange, manualCommit = false) => {
    const statement = driver.edit(change, await columnsOf(change.collection));
    const enclosure = wrapperOf(driver, connection, { manualCommit, purpose: 'edit', readOnly: false });
    return new WrappedExecution(connection, enclosure!, statement, new Collector()).ended;
  };
  const outcome = async (change: RowChange): Promise<string> => {
    const end = await edit(change);
    return end.type === 'completed' ? 'completed' : end.failure.code;
  };

  /** A table with the value in it, and a copy of it as it was. */
  const begin = async (columns: string, insert: string): Promise<void> => {
    known.clear();
    await ask(connection, `DROP TABLE IF EXISTS ${TABLE}, ${COPY}`);
    await ask(connection, `CREATE TABLE ${TABLE} (${columns})`);
    await ask(connection, `INSERT INTO ${TABLE} ${insert}`);
    await ask(connection, `CREATE TABLE ${COPY} LIKE ${TABLE}`);
    // MySQL takes no value for a generated column, not even its own.
    if (!/ AS \(/.test(columns)) await ask(connection, `INSERT INTO ${COPY} SELECT * FROM ${TABLE}`);
  };
  /** Whether the rows are stored as they were. */
  const isStoredAsBefore = async (): Promise<boolean> => {
    const sums = await ask(connection, `CHECKSUM TABLE ${TABLE}, ${COPY}`);
    return sums[0]![1] !== null && sums[0]![1] === sums[1]![1];
  };

  beforeAll(async () => {
    await makeUser(provided());
    await outside(
      provided(),
      'DROP DATABASE IF EXISTS `edits ``of`` rows`',
      'CREATE DATABASE `edits ``of`` rows`',
    );
    connections = new Connections(mysqlEngine(provided()));
    connection = await connections.connect();
    await ask(connection, "SET sql_mode = 'ALLOW_INVALID_DATES'");
  });
  afterAll(async () => {
    await connections?.closeAll();
    await outside(provided(), 'DROP DATABASE `edits ``of`` rows`');
  });

  it(`stores each of ${ALL.length} values again exactly as it was, and notices another one in its place`, async () => {
    const different: string[] = [];
    for (const [type, expression] of ALL) {
      await begin(`id int PRIMARY KEY, n int, \`V\`\`v\` ${type}`, `VALUES (1, 1, ${expression})`);
      const text = async (): Promise<string | null> =>
        (await ask(connection, `SELECT \`V\`\`v\` FROM ${TABLE}`))[0]![0]!;
      const seen = await text();
      const key: Cell[] = [{ column: 'id', value: '1' }];
      const cell = { column: 'V`v', value: seen };
      const other = { column: 'V`v', value: null };
      const n = { column: 'n', value: '1' };
      const ends = [
        await outcome({ change: 'update', ...PLACE, key, old: [cell, n], values: [cell] }),
        await outcome({
          change: 'update',
          ...PLACE,
          key,
          old: [cell],
          values: seen === null ? [n] : [other],
        }),
        await outcome({ change: 'update', ...PLACE, key, old: [other], values: [cell] }),
      ];
      const same = (await text()) === seen && (isFloat(type) || (await isStoredAsBefore()));
      await ask(connection, `UPDATE ${TABLE} SET n = 2`);
      ends.push(await outcome({ change: 'update', ...PLACE, key, old: [cell, n], values: [n] }));
      await ask(connection, `UPDATE ${TABLE} SET \`V\`\`v\` = ${seen === null ? 'DEFAULT' : 'NULL'}`);
      ends.push(
        seen === null ? 'edit.conflict' : await outcome({ change: 'delete', ...PLACE, key, old: [cell] }),
      );
      const told = ends.join();
      if (!same || told !== 'completed,completed,completed,edit.conflict,edit.conflict')
        different.push(`${type} ${expression.slice(0, 60)} (${seen?.slice(0, 40)}): ${same} ${told}`);
    }
    expect(different).toEqual([]);
  });

  it('finds its row by a key of every type, and inserts and deletes it', async () => {
    const different: string[] = [];
    for (const [type, expression] of ALL) {
      if (NO_KEY.test(type) || expression === 'NULL') continue;
      const bare = type.replace(/ NULL$/, '');
      const part = PREFIX.test(type) ? `\`V\`\`v\`(${PART})` : '`V``v`';
      await begin(
        `\`V\`\`v\` ${bare} NOT NULL${/^timestamp/.test(type) ? ' DEFAULT 0' : ''}, n int, PRIMARY KEY (${part})`,
        `VALUES (${expression}, 1)`,
      );
      const seen = (await ask(connection, `SELECT \`V\`\`v\` FROM ${TABLE}`))[0]![0]!;
      const key: Cell[] = [{ column: 'V`v', value: seen }];
      const n = { column: 'n', value: '1' };
      const ends = [
        await outcome({ change: 'update', ...PLACE, key, old: [n], values: [n] }),
        await outcome({ change: 'delete', ...PLACE, key, old: [n] }),
        await outcome({ change: 'insert', ...PLACE, values: [...key, n] }),
      ].join();
      const same = isFloat(type) || (await isStoredAsBefore());
      if (!same || ends !== 'completed,completed,completed')
        different.push(`${type} ${expression.slice(0, 60)}: ${same} ${ends}`);
    }
    expect(different).toEqual([]);
  });

  it('takes no value for another that the server calls equal', async () => {
    const pairs: [type: string, before: string, after: string][] = [
      ['varchar(20)', "'a'", "'A'"],
      ['varchar(20)', "'a'", "'a '"],
      ['varchar(20)', "'a'", "'ä'"],
      ['varchar(20) COLLATE utf8mb4_bin', "'a'", "'a '"],
      ['bigint unsigned', '9007199254740993', '9007199254740992'],
      ['bigint', '9223372036854775807', '9223372036854775806'],
      ['decimal(65,30)', '0.100000000000000000000000000001', '0.100000000000000000000000000002'],
      ['double', '0.30000000000000004', '0.3'],
      // MySQL keeps one text of a document, whatever the blanks it was given with; MariaDB keeps the text.
      ['json', `'{"a": 1}'`, product === 'MySQL' ? `'{"a": 1.0}'` : `'{"a":1}'`],
      ['varbinary(5)', "X'41'", "X'61'"],
      ['blob', "X'00'", "X'0000'"],
      ['bit(9)', "b'100000000'", "b'000000001'"],
      ['datetime(6)', "'2024-01-01 00:00:00.000001'", "'2024-01-01 00:00:00'"],
      ["set('a','b')", "'a'", "'a,b'"],
      ['date', 'NULL', "'0000-00-00'"],
    ];
    const different: string[] = [];
    for (const [type, before, after] of pairs) {
      await begin(`id int PRIMARY KEY, v ${type}`, `VALUES (1, ${before})`);
      const [[seen]] = (await ask(connection, `SELECT v FROM ${TABLE}`)) as [[string]];
      await ask(connection, `UPDATE ${TABLE} SET v = ${after}`);
      const change: RowChange = {
        change: 'delete',
        ...PLACE,
        key: [{ column: 'id', value: '1' }],
        old: [{ column: 'v', value: seen }],
      };
      if ((await outcome(change)) !== 'edit.conflict') different.push(`${type} ${before} ${after}`);
    }
    expect(different).toEqual([]);
  });

  editContract({
    connection: () => connection,
    place: PLACE,
    table: TABLE,
    edit(change, manualCommit) {
      known.clear();
      return edit(change, manualCommit);
    },
    outside: (text) => outside(provided(), text),
    padded: (text) => text,
    duplicate: '1062',
  });

  it('reports the end of a transaction that a deadlock rolled back', async () => {
    await begin('id int PRIMARY KEY, name char(3), note text', "VALUES (1, 'a', NULL), (2, 'a', NULL)");
    const other = await connections.connect();
    for (const one of [connection, other]) await ask(one, 'START TRANSACTION');
    await ask(connection, `UPDATE ${TABLE} SET note = 'x' WHERE id = 1`);
    await ask(other, `UPDATE ${TABLE} SET note = 'y', name = 'zzz' WHERE id = 2`);
    const waiting = run(connection, `UPDATE ${TABLE} SET note = 'x' WHERE id = 2`);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const ends = [await run(other, `UPDATE ${TABLE} SET note = 'y' WHERE id = 1`), await waiting].map(
      ({ end }) => end,
    );
    const victim = ends.find(({ type }) => type === 'failed');
    expect(victim).toMatchObject({
      type: 'failed',
      failure: { code: '1213' },
      transaction: 'none',
      usable: true,
    });
    expect(ends.find(({ type }) => type === 'completed')).toMatchObject({ transaction: 'open' });
    for (const one of [connection, other]) await ask(one, 'ROLLBACK');
  });

  it('inserts what it is given and leaves the rest to the server', async () => {
    await begin(
      "id int AUTO_INCREMENT PRIMARY KEY, a varchar(10) DEFAULT 'd', b blob, twice varchar(20) AS (CONCAT(a, a)) STORED, at timestamp NULL DEFAULT CURRENT_TIMESTAMP",
      '(id) VALUES (1)',
    );
    expect((await edit({ change: 'insert', ...PLACE, values: [] })).type).toBe('completed');
    const given = [
      { column: 'id', value: '70' },
      { column: 'a', value: null },
      { column: 'b', value: '0xC3' },
    ];
    expect((await edit({ change: 'insert', ...PLACE, values: given })).type).toBe('completed');
    expect(await ask(connection, `SELECT id, a, b, twice FROM ${TABLE} ORDER BY id`)).toEqual([
      ['1', 'd', null, 'dd'],
      ['2', 'd', null, 'dd'],
      ['70', null, '0xC3', null],
    ]);
    const told = await columnsOf(PLACE.collection);
    expect(told.map(({ default: text, generated }) => [text, generated])).toEqual([
      ['AUTO_INCREMENT', false],
      ["'d'", false],
      [null, false],
      [null, true],
      [product === 'MySQL' ? 'CURRENT_TIMESTAMP' : 'current_timestamp()', false],
    ]);
  });

  it('refuses what is not the text of bytes, with a word on how to write them', async () => {
    await begin('id int PRIMARY KEY, b varbinary(9)', "VALUES (1, 'x')");
    const columns = await columnsOf(PLACE.collection);
    for (const value of ['hello', '0x1', '0xGG', '78']) {
      const change: RowChange = { change: 'insert', ...PLACE, values: [{ column: 'b', value }] };
      expect(() => driver.edit(change, columns)).toThrow(DriverError);
    }
  });

  it('means the same under every sql_mode, and takes no value for a part of the statement', async () => {
    const hostile = [
      `'; DROP TABLE x; -- `,
      `\\'; -- `,
      '?',
      '`',
      '"',
      '\\',
      'a\\',
      "''",
      '/*',
      'NULL',
      '0x41',
    ];
    for (const mode of [
      '',
      'ANSI_QUOTES',
      'NO_BACKSLASH_ESCAPES',
      'ANSI_QUOTES,NO_BACKSLASH_ESCAPES',
      ...(product === 'MySQL' ? ['ANSI'] : ['ORACLE']),
    ]) {
      await begin('id int PRIMARY KEY, `we``ird ?` varchar(50)', "VALUES (1, 'start')");
      await ask(connection, `SET sql_mode = '${mode}'`);
      let seen = 'start';
      for (const value of hostile) {
        const key = [{ column: 'id', value: '1' }];
        const [old, values] = [seen, value].map((text) => [{ column: 'we`ird ?', value: text }]);
        expect(await outcome({ change: 'update', ...PLACE, key, old: old!, values: values! })).toBe(
          'completed',
        );
        expect(await ask(connection, `SELECT \`we\`\`ird ?\` FROM ${TABLE}`)).toEqual([[value]]);
        seen = value;
      }
    }
    await ask(connection, 'SET sql_mode = DEFAULT');
  });

  it('knows where a result’s columns come from, and that an expression and a derived table come from nowhere', async () => {
    await begin('id int PRIMARY KEY, name text', "VALUES (1, 'x')");
    const origins = async (text: string) =>
      (await run(connection, text)).columns?.map(
        ({ origin }) => origin && `${origin.collection}.${origin.column}`,
      );
    expect(await origins(`SELECT x.name AS n, x.id + 1, x.id FROM ${TABLE} AS x`)).toEqual([
      'Row’s.name',
      undefined,
      'Row’s.id',
    ]);
    expect(
      await origins(`SELECT * FROM (SELECT id, UPPER(name) AS name FROM ${TABLE}) AS \`Row’s\``),
    ).toEqual([undefined, undefined]);
    for (const text of [
      `SELECT * FROM (SELECT id FROM ${TABLE} LIMIT 1) copy`,
      `SELECT * FROM (SELECT MAX(id) AS id FROM ${TABLE}) copy`,
      // MySQL says the name of the list for a column of the table.
      `WITH copy (a) AS (SELECT id FROM ${TABLE}) SELECT * FROM copy`,
      `WITH copy (name) AS (SELECT id FROM ${TABLE}) SELECT * FROM copy`,
      `WITH copy AS (SELECT id FROM ${TABLE}) SELECT a.id FROM copy a`,
      `SELECT * FROM (SELECT id AS name FROM ${TABLE}) merged`,
    ])
      expect(await origins(text)).toEqual([undefined]);
    expect(await origins(`SELECT id FROM ${TABLE} WHERE id IN (SELECT id FROM ${COPY})`)).toEqual([
      'Row’s.id',
    ]);
  });
});
