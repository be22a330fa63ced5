import { afterAll, beforeAll, expect, it } from 'vitest';
import type { QueryView } from '../../src/events/views/query-view.ts';
import { Client } from '../../src/main/client.ts';
import {
  dataFolder,
  type Ended,
  environmentOf,
  removeFolder,
  runCommand,
  type Started,
  startQuerytape,
} from './client.ts';

const folder = dataFolder();
let program: Started;
let client: Client;
let sessionId: string;

beforeAll(async () => {
  program = await startQuerytape(folder, ['--demo']);
  client = new Client(program.url);
  sessionId = (await client.command({ type: 'session.open', profileId: 'demo' })).sessionId!;
  await client.until(({ sessions }) => (sessions[sessionId]?.state === 'ready' ? true : undefined));
});
afterAll(async () => {
  await program?.stop();
  removeFolder(folder);
});

const blockers = (...args: string[]): Promise<Ended> =>
  runCommand(['blockers', '--data-dir', folder, ...args], environmentOf(folder));

async function submit(tabId: string, text: string): Promise<string> {
  const { queryIds } = await client.command({ type: 'query.submit', sessionId, tabId, text });
  return queryIds!.at(-1)!;
}

const query = (queryId: string, look: (view: QueryView) => boolean): Promise<QueryView> =>
  client.until(({ queries }) => (queries[queryId] && look(queries[queryId]) ? queries[queryId] : undefined));

it('names the process that holds the lock, and refuses with what to do what can’t be asked', async () => {
  const held = await submit('holder', 'begin; update products set price = price where id = 1');
  const { connectionId } = await query(held, ({ outcome }) => outcome === 'succeeded');
  const waiter = await submit('waiter', 'update products set price = price where id = 1');
  await query(waiter, ({ dispatchedAt }) => dispatchedAt !== null);
  // It has been sent; that it waits is the server's to say.
  await expect
    .poll(async () => JSON.parse((await blockers(waiter, '--json')).out))
    .toMatchObject({
      queryId: waiter,
      waits: 'lock',
      blockers: [{ connectionId, state: 'inTransaction', application: 'querytape', text: '' }],
    });
  const { code, out, err } = await blockers(waiter);
  expect([code, err]).toEqual([0, '']);
  expect(out).toMatch(
    /^When asked, it had waited for .* because of process (\d+) \(a connection of Querytape\), idle in an open transaction/,
  );
  expect(out).toMatch(
    /\n {2}process \d+ \(a connection of Querytape\), idle in an open transaction.*, blocks \d+: the end of another transaction\n {4}\S+ · querytape · .*\n$/,
  );
  const listed = await blockers();
  expect(listed.code).toBe(0);
  expect(listed.out).toMatch(
    new RegExp(`^${waiter}  Demo  executing, submitted .* ago  update products set price = `, 'm'),
  );
  expect(listed.out).not.toContain(held);
  expect(
    (await blockers('--json')).out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toContainEqual(expect.objectContaining({ queryId: waiter, profileName: 'Demo', state: 'executing' }));

  // One that waits here for its tab is not on the server.
  const queued = await submit('waiter', 'select 1');
  expect(await blockers(queued)).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringMatching(/has not been sent to its server yet .*Ask again once it has\.\n$/),
  });
  await submit('holder', 'rollback');
  await query(waiter, ({ outcome }) => outcome === 'succeeded');
  expect(await blockers(waiter)).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringMatching(/has ended \(succeeded\).* replay \S+ explain \S+\n$/),
  });
});

it.each(['q-none', 'toString', '\u001b[31m'])(
  'names the command that lists ids for the id %j',
  async (id) => {
    const { code, out, err } = await blockers(id);
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain('is running. querytape blockers lists those that are.');
    expect(err).not.toContain('\u001b');
  },
);

it('lists nothing where no statement runs, and takes no second id', async () => {
  await expect.poll(async () => (await blockers()).out).toBe('No statement runs.\n');
  expect(await blockers('--json')).toEqual({ code: 0, out: '', err: '' });
  expect(await blockers('a', 'b')).toMatchObject({ code: 2, out: '' });
  expect(await blockers('a', '--limit', '1')).toMatchObject({ code: 2, out: '' });
});

it('says to start the program where none runs', async () => {
  const empty = dataFolder();
  const { code, out, err } = await blockers('q', '--data-dir', empty);
  expect([code, out]).toEqual([1, '']);
  expect(err).toContain(`No Querytape is running on ${empty}`);
  expect(err).toContain('Start it');
  removeFolder(empty);
});
