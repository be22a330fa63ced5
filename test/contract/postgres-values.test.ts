import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Connection } from '../../src/drivers/driver.ts';
import { PSQL_NULL, psql } from '../servers/psql.ts';
import { Connections } from './contract.ts';
import { outside, postgresEngine, provided } from './postgres-engine.ts';
import { NO_VALUE_TYPES, VALUE_TYPES, VALUES } from './postgres-values.ts';
import { ask, Collector } from './running.ts';

const ZONES = ['UTC', 'America/St_Johns', 'Asia/Kathmandu'];
const SELECT = `select ${VALUES.map((value, at) => `${value} as v${at}`).join(', ')}`;

/** The bytes of a DataRow's values, null for NULL, read here once more so that no decoding of ours stands between. */
function rowBytes(batch: Uint8Array): (Buffer | null)[] {
  const row = Buffer.from(batch.buffer, batch.byteOffset, batch.byteLength);
  const values: (Buffer | null)[] = [];
  let at = 7;
  while (values.length < row.readInt16BE(5)) {
    const length = row.readInt32BE(at);
    at += 4;
    values.push(length < 0 ? null : row.subarray(at, at + length));
    at += Math.max(0, length);
  }
  expect(at).toBe(row.length);
  return values;
}

describe('values', () => {
  let connections: Connections;
  let connection: Connection;

  beforeAll(async () => {
    await outside(provided(), NO_VALUE_TYPES);
    for (const text of VALUE_TYPES) await outside(provided(), text);
    connections = new Connections(postgresEngine(provided()));
    connection = await connections.connect();
  });
  afterAll(async () => {
    await connections.closeAll();
    await outside(provided(), NO_VALUE_TYPES);
  });

  it.each(ZONES)(
    `${VALUES.length} values of every type equal psql's text byte for byte in %s`,
    async (zone) => {
      const set = `set time zone '${zone}'`;
      const [expected] = await psql(provided(), set, SELECT);
      await ask(connection, set);
      const sink = new Collector();
      expect(await connection.execute(SELECT, sink).ended).toMatchObject({ type: 'completed' });
      const values = rowBytes(sink.batches[0]!);
      expect(values.length).toBe(VALUES.length);
      expect(expected?.length).toBe(VALUES.length);
      const different = VALUES.filter((_, at) => {
        const ours = values[at] ?? Buffer.from(PSQL_NULL);
        return !ours.equals(expected![at]!);
      });
      expect(different).toEqual([]);
      // NULL is not the text that stands for it, nor the empty text.
      expect(values.at(-1)).toBeNull();
      expect(values[VALUES.indexOf("''::text")]?.length).toBe(0);
    },
  );

  it('name each column’s type as the server’s format_type does', async () => {
    const types = [
      'numeric(10,2)',
      'numeric(5)',
      'numeric(3,-2)',
      'numeric',
      'varchar(20)',
      'varchar',
      'char(3)',
      'bpchar',
      'bit(3)',
      'bit varying(7)',
      'varbit',
      'time(3)',
      'timetz(0)',
      'timestamp(3)',
      'timestamptz(6)',
      'timestamptz',
      'interval',
      'interval(3)',
      'interval year',
      'interval month',
      'interval day',
      'interval hour',
      'interval minute',
      'interval second',
      'interval second(2)',
      'interval year to month',
      'interval day to hour',
      'interval day to minute',
      'interval day to second(3)',
      'interval hour to minute',
      'interval hour to second',
      'interval minute to second(0)',
      'numeric(10,2)[]',
      'varchar(5)[]',
      'timestamp(3)[]',
      'char(2)[]',
      'interval day to second(3)[]',
      '"char"',
      'name',
      'values_mood',
      'values_mood[]',
      'values_pair',
      'values_pair[]',
      'values_positive[]',
      'values_short[]',
      'int4multirange[]',
    ];
    await ask(
      connection,
      `create temp table typed (${types.map((type, at) => `c${at} ${type}`).join(', ')})`,
    );
    const expected = await ask(
      connection,
      `select format_type(atttypid, atttypmod) from pg_attribute where attrelid = 'typed'::regclass and attnum > 0 order by attnum`,
    );
    const sink = new Collector();
    await connection.execute('select * from typed', sink).ended;
    expect(sink.columnsSeen?.map(({ type }) => type)).toEqual(expected.map(([type]) => type));
    await ask(connection, 'drop table typed');
  });

  it('know every built-in type by the server’s own name, without asking', async () => {
    const expected = await ask(
      connection,
      `select format_type(oid, -1), quote_ident(typname) from pg_type
       where oid < 10000 and typtype in ('b', 'r', 'm') and typrelid = 0 and typname !~ '^_?pg_(type|attribute|proc|class|node_tree)$' order by oid`,
    );
    expect(expected.length).toBeGreaterThan(150);
    const sink = new Collector();
    await connection.execute(
      `select ${expected.map(([, name]) => `null::pg_catalog.${name}`).join(', ')}`,
      sink,
    ).ended;
    expect(sink.columnsSeen?.map(({ type }) => type)).toEqual(expected.map(([type]) => type));
  });

  it('name a type that another session made once the statement that met it has ended', async () => {
    await outside(provided(), "create type values_late as enum ('late')");
    try {
      const first: (string | undefined)[] = [];
      const sink = new (class extends Collector {
        override columns(...said: Parameters<Collector['columns']>): void {
          first.push(...said[0].map(({ type }) => type));
          super.columns(...said);
        }
      })();
      await connection.execute("select 'late'::values_late, array['late'::values_late]", sink).ended;
      expect(first).toEqual([expect.stringMatching(/^oid \d+$/), expect.stringMatching(/^oid \d+$/)]);
      expect(sink.columnsSeen?.map(({ type }) => type)).toEqual(['values_late', 'values_late[]']);
    } finally {
      await outside(provided(), 'drop type values_late');
    }
  });

  it('learn a type made in a transaction without hurting the transaction', async () => {
    await ask(connection, 'begin');
    await ask(connection, "create type values_inner as enum ('in')");
    const sink = new Collector();
    const end = await connection.execute("select 'in'::values_inner", sink).ended;
    expect(sink.columnsSeen?.[0]?.type).toBe('values_inner');
    expect(end.transaction).toBe('open');
    await ask(connection, 'rollback');
  });
});
