import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planEdit } from '../../src/actors/row-edit.ts';
import { wrapperOf } from '../../src/actors/statement-wrapper.ts';
import { WrappedExecution } from '../../src/actors/wrapped-execution.ts';
import type { Connection } from '../../src/drivers/driver.ts';
import type { ColumnInfo } from '../../src/events/catalogue.ts';
import type { Cell, RowChange } from '../../src/events/edit.ts';
import { Connections } from './contract.ts';
import { makeUser, outside, PRODUCTS } from './mysql-engine.ts';
import { RealWorkspace } from './real-workspace.ts';
import { ask, Collector, readStatement } from './running.ts';

const SCHEMA = 'qt_row_edits';
const PLACE = { namespace: SCHEMA, collection: 't' };
const cells = (values: Readonly<Record<string, string | null>>): Cell[] =>
  Object.entries(values).map(([column, value]) => ({ column, value }));

describe.each(PRODUCTS)('the edit of a row of $product', ({ product, provided, mysqlEngine }) => {
  let connections: Connections;
  let connection: Connection;
  const { driver } = mysqlEngine(provided());

  const page = async () => {
    const statement = driver.catalogue({ list: 'columns', ...PLACE });
    return (await readStatement(connection, statement)) as {
      columns: readonly ColumnInfo[];
      untransacted?: string;
    };
  };
  /** Runs a change as the program does; its code, and the row that it left. */
  const edit = async (change: RowChange) => {
    const statement = driver.edit(change, (await page()).columns);
    const enclosure = wrapperOf(driver, connection, {
      manualCommit: false,
      purpose: 'edit',
      readOnly: false,
    });
    let row: Readonly<Record<string, string | null>> | null = null;
    const left = (found: readonly Cell[]): void => {
      row = Object.fromEntries(found.map(({ column, value }) => [column, value]));
    };
    const end = await new WrappedExecution(connection, enclosure!, statement, new Collector(), left).ended;
    return { code: end.type === 'completed' ? 'completed' : end.failure.code, row };
  };
  const rows = (columns = '*') => ask(connection, `SELECT ${columns} FROM ${SCHEMA}.t`);
  const begin = async (table: string, ...more: string[]): Promise<void> => {
    await ask(connection, `DROP TABLE IF EXISTS ${SCHEMA}.t`);
    await ask(connection, `CREATE TABLE ${SCHEMA}.t ${table}`);
    for (const text of more) await ask(connection, text);
  };

  beforeAll(async () => {
    await makeUser(provided());
    await outside(provided(), `DROP DATABASE IF EXISTS ${SCHEMA}`, `CREATE DATABASE ${SCHEMA}`);
    connections = new Connections(mysqlEngine({ ...provided(), database: SCHEMA }));
    connection = await connections.connect();
  });
  afterAll(async () => {
    await connections?.closeAll();
    await outside(provided(), `DROP DATABASE ${SCHEMA}`);
  });

  it.each(['MyISAM', 'MEMORY', 'InnoDB'])(
    'in %s changes nothing where its key prints as two rows do',
    async (engine) => {
      await begin(
        `(k float PRIMARY KEY, n int) ENGINE = ${engine}`,
        `INSERT INTO ${SCHEMA}.t VALUES (1.0000001, 1), (1.0000005, 1)`,
      );
      const key = cells({ k: '1' });
      expect((await edit({ change: 'delete', ...PLACE, key, old: [] })).code).toBe('edit.notOneRow');
      const old: Cell[] = [];
      const update = { change: 'update', ...PLACE, key, old, values: cells({ n: '2' }) } as const;
      expect((await edit(update)).code).toBe('edit.notOneRow');
      expect(await rows('n')).toEqual([['1'], ['1']]);
      expect((await page()).untransacted).toBe(engine === 'InnoDB' ? undefined : engine);
    },
  );

  it.each(['MyISAM', 'MEMORY'])('in %s is refused where a transaction is to take it back', async (engine) => {
    await begin(`(k int PRIMARY KEY, n int) ENGINE = ${engine}`, `INSERT INTO ${SCHEMA}.t VALUES (1, 1)`);
    const world = await RealWorkspace.start(mysqlEngine({ ...provided(), database: SCHEMA }));
    try {
      const at = { sessionId: await world.open(), tabId: 't', ...PLACE };
      const removal = { type: 'row.delete', ...at, key: cells({ k: '1' }), old: cells({}) } as const;
      const refused = { refused: { code: 'edit.untransacted', message: expect.stringContaining(engine) } };
      expect(await world.answer({ ...removal, manualCommit: true })).toMatchObject(refused);
      const { queryIds } = await world.send({
        type: 'transaction.begin',
        sessionId: at.sessionId,
        tabId: 't',
      });
      await world.ended(queryIds![0]!);
      expect(await world.answer(removal)).toMatchObject(refused);
      expect(await rows('n')).toEqual([['1']]);
    } finally {
      await world.stop();
    }
  });

  it.each(['sql_select_limit = 1', 'sql_big_selects = 0, max_join_size = 1'])(
    'reads the columns whole in a session with %s',
    async (setting) => {
      await begin(
        '(k int, l varchar(9), v int, PRIMARY KEY (k, l))',
        `INSERT INTO ${SCHEMA}.t VALUES (1, 'a', 1)`,
      );
      await ask(connection, `SET SESSION ${setting}`);
      try {
        const { columns } = await page();
        expect(columns.map(({ name, primaryKey }) => [name, primaryKey])).toEqual([
          ['k', 1],
          ['l', 2],
          ['v', null],
        ]);
        const update = {
          change: 'update',
          ...PLACE,
          key: cells({ k: '1', l: 'a' }),
          old: cells({ v: '1' }),
        } as const;
        expect((await edit({ ...update, values: cells({ v: '2' }) })).code).toBe('completed');
      } finally {
        await ask(
          connection,
          'SET SESSION sql_select_limit = DEFAULT, sql_big_selects = 1, max_join_size = DEFAULT',
        );
      }
    },
  );

  it('counts the rows of a temporary table where it hides a permanent one', async () => {
    await begin('(k float PRIMARY KEY, n int) ENGINE = InnoDB');
    await ask(connection, `CREATE TEMPORARY TABLE ${SCHEMA}.t (k float PRIMARY KEY, n int) ENGINE = MyISAM`);
    await ask(connection, `INSERT INTO ${SCHEMA}.t VALUES (1.0000001, 1), (1.0000005, 1)`);
    expect((await edit({ change: 'delete', ...PLACE, key: cells({ k: '1' }), old: [] })).code).toBe(
      'edit.notOneRow',
    );
    expect(await rows('n')).toHaveLength(2);
    await ask(connection, `DROP TEMPORARY TABLE ${SCHEMA}.t`);
  });

  it('knows the columns and the key of a table that is temporary alone', async () => {
    await ask(connection, `DROP TABLE IF EXISTS ${SCHEMA}.t`);
    await ask(
      connection,
      `CREATE TEMPORARY TABLE ${SCHEMA}.t (id int AUTO_INCREMENT PRIMARY KEY, v varchar(9) DEFAULT 'x')`,
    );
    const returning = ['id', 'v'];
    const insert = { change: 'insert', ...PLACE, values: cells({ v: 'a' }), returning } as const;
    expect(await edit(insert)).toEqual({ code: 'completed', row: { id: '1', v: 'a' } });
    await ask(connection, `DROP TEMPORARY TABLE ${SCHEMA}.t`);
  });

  it('reads back what triggers, defaults and ON UPDATE made of the row', async () => {
    await begin(
      "(id int AUTO_INCREMENT PRIMARY KEY, v varchar(20), d varchar(9) DEFAULT 'dflt', u timestamp(6) NULL ON UPDATE CURRENT_TIMESTAMP(6))",
      `CREATE TRIGGER ${SCHEMA}.loud BEFORE UPDATE ON ${SCHEMA}.t FOR EACH ROW SET NEW.v = UPPER(NEW.v)`,
    );
    const returning = ['id', 'v', 'd', 'u'];
    const inserted = await edit({ change: 'insert', ...PLACE, values: cells({ v: 'one' }), returning });
    expect(inserted).toEqual({ code: 'completed', row: { id: '1', v: 'one', d: 'dflt', u: null } });
    const key = cells({ id: '1' });
    const first = { change: 'update', ...PLACE, key, old: cells({ v: 'one', u: null }), returning } as const;
    const updated = await edit({ ...first, values: cells({ v: 'two' }) });
    expect(updated).toMatchObject({
      code: 'completed',
      row: { v: 'TWO', u: expect.stringMatching(/^\d{4}-/) },
    });
    // The next edit starts from what the server has.
    const { v, u } = updated.row!;
    const moved = { ...first, old: cells({ v: v!, u: u! }), values: cells({ id: '7' }) };
    expect(await edit(moved)).toMatchObject({ code: 'completed', row: { id: '7', d: 'dflt' } });
  });

  it('inserts a row whose key a default expression makes, and reads it back where the server gives it', async () => {
    await begin("(id char(36) DEFAULT (UUID()) PRIMARY KEY, v varchar(20), d varchar(9) DEFAULT 'dflt')");
    const returning = ['id', 'v', 'd'];
    const { code, row } = await edit({ change: 'insert', ...PLACE, values: cells({ v: 'one' }), returning });
    const [stored] = await rows();
    expect(stored).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/), 'one', 'dflt']);
    // MySQL has no RETURNING, and no function that names the row.
    expect({ code, row }).toEqual({
      code: 'completed',
      row: product === 'MySQL' ? null : { id: stored![0], v: 'one', d: 'dflt' },
    });
  });

  it.each([
    ['bigint(20) unsigned zerofill', '7', '00000000000000000007'],
    ['smallint(5) zerofill', '7', '00007'],
    ['year', '0', '0000'],
    ['year', '2024', '2024'],
  ])('finds a key of type %s with the value %s', async (type, value, text) => {
    await begin(`(k ${type} PRIMARY KEY, n int)`, `INSERT INTO ${SCHEMA}.t VALUES (${value}, 1)`);
    expect(await rows('k')).toEqual([[text]]);
    const key = cells({ k: text });
    const update = {
      change: 'update',
      ...PLACE,
      key,
      old: cells({ n: '1' }),
      values: cells({ n: '2' }),
    } as const;
    expect((await edit(update)).code).toBe('completed');
    expect((await edit({ change: 'delete', ...PLACE, key, old: cells({ n: '2' }) })).code).toBe('completed');
  });

  it.each([
    ['bit(1)', '1', '0x01'],
    ['bit(1)', '0', '0x00'],
    ['bit(9)', '257', '0x0101'],
    ['bit(9)', "b'100000001'", '0x0101'],
    ['bit(64)', '18446744073709551615', '0xFFFFFFFFFFFFFFFF'],
  ])('takes a %s as the number %s', async (type, written, shown) => {
    await begin(`(id int PRIMARY KEY, v ${type})`, `INSERT INTO ${SCHEMA}.t (id) VALUES (1)`);
    const update = { change: 'update', ...PLACE, key: cells({ id: '1' }) } as const;
    const set = await edit({ ...update, old: cells({ v: null }), values: cells({ v: written }) });
    expect(set.code).toBe('completed');
    expect(await rows('v')).toEqual([[shown]]);
    expect((await edit({ ...update, old: cells({ v: shown }), values: cells({ v: null }) })).code).toBe(
      'completed',
    );
    await expect(
      edit({ ...update, old: cells({ v: null }), values: cells({ v: 'yes' }) }),
    ).rejects.toMatchObject({
      failure: { code: 'edit.notHex', advice: expect.stringContaining('whole number') },
    });
  });

  it('refuses a column whose name another column has by now', async () => {
    await begin('(id int PRIMARY KEY, a int, b int)', `INSERT INTO ${SCHEMA}.t VALUES (1, 5, 5)`);
    const seen = (await page()).columns;
    const identity = (name: string) => ({ identity: seen.find((column) => column.name === name)!.identity! });
    await ask(
      connection,
      `ALTER TABLE ${SCHEMA}.t RENAME COLUMN a TO t, RENAME COLUMN b TO a, RENAME COLUMN t TO b`,
    ).catch(async () => {
      for (const [from, to] of ['at', 'ba', 'tb'])
        await ask(connection, `ALTER TABLE ${SCHEMA}.t RENAME COLUMN ${from} TO ${to}`);
    });
    const { columns } = await page();
    const command = {
      type: 'row.update',
      ...PLACE,
      sessionId: 's',
      tabId: 't',
      manualCommit: false,
      key: [{ column: 'id', value: '1', ...identity('id') }],
      old: [{ column: 'b', value: '5', ...identity('b') }],
      values: [{ column: 'b', value: '6', ...identity('b') }],
    } as const;
    expect(() => planEdit(driver, command as never, columns, {})).toThrow(
      expect.objectContaining({ code: 'edit.renamed' }),
    );
  });

  if (product === 'MariaDB')
    it('stores bytes in a compressed column as bytes', async () => {
      await begin('(id int PRIMARY KEY, v varbinary(20) COMPRESSED, b blob COMPRESSED)');
      const values = cells({ id: '1', v: '0xFF00', b: '0x00FF' });
      expect((await edit({ change: 'insert', ...PLACE, values })).code).toBe('completed');
      expect(await rows('HEX(v), HEX(b)')).toEqual([['FF00', '00FF']]);
      const update = {
        change: 'update',
        ...PLACE,
        key: cells({ id: '1' }),
        old: cells({ v: '0xFF00' }),
      } as const;
      expect((await edit({ ...update, values: cells({ v: '0x00' }) })).code).toBe('completed');
      expect(await rows('HEX(v)')).toEqual([['00']]);
    });
  else {
    it('takes a vector by its numbers, and finds a row without one', async () => {
      await begin('(id int PRIMARY KEY, v vector(2), n int)', `INSERT INTO ${SCHEMA}.t (id) VALUES (1)`);
      const update = { change: 'update', ...PLACE, key: cells({ id: '1' }) } as const;
      const set = await edit({
        ...update,
        old: cells({ v: null, n: null }),
        values: cells({ v: '[1,2.5]' }),
      });
      expect(set.code).toBe('completed');
      expect(await rows('VECTOR_TO_STRING(v)')).toEqual([['[1.00000e+00,2.50000e+00]']]);
      const [[v]] = (await rows('v')) as [[string]];
      expect((await edit({ ...update, old: cells({ v }), values: cells({ v: null }) })).code).toBe(
        'completed',
      );
      expect(
        (await edit({ change: 'delete', ...PLACE, key: cells({ id: '1' }), old: cells({ v: null }) })).code,
      ).toBe('completed');
    });

    it('names a row by the invisible key that the server made', async () => {
      await ask(connection, 'SET sql_generate_invisible_primary_key = ON');
      await begin('(v int)', `INSERT INTO ${SCHEMA}.t VALUES (1)`);
      await ask(connection, 'SET sql_generate_invisible_primary_key = OFF');
      const [key] = (await page()).columns;
      expect(key).toMatchObject({ name: 'my_row_id', primaryKey: 1, attributes: ['INVISIBLE'] });
      const values = cells({ v: '2' });
      const old: Cell[] = [];
      const update = { change: 'update', ...PLACE, key: cells({ my_row_id: '1' }), old, values } as const;
      expect((await edit(update)).code).toBe('completed');
      expect(await rows('my_row_id, v')).toEqual([['1', '2']]);
    });
  }
});
