import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { animationsEnded } from './animations.ts';
import { violations } from './axe.ts';
import { dataFolder, removeFolder, type Started, startQuerytape } from './client.ts';
import { OpenPage } from './page.ts';

const PLACES: readonly (readonly [name: string, show: (open: OpenPage) => Promise<unknown>])[] = [
  ['an open connection with its tree', async ({ page }) => page.getByTestId('tree-public.orders').waitFor()],
  [
    'results with their tape',
    async (open) => {
      await open.run(`select 1 as one, null as nothing, '{"a": 1}'::jsonb as tree; select 2 as two`);
      await open.said(/1 row/);
    },
  ],
  [
    'an error',
    async (open) => {
      await open.run('select nowhere');
      await open.tab.getByTestId('failure').waitFor();
    },
  ],
  [
    'rows that are edited',
    async (open) => {
      await open.run('select * from products order by 1 limit 5');
      await open.cell(1, 2).waitFor();
      await expect.poll(() => open.tab.getByRole('button', { name: 'Insert row' }).count()).toBe(1);
      await open.tab.getByRole('button', { name: 'Insert row' }).click();
      await open.tab.getByTestId('edit-bar').waitFor();
    },
  ],
  [
    'a menu',
    async ({ page }) => {
      await page.getByTestId('tree-public.orders').click({ button: 'right' });
      await page.getByTestId('menu').waitFor();
    },
  ],
  [
    'the palette',
    async ({ page }) => {
      await page.keyboard.press('Control+k');
      await page.locator('qt-palette [role=option]').first().waitFor();
    },
  ],
  [
    'the keyboard shortcuts',
    async ({ page }) => {
      await page.keyboard.press('F1');
      const help = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
      await help.getByText('Run the statement under the cursor').waitFor();
    },
  ],
  [
    'the history',
    async ({ page }) => {
      await page.keyboard.press('Control+Alt+h');
      await page.locator('qt-history [role=option]').first().waitFor();
    },
  ],
  [
    'the metrics, with the records of an interval that the keyboard chose',
    async ({ page }) => {
      await page.keyboard.press('Control+Alt+m');
      await page.getByTestId('chart-events').focus();
      await page.keyboard.press('End');
      await page.keyboard.press('Enter');
      await page.locator('qt-metrics').getByTestId('tape-event').first().waitFor();
      await page.locator('qt-shape-table').first().getByText('nowhere').waitFor();
    },
  ],
  [
    'the export of a support bundle, with its preview',
    async ({ page }) => {
      await page.keyboard.press('Control+k');
      await page.keyboard.type('export support');
      await page.keyboard.press('Enter');
      const bundle = page.getByRole('dialog', { name: 'Export support bundle' });
      await bundle.getByTestId('bundle-figures').getByText('SHA256:').waitFor();
      await bundle.getByText('events, as they will be in it').click();
    },
  ],
  [
    'the settings',
    async ({ page }) => {
      await page.keyboard.press('Control+,');
      await page.getByRole('dialog', { name: 'Settings' }).waitFor();
    },
  ],
  [
    'the vault',
    async ({ page }) => {
      await page.getByTestId('vault-button').click();
      await page.getByRole('dialog', { name: /vault/i }).waitFor();
    },
  ],
  [
    'a new connection',
    async ({ page }) => {
      await page.getByRole('button', { name: 'New connection' }).first().click();
      await page.getByRole('dialog', { name: 'New connection' }).waitFor();
    },
  ],
];

describe.each(['light', 'dark'] as const)('the page in its %s theme', (theme) => {
  const folder = dataFolder();
  let program: Started;
  let open: OpenPage;

  beforeAll(async () => {
    program = await startQuerytape(folder, ['--demo']);
    open = await OpenPage.open(program.url, theme);
  });
  afterAll(async () => {
    await open?.close();
    await program?.stop();
    removeFolder(folder);
  });

  it('has no violations before a connection is open', async () => {
    await open.page.getByRole('button', { name: 'Open Demo' }).first().waitFor();
    const found = await violations(open);
    await open.openDemo();
    expect(found).toEqual([]);
  });

  it.each(PLACES)('has no violations in %s', async (_name, show) => {
    await show(open);
    await animationsEnded(open.page);
    const found = await violations(open);
    const headings = await open.page.locator('h1:visible').count();
    const inOptions = await open.page.locator('[role=option] :is(button, a, input)').count();
    await open.page.keyboard.press('Escape');
    await open.page.keyboard.press('Escape');
    expect(found).toEqual([]);
    expect([headings, inOptions]).toEqual([1, 0]);
  });
});
