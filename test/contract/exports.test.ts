import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Connection, Driver } from '../../src/drivers/driver.ts';
import type { CataloguePage } from '../../src/events/catalogue.ts';
import type { ResultMeta } from '../../src/events/result.ts';
import { splitStatements } from '../../src/events/statements.ts';
import { emptyState } from '../../src/events/views/state.ts';
import type { App, ReadableResult } from '../../src/server/app.ts';
import { beginExport } from '../../src/server/export.ts';
import { insertTarget } from '../../src/server/insert-target.ts';
import { mysqlClient } from '../servers/mysql-client.ts';
import { Connections } from './contract.ts';
import { makeUser, provided as mariadb, mysqlEngine } from './mysql-engine.ts';
import { MARIADB_VALUES, VALUES as MYSQL_VALUES } from './mysql-values.ts';
import { provided as postgres, postgresEngine } from './postgres-engine.ts';
import { VALUES as POSTGRES_VALUES } from './postgres-values.ts';
import { ask, Collector, readStatement } from './running.ts';

/** What a statement gives, exported; as INSERT statements into the table that it reads where its driver is given. */
async function exported(
  connection: Connection,
  text: string,
  format: string,
  driver?: Driver,
): Promise<string> {
  const sink = new Collector();
  const { type } = await connection.execute(text, sink).ended;
  expect(type).toBe('completed');
  const result: ReadableResult = {
    meta: () => ({ columns: sink.columnsSeen!, encoding: sink.encoding!, queryId: 'q1' }) as ResultMeta,
    window: () => Promise.reject(new Error('not used')),
    completed: () => Promise.resolve(),
    async *rowsFrom() {
      for (const bytes of sink.batches) yield { bytes, count: 0 };
    },
  };
  const catalogue: App['catalogue'] = async (_session, request) =>
    readStatement(connection, driver!.catalogue(request)) as Promise<CataloguePage>;
  const target = driver && (await insertTarget({ catalogue, state: emptyState }, result.meta()));
  const pieces: Buffer[] = [];
  for await (const piece of beginExport(result, format, { target })!.pieces) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces).toString();
}

/** Fields by RFC 4180; what stands there unquoted and empty is NULL. */
function csvRows(text: string): (string | null)[][] {
  const rows: (string | null)[][] = [[]];
  const field = /(?:"((?:[^"]|"")*)"|([^,\r\n]*))(,|\r\n)/gy;
  for (let match = field.exec(text); match; match = field.exec(text)) {
    const [, quoted, bare, end] = match;
    rows.at(-1)!.push(quoted === undefined ? (bare === '' ? null : bare!) : quoted.replaceAll('""', '"'));
    if (end !== ',') rows.push([]);
  }
  return rows.slice(1, -1);
}

const jsonText = (value: unknown): string | null =>
  value === null ? null : typeof value === 'string' ? value : JSON.stringify(value);

describe('an export from PostgreSQL', () => {
  let connections: Connections;
  let connection: Connection;
  // Of a pseudo-type no column can be made; the types of the others' own are that test's.
  const stored = POSTGRES_VALUES.filter((value) => !/^pg_sleep|^row\(|values_/.test(value));
  const each = stored.map((value, at) => [value, `qt_exports.v${at}`] as const);

  beforeAll(async () => {
    connections = new Connections(postgresEngine(postgres()));
    connection = await connections.connect();
    await ask(connection, 'drop schema if exists qt_exports cascade');
    await ask(connection, 'create schema qt_exports');
    for (const [value, table] of each) {
      await ask(connection, `create table ${table} as select ${value} as v, null::text as "n""o", 'x' as v2`);
      await ask(connection, `insert into ${table} values (null, '', '\\.')`);
    }
  });
  afterAll(async () => {
    await ask(connection, 'drop schema if exists qt_exports cascade');
    await connections?.closeAll();
  });

  it.each(['on', 'off'])('as SQL makes equal rows with standard_conforming_strings %s', async (setting) => {
    const writer = await connections.connect();
    await ask(writer, `set standard_conforming_strings = ${setting}`);
    const different: string[] = [];
    for (const [value, table] of each) {
      const rows = await ask(connection, `table ${table}`);
      const script = await exported(connection, `table ${table}`, 'sql');
      await ask(writer, `create temp table result (like ${table})`);
      const statements = splitStatements('postgres', script);
      for (const { start, end } of statements) await ask(writer, script.slice(start, end));
      const copied = await ask(writer, 'table result');
      if (JSON.stringify(copied) !== JSON.stringify(rows)) different.push(value);
      await ask(writer, 'drop table result');
    }
    expect(different).toEqual([]);
  });

  it('as CSV and as JSON reads back equal', async () => {
    const different: string[] = [];
    for (const [value, table] of each) {
      const rows = await ask(connection, `table ${table}`);
      if (
        JSON.stringify(csvRows(await exported(connection, `table ${table}`, 'csv'))) !== JSON.stringify(rows)
      )
        different.push(`csv ${value}`);
      const parsed = JSON.parse(await exported(connection, `table ${table}`, 'json')) as object[];
      const isValue = (v: unknown, text: string | null | undefined): boolean =>
        jsonText(v) === text ||
        // A JSON null is the same in JSON as no value at all.
        (v === null && text === 'null') ||
        (typeof v === 'number' && v === Number(text)) ||
        (typeof v === 'boolean' && text === String(v)[0]) ||
        (text != null && v !== null && jsonText(v) === jsonText(JSON.parse(text)));
      parsed.forEach((row, i) => {
        const [v, no, v2] = Object.values(row);
        if (!isValue(v, rows[i]![0]) || no !== rows[i]![1] || v2 !== rows[i]![2])
          different.push(`json ${value}: ${jsonText(v)}`);
      });
    }
    expect(different).toEqual([]);
  });

  it('as SQL into its own table leaves out what the server computes, and keeps identities', async () => {
    const { driver } = postgresEngine(postgres());
    await ask(
      connection,
      `create table qt_exports.made (id int generated always as identity primary key, "No""te" text,
        twice int generated always as (length("No""te") * 2) stored)`,
    );
    await ask(connection, `insert into qt_exports.made ("No""te") values ('one'), (null), ('three')`);
    await ask(connection, 'delete from qt_exports.made where id = 1');
    const read = 'select "No""te" as a, 1 + 1 as two, id as "No""te", twice from qt_exports.made order by id';
    // Which table a column is of is known once a statement has read it.
    await ask(connection, read);
    const before = await ask(connection, read);
    const script = await exported(connection, read, 'sql', driver);
    await ask(connection, 'truncate qt_exports.made');
    for (const { start, end } of splitStatements('postgres', script))
      await ask(connection, script.slice(start, end));
    expect(await ask(connection, read)).toEqual(before);
    expect(script.split('\n')[0]).toBe(
      '-- Without 2 columns that the server computes or the table does not have.',
    );
  });

  it('as SQL of rows without columns makes as many rows of defaults', async () => {
    const script = await exported(connection, 'select from generate_series(1, 3)', 'sql');
    const writer = await connections.connect();
    await ask(writer, 'create temp table result ()');
    for (const { start, end } of splitStatements('postgres', script))
      await ask(writer, script.slice(start, end));
    expect(await ask(writer, 'select count(*) from result')).toEqual([['3']]);
  });

  it('of columns of one name has a name for each', async () => {
    const text = await exported(connection, 'select 1 as id, 2 as id, 3 as id_2', 'json');
    expect(JSON.parse(text)).toEqual([{ id: 1, id_3: 2, id_2: 3 }]);
    const script = await exported(connection, 'select 1 as id, 2 as id, 3 as id_2', 'sql');
    const writer = await connections.connect();
    await ask(writer, 'create temp table result (id int, id_3 int, id_2 int)');
    await ask(writer, script.trim().replace(/;$/, ''));
    expect(await ask(writer, 'table result')).toEqual([['1', '2', '3']]);
  });
});

const MODES = ['', 'ANSI_QUOTES', 'NO_BACKSLASH_ESCAPES', 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'];
const mysql = inject('mysql');

describe.each([
  ['MariaDB', mariadb(), [...MYSQL_VALUES, ...MARIADB_VALUES]],
  ...(mysql ? [['MySQL', mysql, MYSQL_VALUES] as const] : []),
] as const)('an export from %s', (_name, address, values) => {
  let connections: Connections;
  let connection: Connection;
  const each = values.map(([type, expression], at) => [type, expression, `qt_exports.v${at}`] as const);

  beforeAll(async () => {
    await makeUser(address);
    connections = new Connections(mysqlEngine(address));
    connection = await connections.connect();
    await ask(connection, 'DROP DATABASE IF EXISTS qt_exports');
    await ask(connection, 'CREATE DATABASE qt_exports CHARACTER SET utf8mb4');
    await ask(connection, "SET sql_mode = ''");
    for (const [type, expression, table] of each) {
      await ask(connection, `CREATE TABLE ${table} (v ${type}, \`n\`\`o\` varbinary(4))`);
      await ask(connection, `INSERT INTO ${table} VALUES (${expression}, ''), (${expression}, NULL)`);
    }
  });
  afterAll(async () => {
    await ask(connection, 'DROP DATABASE IF EXISTS qt_exports');
    await connections?.closeAll();
  });

  it('as SQL into its own table stores an identity that is 0', async () => {
    const { driver } = mysqlEngine(address);
    const writer = await connections.connect();
    await ask(writer, 'CREATE TABLE qt_exports.zero (id int PRIMARY KEY AUTO_INCREMENT, v text)');
    await ask(writer, "SET sql_mode = 'NO_AUTO_VALUE_ON_ZERO'");
    await ask(writer, "INSERT INTO qt_exports.zero VALUES (-1, 'a'), (0, 'b'), (1, 'c')");
    await ask(writer, "SET sql_mode = ''");
    const read = 'SELECT * FROM qt_exports.zero ORDER BY id';
    const before = await ask(writer, read);
    const script = await exported(writer, read, 'sql', driver);
    await ask(writer, 'TRUNCATE qt_exports.zero');
    for (const { start, end } of splitStatements('mysql', script))
      await ask(writer, script.slice(start, end));
    expect(await ask(writer, read)).toEqual(before);
  });

  it.each(MODES)('as SQL makes equal rows under sql_mode %j', async (mode) => {
    const writer = await connections.connect();
    await ask(writer, `SET sql_mode = '${mode}'`);
    await ask(writer, 'USE qt_exports');
    const different: string[] = [];
    for (const [type, expression, table] of each) {
      const rows = await ask(connection, `SELECT * FROM ${table}`);
      const script = await exported(connection, `SELECT * FROM ${table}`, 'sql');
      await ask(writer, `CREATE TEMPORARY TABLE result LIKE ${table}`);
      for (const { start, end } of splitStatements('mysql', script))
        await ask(writer, script.slice(start, end));
      const copied = await ask(writer, 'SELECT * FROM result');
      if (JSON.stringify(copied) !== JSON.stringify(rows)) different.push(`${type} ${expression}`);
      await ask(writer, 'DROP TEMPORARY TABLE result');
    }
    expect(different).toEqual([]);
  });

  it('as SQL is stored as it was by the mysql client', async () => {
    const { driver } = mysqlEngine(address);
    await ask(connection, 'CREATE TABLE qt_exports.lines (v text)');
    await ask(
      connection,
      `INSERT INTO qt_exports.lines VALUES (CONCAT('a', X'0D0A', 'b', X'0D', 'c', X'0A', 'd', X'0D0A'))`,
    );
    const script = await exported(connection, 'SELECT * FROM qt_exports.lines', 'sql', driver);
    await ask(connection, 'TRUNCATE qt_exports.lines');
    const setUp = [script.replace(/;\n$/, '')];
    const [hex] = await mysqlClient({ ...address, database: 'qt_exports' }, setUp, [
      'SELECT HEX(v) FROM `lines`',
    ]);
    expect(`${hex}`).toBe('610D0A620D630A640D0A');
  });

  it('as SQL into its own table leaves out what the server computes', async () => {
    const { driver } = mysqlEngine(address);
    await ask(
      connection,
      `CREATE TABLE qt_exports.made (id INT AUTO_INCREMENT PRIMARY KEY, note VARCHAR(20),
        twice INT AS (LENGTH(note) * 2) STORED, half INT AS (LENGTH(note) DIV 2) VIRTUAL)`,
    );
    await ask(connection, "INSERT INTO qt_exports.made (note) VALUES ('one'), (NULL), ('three')");
    await ask(connection, 'DELETE FROM qt_exports.made WHERE id = 1');
    const read = 'SELECT half, note AS twice, 1 + 1 AS two, twice AS t, id FROM qt_exports.made ORDER BY id';
    const before = await ask(connection, read);
    const script = await exported(connection, read, 'sql', driver);
    await ask(connection, 'TRUNCATE qt_exports.made');
    for (const { start, end } of splitStatements('mysql', script))
      await ask(connection, script.slice(start, end));
    expect(await ask(connection, read)).toEqual(before);
    expect(script.split('\n')[0]).toBe(
      '-- Without 3 columns that the server computes or the table does not have.',
    );
  });

  it('as CSV reads back equal', async () => {
    const different: string[] = [];
    for (const [type, expression, table] of each) {
      const rows = await ask(connection, `SELECT * FROM ${table}`);
      const read = csvRows(await exported(connection, `SELECT * FROM ${table}`, 'csv'));
      if (JSON.stringify(read) !== JSON.stringify(rows)) different.push(`${type} ${expression}`);
    }
    expect(different).toEqual([]);
  });
});
