import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Connection } from '../../src/drivers/driver.ts';
import { CATALOGUE_PAGE_MAX } from '../../src/drivers/limits.ts';
import { mongodbDriver } from '../../src/drivers/mongodb/driver.ts';
import type { CataloguePage, CatalogueRequest, CollectionKey } from '../../src/events/catalogue.ts';
import { splitMongodb } from '../../src/events/engines/mongodb-statements.ts';
import { type MongoDouble, startMongoDouble } from '../servers/mongo-double/server.ts';
import { Connections } from './contract.ts';
import { provided, targetOf } from './mongodb-engine.ts';
import { ask, run } from './running.ts';

const SPACE = 'querytape_catalogue';
const MANY_SPACE = 'querytape_catalogue_many';
const HOSTILE = `we"ird'\\ 'ünï' 🦊.dotted`;
const MANY = CATALOGUE_PAGE_MAX + 20;
const at = (space: string, collection?: string): string =>
  `db.getSiblingDB(${JSON.stringify(space)})${collection === undefined ? '' : `.getCollection(${JSON.stringify(collection)})`}`;

describe('the catalogue of MongoDB', () => {
  const driver = mongodbDriver();
  const target = { ...targetOf(provided()), database: SPACE };
  const connections = new Connections({ driver, target, password: provided().password });
  let connection: Connection;

  const list = async (request: CatalogueRequest): Promise<CataloguePage> => {
    const { text, read } = driver.catalogue(request);
    expect(splitMongodb(text)).toEqual([{ start: 0, end: text.length }]);
    const { rows, columns, end } = await run(connection, text);
    expect(end).toMatchObject({ type: 'completed' });
    return read(rows, columns ?? []);
  };

  beforeAll(async () => {
    connection = await connections.connect();
    for (const space of [SPACE, MANY_SPACE]) await ask(connection, `${at(space)}.dropDatabase()`);
    await ask(
      connection,
      `${at(SPACE, HOSTILE)}.insertMany([{_id: 1, a: 1, "b c": "x"}, {_id: "2", a: 2.5, d: null}, {_id: 3, "b c": [], a: "3"}])`,
    );
    await ask(
      connection,
      `${at(SPACE, HOSTILE)}.createIndex({a: 1, "b.c": -1}, {unique: true, sparse: true, name: "it"})`,
    );
    await ask(
      connection,
      `${at(SPACE)}.createCollection("empty", {capped: true, size: 4096, validator: {a: {$gt: NumberLong("1")}}})`,
    );
    await ask(
      connection,
      `${at(SPACE)}.createView("seen", "empty", [{$match: {a: {$ne: NumberDecimal("1.10")}}}])`,
    );
    for (let n = 0; n < MANY; n++)
      await ask(connection, `${at(MANY_SPACE)}.createCollection("c${`${n}`.padStart(4, '0')}")`);
  });
  afterAll(async () => {
    for (const space of [SPACE, MANY_SPACE]) await ask(connection, `${at(space)}.dropDatabase()`);
    await connections.closeAll();
  });

  it('lists the databases, and which is the current one', async () => {
    const { databases } = (await list({ list: 'databases' })) as CataloguePage & {
      databases: { name: string; current: boolean }[];
    };
    expect(databases.filter(({ current }) => current).map(({ name }) => name)).toEqual([SPACE]);
    const names = databases.map(({ name }) => name);
    expect(names).toEqual([...names].sort());
    expect(names).toContain('admin');
    await ask(connection, 'use shop');
    const moved = (await list({ list: 'databases' })) as CataloguePage & { databases: typeof databases };
    expect(moved.databases.find(({ current }) => current)?.name).toBe('shop');
    await ask(connection, `use ${SPACE}`);
  });

  it('lists the namespaces by their names, the server’s own only when asked', async () => {
    const page = (await list({ list: 'namespaces', system: false })) as CataloguePage & {
      namespaces: { name: string }[];
    };
    expect(page.namespaces).toContainEqual({ name: SPACE, system: false, collections: null });
    expect(page.namespaces).toContainEqual({ name: MANY_SPACE, system: false, collections: null });
    expect(page.namespaces.map(({ name }) => name)).not.toContain('admin');
    const all = (await list({ list: 'namespaces', system: true })) as typeof page;
    expect(all.namespaces).toContainEqual(expect.objectContaining({ name: 'admin', system: true }));
  });

  it('lists collections a page at a time, in order, and finds them by a part of their name', async () => {
    const names = async (namespace: string | null, after: CollectionKey | null, search: string | null) => {
      const page = (await list({ list: 'collections', namespace, after, search })) as CataloguePage & {
        collections: (CollectionKey & { kind: string })[];
      };
      return {
        names: page.collections.map(({ name }) => name),
        more: page.more,
        collections: page.collections,
      };
    };
    const first = await names(MANY_SPACE, null, null);
    expect(first.names).toHaveLength(CATALOGUE_PAGE_MAX);
    expect(first.more).toBe(true);
    const rest = await names(MANY_SPACE, first.collections.at(-1)!, null);
    expect(rest.more).toBe(false);
    expect([...first.names, ...rest.names]).toEqual(
      Array.from({ length: MANY }, (_, n) => `c${`${n}`.padStart(4, '0')}`),
    );
    expect((await names(MANY_SPACE, null, 'C001')).names).toHaveLength(10);
    expect((await names(SPACE, null, '.DOT')).names).toEqual([HOSTILE]);
    expect((await names(SPACE, null, '.*')).names).toEqual([]);
    expect((await names(null, null, 'ünï')).names).toEqual([HOSTILE]);
    expect((await names(SPACE, null, null)).collections).toEqual(
      [
        { name: 'empty', kind: 'collection' },
        { name: 'seen', kind: 'view' },
        { name: HOSTILE, kind: 'collection' },
      ].map((one) => ({ namespace: SPACE, rowsEstimated: null, bytes: null, ...one })),
    );
    expect((await names('nowhere', null, null)).names).toEqual([]);
  });

  it('tells the fields of a collection by a sample of it, and its id always', async () => {
    const plain = { default: null, generated: false };
    const page = await list({ list: 'columns', namespace: SPACE, collection: HOSTILE });
    const byName = (columns: readonly { name: string }[]) =>
      [...columns].sort((a, b) => (a.name < b.name ? -1 : 1));
    expect(byName((page as CataloguePage & { columns: { name: string }[] }).columns)).toEqual([
      { name: '_id', type: 'int | string', nullable: false, primaryKey: 1, ...plain },
      { name: 'a', type: 'double | int | string', nullable: true, primaryKey: null, ...plain },
      { name: 'b c', type: 'array | string', nullable: true, primaryKey: null, ...plain },
      { name: 'd', type: 'null', nullable: true, primaryKey: null, ...plain },
    ]);
    expect(await list({ list: 'columns', namespace: SPACE, collection: 'empty' })).toEqual({
      columns: [{ name: '_id', type: 'objectId', nullable: false, primaryKey: 1, ...plain }],
      more: false,
    });
  });

  it('lists the indexes, and no foreign keys', async () => {
    const { indexes } = (await list({
      list: 'indexes',
      namespace: SPACE,
      collection: HOSTILE,
    })) as CataloguePage & { indexes: object[] };
    expect(indexes).toEqual([
      {
        name: '_id_',
        columns: ['_id'],
        unique: true,
        primary: true,
        definition: expect.stringContaining('"_id_"'),
      },
      {
        name: 'it',
        columns: ['a', 'b.c'],
        unique: true,
        primary: false,
        definition: expect.stringContaining('"sparse": true'),
      },
    ]);
    expect(await list({ list: 'foreignKeys', namespace: SPACE, collection: HOSTILE })).toEqual({
      foreignKeys: [],
      more: false,
    });
  });

  it('writes the statements that would make a collection again; they do', async () => {
    for (const collection of ['empty', 'seen', HOSTILE]) {
      const { ddl } = (await list({ list: 'ddl', namespace: SPACE, collection })) as { ddl: string };
      await ask(connection, `${at(SPACE, collection)}.drop()`);
      const statements = splitMongodb(ddl).map(({ start, end }) => ddl.slice(start, end));
      expect(statements.length).toBe(collection === HOSTILE ? 2 : 1);
      for (const statement of statements) await ask(connection, statement);
      const again = (await list({ list: 'ddl', namespace: SPACE, collection })) as { ddl: string };
      const made = (text: string): string => text.replace(/\/\/ Fields[\s\S]*/, '').trim();
      expect(made(again.ddl)).toBe(made(ddl));
    }
    expect(await list({ list: 'ddl', namespace: SPACE, collection: 'nowhere' })).toEqual({
      ddl: '',
      more: false,
    });
  });
});

describe('the catalogue of a MongoDB with many databases', () => {
  const COUNT = CATALOGUE_PAGE_MAX + 300;
  const user = { user: 'u', password: 'p' };
  const driver = mongodbDriver();
  const names = Array.from({ length: COUNT }, (_, n) => `d${`${n}`.padStart(4, '0')}`);

  const opened = async (
    denied: readonly string[],
  ): Promise<{ double: MongoDouble; connection: Connection; close: () => Promise<void> }> => {
    const double = await startMongoDouble({ ...user, denied });
    const target = targetOf({ ...user, host: double.host, port: double.port });
    const connections = new Connections({ driver, target, password: user.password });
    const connection = await connections.connect();
    for (const name of names) await ask(connection, `db.getSiblingDB("${name}").same.insertOne({_id: 1})`);
    const close = async (): Promise<void> => {
      await connections.closeAll();
      await double.close();
    };
    return { double, connection, close };
  };

  /** Every page of a list, and how many commands they took. */
  const pages = async <T extends 'namespaces' | 'collections'>(
    { double, connection }: { double: MongoDouble; connection: Connection },
    field: T,
    first: CatalogueRequest & { list: T },
    keyOf: (item: { namespace?: string; name: string }) => unknown,
  ): Promise<{ items: { namespace?: string; name: string }[]; commands: number }> => {
    const before = double.commands;
    const items: { namespace?: string; name: string }[] = [];
    let request: CatalogueRequest = first;
    for (;;) {
      const { text, read } = driver.catalogue(request);
      const { rows, columns } = await run(connection, text);
      const page = read(rows, columns ?? []) as unknown as Record<T, typeof items> & { more: boolean };
      items.push(...page[field]);
      if (!page.more) return { items, commands: double.commands - before };
      request = { ...first, after: keyOf(page[field].at(-1)!) } as CatalogueRequest;
    }
  };

  it('is read to its last page, by one round trip a page, also where every collection has the same name', async () => {
    const own = await opened([]);
    const spaces = await pages(own, 'namespaces', { list: 'namespaces', system: false }, ({ name }) => name);
    expect(spaces.items.map(({ name }) => name)).toEqual(names);
    expect(spaces.commands).toBeLessThanOrEqual(4);
    const request = { list: 'collections', namespace: null, after: null, search: 'SAM' } as const;
    const found = await pages(own, 'collections', request, ({ namespace, name }) => ({ namespace, name }));
    expect(found.items.map(({ namespace }) => namespace)).toEqual(names);
    // A cursor of 800 rows takes a few batches.
    expect(found.commands).toBeLessThan(20);
    await own.close();
  });

  it('is read from each database where the catalogue of all may not be read', async () => {
    const own = await opened(['$listCatalog']);
    const request = { list: 'collections', namespace: null, after: null, search: 'same' } as const;
    const found = await pages(own, 'collections', request, ({ namespace, name }) => ({ namespace, name }));
    expect(found.items.map(({ namespace }) => namespace)).toEqual(names);
    await own.close();
  });
});
