import { expect } from 'vitest';
import { BundleStory } from './bundle-story.ts';
import { byPalette, type Place } from './place.ts';
import { SERVER_PLACES } from './server-places.ts';

/** All that is looked at, in the order in which it is reached from the open demo. */
export const PLACES: readonly Place[] = [
  ['an open connection with its tree', async ({ page }) => page.getByTestId('tree-public.orders').waitFor()],
  [
    'results with their tape',
    async (open) => {
      await open.run(`select 1 as one, null as nothing, '{"a": 1}'::jsonb as tree; select 2 as two`);
      await open.said(/1 row/);
    },
  ],
  [
    'one row',
    async (open) => {
      await open.complete('select now()::date as today, 1 as one');
      await open.cell(1, 2).waitFor();
    },
  ],
  [
    'many rows, long names and values',
    async (open) => {
      const name = 'a_name_that_is_as_long_as_postgresql_takes_it_which_is_63_bytes';
      await open.complete(
        `select i as ${name}, repeat('long text ', 40) as text, -i * 12345.678 as number, i % 2 = 0 as flag, null as nothing from generate_series(1, 100000) i`,
      );
      await open.cell(20, 1).waitFor();
    },
  ],
  [
    'the last of a million rows',
    async (open) => {
      await open.complete('select i as n, i % 7 = 0 as seventh from generate_series(1, 1000000) i');
      await open.cell(1, 1).click();
      await open.page.keyboard.press('Control+End');
      await open.cell(1_000_000, 1).waitFor();
    },
  ],
  [
    'a match in the rows',
    async (open) => {
      await open.tab.getByRole('button', { name: 'Find in the result' }).click();
      await open.tab.locator('qt-find-bar input').fill('98765');
      await open.tab.getByTestId('found').filter({ hasText: '1 of 20' }).waitFor();
    },
  ],
  [
    'a statement without rows',
    async (open) => {
      await open.complete('select 1 where false');
      await open.said(/0 rows/);
    },
  ],
  [
    'a statement that runs',
    async (open) => {
      await open.run('select i, pg_sleep(0.01) from generate_series(1, 100000) i');
      await open.cell(5, 1).waitFor();
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
    'a script that stopped at an error',
    async (open) => {
      await open.complete('select 1 as first; select nowhere; select 3 as third');
      await open.footer.filter({ hasText: 'script stopped' }).waitFor();
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
    'the preview of changes',
    async (open) => {
      await open.tab.getByRole('button', { name: 'Preview' }).click();
      await open.tab.locator('qt-edit-preview dialog[open]').waitFor();
    },
  ],
  [
    'a value as a whole',
    async (open) => {
      await open.cell(1, 5).click();
      await open.page.keyboard.press('Space');
      await open.page.getByRole('dialog', { name: 'attributes' }).waitFor();
    },
  ],
  [
    'the list of columns, one of them hidden',
    async (open) => {
      const column = open.grid.locator('[role=columnheader]').filter({ hasText: 'sku' });
      await column.click({ button: 'right' });
      await open.page.getByRole('menuitem', { name: 'Hide column' }).click();
      await open.tab.getByRole('button', { name: '1 column hidden' }).click();
      await open.page.getByRole('dialog', { name: 'Columns' }).getByText('6 of 7 shown').waitFor();
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
    'the definition of a table',
    async ({ page }) => {
      await page.getByTestId('tree-public.orders').click({ button: 'right' });
      await page.getByRole('menuitem', { name: 'Show DDL' }).click();
      await page.getByTestId('ddl').locator('.cm-line').first().waitFor();
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
    'the replay of the live tape, at its first failure',
    async (open) => {
      await byPalette(open, 'Replay the tape');
      await open.page
        .getByTestId('replay-verdict')
        .filter({ hasText: /every state reproduced/ })
        .waitFor();
    },
  ],
  [
    'the replay of a bundle',
    async (open, { client, folder }) => {
      const { file } = await BundleStory.from(client, folder);
      await byPalette(open, 'Replay the tape');
      await open.page.locator('qt-replay input[type=file]').setInputFiles(file);
      await open.page
        .getByTestId('replay-verdict')
        .filter({ hasText: /signed|signature/i })
        .waitFor();
      await open.page.locator('qt-diagnosis').waitFor();
    },
  ],
  [
    'the export of a support bundle, with its preview',
    async (open) => {
      await byPalette(open, 'export support');
      const bundle = open.page.getByRole('dialog', { name: 'Export support bundle' });
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
  [
    'a new connection through SSH',
    async ({ page }) => {
      await page.getByRole('button', { name: 'New connection' }).first().click();
      const form = page.getByRole('dialog', { name: 'New connection' });
      await form.getByRole('radio', { name: 'SSH', exact: true }).check({ force: true });
    },
  ],
  ...SERVER_PLACES,
];
