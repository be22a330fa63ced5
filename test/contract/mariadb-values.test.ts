import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Connection } from '../../src/drivers/driver.ts';
import { isBinaryType } from '../../src/events/engines/mysql-rows.ts';
import { mysqlClient } from '../servers/mysql-client.ts';
import { Connections } from './contract.ts';
import { makeUser, outside, PRODUCTS } from './mysql-engine.ts';
import { MARIADB_VALUES, MYSQL_VALUES, VALUES } from './mysql-values.ts';
import { ask, Collector, run } from './running.ts';

const ZONES = ['+00:00', '-03:30', '+05:45'];
const name = (at: number): string => `qt_values.v${at}`;

/** A one-row result's only value as the server's bytes, read here once more so that no decoding of ours stands between. */
function valueBytes(batch: Uint8Array): Buffer | null {
  const row = Buffer.from(batch.buffer, batch.byteOffset, batch.byteLength);
  expect(row.readUInt32LE(0)).toBe(row.length - 4);
  if (row[4] === 0xfb) return null;
  const header = row[4] === 0xfc ? 3 : row[4] === 0xfd ? 4 : row[4] === 0xfe ? 9 : 1;
  const length =
    header === 1 ? row[4]! : header === 9 ? Number(row.readBigUInt64LE(5)) : row.readUIntLE(5, header - 1);
  expect(4 + header + length).toBe(row.length);
  return row.subarray(4 + header);
}

describe.each(PRODUCTS)('values of $product', ({ product, provided, mysqlEngine }) => {
  const ALL = [...VALUES, ...(product === 'MySQL' ? MYSQL_VALUES : MARIADB_VALUES)];
  let connections: Connections;
  let connection: Connection;

  beforeAll(async () => {
    await makeUser(provided());
    await outside(
      provided(),
      'DROP DATABASE IF EXISTS qt_values',
      'CREATE DATABASE qt_values CHARACTER SET utf8mb4',
    );
    const tables = ALL.flatMap(([type, expression], at) => [
      `CREATE TABLE ${name(at)} (v ${type})`,
      `INSERT INTO ${name(at)} VALUES (${expression})`,
    ]);
    await outside(provided(), "SET sql_mode = '', time_zone = '+00:00'", ...tables);
    connections = new Connections(mysqlEngine(provided()));
    connection = await connections.connect();
  });
  afterAll(async () => {
    await connections?.closeAll();
    await outside(provided(), 'DROP DATABASE IF EXISTS qt_values');
  });

  it.each(ZONES)(
    `${ALL.length} values of every type equal the client's text byte for byte in %s`,
    async (zone) => {
      const set = `SET time_zone = '${zone}'`;
      const selects = ALL.map((_, at) => `SELECT v FROM ${name(at)}`);
      const expected = await mysqlClient(provided(), [set], selects);
      expect(expected).toHaveLength(ALL.length);
      await ask(connection, set);
      const different: string[] = [];
      for (const [at, [type, expression]] of ALL.entries()) {
        const sink = new Collector();
        await connection.execute(selects[at]!, sink).ended;
        const bytes = valueBytes(sink.batches[0]!);
        const [[shown]] = sink.values() as [[string | null]];
        const isSame =
          (bytes ?? Buffer.from('NULL')).equals(expected[at]!) &&
          (bytes === null) === (expression === 'NULL');
        const isShown =
          bytes === null
            ? shown === null
            : shown === (isBinaryType(type) ? `0x${bytes.toString('hex').toUpperCase()}` : bytes.toString());
        if (!isSame || !isShown) different.push(`${type} ${expression.slice(0, 80)}: ${shown?.slice(0, 80)}`);
      }
      expect(different).toEqual([]);
    },
  );

  it('name each column’s type as SHOW COLUMNS does, as far as the protocol tells', async () => {
    const types = [
      'tinyint(4)',
      'tinyint(1)',
      'smallint(6) unsigned',
      'mediumint(9)',
      'int(11)',
      'int(10) unsigned',
      'bigint(20)',
      'int(5) unsigned zerofill',
      'decimal(10,2)',
      'decimal(5,0) unsigned',
      'decimal(65,30)',
      'float',
      'float unsigned',
      'float(7,3)',
      'double',
      'double(10,2)',
      'bit(3)',
      'bit(64)',
      'char(3)',
      'varchar(20)',
      'binary(3)',
      'varbinary(7)',
      'tinytext',
      'text',
      'mediumtext',
      'longtext',
      'tinyblob',
      'blob',
      'mediumblob',
      'longblob',
      'date',
      'time',
      'time(2)',
      'datetime',
      'datetime(6)',
      'timestamp',
      'timestamp(3)',
      'year(4)',
      'point',
      'geometry',
      'multipolygon',
      ...(product === 'MySQL' ? [] : ['uuid', 'inet6']),
    ];
    const columns = types.map((type, at) => `c${at} ${type}${type.startsWith('timestamp') ? ' NULL' : ''}`);
    await ask(
      connection,
      `CREATE TABLE qt_values.typed (${columns.join(', ')}, e enum('a'), s set('b'), j json)`,
    );
    const { columns: told } = await run(connection, 'SELECT * FROM qt_values.typed');
    // MySQL 8 writes no width of integers and years, and neither do we.
    const bare = (type: string): string =>
      type === 'tinyint(1)' || type.endsWith('zerofill') ? type : type.replace(/^(\w*int|year)\(\d+\)/, '$1');
    // MySQL's protocol has one type for all shapes.
    const shape = (type: string): string =>
      product === 'MySQL' && /^(?:point|multipolygon)$/.test(type) ? 'geometry' : bare(type);
    expect(told?.map(({ type }) => type)).toEqual([...types.map(shape), 'enum', 'set', 'json']);
    expect(told?.filter(({ numeric }) => numeric)).toHaveLength(17);
    expect(told?.[0]?.origin).toEqual({ namespace: 'qt_values', collection: 'typed', column: 'c0' });
  });

  it('come whole in rows of 64 MiB, of several packets and at their borders', async () => {
    for (const bytes of [
      250,
      251,
      65_535,
      65_536,
      0xfffff9,
      0xfffffa,
      0xfffffb,
      0xffffff,
      0x1000000,
      64 * 1024 * 1024,
    ]) {
      const { rows, end } = await run(
        connection,
        `SELECT REPEAT('a', ${bytes}), 'end' UNION ALL SELECT 'next', 'row'`,
      );
      expect(end.type).toBe('completed');
      expect(rows.map(([text, last]) => [text?.length, last])).toEqual([
        [bytes, 'end'],
        [4, 'row'],
      ]);
      expect(/^a*$/.test(rows[0]![0]!)).toBe(true);
    }
  });

  it('are sent whole in statements of several packets', async () => {
    for (const bytes of [
      0xfffff0,
      0xffffff - 17,
      0xffffff - 16,
      0xffffff - 15,
      2 * 0xffffff - 16,
      40 * 1024 * 1024,
    ]) {
      const { rows } = await run(connection, `SELECT LENGTH('${'a'.repeat(bytes)}')`);
      expect(rows).toEqual([[`${bytes}`]]);
    }
  });

  it('refuse a statement that the server would hang up on, before it is sent', async () => {
    const { end } = await run(connection, `SELECT '${'a'.repeat(300 * 1024 * 1024)}'`);
    expect(end).toMatchObject({
      type: 'failed',
      usable: true,
      failure: { code: 'statement.tooLarge', source: 'client' },
    });
    expect(await ask(connection, 'SELECT 1')).toEqual([['1']]);
  });
});
