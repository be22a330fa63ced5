import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Finding } from '../../src/events/diagnosis/report.ts';
import type { Envelope } from '../../src/events/envelope.ts';
import type { Target } from '../../src/events/profile.ts';
import type { OrphanView } from '../../src/events/views/orphan-view.ts';
import { Client } from '../../src/main/client.ts';
import { obtainMongodb } from '../servers/mongodb.ts';
import { obtainMysql } from '../servers/mysql.ts';
import { obtainPostgres } from '../servers/postgres.ts';
import { violations } from './axe.ts';
import { BundleStory } from './bundle-story.ts';
import { dataFolder, environmentOf, removeFolder, type Started, startQuerytape } from './client.ts';
import { OpenPage } from './page.ts';

const MAIN = process.env.QUERYTAPE_TEST_MAIN ?? resolve(import.meta.dirname, '../../dist/main.js');
const PASSPHRASE = 'copper tidal raven mosaic';
const TAB = 't';
/** What a server may say of an orphan. */
const ANSWERS = ['running', 'laterStatement', 'inTransaction', 'idle', 'gone', 'unknown'] as const;

/** A server, and what is run there when the program is killed. */
interface Engine {
  readonly name: string;
  obtain(): Promise<{ target: Target; password: string; stop(): Promise<void> }>;
  /** Run first, in order, on the same connection. */
  readonly before: readonly string[];
  /** Is cancelled before. */
  readonly sleep: string;
  /** Still runs when the program is killed. */
  readonly long: string;
}

const ENGINES: readonly (Engine & { readonly staysAfterKill: boolean })[] = [
  {
    name: 'PostgreSQL',
    async obtain() {
      const { address, stop } = await obtainPostgres();
      const { host, port, user, password, database } = address;
      return {
        target: { engine: 'postgres', host, port, user, database, tls: { mode: 'disable' } },
        password,
        stop,
      };
    },
    // Querytape has the server look whether its client is there, which this takes back.
    before: ['set client_connection_check_interval = 0', 'create temporary table scratch (n int)', 'begin'],
    sleep: 'select pg_sleep(600)',
    long: 'select pg_sleep(600)',
    staysAfterKill: true,
  },
  {
    name: 'MySQL',
    async obtain() {
      const { address, stop } = await obtainMysql();
      const { host, port, user, password } = address;
      return {
        target: { engine: 'mysql', host, port, user, database: 'shop', tls: { mode: 'disable' } },
        password,
        stop,
      };
    },
    before: ['begin', 'create temporary table scratch (n int)'],
    sleep: 'select sleep(600) from customers',
    // A sleep looks every few seconds whether its client is there; this does not.
    long: 'select benchmark(1000000000000, 1)',
    staysAfterKill: true,
  },
  {
    name: 'MongoDB',
    async obtain() {
      const { address, stop } = await obtainMongodb();
      const { host, port, user, password } = address;
      const tls = { mode: 'disable' } as const;
      const mongo = { directConnection: true, authSource: 'admin' };
      return {
        target: { engine: 'mongodb', host, port, user, database: 'shop', tls, mongo },
        password,
        stop,
      };
    },
    before: [],
    sleep: 'db.customers.find({ $where: "sleep(60000) || true" })',
    long: 'db.customers.find({ $where: "sleep(60000) || true" })',
    // The server interrupts what a client that is not there any more has it run.
    staysAfterKill: false,
  },
];

/** What happened here, and what a busy machine may bring about by itself: the rest would be a false alarm. */
const EXPLAINED: ReadonlySet<string> = new Set([
  'crash',
  'slowFirstRow',
  'slowConnect',
  'slowDisk',
  'blockedLoop',
]);

describe.each(ENGINES)('a statement on $name that runs as the program is killed', (engine) => {
  const folder = dataFolder();
  let program: Started;
  let client: Client;
  let profileId: string;
  let server: Awaited<ReturnType<Engine['obtain']>>;
  /** The statement that was cancelled before, and the one that ran as the program was killed. */
  let cancelledId: string;
  let longId: string;

  async function start(): Promise<void> {
    program = await startQuerytape(folder);
    client = new Client(program.url);
  }

  async function open(): Promise<string> {
    const { sessionId } = await client.command({ type: 'session.open', profileId });
    await client.until(({ sessions }) => (sessions[sessionId!]?.state === 'ready' ? true : undefined));
    return sessionId!;
  }

  /** The orphan, once it is in one of these states. */
  const orphanIn = (...states: string[]): Promise<OrphanView> =>
    client.until(({ orphans }) => Object.values(orphans).find(({ state }) => states.includes(state)));

  beforeAll(async () => {
    server = await engine.obtain();
    await start();
    await client.command({ type: 'vault.create', protection: { passphrase: PASSPHRASE } });
    const draft = { name: 'Shop', environment: 'development', readOnly: false, target: server.target };
    const saved = await client.command({
      type: 'profile.save',
      draft,
      secrets: { password: server.password },
    });
    profileId = saved.profileId!;
    const sessionId = await open();
    const submit = async (text: string, tabId = TAB): Promise<string> => {
      const { queryIds } = await client.command({ type: 'query.submit', sessionId, tabId, text });
      return queryIds![0]!;
    };
    const runs = (queryId: string) =>
      client.until(({ queries }) =>
        queries[queryId]?.state === 'executing' && queries[queryId]?.dispatchedAt ? true : undefined,
      );
    cancelledId = await submit(engine.sleep, 'other');
    await runs(cancelledId);
    await client.command({ type: 'query.cancel', queryId: cancelledId });
    await client.until(({ queries }) => (queries[cancelledId]?.outcome === 'cancelled' ? true : undefined));
    for (const text of engine.before) {
      const queryId = await submit(text);
      await client.until(({ queries }) => (queries[queryId]?.outcome === 'succeeded' ? true : undefined));
    }
    longId = await submit(engine.long);
    await runs(longId);
    await program.kill();
    await start();
  });
  afterAll(async () => {
    await program?.stop();
    await server?.stop();
    removeFolder(folder);
  });

  it('is listed with its server process and what was lost with it, before any server is asked', async () => {
    const orphan = await orphanIn('notChecked');
    expect(orphan).toMatchObject({
      profileId,
      tabId: TAB,
      statement: { purpose: 'statement' },
      checkedAt: null,
    });
    expect(orphan.process.processId).toBeGreaterThan(0);
    expect(orphan.process.startedAt).not.toBe('');
    const args = [MAIN, 'orphans', '--json', '--data-dir', folder];
    const { stdout } = await promisify(execFile)(process.execPath, args, { env: environmentOf(folder) });
    expect(JSON.parse(stdout)).toMatchObject({
      ...orphan,
      profileName: null,
      noName: 'vaultLocked',
      hint: expect.any(String),
    });
    if (engine.before.length === 0) return;
    expect(orphan.transaction).toBe('open');
    expect(orphan.held).toContain('temporaryTables');
  });

  if (engine.staysAfterKill) {
    it('is found still running there, and ended there', async () => {
      await client.command({ type: 'vault.unlock', passphrase: PASSPHRASE });
      await open();
      const { orphanId, state } = await orphanIn(...ANSWERS);
      expect(state).toBe('running');
      if (engine.name === 'PostgreSQL') await endsOnPage(program.url);
      else await client.command({ type: 'orphan.cancel', orphanId });
      if (engine.name !== 'PostgreSQL') expect((await orphanIn('gone')).terminated).toBe(true);
    });
  }

  if (!engine.staysAfterKill) {
    it('is found to be over, with an outcome that is not known', async () => {
      await client.command({ type: 'vault.unlock', passphrase: PASSPHRASE });
      await open();
      const found = await orphanIn(...ANSWERS);
      expect(found.terminated).toBe(false);
      expect(['gone', 'idle']).toContain(found.state);
    });
  }

  it('is in a bundle that has what its preview says, and answers by the command line alone', async () => {
    const elsewhere = join(folder, 'elsewhere');
    mkdirSync(elsewhere);
    const story = await BundleStory.from(client, elsewhere);
    for (const secret of [PASSPHRASE, server.password, engine.long, 'scratch'])
      expect(story.text).not.toContain(secret);
    const cancels = story.records.filter(({ event }) => event.type === 'query.cancel');
    expect(cancels.map(({ actor }) => actor)).toEqual([cancelledId]);
    const { seq } = cancels[0]!;
    const [verdicts, diagnosed, views, steps, findings] = await Promise.all([
      story.asked('verdicts'),
      story.diagnosed(),
      story.asked<{ kind: string; queryId?: string; state: string }>('state-at', `${seq}`),
      story.asked<{ sentence: string }>('explain', cancelledId),
      story.asked<Finding>('explain', longId),
    ]);
    expect(verdicts).toMatchObject([{ holds: true }, { holds: true }, { holds: true }]);
    expect(diagnosed.get('crash')!.findings.map(({ sentence }) => sentence)).toContainEqual(
      expect.stringMatching(/with 1 statement under way; at least 1 of them may have completed/),
    );
    expect([...diagnosed.keys()].filter((cause) => !EXPLAINED.has(cause))).toEqual([]);
    expect(views.find(({ queryId }) => queryId === cancelledId)!.state).toMatch(/^cancelling/);
    expect(steps.map(({ sentence }) => sentence).join(' ')).toMatch(
      /It was asked to stop: by the user.*It ended: cancelled/,
    );
    expect(findings.find(({ cause }) => cause === 'crash')).toMatchObject({
      answer: 'yes',
      sentence: 'The program ended while it ran. It may have completed on the server.',
    });
    if (engine.name === 'PostgreSQL') await isReplayedElsewhere(program.url, elsewhere, seq);
  });

  it('is not listed any more at the next start', async () => {
    await program.stop();
    await start();
    const { state } = await client.state();
    expect(Object.values(state.orphans)).toEqual([]);
  });
});

/** The user looks at the list, ends what runs by the keyboard, and dismisses it. */
async function endsOnPage(url: string): Promise<void> {
  const open = await OpenPage.open(url);
  try {
    const { page } = open;
    const orphan = page.getByTestId('orphan');
    await orphan.filter({ hasText: /Still running there since/ }).waitFor();
    expect(await orphan.innerText()).toMatch(
      /Lost with its connection: its transaction \(open since [\s\S]*temporary tables/,
    );
    expect(await violations(open)).toEqual([]);
    await orphan.getByRole('button', { name: 'Cancel it' }).press('Enter');
    await orphan.filter({ hasText: 'Ended there. It may have completed before.' }).waitFor();
    await orphan.getByRole('button', { name: 'Dismiss' }).press('Enter');
    await orphan.waitFor({ state: 'detached' });
    expect(open.complaints).toEqual([]);
  } finally {
    await open.close();
  }
}

/** On the page: the preview is what the download has, and a program that knows nothing else shows the cancel in it, and why it ended. */
async function isReplayedElsewhere(url: string, elsewhere: string, cancelSeq: number): Promise<void> {
  const open = await OpenPage.open(url);
  const fresh = await startQuerytape(join(elsewhere, 'data'));
  const other = await OpenPage.open(fresh.url);
  try {
    await choose(open, 'Export support bundle');
    const lines = (id: string) => open.page.getByTestId(id).locator('li').allInnerTexts();
    await open.page
      .getByTestId('bundle-figures')
      .filter({ hasText: /signed by/ })
      .waitFor();
    const [has, hasNot] = [await lines('bundle-has'), await lines('bundle-has-not')];
    const events = await open.page.getByRole('region', { name: 'Events', includeHidden: true }).textContent();
    const downloading = open.page.waitForEvent('download');
    await open.page.getByRole('button', { name: 'Download bundle' }).click();
    const story = new BundleStory(readFileSync(await (await downloading).path()), elsewhere);
    story.says(has, hasNot);
    const shown = events!.split('\n').map((line) => JSON.parse(line) as Envelope);
    expect(shown).toEqual(story.records.slice(0, shown.length));
    expect(shown.length).toBeGreaterThan(1);
    const { page } = other;
    await choose(other, 'Replay the tape');
    await page.locator('qt-replay input[type=file]').setInputFiles(story.file);
    await page
      .getByTestId('replay-verdict')
      .filter({ hasText: /every state reproduced, chain intact/ })
      .waitFor();
    await page.getByRole('slider', { name: 'Event', exact: true }).fill(`${cancelSeq}`);
    await page
      .getByTestId('replay-where')
      .filter({ hasText: new RegExp(`event ${cancelSeq} of`) })
      .waitFor();
    await page.locator('qt-replay .living button.query', { hasText: 'cancelling' }).click();
    const chart = /^Statechart of query.*active: running\.cancelling/;
    await page.getByRole('img', { name: chart }).waitFor();
    const crash = page.locator('qt-replay qt-diagnosis article', {
      hasText: 'Querytape was killed or crashed',
    });
    await crash.filter({ hasText: /with 1 statement under way/ }).waitFor();
    expect([...open.complaints, ...other.complaints]).toEqual([]);
  } finally {
    await open.close();
    await other.close();
    await fresh.stop();
  }
}

/** Runs a command of the palette. */
async function choose({ page }: OpenPage, words: string): Promise<void> {
  await page.keyboard.press('Control+k');
  await page.keyboard.type(words);
  await page.keyboard.press('Enter');
}
