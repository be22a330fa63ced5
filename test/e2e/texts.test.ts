import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Drafts } from '../../src/events/draft.ts';
import type { HistoryEntry, HistoryPage } from '../../src/events/history.ts';
import { Client } from '../../src/main/client.ts';
import { readTape } from '../../src/store/tape/tape.ts';
import { canary, found } from '../canary.ts';
import { dataFolder, environmentOf, removeFolder, type Started, startQuerytape } from './client.ts';
import { OpenPage } from './page.ts';

const MAIN = resolve(import.meta.dirname, '../../dist/main.js');
const PASSPHRASE = 'correct horse battery';
const run = promisify(execFile);
const folder = dataFolder();
const word = canary();
const draftWord = canary();
let program: Started;
let client: Client;

async function start(args: readonly string[] = ['--demo'], env: Record<string, string> = {}): Promise<void> {
  program = await startQuerytape(folder, args, env);
  client = new Client(program.url);
}

async function get<T>(path: string): Promise<T & { code?: string }> {
  return (await (await client.get(path)).json()) as T & { code?: string };
}

const history = async (query = ''): Promise<readonly HistoryEntry[]> =>
  (await get<HistoryPage>(`/api/history${query}`)).entries;

async function open(): Promise<string> {
  const { sessionId } = await client.command({ type: 'session.open', profileId: 'demo' });
  await client.until(({ sessions }) => (sessions[sessionId!]?.state === 'ready' ? true : undefined));
  return sessionId!;
}

async function submit(sessionId: string, text: string, tabId = 't'): Promise<string[]> {
  const { queryIds } = await client.command({
    type: 'query.submit',
    sessionId,
    tabId,
    text,
    goOnAfterError: true,
  });
  return [...queryIds!];
}

async function finish(queryIds: readonly string[]): Promise<void> {
  for (const id of queryIds) await client.until(({ queries }) => queries[id]?.outcome ?? undefined);
  // Its end stands in the history a moment after the tape has it.
  const unended = async () =>
    (await history()).filter(({ queryId, outcome }) => queryIds.includes(queryId) && outcome === null);
  await expect.poll(unended).toEqual([]);
}

/** Files of ours: the demo's server has its own. */
function ownFiles(): [string, Buffer][] {
  return (readdirSync(folder, { recursive: true, withFileTypes: true }) as import('node:fs').Dirent[])
    .filter((entry) => entry.isFile() && !entry.parentPath.startsWith(join(folder, 'demo')))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => [path, readFileSync(path)]);
}

async function command(...args: string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [MAIN, ...args, '--data-dir', folder], {
    env: environmentOf(folder, { QUERYTAPE_PASSPHRASE_FILE: join(folder, 'passphrase') }),
  });
  return stdout;
}

beforeAll(() => start());
afterAll(async () => {
  await program?.stop();
  removeFolder(folder);
});

describe('the history of the built program', () => {
  it('has the user’s statements one by one, with their outcomes in the server’s words, and none of ours', async () => {
    const sessionId = await open();
    await client.get(`/api/sessions/${sessionId}/catalogue?list=namespaces`);
    await finish(await submit(sessionId, `select '${word}' as a; select * from nowhere; select 3`));
    const entries = await history();
    expect(entries).toMatchObject([
      { text: 'select 3', outcome: 'succeeded', rows: 1 },
      {
        text: 'select * from nowhere',
        outcome: 'failed',
        failure: { code: '42P01', message: expect.stringContaining('nowhere') },
      },
      { text: `select '${word}' as a`, outcome: 'succeeded', profileId: 'demo', profileName: 'Demo' },
    ]);
    expect(await history('?search=NOWHERE')).toHaveLength(1);
    expect(await history('?outcome=succeeded&count=1')).toMatchObject([{ text: 'select 3' }]);
    expect(await history(`?before=${entries[0]!.queryId}&profileId=demo`)).toEqual(entries.slice(1));
    expect((await client.get('/api/history?outcome=well')).status).toBe(400);
    expect((await client.get('/api/history?count=0')).status).toBe(400);
  });

  it('has an edit as it was run, with its values', async () => {
    const sessionId = await open();
    const { queryIds } = await client.command({
      type: 'row.update',
      sessionId,
      tabId: 'e',
      namespace: 'public',
      collection: 'products',
      key: [{ column: 'id', value: '1' }],
      old: [],
      values: [{ column: 'name', value: `named ${word}` }],
    });
    await finish(queryIds!);
    const [entry] = await history();
    expect(entry).toMatchObject({ outcome: 'succeeded', rows: 1 });
    expect(JSON.stringify(entry!.params)).toContain(word);
  });

  it('is read, searched and deleted on the command line, while the program runs and while it does not', async () => {
    const lines = (
      await command('history', '--json', '--search', 'select', '--profile', 'Demo', '--limit', '2')
    )
      .trim()
      .split('\n');
    expect(lines.map((line) => (JSON.parse(line) as HistoryEntry).text)).toEqual([
      'select 3',
      'select * from nowhere',
    ]);
    const deleted = (await history('?search=nowhere'))[0]!;
    const answer = await client.command({
      type: 'history.delete',
      commandId: 'once',
      queryIds: [deleted.queryId],
    });
    expect(answer.entries).toBe(1);
    const again = await client.command({
      type: 'history.delete',
      commandId: 'once',
      queryIds: [deleted.queryId],
    });
    expect(again.entries).toBe(1);
    expect(await history('?search=nowhere')).toEqual([]);
    await program.stop();
    expect(await command('history')).toMatch(/Demo {2}succeeded 1 row .* ms {2}select 3\n/);
    await expect(command('history', '--profile', 'None')).rejects.toThrow('There is no profile None');
    await start();
  });

  it('needs the vault once there is one, and goes on being written while it is locked', async () => {
    expect(existsSync(join(folder, 'history', 'private.key'))).toBe(true);
    await client.command({ type: 'vault.create', protection: { passphrase: PASSPHRASE } });
    expect((await history()).map(({ text }) => text)).toContain('select 3');
    expect(existsSync(join(folder, 'history', 'private.key'))).toBe(false);
    const sessionId = await open();
    await client.command({ type: 'vault.lock' });
    const answer = await client.get('/api/history');
    expect([answer.status, (await answer.json()) as object]).toMatchObject([409, { code: 'vault.locked' }]);
    const [queryId] = await submit(sessionId, `select 'while locked ${word}'`);
    await client.until(({ queries }) => queries[queryId!]?.outcome ?? undefined);
    await program.kill();
    await start();
    expect((await get('/api/history')).code).toBe('vault.locked');
    await writeFile(join(folder, 'passphrase'), PASSPHRASE);
    expect(await command('history', '--limit', '1')).toContain('while locked');
  });

  it('is not written where the policy says so', async () => {
    await program.stop();
    await start(['--demo'], { QUERYTAPE_POLICY_HISTORY_ENABLED: 'false' });
    await client.command({ type: 'vault.unlock', passphrase: PASSPHRASE });
    const before = await history();
    const [queryId] = await submit(await open(), 'select 4711');
    await client.until(({ queries }) => queries[queryId!]?.outcome ?? undefined);
    expect(await history()).toEqual(before);
    await program.stop();
    await start();
    await client.command({ type: 'vault.unlock', passphrase: PASSPHRASE });
    expect(await history()).toEqual(before);
  });
});

describe('the drafts of open tabs', () => {
  it('outlive kill -9 of the program, and of the browser', { timeout: 120_000 }, async () => {
    let page = await OpenPage.open(program.url);
    await page.openDemo();
    await page.type(`select '${draftWord}' -- typed`);
    await expect.poll(async () => JSON.stringify(await get('/api/drafts'))).toContain('-- typed');
    expect(
      await page.page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }])),
    ).not.toContain(draftWord);
    await program.kill();
    await page.close();

    await start();
    await client.command({ type: 'vault.unlock', passphrase: PASSPHRASE });
    page = await OpenPage.open(program.url);
    await page.tab.locator('.cm-content').getByText(draftWord).waitFor();
    await page.openDemo();
    await page.type(`select '${draftWord}' -- typed again`);
    // The browser goes without a word: what it has not sent by then is lost.
    await expect.poll(async () => JSON.stringify(await get('/api/drafts'))).toContain('typed again');
    await page.crash();

    page = await OpenPage.open(program.url);
    await page.tab.locator('.cm-content').getByText('typed again').waitFor();
    // A page that goes in order sends what is not kept at last.
    await page.type(`select '${draftWord}' -- at last`);
    await page.page.goto('about:blank');
    await expect.poll(async () => JSON.stringify(await get('/api/drafts'))).toContain('at last');
    await page.close();
  });

  it('come back once the vault is unlocked, and go with their tab', { timeout: 120_000 }, async () => {
    await program.stop();
    await start();
    const page = await OpenPage.open(program.url);
    await page.page.getByRole('button', { name: 'Open Demo' }).first().waitFor();
    expect(await page.page.getByTestId('tab').count()).toBe(0);
    expect((await get('/api/drafts')).code).toBe('vault.locked');
    await client.command({ type: 'vault.unlock', passphrase: PASSPHRASE });
    await page.tab.locator('.cm-content').getByText('at last').waitFor();
    const { drafts } = await get<Drafts>('/api/drafts');
    for (let left = drafts.length; left > 0; left--)
      await page.page.getByTestId('tab').first().locator('button.close').click();
    await expect.poll(async () => (await get<Drafts>('/api/drafts')).drafts).toEqual([]);
    await page.close();
  });
});

describe('what is kept of texts', () => {
  it('stands nowhere in clear, neither in the data folder nor on the tape', async () => {
    const files = ownFiles();
    expect(files.some(([path]) => path.endsWith('.qth'))).toBe(true);
    for (const [path, bytes] of files) expect(found(bytes, [word, draftWord]), path).toEqual([]);
    expect(found(program.stderr(), [word, draftWord])).toEqual([]);
  });

  it('is empty after a purge, of which the tape records the number alone', async () => {
    const count = (await history('?count=1000')).length;
    await client.command({ type: 'vault.lock' });
    expect(JSON.parse(await command('history', 'purge', '--json'))).toEqual({ entries: count });
    expect(readdirSync(join(folder, 'history'))).toEqual(['public.key']);
    const events = [];
    for await (const batch of readTape(join(folder, 'tape'))) events.push(...batch.map(({ event }) => event));
    expect(events.filter(({ type }) => type === 'history.purged')).toEqual([
      { type: 'history.purged', entries: count },
    ]);
  });
});
