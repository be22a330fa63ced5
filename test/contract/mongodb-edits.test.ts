import { BSON } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wrapperOf } from '../../src/actors/statement-wrapper.ts';
import { WrappedExecution } from '../../src/actors/wrapped-execution.ts';
import { type Connection, DriverError } from '../../src/drivers/driver.ts';
import { mongodbDriver } from '../../src/drivers/mongodb/driver.ts';
import type { ColumnInfo } from '../../src/events/catalogue.ts';
import type { Cell, RowChange } from '../../src/events/edit.ts';
import { withClient } from '../servers/mongodb.ts';
import { Connections } from './contract.ts';
import { provided, targetOf } from './mongodb-engine.ts';
import { LOOK_ALIKES, VALUES } from './mongodb-values.ts';
import { ask, Collector, run } from './running.ts';

const PLACE = { namespace: 'querytape_edits', collection: 'Row’s "of" it' };
const COLLECTION = `db.getSiblingDB(${JSON.stringify(PLACE.namespace)}).getCollection(${JSON.stringify(PLACE.collection)})`;
const ID = '{"$numberInt":"1"}';
const LOSSLESS = { promoteValues: false, promoteBuffers: false, bsonRegExp: true };

describe('an edit of a document', () => {
  const driver = mongodbDriver();
  const engine = { driver, target: targetOf(provided()), password: provided().password };
  const connections = new Connections(engine);
  let connection: Connection;

  const columns: ColumnInfo[] = [
    { name: '_id', type: 'int', nullable: false, primaryKey: 1, default: null, generated: false },
  ];
  /** Runs a change as an edit is run, and gives its end. */
  const edit = async (change: RowChange, manualCommit = false, on = connection) => {
    const enclosure = wrapperOf(driver, on, { manualCommit, purpose: 'edit', readOnly: false });
    left = null;
    const take = (cells: readonly Cell[]): void => {
      left = Object.fromEntries(cells.map(({ column, value }) => [column, value]));
    };
    return new WrappedExecution(on, enclosure!, driver.edit(change, columns), new Collector(), take).ended;
  };
  /** The row that the last edit gave back. */
  let left: Readonly<Record<string, string | null>> | null = null;
  const update = (old: readonly Cell[], values: Cell[], key = ID): RowChange => ({
    change: 'update',
    ...PLACE,
    key: [{ column: '_id', value: key }],
    old: [...old],
    values,
  });
  const v = (value: string | null): Cell => ({ column: 'v', value });
  const insert = (value: string | null, key = ID): RowChange => ({
    change: 'insert',
    ...PLACE,
    values: [{ column: '_id', value: key }, v(value)],
  });
  const shown = async (): Promise<string | null> => {
    const { columns: seen, rows } = await run(connection, `${COLLECTION}.find({}, {v: 1})`);
    const at = seen!.findIndex(({ name }) => name === 'v');
    return at < 0 ? null : rows[0]![at]!;
  };
  const emptied = () => ask(connection, `${COLLECTION}.deleteMany({})`);

  beforeAll(async () => {
    connection = await connections.connect();
  });
  afterAll(async () => {
    await ask(connection, `db.getSiblingDB(${JSON.stringify(PLACE.namespace)}).dropDatabase()`);
    await connections.closeAll();
  });

  it('gives back the document that it left, from which the next edit goes out', async () => {
    await edit(insert('"x"'));
    expect(left).toEqual({ _id: ID, v: '"x"' });
    await edit(update([v('"x"')], [v('{"$numberDouble":"1.0"}'), { column: 'w', value: '2' }]));
    expect(left).toEqual({ _id: ID, v: '{"$numberDouble":"1.0"}', w: '{"$numberInt":"2"}' });
    expect((await edit(update([v(left!.v!)], [v(null)]))).type).toBe('completed');
    expect(left).toEqual({ _id: ID, w: '{"$numberInt":"2"}' });
    await emptied();
  });

  it('works on a document with fields that a path can’t spell, and on those fields', async () => {
    const odd: Cell[] = [
      { column: 'a.b', value: '{"$numberInt":"1"}' },
      { column: '$x', value: '"y"' },
      { column: '', value: 'null' },
    ];
    await edit({ change: 'insert', ...PLACE, values: [{ column: '_id', value: ID }, ...odd, v('1')] });
    expect((await edit(update([...odd, v('{"$numberInt":"1"}')], [v('2')]))).type).toBe('completed');
    const changed = update(odd, [
      { column: 'a.b', value: '"$z"' },
      { column: '', value: null },
      { column: '$x', value: '{"$numberInt":"7"}' },
    ]);
    expect((await edit(changed)).type).toBe('completed');
    expect(left).toEqual({ _id: ID, 'a.b': '"$z"', $x: '{"$numberInt":"7"}', v: '{"$numberInt":"2"}' });
    // What was seen is compared also there.
    expect(await edit(changed)).toMatchObject({ failure: { code: 'edit.conflict' } });
    const gone: RowChange = {
      change: 'delete',
      ...PLACE,
      key: [{ column: '_id', value: ID }],
      old: [{ column: 'a.b', value: '"$z"' }],
    };
    expect((await edit(gone)).type).toBe('completed');
  });

  it(`gives each of ${VALUES.length} values back exactly as it came, and finds its document by it`, async () => {
    expect(VALUES.length).toBeGreaterThan(180);
    const wrong: string[] = [];
    await withClient(provided(), async (client) => {
      const outside = client.db(PLACE.namespace).collection(PLACE.collection);
      for (const value of VALUES) {
        const steps: unknown[] = [];
        await emptied();
        steps.push((await edit(insert(value))).type, await shown());
        // Another client has the same to say, as far as its objects keep the order of fields.
        const theirs = BSON.EJSON.stringify((await outside.findOne({}, LOSSLESS))!.v, { relaxed: false });
        const isOrdered = !/"\d+":|__proto__/.test(value);
        if (isOrdered && theirs !== value) wrong.push(`outside: ${theirs} for ${value}`);
        const other = value === '"other"' ? 'null' : '"other"';
        steps.push((await edit(update([v(value)], [v(other)]))).type, await shown());
        steps.push((await edit(update([v(other)], [v(value)]))).type, await shown());
        steps.push((await edit(update([v(value)], [v(null)]))).type, await shown());
        const expected = ['completed', value, 'completed', other, 'completed', value, 'completed', null];
        if (JSON.stringify(steps) !== JSON.stringify(expected))
          wrong.push(`${value.slice(0, 60)}: ${JSON.stringify(steps).slice(0, 300)}`);
      }
    });
    expect(wrong).toEqual([]);
  });

  it('tells values apart that the server calls equal, or finds in one another', async () => {
    const wrong: string[] = [];
    for (const values of LOOK_ALIKES) {
      for (const stored of values) {
        await emptied();
        await edit(insert(stored));
        for (const seen of values) {
          const end = await edit(update([v(seen)], [{ column: 'w', value: 'true' }]));
          const expected = seen === stored ? 'completed' : 'edit.conflict';
          const said = end.type === 'completed' ? 'completed' : end.failure.code;
          if (said !== expected) wrong.push(`${stored} taken for ${seen}: ${said}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it('finds a document by an id of any type, and by that type alone', async () => {
    const wrong: string[] = [];
    for (const id of VALUES.filter(
      (value) => !/^\[|^\{"\$(regular|undefined)|^\{"\$c"|"\$c":|"\$ref"/.test(value),
    )) {
      await emptied();
      const made = await edit(insert('"x"', id));
      if (made.type !== 'completed') continue;
      const changed = await edit(update([v('"x"')], [v('"y"')], id));
      const removed = await edit({
        change: 'delete',
        ...PLACE,
        key: [{ column: '_id', value: id }],
        old: [v('"y"')],
      });
      if (changed.type !== 'completed' || removed.type !== 'completed')
        wrong.push(`${id.slice(0, 60)}: ${JSON.stringify([changed, removed])}`);
    }
    expect(wrong).toEqual([]);
    await emptied();
    await edit(insert('"x"', '{"$numberDouble":"1.0"}'));
    expect(await edit(update([], [v('"y"')]))).toMatchObject({ failure: { code: 'edit.conflict' } });
  });

  it('changes nothing where another one was first, and says so', async () => {
    await emptied();
    await edit(insert('"seen"'));
    const other = await connections.connect();
    await edit(update([v('"seen"')], [v('"theirs"')]), false, other);
    const late = await edit(update([v('"seen"')], [v('"mine"')]));
    expect(late).toMatchObject({
      type: 'failed',
      failure: { code: 'edit.conflict' },
      transaction: 'none',
      usable: true,
    });
    expect(await shown()).toBe('"theirs"');
    const gone: RowChange = {
      change: 'delete',
      ...PLACE,
      key: [{ column: '_id', value: ID }],
      old: [v('"seen"')],
    };
    expect(await edit(gone)).toMatchObject({ failure: { code: 'edit.conflict' } });
    expect(await edit({ ...gone, old: [v('"theirs"')] })).toMatchObject({
      type: 'completed',
      rowsAffected: 1,
    });
    expect(await edit({ ...gone, old: [] })).toMatchObject({ failure: { code: 'edit.conflict' } });
  });

  it('counts a change to the same value as a change', async () => {
    await emptied();
    await edit(insert('"same"'));
    expect(await edit(update([v('"same"')], [v('"same"')]))).toMatchObject({
      type: 'completed',
      rowsAffected: 1,
    });
  });

  it('sets and removes several fields at once, and compares them all', async () => {
    await emptied();
    await ask(connection, `${COLLECTION}.insertOne({_id: 1, a: 1, b: 2, c: {d: 3}})`);
    const old = [
      { column: 'a', value: '{"$numberInt":"1"}' },
      { column: 'z', value: null },
    ];
    const values = [
      { column: 'a', value: null },
      { column: 'b', value: '{"x": [1, 2.5, NumberLong("3")]}' },
      { column: 'z', value: '""' },
    ];
    expect((await edit(update(old, values))).type).toBe('completed');
    expect((await edit(update(old, values))).type).toBe('failed');
    const { columns: seen, rows } = await run(connection, `${COLLECTION}.find()`);
    expect(Object.fromEntries(seen!.map(({ name }, at) => [name, rows[0]![at]]))).toEqual({
      _id: ID,
      b: '{"x":[{"$numberInt":"1"},{"$numberDouble":"2.5"},{"$numberLong":"3"}]}',
      c: '{"d":{"$numberInt":"3"}}',
      z: '""',
    });
  });

  it('waits in the open transaction for its commit, and is gone with its abort', async () => {
    await emptied();
    await edit(insert('"before"'));
    expect(await edit(update([v('"before"')], [v('"within"')]), true)).toMatchObject({
      type: 'completed',
      transaction: 'open',
    });
    await ask(connection, 'session.abortTransaction()');
    expect(await shown()).toBe('"before"');
    expect(await edit(update([v('"before"')], [v('"kept"')]), true)).toMatchObject({ transaction: 'open' });
    // A conflict is no error of the server's: the transaction goes on.
    expect(await edit(update([v('"before"')], [v('"x"')]))).toMatchObject({
      failure: { code: 'edit.conflict' },
      transaction: 'open',
    });
    await ask(connection, 'session.commitTransaction()');
    expect(await shown()).toBe('"kept"');
  });

  it.each<[string, RowChange, string]>([
    ['its id', update([], [{ column: '_id', value: 'null' }]), 'edit.id'],
    [
      'what has no id',
      { ...update([], [v('null')]), key: [{ column: '_id', value: null }] } as RowChange,
      'edit.key',
    ],
    [
      'what is named by another field',
      { ...update([], [v('null')]), key: [v('1')] } as RowChange,
      'edit.key',
    ],
    ['a value that is none', update([], [v('process.exit()')]), 'edit.value'],
    ['a value that is more than one', update([], [v('1) || (2')]), 'edit.value'],
    ['a value of a deprecated type', update([v('1')], [v('{"$undefined":true}')]), 'edit.value'],
    [
      'a date that no client can send',
      update([v('1')], [v('{"$date":{"$numberLong":"9223372036854775807"}}')]),
      'edit.value',
    ],
  ])('refuses to change %s, with the reason', (_what, change, code) => {
    try {
      driver.edit(change, columns);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(DriverError);
      expect((error as DriverError).failure).toMatchObject({ code, source: 'client' });
    }
  });
});
