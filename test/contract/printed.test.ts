import { beforeAll, describe, expect, it } from 'vitest';
import type { Cell } from '../../src/events/edit.ts';
import type { Column } from '../../src/events/result.ts';
import { formatted } from '../unit/events/formats/formatted.ts';
import type { ContractEngine } from './contract.ts';
import { makeUser, PRODUCTS } from './mysql-engine.ts';
import { provided as postgres, postgresEngine } from './postgres-engine.ts';
import { RealWorkspace } from './real-workspace.ts';

/** A setting under which the texts of two rows' keys are each other's. */
interface Case {
  readonly name: string;
  readonly engine: ContractEngine;
  readonly namespace: string;
  readonly make: string;
  readonly read: string;
  readonly set: string;
  readonly setBack: string;
  /** Holds the connection for a while. */
  readonly sleep: string;
  readonly printedBy: readonly string[];
}

const CASES: readonly Case[] = [
  {
    name: 'PostgreSQL',
    engine: postgresEngine(postgres()),
    namespace: 'public',
    make: `create table public.printed (k date primary key, v text, n int);
           insert into public.printed values ('2024-02-01', 'a', 1), ('2024-01-02', 'a', 2)`,
    read: `select k, v, n, interval '-1 day -2:00' from public.printed order by n`,
    set: `set datestyle = 'SQL, DMY'; set intervalstyle = 'sql_standard'`,
    setBack: `set datestyle = 'SQL, MDY'`,
    sleep: 'select pg_sleep(3)',
    printedBy: ["DateStyle = 'SQL, DMY'", "IntervalStyle = 'sql_standard'"],
  },
  ...PRODUCTS.map(({ product, mysqlEngine, provided }) => ({
    name: product,
    engine: mysqlEngine({ ...provided(), database: 'shop' }),
    namespace: 'shop',
    make: `set time_zone = '+00:00'; create table shop.printed (k timestamp primary key, v varchar(9), n int);
           insert into shop.printed values ('2024-01-01 05:00:00', 'a', 1), ('2024-01-01 10:00:00', 'a', 2)`,
    read: 'select k, v, n from shop.printed order by n',
    set: `set time_zone = '+05:00'`,
    setBack: `set time_zone = '+00:00'`,
    sleep: 'select sleep(3)',
    printedBy: ["time_zone = '+05:00'"],
  })),
];

beforeAll(async () => {
  for (const { provided } of PRODUCTS) await makeUser(provided());
});

describe.each(CASES)('a text of $name that a setting decides the meaning of', (one) => {
  const inWorld = async (work: (world: RealWorkspace, sessionId: string) => Promise<void>) => {
    const { driver, target, password } = one.engine;
    const world = await RealWorkspace.start({ driver, target, password });
    try {
      const sessionId = await world.open();
      await submit(world, sessionId, `drop table if exists ${one.namespace}.printed; ${one.make}`);
      await work(world, sessionId);
      await submit(world, sessionId, `drop table ${one.namespace}.printed`);
    } finally {
      await world.stop();
    }
  };
  const submit = async (world: RealWorkspace, sessionId: string, text: string): Promise<string> => {
    const { queryIds } = await world.send({ type: 'query.submit', sessionId, tabId: 't', text });
    for (const queryId of queryIds!) expect((await world.ended(queryId)).outcome).toBe('succeeded');
    return queryIds!.at(-1)!;
  };
  /** The change of the row that a result shows first, as the page sends it. */
  const change = (sessionId: string, columns: readonly Column[], row: readonly (string | null)[]) => {
    const cell = (index: number, value = row[index]!): Cell => {
      const { name, printedBy } = columns[index]!;
      return { column: name, value, ...(printedBy ? { printedBy } : {}) };
    };
    return {
      type: 'row.update' as const,
      ...{ sessionId, tabId: 't', namespace: one.namespace, collection: 'printed' },
      key: [cell(0)],
      old: [cell(1)],
      values: [cell(1, 'changed')],
    };
  };

  it('names the row that was seen, or is refused once the setting is another', () =>
    inWorld(async (world, sessionId) => {
      const id = await submit(world, sessionId, `${one.set}; ${one.read}`);
      const { columns } = world.results.get(id)!.meta();
      expect(columns.map(({ printedBy }) => printedBy).slice(0, 3)).toEqual([
        one.printedBy,
        undefined,
        undefined,
      ]);
      const seen = change(sessionId, columns, (await world.rows(id))[0]!);
      await submit(world, sessionId, one.setBack);
      expect(await world.answer(seen)).toMatchObject({
        refused: { code: 'edit.printedOtherwise', message: expect.stringContaining(one.printedBy[0]!) },
      });
      await submit(world, sessionId, one.set);
      const { queryIds } = await world.send(seen);
      expect((await world.ended(queryIds![0]!)).outcome).toBe('succeeded');
      const after = await world.rows(await submit(world, sessionId, one.read));
      expect(after.map(([, v]) => v)).toEqual(['changed', 'a']);
    }));

  it('names no other row where the setting becomes another between the edit and its turn', () =>
    inWorld(async (world, sessionId) => {
      const id = await submit(world, sessionId, `${one.set}; ${one.read}`);
      const { columns } = world.results.get(id)!.meta();
      const seen = change(sessionId, columns, (await world.rows(id))[0]!);
      const before = { type: 'query.submit', sessionId, tabId: 't', text: one.sleep } as const;
      const sleeps = await world.send(before);
      // It reads the table's columns behind what sleeps, and waits for its turn behind what comes in the meantime.
      const planned = world.send(seen);
      const { queryIds } = await world.send({ ...before, text: one.setBack });
      const edit = await planned;
      for (const queryId of [...sleeps.queryIds!, ...queryIds!])
        expect((await world.ended(queryId)).outcome).toBe('succeeded');
      expect(await world.ended(edit.queryIds![0]!)).toMatchObject({
        outcome: 'refused',
        refusedCode: 'edit.printedOtherwise',
      });
      const after = await world.rows(await submit(world, sessionId, one.read));
      expect(after.map(([, v]) => v)).toEqual(['a', 'a']);
    }));

  it('is read back equal from an export as SQL by a session with other settings', () =>
    inWorld(async (world, sessionId) => {
      const id = await submit(world, sessionId, `${one.set}; ${one.read}`);
      const { columns, encoding } = world.results.get(id)!.meta();
      const rows = await world.rows(id);
      const table = `${one.namespace}.printed`;
      const three = columns.slice(0, 3);
      const text = formatted(
        'sql',
        three,
        rows.map((row) => row.slice(0, 3)),
        { encoding, table },
      );
      await submit(world, sessionId, `delete from ${table} where n > 0; ${one.setBack}; ${text}`);
      await submit(world, sessionId, one.set);
      expect(await world.rows(await submit(world, sessionId, one.read))).toEqual(rows);
    }));
});

describe.each(PRODUCTS)(
  'a statement of $product with a time zone of its own',
  ({ mysqlEngine, provided }) => {
    it('gives texts that name no row', async () => {
      const { driver, target, password } = mysqlEngine({ ...provided(), database: 'shop' });
      const world = await RealWorkspace.start({ driver, target, password });
      try {
        const sessionId = await world.open();
        const text = `create temporary table own_zone (k timestamp primary key, n int);
        select /* time_zone */ k, n from own_zone; select k, n from own_zone`;
        const { queryIds } = await world.send({ type: 'query.submit', sessionId, tabId: 't', text });
        const origins = [];
        for (const id of queryIds!.slice(1)) {
          await world.ended(id);
          origins.push(
            world.results
              .get(id)!
              .meta()
              .columns.map(({ origin }) => origin?.column),
          );
        }
        expect(origins).toEqual([
          [undefined, 'n'],
          ['k', 'n'],
        ]);
      } finally {
        await world.stop();
      }
    });
  },
);

describe('a statement of PostgreSQL whose texts may be other values when they are read again', () => {
  const table = `create temporary table ambiguous (k date, t timestamptz, f float8, n int);
    insert into ambiguous values ('2024-02-01', now(), 0.1, 1)`;
  const read = 'k, t, f, n from ambiguous';
  const all = ['k', 't', 'f', 'n'];
  const unset = undefined;
  it.each([
    [
      'sets DateStyle itself',
      `select set_config('datestyle', 'SQL, DMY', true), ${read}`,
      [unset, unset, unset, 'n'],
    ],
    [
      'sets something that its text does not show',
      `select set_config('date' || 'style', 'SQL, DMY', true), ${read}`,
      [unset, unset, unset, 'n'],
    ],
    ['sets nothing that is printed by', `select set_config('app.tenant', 'a', true), ${read}`, all],
    ['rounds its floats', `set extra_float_digits = 0; select 1, ${read}`, ['k', 't', unset, 'n']],
    [
      'rounds its floats in a transaction',
      `begin; set local extra_float_digits = -3; select 1, ${read}`,
      ['k', 't', unset, 'n'],
    ],
    ['rounds them no longer', `set extra_float_digits = 0; reset all; select 1, ${read}`, all],
    ['abbreviates time zones', `set datestyle = 'SQL, DMY'; select 1, ${read}`, ['k', unset, 'f', 'n']],
  ])('names the rows by no column that does so where it %s', async (_name, text, expected) => {
    const { driver, target, password } = postgresEngine(postgres());
    const world = await RealWorkspace.start({ driver, target, password });
    try {
      const sessionId = await world.open();
      const whole = `${table}; ${text}`;
      const { queryIds } = await world.send({ type: 'query.submit', sessionId, tabId: 't', text: whole });
      for (const queryId of queryIds!) expect((await world.ended(queryId)).outcome).toBe('succeeded');
      const { columns } = world.results.get(queryIds!.at(-1)!)!.meta();
      expect(columns.slice(1).map(({ origin }) => origin?.column)).toEqual(expected);
      await world.send({ type: 'tab.close', sessionId, tabId: 't', rollback: true });
    } finally {
      await world.stop();
    }
  });
});
