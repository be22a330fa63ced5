import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dataFolder, removeFolder, type Started, startQuerytape } from './client.ts';
import { OpenPage } from './page.ts';

const folder = dataFolder();
let program: Started;
let open: OpenPage;

beforeAll(async () => {
  program = await startQuerytape(folder, ['--demo']);
  open = await OpenPage.open(program.url);
  await open.openDemo();
});
afterAll(async () => {
  await open?.close();
  await program?.stop();
  removeFolder(folder);
});

const sum = (): Locator => open.tab.getByTestId('selection-sum');
const says = (text: string | RegExp) =>
  expect.poll(async () => (await sum().allInnerTexts()).join().replaceAll('\u00a0', ' ')).toMatch(text);

/** Goes to the first cell, and presses keys from there. */
async function select(...keys: string[]): Promise<void> {
  await open.grid.locator('.scroller').focus();
  for (const key of ['Control+Home', ...keys]) await open.page.keyboard.press(key);
}

it('says what the selected cells add up to, to the last digit, and nothing of one cell', async () => {
  await open.complete(
    "select 9007199254740993.01 as a, 'x' as b, null::int as c union all select 1, '7', 5 union all select -0.5, '8', 7",
  );
  await select('Shift+Control+End');
  await says(/^9 cells · sum 9 007 199 254 741 005\.51 · avg 1 801 439 850 948 201\.10$/);
  expect(await sum().getAttribute('title')).toMatch(/of 5 numbers; the average is rounded/);
  await select('ArrowRight', 'Shift+ArrowDown');
  await says(/^2 cells$/);
  await select();
  await says(/^$/);
});

it('adds up rows that the page has never read, and as many as there are by then', async () => {
  await open.complete('select i, i * 0.1 as tenth from generate_series(1, 300000) i');
  await select('ArrowRight', 'Control+Space');
  await says(/^300 000 cells · sum 4 500 015 000\.0 · avg 15 000\.05$/);
});

it('belongs to the rows in view', async () => {
  await open.complete('select i from generate_series(1, 5) i');
  await select('Control+a');
  await says(/^5 cells · sum 15 · avg 3$/);
  await open.tab.getByRole('tab', { name: 'Messages' }).click();
  await says(/^$/);
  await open.tab.getByRole('tab', { name: 'Messages' }).press('ArrowLeft');
  await says(/^$/);
  await select('Control+a');
  await says(/^5 cells · sum 15/);
  await open.complete('select i from generate_series(1, 3) i');
  await says(/^$/);
});

it('adds up nothing that the program does not know: edits that are not applied', async () => {
  await open.complete('select id, price from products order by id limit 5');
  await open.tab.getByRole('button', { name: 'Insert row' }).waitFor();
  await select('Control+a');
  await says(/^10 cells · sum /);
  await select('ArrowRight');
  await open.page.keyboard.type('9.99');
  await open.page.keyboard.press('Enter');
  await select('Control+a');
  await says(/^10 cells$/);
  expect(await sum().getAttribute('title')).toBe('Not added up: there are edits that are not applied');
  await open.page.keyboard.press('Control+z');
  await says(/^10 cells · sum /);
});
