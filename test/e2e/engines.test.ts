import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Target } from '../../src/events/profile.ts';
import { Client } from '../../src/main/client.ts';
import { obtainMariadb } from '../servers/mariadb.ts';
import { obtainMongodb } from '../servers/mongodb.ts';
import { dataFolder, removeFolder, type Started, startQuerytape } from './client.ts';
import { OpenPage } from './page.ts';

/** An engine in the words of somebody at the page. */
interface Engine {
  readonly name: string;
  obtain(): Promise<{ target: Target; password: string; stop(): Promise<void> }>;
  readonly namespace: string;
  readonly count: RegExp;
  readonly sleep: string;
  readonly make: readonly string[];
  readonly all: string;
  readonly insert: string;
  /** The column that is edited, and a value as its form takes it. */
  readonly edited: string;
  readonly value: { readonly typed: string; readonly shown: string };
}

const ENGINES: readonly Engine[] = [
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
    namespace: 'shop',
    count: /rows/,
    sleep: 'SELECT 1 FROM (SELECT 1) one WHERE SLEEP(60) = 0',
    make: [
      'DROP TABLE IF EXISTS edits',
      'CREATE TABLE edits (id INT PRIMARY KEY, name VARCHAR(40))',
      "INSERT INTO edits VALUES (1, 'old')",
    ],
    all: 'SELECT * FROM edits ORDER BY id',
    insert: "INSERT INTO edits VALUES (2, 'second')",
    edited: 'name',
    value: { typed: 'new “ù', shown: 'new “ù' },
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
    namespace: 'shop',
    count: /rows/,
    sleep: 'db.customers.find({ $where: "sleep(60000) || true" })',
    make: ['db.edits.drop()', 'db.createCollection("edits")', 'db.edits.insertOne({ _id: 1, name: "old" })'],
    all: 'db.edits.find({}).sort({ _id: 1 })',
    insert: 'db.edits.insertOne({ _id: 2, name: "second" })',
    edited: 'name',
    value: { typed: '"new “ù"', shown: 'new “ù' },
  },
];

describe.each(ENGINES)('$name on the page', (engine) => {
  let folder: string;
  let program: Started;
  let open: OpenPage;
  let client: Client;
  let server: Awaited<ReturnType<Engine['obtain']>>;
  const transaction = (text: string) =>
    open.page.getByTestId('transaction').filter({ hasText: text }).waitFor();

  /** Runs a text and waits until all of it has succeeded. */
  const done = async (text: string): Promise<void> => {
    const before = Object.keys((await client.state()).state.queries).length;
    await open.run(text);
    const ended = await client.until(({ queries }) => {
      const all = Object.values(queries);
      return all.length > before && all.every(({ outcome }) => outcome !== null) ? all : undefined;
    });
    expect(ended.at(-1)?.outcome).toBe('succeeded');
  };

  beforeAll(async () => {
    server = await engine.obtain();
    folder = dataFolder();
    program = await startQuerytape(folder, ['--allow-unsaved-profiles']);
    client = new Client(program.url);
    const { target, password } = server;
    const { sessionId } = await client.command({
      type: 'session.openUnsaved',
      name: engine.name,
      target,
      environment: 'development',
      password,
    });
    await client.until(({ sessions }) => (sessions[sessionId!]?.state === 'ready' ? true : undefined));
    open = await OpenPage.open(program.url);
  });
  afterAll(async () => {
    await open?.close();
    await program?.stop();
    await server?.stop();
    removeFolder(folder);
  });

  it('lists what is there, and opens it', async () => {
    await open.page.getByTestId(`tree-${engine.namespace}`).waitFor();
    const namespace = open.page.getByTestId(`tree-${engine.namespace}`);
    // The only one is open from the start.
    if ((await namespace.getAttribute('aria-expanded')) === 'false') await namespace.click();
    await open.page.getByTestId(`tree-${engine.namespace}.customers`).dblclick();
    await open.said(engine.count);
    await open.grid.getByText('Ada Lovelace').first().waitFor();
  });

  it('cancels a statement, and says so when the server has', async () => {
    await open.run(engine.sleep);
    await open.runButton.filter({ hasText: /running \d/ }).waitFor();
    await open.runButton.click();
    await open.said(/cancelled, confirmed by the server/);
  });

  it('begins, commits and rolls back', async () => {
    await done(engine.make.join(';\n'));
    await open.tab.getByTestId('begin').selectOption({ label: 'Begin' });
    await transaction('transaction open');
    await done(engine.insert);
    await open.tab.getByTestId('rollback').click();
    await transaction('no transaction');
    await open.run(engine.all);
    await open.said(/1 row(?!s)/);
    await open.tab.getByTestId('begin').selectOption({ label: 'Begin' });
    await transaction('transaction open');
    await done(engine.insert);
    await open.tab.getByTestId('commit').click();
    await transaction('no transaction');
    await open.run(engine.all);
    await open.said(/2 rows/);
  });

  if (engine.name === 'MongoDB')
    it('shows a document as a tree', async () => {
      await open.run('db.products.find({})');
      await open.said(/rows/);
      await open.cell(1, 1).click();
      await open.tab.getByRole('button', { name: 'Show document' }).click();
      const viewer = open.page.locator('qt-cell-viewer dialog[open]');
      await viewer.getByText('_id').first().waitFor();
      await open.page.keyboard.press('Escape');
    });

  it('edits a row', async () => {
    await open.run(engine.all);
    await open.tab.getByTestId('edits').getByText('Edit row').waitFor();
    await open.cell(1, 2).click();
    await open.page.keyboard.press('F2');
    const editor = open.page.getByTestId('row-editor');
    await editor.locator(`[data-column=${engine.edited}]`).fill(engine.value.typed);
    await editor.getByRole('button', { name: 'Show the statement' }).click();
    await editor.getByTestId('edit-statement').waitFor();
    await editor.getByRole('button', { name: 'Save: run this' }).click();
    await editor.waitFor({ state: 'hidden' });
    await open.run(engine.all);
    await open.grid.getByText(engine.value.shown).first().waitFor();
    expect(open.complaints).toEqual([]);
  });
});
