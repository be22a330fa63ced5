import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Target } from '../../src/events/profile.ts';
import type { OrphanView } from '../../src/events/views/orphan-view.ts';
import { Client } from '../../src/main/client.ts';
import { obtainMongodb } from '../servers/mongodb.ts';
import { obtainMariadb } from '../servers/mysql.ts';
import { obtainPostgres } from '../servers/postgres.ts';
import { violations } from './axe.ts';
import { dataFolder, removeFolder, type Started, startQuerytape } from './client.ts';
import { OpenPage } from './page.ts';

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
    long: 'select pg_sleep(600)',
    staysAfterKill: true,
  },
  {
    name: 'MariaDB',
    async obtain() {
      const { address, stop } = await obtainMariadb();
      const { host, port, user, password } = address;
      return {
        target: { engine: 'mariadb', host, port, user, database: 'shop', tls: { mode: 'disable' } },
        password,
        stop,
      };
    },
    before: ['begin', 'create temporary table scratch (n int)'],
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
    long: 'db.customers.find({ $where: "sleep(60000) || true" })',
    // The server interrupts what a client that is not there any more has it run.
    staysAfterKill: false,
  },
];

describe.each(ENGINES)('a statement on $name that runs as the program is killed', (engine) => {
  const folder = dataFolder();
  let program: Started;
  let client: Client;
  let profileId: string;
  let server: Awaited<ReturnType<Engine['obtain']>>;

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
    const submit = async (text: string): Promise<string> => {
      const { queryIds } = await client.command({ type: 'query.submit', sessionId, tabId: TAB, text });
      return queryIds![0]!;
    };
    for (const text of engine.before) {
      const queryId = await submit(text);
      await client.until(({ queries }) => (queries[queryId]?.outcome === 'succeeded' ? true : undefined));
    }
    const queryId = await submit(engine.long);
    await client.until(({ queries }) =>
      queries[queryId]?.state === 'executing' && queries[queryId]?.dispatchedAt ? true : undefined,
    );
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
