import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Accepted } from '../../../src/events/command.ts';
import { fold } from '../../../src/events/views/state.ts';
import { eventually, fakeWorkspace } from './fakes.ts';

const STATE = {
  database: 'shop',
  schema: 'ta',
  searchPath: 'ta',
  role: 'u',
  settings: [{ kind: 'searchPath', name: 'search_path', value: 'secret-schema' }],
  held: [{ kind: 'searchPath', names: ['search_path'] }],
} as const;
const TEMPORARY = { kind: 'temporaryTables', names: ['t'] } as const;

let world: ReturnType<typeof fakeWorkspace>;
let folder: string;
let sessionId: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'querytape-unit-'));
  world = fakeWorkspace({ spillFolder: folder });
  const answer = world.workspace.take({ type: 'session.open', profileId: 'p1' });
  sessionId = (answer as Accepted).sessionId!;
  await eventually(() => view().sessions[sessionId]?.state === 'ready');
});
afterEach(async () => {
  await world.workspace.stop();
  rmSync(folder, { recursive: true });
});

const view = () => fold(world.tape.envelopes);
const submit = (text: string) => world.workspace.take({ type: 'query.submit', sessionId, tabId: 't1', text });
const complete = async (text: string) => {
  const [queryId] = (submit(text) as Accepted).queryIds!;
  const execution = await eventually(() =>
    world.driver.executions.findLast((one) => one.text === text && !one.hasEnded),
  );
  execution.complete();
  await eventually(() => view().queries[queryId!]?.outcome === 'succeeded');
};
const tab = () => world.driver.connections.at(-1)!;
const refused = (text: string) => (submit(text) as { refused?: { code: string } }).refused?.code;
const tabView = () => Object.values(view().connections).findLast(({ tabId }) => tabId === 't1')!;

it('gives the next connection of a tab what its lost one held, and says so by kind', {
  tags: ['slow'],
}, async () => {
  await complete('select 1');
  tab().holds(STATE);
  expect(tabView().held).toEqual(['searchPath']);
  tab().lose();
  await complete('select 2');
  expect(tab().options.restore).toMatchObject({ searchPath: 'ta', settings: STATE.settings });
  expect(tabView()).toMatchObject({ restored: ['searchPath'], held: ['searchPath'] });
  expect(JSON.stringify(world.tape.envelopes)).not.toContain('secret-schema');
});

it('stops a tab once whose connection held what nothing gives back, and names it', async () => {
  await complete('select 1');
  tab().holds({ ...STATE, held: [...STATE.held, TEMPORARY] });
  tab().lose();
  expect(refused('select 2')).toBe('state.lost');
  expect(view().sessions[sessionId]).toMatchObject({
    interrupted: ['t1'],
    lostState: { t1: { kinds: ['temporaryTables'], transaction: false } },
  });
  world.workspace.take({ type: 'transaction.rollback', sessionId, tabId: 't1' });
  expect(view().sessions[sessionId]).toMatchObject({ interrupted: [], lostState: {} });
  await complete('select 3');
  expect(tabView().restored).toEqual(['searchPath']);
});

it('asks nothing of a tab that set nothing', async () => {
  await complete('select 1');
  tab().lose();
  await complete('select 2');
  expect(view().sessions[sessionId]).toMatchObject({ interrupted: [], lostState: {} });
});

it('gives back what stood before a transaction, not what stood in it', async () => {
  await complete('select 1');
  tab().holds(STATE);
  tab().holds({ ...STATE, searchPath: 'tb', schema: null, provisional: true });
  tab().lose();
  await complete('select 2');
  expect(tab().options.restore).toMatchObject({ searchPath: 'ta', schema: 'ta' });
});

it('runs nothing where the state can’t be set again, and stops the tab once', async () => {
  await complete('select 1');
  tab().holds(STATE);
  tab().lose();
  world.driver.refuse = { code: 'state.notRestored', source: 'client', message: 'no role "secret-role"' };
  const [queryId] = (submit('select 2') as Accepted).queryIds!;
  await eventually(() => view().queries[queryId!]?.outcome === 'lost.notRun');
  expect(world.driver.executions.some(({ text }) => text === 'select 2')).toBe(false);
  expect(refused('select 3')).toBe('state.lost');
  expect(view().sessions[sessionId]!.lostState.t1?.kinds).toEqual(['searchPath']);
  expect(world.workspace.failure(tabView().connectionId)?.message).toContain('secret-role');
  expect(JSON.stringify(world.tape.envelopes)).not.toContain('secret-role');
  world.driver.refuse = null;
  world.workspace.take({ type: 'transaction.rollback', sessionId, tabId: 't1' });
  await complete('select 4');
  expect(tab().options.restore).toBeUndefined();
});

it('tries again later where the server can’t be reached, and forgets nothing', async () => {
  await complete('select 1');
  tab().holds(STATE);
  tab().lose();
  world.driver.refuse = { code: 'ECONNREFUSED', source: 'connection', message: 'refused' };
  const [queryId] = (submit('select 2') as Accepted).queryIds!;
  await eventually(() => view().queries[queryId!]?.outcome === 'lost.notRun');
  world.driver.refuse = null;
  await complete('select 3');
  expect(tab().options.restore).toMatchObject({ searchPath: 'ta' });
});

const catalogues = () => Object.values(view().connections).filter(({ purpose }) => purpose === 'catalogue');
const readCatalogue = async () => {
  const page = world.workspace.catalogue(sessionId, { list: 'databases' });
  const execution = await eventually(() =>
    world.driver.executions.findLast(({ text, hasEnded }) => text === 'catalogue' && !hasEnded),
  );
  execution.complete();
  await page;
};

it('makes a catalogue connection that its server’s idle limit closed again only when it is needed', async () => {
  await readCatalogue();
  world.driver.connections[0]!.options.onLost({ code: '57P05', source: 'server', message: 'idle' });
  expect(view().sessions[sessionId]!.state).toBe('ready');
  expect(catalogues()).toHaveLength(1);
  await complete('select 1');
  expect(catalogues()).toHaveLength(1);
  await readCatalogue();
  expect(catalogues()).toHaveLength(2);
  expect(view().sessions[sessionId]!.state).toBe('ready');
});

it('does not sign in again and again where idle catalogue connections are closed without a word', async () => {
  world.driver.connections[0]!.options.onLost({
    code: 'connection.closed',
    source: 'connection',
    message: '',
  });
  world.workspace.take({ type: 'session.reconnect', sessionId });
  await eventually(() => view().sessions[sessionId]!.state === 'ready');
  world.driver.connections[1]!.options.onLost({
    code: 'connection.closed',
    source: 'connection',
    message: '',
  });
  expect(view().sessions[sessionId]!.state).toBe('ready');
  expect(catalogues()).toHaveLength(2);
  await readCatalogue();
  expect(catalogues()).toHaveLength(3);
});

it('forgets a tab’s state with the tab', async () => {
  await complete('select 1');
  tab().holds(STATE);
  tab().lose();
  world.workspace.take({ type: 'tab.close', sessionId, tabId: 't1' });
  await complete('select 2');
  expect(tab().options.restore).toBeUndefined();
});
