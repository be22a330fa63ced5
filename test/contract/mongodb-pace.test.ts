import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { mongodbDriver } from '../../src/drivers/mongodb/driver.ts';
import { MIB } from '../../src/events/limits.ts';
import type { Doc } from '../servers/mongo-double/bson.ts';
import { type MongoDouble, startMongoDouble } from '../servers/mongo-double/server.ts';
import { targetOf } from './mongodb-engine.ts';
import { RealWorkspace } from './real-workspace.ts';

const USER = { user: 'u', password: 'p' };
/** A hundred thousand documents. */
const MANY = `db.c.aggregate([{$addFields: {a: {$range: [0, 1000]}}}, {$unwind: "$a"}, {$addFields: {b: {$range: [0, 100]}}}, {$unwind: "$b"}])`;

let double: MongoDouble;
let world: RealWorkspace;
let sessionId: string;
const heard: Doc[] = [];

const names = () => heard.map((command) => [...command.keys()][0]);
const submit = async (text: string, more: { rowsMax?: number } = {}) =>
  (await world.send({ type: 'query.submit', sessionId, tabId: 't', text, ...more })).queryIds!;
const run = async (text: string, more: { rowsMax?: number } = {}) =>
  Promise.all((await submit(text, more)).map((id) => world.ended(id)));

beforeAll(async () => {
  double = await startMongoDouble({ ...USER, onCommand: (command) => heard.push(command) });
  world = await RealWorkspace.start({
    driver: mongodbDriver({ sessionRefreshMs: 50 }),
    target: targetOf({ ...USER, host: '127.0.0.1', port: double.port }),
    password: USER.password,
  });
  sessionId = await world.open();
  await run('db.c.insertOne({_id: 1}); db.log.insertOne({_id: 0})');
});
afterEach(() => {
  world.rules = {};
  heard.length = 0;
});
afterAll(async () => {
  await world.stop();
  await double.close();
});

it.each([
  [
    'an aggregation’s options',
    'db.c.aggregate([{$addFields: {a: [1, 2, 3, 4, 5]}}, {$unwind: "$a"}], {batchSize: 2})',
  ],
  [
    'its cursor',
    'db.c.aggregate([{$addFields: {a: [1, 2, 3, 4, 5]}}, {$unwind: "$a"}], {cursor: {batchSize: 2}})',
  ],
  ['its methods', 'db.c.aggregate([{$addFields: {a: [1, 2, 3, 4, 5]}}, {$unwind: "$a"}]).batchSize(2)'],
])('the batch size in %s is that of every batch', async (_where, text) => {
  const [query] = await run(text);
  expect(query).toMatchObject({ outcome: 'succeeded', rows: 5 });
  const sizes = heard.filter((command) => command.has('getMore')).map((one) => Number(one.get('batchSize')));
  expect(sizes).toEqual([2, 2]);
});

it('a batch size of 0 is for the first batch only', async () => {
  expect((await run('db.c.aggregate([], {batchSize: 0})'))[0]).toMatchObject({
    outcome: 'succeeded',
    rows: 1,
  });
});

it('a row limit inside a transaction closes the cursor, and the transaction commits', async () => {
  const script = `session.startTransaction(); db.log.insertOne({_id: 1}); ${MANY}; session.commitTransaction()`;
  const queries = await run(script, { rowsMax: 5 });
  expect(queries.map(({ outcome, cut }) => [outcome, cut])).toEqual([
    ['succeeded', null],
    ['succeeded', null],
    ['succeeded', 'rowLimit'],
    ['succeeded', null],
  ]);
  expect(queries[2]).toMatchObject({ rows: 5, cancel: null });
  expect(names()).not.toContain('killOp');
  expect(double.openCursors).toBe(0);
  expect((await run('db.log.find({_id: 1})'))[0]!.rows).toBe(1);
});

it('a row limit leaves no cursor open, and the rest of the script runs', async () => {
  const queries = await run(`${MANY}; db.c.find()`, { rowsMax: 5 });
  expect(queries.map(({ outcome, cut, rows }) => [outcome, cut, rows])).toEqual([
    ['succeeded', 'rowLimit', 5],
    ['succeeded', null, 1],
  ]);
  expect(double.openCursors).toBe(0);
});

it('a result that is paused keeps its session, and so its cursor', async () => {
  world.rules = { fetchAheadBytes: MIB };
  const [queryId] = await submit(MANY);
  await world.until(({ queries }) => queries[queryId!]?.state === 'paused');
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(names().filter((name) => name === 'refreshSessions').length).toBeGreaterThan(1);
  await world.send({ type: 'query.fetchAll', queryId: queryId! });
  expect(await world.ended(queryId!)).toMatchObject({
    outcome: 'succeeded',
    rows: 100_000,
    rowsComplete: true,
    cut: null,
  });
});

it('a result whose cursor the server has closed says so, and is not complete', async () => {
  world.rules = { fetchAheadBytes: MIB };
  const [queryId] = await submit(MANY);
  await world.until(({ queries }) => queries[queryId!]?.state === 'paused');
  double.dropCursors();
  await world.send({ type: 'query.fetchAll', queryId: queryId! });
  expect(await world.ended(queryId!)).toMatchObject({
    outcome: 'failed',
    failure: { code: '43' },
    rowsComplete: false,
    cut: 'cursorLost',
  });
  expect(world.results.get(queryId!)?.meta()).toMatchObject({
    complete: true,
    rowsComplete: false,
    cut: 'cursorLost',
  });
  expect(world.workspace.query(queryId!)?.failure?.advice).toMatch(/had closed the cursor/);
  expect((await run('db.c.find()'))[0]).toMatchObject({ outcome: 'succeeded' });
});
