import { afterAll, beforeAll, expect, it } from 'vitest';
import { Client } from '../../src/main/client.ts';
import { dataFolder, removeFolder, type Started, startQuerytape } from './client.ts';
import { OpenPage } from './page.ts';

/** No server listens there: the port is one of the system's. */
const PORT = 1;

const LONG_NAME = 'ledger of '.padEnd(80, 'long words ').trimEnd();

const folder = dataFolder();
let program: Started;
let open: OpenPage;

beforeAll(async () => {
  program = await startQuerytape(folder);
  const client = new Client(program.url);
  await client.command({ type: 'vault.create', protection: { passphrase: 'copper tidal raven mosaic' } });
  const target = { engine: 'postgres', host: '127.0.0.1', port: PORT, user: 'u', database: 'd' } as const;
  for (const environment of ['production', 'development'] as const) {
    const draft = {
      name: `${environment} ledger`,
      environment,
      readOnly: true,
      target: { ...target, tls: { mode: 'disable' } },
    } as const;
    await client.command({ type: 'profile.save', draft, secrets: { password: 'p' } });
  }
  const draft = {
    name: LONG_NAME,
    environment: 'development',
    readOnly: true,
    target: { ...target, tls: { mode: 'disable' } },
  } as const;
  await client.command({ type: 'profile.save', draft, secrets: { password: 'p' } });
  open = await OpenPage.open(program.url);
});
afterAll(async () => {
  await open?.close();
  await program?.stop();
  removeFolder(folder);
});

it('a production connection that does not open is production all the same, and says why once', async () => {
  const { page } = open;
  const environment = () => page.locator('qt-app').getAttribute('data-environment');
  const words = page.getByText('Nothing listens there');
  const row = (name: string) => page.getByTestId('open-profile').filter({ hasText: name });
  await row('production ledger').press('Enter');
  const why = page.getByTestId('not-open');
  await why.filter({ hasText: /could not be opened.*ECONNREFUSED.*Nothing listens there/s }).waitFor();
  expect(await words.count()).toBe(1);
  expect(await environment()).toBe('production');
  expect(await page.locator('qt-top-bar').getByText('PRODUCTION').count()).toBe(1);
  expect(await page.title()).toMatch(/^PRODUCTION · /);
  // Of a connection whose tab is not in view the tree says it; that one is harmless.
  await row('development ledger').press('Enter');
  await why
    .filter({ hasText: 'development ledger could not be opened.' })
    .filter({ hasText: 'ECONNREFUSED' })
    .waitFor();
  expect(await environment()).toBe('development');
  const lines = page.getByRole('treeitem').filter({ hasText: 'ECONNREFUSED' });
  await expect.poll(() => lines.filter({ has: words }).count()).toBe(1);
  expect(await lines.count()).toBe(2);
  // A long reason is its beginning there, and whole where the pointer rests.
  const line = lines.filter({ has: words });
  const isCut = (element: Element): boolean => element.scrollHeight > element.clientHeight;
  expect(await line.locator('.why').evaluate(isCut)).toBe(true);
  expect(await line.getAttribute('title')).toMatch(/^ECONNREFUSED\n.*whether the server runs\.$/);
  expect(open.complaints).toEqual([]);
});

it('a long name is its beginning in the notice, whole where the pointer rests, and leaves the button in view', async () => {
  const { page } = open;
  await page.setViewportSize({ width: 800, height: 600 });
  await page.getByTestId('open-profile').filter({ hasText: LONG_NAME }).press('Enter');
  const why = page.getByTestId('not-open').filter({ hasText: LONG_NAME });
  await why.filter({ hasText: 'ECONNREFUSED' }).waitFor();
  const name = why.locator('.name').first();
  expect(await name.evaluate((element) => element.scrollWidth > element.clientWidth)).toBe(true);
  expect(await name.getAttribute('title')).toBe(LONG_NAME);
  const retry = (await why.getByRole('button', { name: 'Retry' }).boundingBox())!;
  expect(retry.x + retry.width).toBeLessThanOrEqual(800);
  await page.setViewportSize({ width: 1440, height: 900 });
});
