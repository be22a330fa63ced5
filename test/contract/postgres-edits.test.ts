import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wrapperOf } from '../../src/actors/statement-wrapper.ts';
import { WrappedExecution } from '../../src/actors/wrapped-execution.ts';
import type { Connection } from '../../src/drivers/driver.ts';
import { ORIGIN_DOUBT_MS } from '../../src/drivers/limits.ts';
import type { CataloguePage, ColumnInfo, TakenBy } from '../../src/events/catalogue.ts';
import type { Cell, RowChange } from '../../src/events/edit.ts';
import { Connections } from './contract.ts';
import { editContract } from './edit-contract.ts';
import { outside, postgresEngine, provided } from './postgres-engine.ts';
import { NO_VALUE_TYPES, VALUE_TYPES, VALUES } from './postgres-values.ts';
import { RealWorkspace } from './real-workspace.ts';
import { ask, Collector, run } from './running.ts';

const SCHEMA = 'edits "of" rows';
const PLACE = { namespace: SCHEMA, collection: 'Row’s' };
const TABLE = `"edits ""of"" rows"."Row’s"`;

describe('an edit', () => {
  let connections: Connections;
  let connection: Connection;
  const { driver } = postgresEngine(provided());

  const describeTable = async (collection: string) => {
    const { text, read } = driver.catalogue({ list: 'columns', namespace: SCHEMA, collection });
    return read(await ask(connection, text), []) as CataloguePage & {
      columns: readonly ColumnInfo[];
      takenBy?: TakenBy;
    };
  };
  const columnsOf = async (collection: string): Promise<readonly ColumnInfo[]> =>
    (await describeTable(collection)).columns;

  /** Runs a change as an edit is run, and gives its end. */
  const edit = async (change: RowChange, manualCommit = false) => {
    return (await editFully(change, manualCommit)).end;
  };

  /** The same with the row that it left and the notices of it. */
  const editFully = async (change: RowChange, manualCommit = false) => {
    const { columns, takenBy } = await describeTable(change.collection);
    const statements = driver.edit(change, columns, takenBy);
    const enclosure = wrapperOf(driver, connection, { manualCommit, purpose: 'edit', readOnly: false });
    let left: readonly Cell[] | null = null;
    const sink = new Collector();
    const end = await new WrappedExecution(connection, enclosure!, statements, sink, (row) => {
      left = row;
    }).ended;
    return { end, left: left as readonly Cell[] | null, notices: sink.notices.map(({ code }) => code) };
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

  editContract({
    connection: () => connection,
    place: PLACE,
    table: TABLE,
    edit,
    outside: (text) => outside(provided(), text),
    padded: (text) => text.padEnd(3),
    duplicate: '23505',
  });

  describe('of a row that others are like', () => {
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
    ).toMatchObject([{ ...PLACE, column: 'new name' }]);
  });

  describe('of a table with triggers or rules', () => {
    const T = '"edits ""of"" rows".acted';
    const ACTED = { namespace: SCHEMA, collection: 'acted' };
    const key: Cell[] = [{ column: 'id', value: '1' }];
    const returning = ['id', 'a', 'changed'];
    const update = (value: string, old: string | null): RowChange => ({
      change: 'update',
      ...ACTED,
      key,
      old: [{ column: 'a', value: old }],
      values: [{ column: 'a', value }],
      returning,
    });
    const trigger = (when: string, body: string): string =>
      `create or replace function "edits ""of"" rows".act() returns trigger language plpgsql as $$ begin ${body} end $$;
       create trigger act ${when} on ${T} for each row execute function "edits ""of"" rows".act()`;

    const begin = (more: string): Promise<unknown> =>
      outside(
        provided(),
        `drop table if exists ${T} cascade; drop table if exists "edits ""of"" rows".elsewhere;
         create table ${T} (id int primary key, a text, changed int not null default 7, gone bool not null default false);
         create table "edits ""of"" rows".elsewhere (id int primary key, a text);
         insert into ${T} values (1, 'x'); ${more}`,
      );
    const row = () => ask(connection, `select id, a, changed, gone from ${T} order by id`);

    it('gives the row back as a trigger left it, and goes on from there', async () => {
      await begin(
        trigger('before update', 'new.changed := old.changed + 1; new.a := upper(new.a); return new;'),
      );
      const first = await editFully(update('y', 'x'));
      expect(first).toMatchObject({ end: { type: 'completed' }, notices: [] });
      expect(first.left).toEqual([
        { column: 'id', value: '1' },
        { column: 'a', value: 'Y' },
        { column: 'changed', value: '8' },
      ]);
      expect((await editFully(update('z', 'Y'))).left?.at(-1)).toEqual({ column: 'changed', value: '9' });
    });

    it('gives an inserted row back with its defaults', async () => {
      await begin('');
      const inserted = await editFully({
        change: 'insert',
        ...ACTED,
        values: [{ column: 'id', value: '2' }],
        returning,
      });
      expect(inserted.left).toEqual([
        { column: 'id', value: '2' },
        { column: 'a', value: null },
        { column: 'changed', value: '7' },
      ]);
    });

    const gone: RowChange = { change: 'delete', ...ACTED, key, old: [{ column: 'a', value: 'x' }] };
    const inserted: RowChange = {
      change: 'insert',
      ...ACTED,
      values: [
        { column: 'id', value: '2' },
        { column: 'a', value: 'new' },
      ],
      returning,
    };
    it.each<[string, string, RowChange, unknown[][]]>([
      [
        'a delete that a trigger makes a soft one',
        trigger('before delete', `update ${T} set gone = true where id = old.id; return null;`),
        gone,
        [['1', 'x', '7', 't']],
      ],
      [
        'an update that a trigger drops',
        trigger('before update', 'return null;'),
        update('y', 'x'),
        [['1', 'x', '7', 'f']],
      ],
      [
        'an insert that a trigger puts elsewhere',
        trigger(
          'before insert',
          'insert into "edits ""of"" rows".elsewhere values (new.id, new.a); return null;',
        ),
        inserted,
        [['1', 'x', '7', 'f']],
      ],
      [
        'a delete that a rule makes a soft one',
        `create rule act as on delete to ${T} do instead update ${T} set gone = true where id = old.id`,
        gone,
        [['1', 'x', '7', 't']],
      ],
      [
        'an update that a rule drops',
        `create rule act as on update to ${T} do instead nothing`,
        update('y', 'x'),
        [['1', 'x', '7', 'f']],
      ],
      [
        'an insert that a rule drops',
        `create rule act as on insert to ${T} do instead nothing`,
        inserted,
        [['1', 'x', '7', 'f']],
      ],
    ])('completes %s, and says that it was taken', async (_what, made, change, rows) => {
      await begin(made);
      const { end, notices } = await editFully(change);
      expect(end).toMatchObject({ type: 'completed', rowsAffected: 0, transaction: 'none' });
      expect(notices).toEqual(['edit.taken']);
      expect(await row()).toEqual(rows);
    });

    it('is still a conflict where the row was changed by others', async () => {
      await begin(trigger('before update or delete', 'return coalesce(new, old);'));
      for (const change of [update('y', 'other'), { ...gone, old: [{ column: 'a', value: 'other' }] }])
        expect((await editFully(change)).end).toMatchObject({
          type: 'failed',
          failure: { code: 'edit.conflict' },
        });
      expect((await editFully({ ...gone })).end.type).toBe('completed');
    });

    it.each([
      ['a table', ''],
      ['a table with a trigger', trigger('before update or delete', 'return coalesce(new, old);')],
    ])(
      'says that row-level security forbids it, of %s, and calls only a change a conflict',
      async (_, more) => {
        await begin(
          `${more}; create role edits_reader; grant usage on schema "edits ""of"" rows" to edits_reader;
         grant all on ${T} to edits_reader; alter table ${T} enable row level security;
         create policy sees on ${T} for select using (true); create policy keeps on ${T} for update using (a = 'mine')`,
        );
        await ask(connection, 'set role edits_reader');
        const forbidden = { type: 'failed', failure: { code: 'edit.rowSecurity' }, transaction: 'none' };
        expect((await editFully(update('y', 'x'))).end).toMatchObject(forbidden);
        const gone: RowChange = { change: 'delete', ...ACTED, key, old: [{ column: 'a', value: 'x' }] };
        expect((await editFully(gone)).end).toMatchObject(forbidden);
        expect((await editFully(update('y', 'w'))).end).toMatchObject({ failure: { code: 'edit.conflict' } });
        await ask(connection, 'reset role');
        expect(await row()).toEqual([['1', 'x', '7', 'f']]);
        await outside(
          provided(),
          `drop table ${T} cascade; drop owned by edits_reader; drop role edits_reader`,
        );
      },
    );

    it('knows a trigger on a partition of the table', async () => {
      await outside(
        provided(),
        `drop table if exists "edits ""of"" rows".parted cascade;
         create table "edits ""of"" rows".parted (id int primary key, a text) partition by range (id);
         create table "edits ""of"" rows".part partition of "edits ""of"" rows".parted for values from (0) to (10);
         create or replace function "edits ""of"" rows".act() returns trigger language plpgsql as $$ begin return null; end $$;
         create trigger act before insert on "edits ""of"" rows".part for each row execute function "edits ""of"" rows".act()`,
      );
      expect((await describeTable('parted')).takenBy).toEqual({ insert: 'trigger' });
    });
  });

  it.each([
    ['regclass', "'pg_class'", 'pg_class'],
    ['"edits ""of"" rows".pair', `row(1, 'x y')`, '(1,"x y")'],
    ['"edits ""of"" rows".pair[]', `array[row(1, null)::"edits ""of"" rows".pair]`, '{"(1,)"}'],
    ['"edits ""of"" rows".small', '5', '5'],
    ['char(5)', "'ab'", 'ab   '],
  ])('finds a row by a key of the type %s', async (type, literal, text) => {
    const schema = '"edits ""of"" rows"';
    await outside(
      provided(),
      `drop table if exists ${schema}.keyed; drop type if exists ${schema}.pair; drop domain if exists ${schema}.small;
       create type ${schema}.pair as (a int, b text); create domain ${schema}.small as int check (value < 9);
       create table ${schema}.keyed (k ${type} primary key, v text); insert into ${schema}.keyed values (${literal}, 'a')`,
    );
    const place = { namespace: SCHEMA, collection: 'keyed' };
    const key = [{ column: 'k', value: text }];
    const values = [{ column: 'v', value: 'b' }];
    const end = await edit({ change: 'update', ...place, key, old: [{ column: 'v', value: 'a' }], values });
    expect(end).toMatchObject({ type: 'completed', rowsAffected: 1 });
  });

  describe('of a column that another session has renamed', () => {
    const NAMES = { namespace: SCHEMA, collection: 'named' };
    it('is known by number: the heading that was read names another column now', async () => {
      await outside(
        provided(),
        `drop table if exists "edits ""of"" rows".named;
         create table "edits ""of"" rows".named (id int primary key, a text, b text)`,
      );
      const read = async () => (await run(connection, 'select * from "edits ""of"" rows".named')).columns!;
      const first = await read();
      expect(first.map(({ origin }) => origin?.column)).toEqual(['id', 'a', 'b']);
      await outside(
        provided(),
        `alter table "edits ""of"" rows".named rename a to t; alter table "edits ""of"" rows".named rename b to a;
         alter table "edits ""of"" rows".named rename t to b; alter table "edits ""of"" rows".named add c int`,
      );
      const infos = await columnsOf(NAMES.collection);
      const identityOf = (name: string) => infos.find((info) => info.name === name)?.identity;
      // What an edit of the old result compares.
      expect(first.map(({ origin }) => origin!.identity === identityOf(origin!.column))).toEqual([
        true,
        false,
        false,
      ]);
      await new Promise((resolve) => setTimeout(resolve, ORIGIN_DOUBT_MS + 50));
      const again = await read();
      expect(again.map(({ name, origin }) => [name, origin?.column])).toEqual([
        ['id', 'id'],
        ['b', 'b'],
        ['a', 'a'],
        ['c', 'c'],
      ]);
      expect(again.every(({ origin }) => origin!.identity === identityOf(origin!.column))).toBe(true);
    });
  });

  describe('in a tab', () => {
    let world: RealWorkspace;
    let sessionId: string;
    beforeAll(async () => {
      const { driver: real, target, password } = postgresEngine(provided());
      world = await RealWorkspace.start({ driver: real, target, password });
      sessionId = await world.open();
    });
    afterAll(() => world.stop());

    const submit = async (text: string): Promise<void> => {
      const { queryIds } = await world.send({ type: 'query.submit', sessionId, tabId: 'tab', text });
      for (const queryId of queryIds!) expect((await world.ended(queryId)).outcome).toBe('succeeded');
    };
    const change = async (namespace: string) => {
      const { queryIds } = await world.send({
        type: 'row.update',
        sessionId,
        tabId: 'tab',
        namespace,
        collection: 'own',
        key: [{ column: 'id', value: '1' }],
        old: [{ column: 'a', value: 'x' }],
        values: [{ column: 'a', value: 'y' }],
        returning: ['id', 'a'],
      });
      expect((await world.ended(queryIds![0]!)).outcome).toBe('succeeded');
      return world.workspace.query(queryIds![0]!)?.rowLeft;
    };
    const left = [
      { column: 'id', value: '1' },
      { column: 'a', value: 'y' },
    ];

    it('edits a table that its open transaction has made, which no other connection sees', async () => {
      await submit(
        "begin; create table public.own (id int primary key, a text); insert into public.own values (1, 'x')",
      );
      const request = { list: 'columns', namespace: 'public', collection: 'own' } as const;
      await expect(world.workspace.catalogue(sessionId, request)).rejects.toMatchObject({
        code: 'catalogue.absent',
      });
      expect(await world.workspace.catalogue(sessionId, request, 'tab')).toHaveProperty('columns.length', 2);
      expect(await change('public')).toEqual(left);
      await submit('select * from public.own; rollback');
    });

    it('edits a temporary table, and leaves the tab without a transaction', async () => {
      await submit("create temp table own (id int primary key, a text); insert into own values (1, 'x')");
      const text = 'select nspname from pg_namespace where oid = pg_my_temp_schema()';
      const { queryIds } = await world.send({ type: 'query.submit', sessionId, tabId: 'tab', text });
      await world.ended(queryIds![0]!);
      const [[schema] = []] = await world.rows(queryIds![0]!);
      expect(await change(schema!)).toEqual(left);
    });
  });
});
