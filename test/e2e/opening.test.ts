import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { ConnectionView } from '../../src/events/views/connection-view.ts';
import { Client } from '../../src/main/client.ts';
import { makeCluster, type PostgresCluster } from '../servers/postgres-cluster.ts';
import { type TcpProxy, tcpProxy } from '../servers/tcp-proxy.ts';
import { dataFolder, removeFolder, type Started, startQuerytape } from './client.ts';
import { OpenPage } from './page.ts';

/** What a page does with a statement that is run before its connection is open. */
const folder = dataFolder();
let cluster: PostgresCluster;
let proxy: TcpProxy;
let program: Started;
let open: OpenPage;
/** Lets connections through. */
let release: () => void;
let released: Promise<void>;
/** Ends the connections that are held back. */
let cut: () => void;

/** Holds back the connections that come from now on. */
function hold(): void {
  released = new Promise((resolve) => {
    release = resolve;
  });
}

beforeAll(async () => {
  cluster = await makeCluster();
  const { host, port, user, password, database } = cluster.address;
  hold();
  release();
  proxy = await tcpProxy(
    { host, port },
    {
      hold: () => released,
      fromClient: (_, connection) => {
        if (isCut) connection.cut();
      },
    },
  );
  let isCut = false;
  cut = () => {
    isCut = true;
    release();
  };
  program = await startQuerytape(folder);
  const client = new Client(program.url);
  await client.command({ type: 'vault.create', protection: { passphrase: 'copper tidal raven mosaic' } });
  const target = { engine: 'postgres', host: '127.0.0.1', port: proxy.port, user, database } as const;
  const draft = {
    name: 'slow shop',
    environment: 'development',
    readOnly: false,
    target: { ...target, tls: { mode: 'disable' } },
  } as const;
  await client.command({ type: 'profile.save', draft, secrets: { password } });
  open = await OpenPage.open(program.url);
});
afterEach(() => expect(open.complaints).toEqual([]));
afterAll(async () => {
  await open?.close();
  await program?.stop();
  await proxy?.close();
  await cluster?.remove();
  removeFolder(folder);
});

const row = () => open.page.getByTestId('open-profile').filter({ hasText: 'slow shop' });

async function close(): Promise<void> {
  await row().focus();
  await row().getByRole('button', { name: 'Close the connection' }).press('Enter');
  await open.page.getByTestId('not-open').waitFor();
}

const waits = () => open.runButton.filter({ hasText: /Cancel\s*waiting for the connection/ }).waitFor();

it('waits until the connection is open, and runs the text as it was then', async () => {
  hold();
  const { page } = open;
  await row().press('Enter');
  await open.type('select 41 + 1 as answer');
  await page.keyboard.press('Control+Enter');
  await waits();
  await open.type('select 0 as typed_since');
  release();
  await open.grid.locator('[role=columnheader]').filter({ hasText: 'answer' }).waitFor();
  await expect.poll(() => open.cell(1, 1).innerText()).toBe('42');
});

it('sends nothing where the user takes it back', async () => {
  const { page } = open;
  await close();
  hold();
  await page.getByTestId('not-open').getByRole('button', { name: 'Open slow shop' }).press('Enter');
  await open.type('select 1 as taken_back');
  await page.keyboard.press('Control+Enter');
  await waits();
  // Looked for from before the key on: it is shown for some seconds, and this process may wait longer for a core.
  const said = open.tab.getByTestId('hint').filter({ hasText: 'Nothing was sent.' }).waitFor();
  await Promise.all([said, page.keyboard.press('Control+.')]);
  release();
  await page.getByTestId('tree-public').waitFor();
  await open.runButton.filter({ hasText: /^\s*Run/ }).waitFor();
  expect(await open.value('43')).toBe('43');
  const { state } = await new Client(program.url).state();
  expect(Object.values(state.queries).filter(({ purpose }) => purpose === 'statement')).toHaveLength(2);
});

it('says that it is not connected where the server has closed every idle connection', async () => {
  const bar = open.page.getByTestId('status-bar');
  const server = new pg.Client({ ...cluster.address });
  await server.connect();
  const others = 'from pg_stat_activity where datname is not null and pid <> pg_backend_pid()';
  const connected = () => bar.filter({ hasText: 'PostgreSQL' }).waitFor();
  const isOpenCatalogue = ({ purpose, state }: ConnectionView) => purpose === 'catalogue' && state === 'idle';
  try {
    await connected();
    const killedAt = Date.now();
    // The catalogue's connection is made again once; the new one is not used before it is closed, too.
    await server.query(`select pg_terminate_backend(pid) ${others}`);
    await new Client(program.url).until(({ connections }) =>
      Object.values(connections).find((one) => isOpenCatalogue(one) && one.openedAt >= killedAt),
    );
    await connected();
    await server.query(`select pg_terminate_backend(pid) ${others}`);
    await bar.filter({ hasText: 'not connected until the next statement' }).waitFor();
    await bar.locator('.dot.hollow').waitFor();
    await row().locator('.dot.hollow').waitFor();
    expect(await row().getAttribute('title')).toContain('not connected until the next statement');
    await open.run('select 7 as again');
    await connected();
    await row().locator('.dot.well').waitFor();
    expect(await bar.locator('.dot.hollow').count()).toBe(0);
  } finally {
    await server.end();
  }
});

it('says that it was not run where the connection is not opened', async () => {
  const { page } = open;
  await close();
  hold();
  await page.getByTestId('not-open').getByRole('button', { name: 'Open slow shop' }).press('Enter');
  await open.type('select 1 as never');
  await page.keyboard.press('Control+Enter');
  await waits();
  cut();
  await open.tab
    .getByTestId('failure')
    .filter({ hasText: /session\.notReady.*was not run/s })
    .waitFor();
  await page.getByTestId('not-open').filter({ hasText: 'slow shop could not be opened.' }).waitFor();
  await open.runButton.filter({ hasText: /^\s*Run/ }).waitFor();
});
