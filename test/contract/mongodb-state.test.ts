import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { withClient } from '../servers/mongodb.ts';
import { type CuttingProxy, cuttingProxy, mongodbEngine, provided } from './mongodb-engine.ts';
import { RealWorkspace } from './real-workspace.ts';

/** The current database lives in the connection alone: no server knows of it. */
let proxy: CuttingProxy;
let world: RealWorkspace;
let sessionId: string;

const HOME = 'querytape_contract';
const OTHER = 'querytape_state_other';
const run = async (text: string) => {
  const { queryIds } = await world.send({ type: 'query.submit', sessionId, tabId: 't1', text });
  const ended = [];
  for (const queryId of queryIds!) ended.push(await world.ended(queryId));
  for (const one of ended) expect(one).toMatchObject({ outcome: 'succeeded', failure: null });
};
const connection = () => Object.values(world.state.connections).findLast((one) => one.tabId === 't1')!;
const cut = async () => {
  const { connectionId, server } = connection();
  proxy.cut(server!.process.processId);
  await world.until(({ connections }) => connections[connectionId]!.state === 'lost');
};
const counts = () =>
  withClient(provided(), async (client) =>
    Promise.all([HOME, OTHER].map((name) => client.db(name).collection('which').countDocuments())),
  );

beforeAll(async () => {
  proxy = await cuttingProxy(provided());
  world = await RealWorkspace.start(mongodbEngine(provided(), proxy));
  sessionId = await world.open();
});
beforeEach(async () => {
  await withClient(provided(), async (client) => {
    for (const name of [HOME, OTHER]) {
      await client.db(name).collection('which').deleteMany({});
      await client.db(name).collection('which').insertOne({ a: 1 });
    }
  });
});
afterAll(async () => {
  await world.stop();
  await proxy.close();
  await withClient(provided(), async (client) => {
    await client.db(HOME).collection('which').drop();
    await client.db(OTHER).dropDatabase();
  });
});

it('stays in the profile’s database where nothing else was said', async () => {
  await run('db.which.find({})');
  await cut();
  await run('db.which.deleteMany({})');
  expect(await counts()).toEqual([0, 1]);
  expect(connection().restored).toEqual([]);
});

it('goes back to the database of `use` after its socket was cut, and says so', async () => {
  await run(`db.which.find({}); use ${OTHER}`);
  expect(connection().held).toEqual(['database']);
  expect(world.workspace.connectionState(connection().connectionId)).toMatchObject({ database: OTHER });
  await cut();
  await run('db.which.deleteMany({})');
  expect(await counts()).toEqual([1, 0]);
  expect(connection().restored).toEqual(['database']);
  await run(`use ${HOME}`);
  expect(connection().held).toEqual([]);
});
