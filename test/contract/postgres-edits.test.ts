import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Enclosed, enclosureOf } from '../../src/actors/enclosed.ts';
import type { Connection } from '../../src/drivers/driver.ts';
import type { CataloguePage, ColumnInfo } from '../../src/events/catalogue.ts';
import type { Cell, RowChange } from '../../src/events/edit.ts';
import { Connections } from './contract.ts';
import { outside, postgresEngine, provided } from './postgres-engine.ts';
import { NO_VALUE_TYPES, VALUE_TYPES, VALUES } from './postgres-values.ts';
import { ask, Collector, run } from './running.ts';

const SCHEMA = 'edits "of" rows';
const PLACE = { namespace: SCHEMA, collection: 'Row’s' };
const TABLE = `"edits ""of"" rows"."Row’s"`;

describe('an edit', () => {
  let connections: Connections;
  let connection: Connection;
  const { driver } = postgresEngine(provided());

  const columnsOf = async (collection: string): Promise<readonly ColumnInfo[]> => {
    const { text, read } = driver.catalogue({ list: 'columns', namespace: SCHEMA, collection });
    return (read(await ask(connection, text), []) as CataloguePage & { columns: ColumnInfo[] }).columns;
  };

  /** Runs a change as an edit is run, and gives its end. */
  const edit = async (change: RowChange, manualCommit = false) => {
    const { text, params } = driver.edit(change, await columnsOf(change.collection));
    const enclosure = enclosureOf(driver, connection, { manualCommit, purpose: 'edit', readOnly: false });
    return new Enclosed(connection, enclosure!, { text, params }, new Collector()).ended;
  };

  beforeAll(async () => {
    await outside(provided(), NO_VALUE_TYPES);
    for (const text of VALUE_TYPES) await outside(provided(), text);
    connections = new Connections(postgresEngine(provided()));
    connection = await connections.connect();
    await ask(connection, `create schema "edits ""of"" rows"`);
  });
  afterAll(async () => {
    await outside(provided(), `drop schema "edits ""of"" rows" cascade`);
    await connections.closeAll();
    await outside(provided(), NO_VALUE_TYPES);
  });

  it(`gives each of ${VALUES.length} values back exactly as it came, and finds its row by it`, async () => {
    const different: string[] = [];
    const withoutTable: string[] = [];
    for (const value of VALUES) {
      await ask(connection, `drop table if exists ${TABLE}`);
      const made = await run(connection, `create table ${TABLE} as select 1 as id, ${value} as "V""v"`);
      if (made.end.type !== 'completed') {
        withoutTable.push(value);
        continue;
      }
      await ask(connection, `alter table ${TABLE} add primary key (id)`);
      const text = async (): Promise<string | null> =>
        (await ask(connection, `select "V""v" from ${TABLE}`))[0]![0]!;
      const seen = await text();
      const key: Cell[] = [{ column: 'id', value: '1' }];
      const cell = { column: 'V"v', value: seen };
      const nothing = { column: 'V"v', value: null };
      const cleared = await edit({ change: 'update', ...PLACE, key, old: [cell], values: [nothing] });
      const back = await edit({ change: 'update', ...PLACE, key, old: [nothing], values: [cell] });
      const ends = [cleared, back].map(({ type }) => type).join();
      if (ends !== 'completed,completed' || (await text()) !== seen) different.push(`${value}: ${ends}`);
    }
    expect(different).toEqual([]);
    // Pseudo-types: no table can hold them, so no row of one can be edited.
    expect(withoutTable).toEqual(['pg_sleep(0)', expect.stringMatching(/^row\(1, 'a', null/)]);
  });

  describe('of a row with a neighbour', () => {
    const key: Cell[] = [{ column: 'id', value: '1' }];
    const old: Cell[] = [
      { column: 'name', value: 'a' },
      { column: 'note', value: null },
    ];
    const values: Cell[] = [{ column: 'name', value: 'b' }];
    const rows = () => ask(connection, `select id, name, note from ${TABLE} order by id`);

    const begin = async (): Promise<void> => {
      await ask(connection, `drop table if exists ${TABLE}`);
      await ask(connection, `create table ${TABLE} (id int primary key, name char(3), note text)`);
      await ask(connection, `insert into ${TABLE} values (1, 'a'), (2, 'a')`);
      old[0] = { column: 'name', value: 'a  ' };
    };

    it('changes that row alone', async () => {
      await begin();
      expect(await edit({ change: 'update', ...PLACE, key, old, values })).toMatchObject({
        type: 'completed',
        rowsAffected: 1,
        transaction: 'none',
      });
      expect(await rows()).toEqual([
        ['1', 'b  ', null],
        ['2', 'a  ', null],
      ]);
      expect((await edit({ change: 'delete', ...PLACE, key, old: [] })).type).toBe('completed');
      expect(await rows()).toEqual([['2', 'a  ', null]]);
    });

    it.each([
      ['changed', `update ${TABLE} set note = '' where id = 1`],
      ['deleted', `delete from ${TABLE} where id = 1`],
    ])('changes nothing where somebody has %s it since', async (_how, text) => {
      await begin();
      await outside(provided(), text);
      const before = await rows();
      const end = await edit({ change: 'update', ...PLACE, key, old, values });
      expect(end).toMatchObject({ type: 'failed', failure: { code: 'edit.conflict' }, transaction: 'none' });
      expect(await rows()).toEqual(before);
    });

    it('is taken back where it would change several rows', async () => {
      await begin();
      await ask(connection, `create table "edits ""of"" rows".child () inherits (${TABLE})`);
      await ask(connection, `insert into "edits ""of"" rows".child values (1, 'a')`);
      const before = await rows();
      expect(await edit({ change: 'update', ...PLACE, key, old, values })).toMatchObject({
        type: 'failed',
        failure: { code: 'edit.notOneRow' },
        transaction: 'none',
        usable: true,
      });
      expect(await rows()).toEqual(before);
      await ask(connection, `drop table "edits ""of"" rows".child`);
    });

    it('joins an open transaction, and a failed one leaves the rest of it as it is', async () => {
      await begin();
      await ask(connection, 'begin');
      await ask(connection, `insert into ${TABLE} values (3, 'c')`);
      expect((await edit({ change: 'update', ...PLACE, key, old, values })).transaction).toBe('open');
      const conflict = await edit({ change: 'update', ...PLACE, key, old, values });
      expect(conflict).toMatchObject({ failure: { code: 'edit.conflict' }, transaction: 'open' });
      const wrong = await edit({ change: 'insert', ...PLACE, values: [{ column: 'id', value: '2' }] });
      expect(wrong).toMatchObject({ failure: { code: '23505' }, transaction: 'open', usable: true });
      expect((await rows()).map(([id]) => id)).toEqual(['1', '2', '3']);
      await ask(connection, 'rollback');
      expect(await rows()).toEqual([
        ['1', 'a  ', null],
        ['2', 'a  ', null],
      ]);
    });

    it('begins the transaction where commits are manual', async () => {
      await begin();
      const change = { change: 'update', ...PLACE, key, old, values } as const;
      expect((await edit(change, true)).transaction).toBe('open');
      expect(await outside(provided(), `select name from ${TABLE} where id = 1`)).toEqual([['a  ']]);
      await ask(connection, 'rollback');
    });

    it('says a constraint that only the commit checks, and leaves nothing', async () => {
      await begin();
      await ask(
        connection,
        `alter table ${TABLE} add constraint unique_name unique (name) deferrable initially deferred, drop column note`,
      ).catch(() => undefined);
      await ask(connection, `delete from ${TABLE} where id = 2`);
      await ask(connection, `alter table ${TABLE} add unique (note) deferrable initially deferred`);
      await ask(connection, `insert into ${TABLE} values (2, 'x', 'n'), (3, 'y', 'm')`);
      const end = await edit({
        change: 'update',
        ...PLACE,
        key: [{ column: 'id', value: '2' }],
        old: [],
        values: [{ column: 'note', value: 'm' }],
      });
      expect(end).toMatchObject({
        type: 'failed',
        failure: { code: '23505' },
        transaction: 'none',
        usable: true,
      });
      expect((await rows()).map((row) => row[2])).toEqual([null, 'n', 'm']);
    });
  });

  it('inserts what it is given and leaves the rest to the server', async () => {
    await ask(connection, `drop table if exists ${TABLE}`);
    await ask(
      connection,
      `create table ${TABLE} (id int generated always as identity primary key, a text default 'd', twice text generated always as (a || a) stored)`,
    );
    expect((await edit({ change: 'insert', ...PLACE, values: [] })).type).toBe('completed');
    const given = [
      { column: 'id', value: '70' },
      { column: 'a', value: null },
    ];
    expect((await edit({ change: 'insert', ...PLACE, values: given })).type).toBe('completed');
    expect(await ask(connection, `select * from ${TABLE} order by id`)).toEqual([
      ['1', 'd', 'dd'],
      ['70', null, null],
    ]);
    expect((await columnsOf(PLACE.collection)).map(({ generated }) => generated)).toEqual([
      false,
      false,
      true,
    ]);
  });

  it('knows where a result’s columns come from, and that an expression comes from nowhere', async () => {
    await ask(connection, `drop table if exists ${TABLE}`);
    await ask(connection, `create table ${TABLE} (id int primary key, name text)`);
    const origins = async () =>
      (await run(connection, `select name as n, id + 1, id from ${TABLE}`)).columns?.map(
        ({ origin }) => origin?.column,
      );
    expect(await origins()).toEqual(['name', undefined, 'id']);
    await ask(connection, `alter table ${TABLE} rename column name to "new name"`);
    expect(
      (await run(connection, `select "new name" from ${TABLE}`)).columns?.map(({ origin }) => origin),
    ).toEqual([{ ...PLACE, column: 'new name' }]);
  });
});
