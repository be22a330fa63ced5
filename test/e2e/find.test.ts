import type { Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Client } from '../../src/main/client.ts';
import { obtainMongodb } from '../servers/mongodb.ts';
import { dataFolder, removeFolder, type Started, startQuerytape } from './client.ts';
import { OpenPage } from './page.ts';

let open: OpenPage;
let page: Page;

afterEach(() => open?.dismissDialogs());

/** A program for the tests around, and its page once `ready` has resolved. */
function onPage(options: readonly string[], ready: (program: Started) => Promise<void>): void {
  const folder = dataFolder();
  let program: Started;
  beforeAll(async () => {
    program = await startQuerytape(folder, options);
    await ready(program);
    open = await OpenPage.open(program.url);
    page = open.page;
  });
  afterAll(async () => {
    await open?.close();
    await program?.stop();
    removeFolder(folder);
  });
}

const bar = (): Locator => open.tab.locator('qt-find-bar');
const count = (text: string | RegExp) =>
  expect.poll(async () => (await bar().getByTestId('found').innerText()).split('\n')[0]).toMatch(text);
const active = () =>
  open.tab
    .locator('qt-grid, qt-documents')
    .evaluate((element) => (element as HTMLElement & { activeCell: unknown }).activeCell);

/** Opens the bar from the rows by keys alone. */
async function find(text: string): Promise<void> {
  await open.tab.locator('qt-grid, qt-documents').locator('.scroller').focus();
  await page.keyboard.press('Control+f');
  await bar().locator('input').and(page.locator(':focus')).waitFor();
  await page.keyboard.press('Control+a');
  await page.keyboard.type(text);
}

/** Whether the active cell is seen whole. */
async function isInView(): Promise<boolean> {
  const box = (locator: Locator) => locator.boundingBox();
  const cell = await box(open.grid.locator('.row:not([hidden]) .lead:not([hidden])'));
  const view = await box(open.grid.locator('.scroller'));
  if (!cell || !view) return false;
  return (
    cell.y > view.y &&
    cell.y + cell.height <= view.y + view.height &&
    cell.x >= view.x &&
    cell.x + cell.width <= view.x + view.width
  );
}

describe('the find bar', () => {
  onPage(['--demo'], async () => undefined);
  beforeAll(() => open.openDemo());

  it('goes from match to match of a million rows by keys alone, and leaves the focus at the last', async () => {
    await open.complete(
      "select i, 'Name ' || i as name, repeat('x', 16) as filling from generate_series(1, 1000000) i",
    );
    await find('NAME 98765');
    await count(/^1 of 11\b/);
    expect(await active()).toMatchObject({ row: 98_764, column: 1 });
    await expect.poll(isInView).toBe(true);
    expect(await bar().getByTestId('found').textContent()).toMatch(/row 98765, name/);
    await page.keyboard.press('Enter');
    await count(/^2 of 11\b/);
    await page.keyboard.press('F3');
    await count(/^3 of 11\b/);
    expect(await active()).toMatchObject({ row: 987_650 });
    await page.keyboard.press('Shift+Enter');
    await count(/^2 of 11\b/);
    await page.keyboard.press('Shift+F3');
    await count(/^1 of 11\b/);
    await page.keyboard.press('Shift+F3');
    await count(/^11 of 11\b/);
    await page.keyboard.press('Alt+c');
    await count(/^No match/);
    await page.keyboard.press('Alt+c');
    await count(/^11 of 11\b/);
    await page.keyboard.press('Escape');
    await bar().waitFor({ state: 'detached' });
    await page.keyboard.press('ArrowLeft');
    await expect.poll(active).toMatchObject({ row: 987_658, column: 0 });
    // It begins with what was looked for last, at the active cell.
    await page.keyboard.press('Control+f');
    await bar().locator('input').and(page.locator(':focus')).waitFor();
    await page.keyboard.press('Enter');
    await count(/^11 of 11\b/);
  });

  it('goes as far as it was pressed, however fast that came', async () => {
    await open.complete("select i, 'n' || i % 10 as name from generate_series(1, 200) i");
    await find('n7');
    await count(/^1 of 20\b/);
    await bar()
      .locator('input')
      .evaluate((input) => {
        for (const shiftKey of [false, false, false, false, true])
          input.dispatchEvent(
            new KeyboardEvent('keydown', { key: 'Enter', shiftKey, bubbles: true, composed: true }),
          );
      });
    await count(/^4 of 20\b/);
    expect(await active()).toMatchObject({ row: 36, column: 1 });
    await page.keyboard.press('Escape');
    await bar().waitFor({ state: 'detached' });
  });

  it('looks at what is behind the active cell first, and goes on from a cell that was chosen beside it', async () => {
    await open.complete("select i, 'n' || i % 10 as name from generate_series(1, 200) i");
    await open.cell(5, 2).click();
    await find('n7');
    await count(/^1 of 20\b/);
    expect(await active()).toMatchObject({ row: 6, column: 1 });
    await open.cell(12, 1).click();
    await page.keyboard.press('F3');
    await count(/^2 of 20\b/);
    expect(await active()).toMatchObject({ row: 16, column: 1 });
    await page.keyboard.press('Escape');
  });

  it('finds a match in a column far to the right, in the order of the columns as they are shown', async () => {
    const columns = Array.from({ length: 300 }, (_, i) => `'v${i}' as c${i}`);
    await open.complete(`select ${columns.join(', ')}`);
    await find('v277');
    await count(/^1 of 1\b/);
    await expect.poll(isInView).toBe(true);
    expect(await active()).toMatchObject({ row: 0, column: 277 });
    await open.complete("select 'same' as a, 'same' as b");
    await open.cell(1, 1).click();
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Alt+Shift+ArrowRight');
    await find('same');
    await count(/^1 of 2\b/);
    expect(await active()).toMatchObject({ column: 1 });
    await page.keyboard.press('Enter');
    await count(/^2 of 2\b/);
    expect(await active()).toMatchObject({ column: 0 });
  });

  it('says that it looks neither through hidden columns nor through edits that are not applied', async () => {
    await open.complete('create table edited (id int primary key, name text, note text)');
    await open.complete("insert into edited values (1, 'same', 'same'); select * from edited");
    await open.tab.getByRole('button', { name: 'Insert row' }).waitFor();
    const unsearched = bar().getByTestId('unsearched');
    await find('same');
    await count(/^1 of 2\b/);
    expect(await unsearched.innerText()).toBe('');
    await page.keyboard.press('Escape');
    await page.keyboard.press('F2');
    await page.keyboard.type('staged');
    await page.keyboard.press('Enter');
    await find('same');
    await unsearched.filter({ hasText: /^Not searched: edits not applied$/ }).waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+Alt+z');
    await open.cell(1, 3).click();
    await open.grid.locator('[role=columnheader]').filter({ hasText: 'note' }).click({ button: 'right' });
    await page.getByRole('menuitem', { name: /^Hide/ }).first().press('Enter');
    await find('same');
    await unsearched.filter({ hasText: /^Not searched: 1 hidden column$/ }).waitFor();
    await count(/^1 of 1\b/);
    await page.keyboard.press('Escape');
  });

  it('says how far it looked in a result that still comes, and goes on', async () => {
    await open.run('select i, case when i > 20000 then pg_sleep(60) end from generate_series(1, 20001) i');
    await open.said(/rows so far/);
    await find('12345');
    await count(/^1 of 1 in the first [\d\u00a0]+ rows$/);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+.');
    await open.runButton.filter({ hasText: /^\s*Run/ }).waitFor();
    await find('12345');
    await count(/^1 of 1$/);
  });

  it('says why nothing was found out', async () => {
    await open.complete('select 1 as one');
    await page.route('**/api/results/*/find?*', (route) =>
      route.fulfill({ status: 404, json: { code: 'result.gone', message: 'There is no such result.' } }),
    );
    await find('1');
    await count('There is no such result.');
    await page.unroute('**/api/results/*/find?*');
    await page.keyboard.press('Enter');
    await count(/^1 of 1$/);
    const complaints = open.complaints.splice(0);
    expect(complaints.filter((one) => !one.includes('404'))).toEqual([]);
  });

  it('opens from the palette, the menu of a cell and its button, and closes with its result', async () => {
    await open.complete('select 1 as one');
    await page.keyboard.press('Control+k');
    await page.keyboard.type('find in the');
    await page.keyboard.press('Enter');
    await bar().locator('input').and(page.locator(':focus')).waitFor();
    await page.keyboard.press('Escape');
    await open.cell(1, 1).click({ button: 'right' });
    await page.getByRole('menuitem', { name: /^Find in the result/ }).click();
    await bar().locator('input').and(page.locator(':focus')).waitFor();
    await bar().getByRole('button', { name: 'Close' }).click();
    await open.tab.getByRole('button', { name: 'Find in the result' }).click();
    await bar().locator('input').and(page.locator(':focus')).waitFor();
    await open.complete('select 2 as two');
    await bar().waitFor({ state: 'detached' });
  });
});

describe('the find bar over documents', () => {
  let mongodb: Awaited<ReturnType<typeof obtainMongodb>>;
  onPage(['--allow-unsaved-profiles'], async ({ url }) => {
    mongodb = await obtainMongodb();
    const { host, port, user, password } = mongodb.address;
    const client = new Client(url);
    const { sessionId } = await client.command({
      type: 'session.openUnsaved',
      name: 'Documents',
      target: {
        ...{ engine: 'mongodb', host, port, user, database: 'shop', tls: { mode: 'disable' } },
        mongo: { directConnection: true, authSource: 'admin' },
      },
      environment: 'development',
      password,
    });
    await client.until(({ sessions }) => (sessions[sessionId!]?.state === 'ready' ? true : undefined));
  });
  afterAll(() => mongodb?.stop());

  it('finds a value in the table, and unfolds it in the documents', async () => {
    await page.getByTestId('tree-shop').press('ArrowRight');
    await page.getByTestId('tree-shop.customers').dblclick();
    await open.said(/rows/);
    const documents = Array.from(
      { length: 400 },
      (_, n) => `{ n: ${n}, name: "Document ${n}", deep: { list: [{ town: "Town ${n}" }] } }`,
    );
    await open.complete(`db.aggregate([{ $documents: [${documents}] }])`);
    await find('town 38');
    await count(/^1 of 11\b/);
    expect(await active()).toMatchObject({ row: 38 });
    await page.keyboard.press('Enter');
    await count(/^2 of 11\b/);
    await page.keyboard.press('Escape');
    await open.tab.getByRole('button', { name: 'Documents' }).click();
    await find('town 38');
    await count(/^1 of 11\b/);
    const line = open.tab.locator('qt-documents .line.active');
    await line.filter({ hasText: 'town: "Town 38"' }).waitFor();
    await page.keyboard.press('Enter');
    await count(/^2 of 11\b/);
    await line.filter({ hasText: 'town: "Town 380"' }).waitFor();
    // The document that was unfolded for the first match is folded again.
    await page.keyboard.press('Shift+Enter');
    await count(/^1 of 11\b/);
    await page.keyboard.press('Escape');
    await open.tab.locator('qt-documents .scroller').and(page.locator(':focus')).waitFor();
    await page.keyboard.press('ArrowUp');
    await line.filter({ hasText: '0:' }).waitFor();
    await open.tab.getByRole('button', { name: 'Table' }).click();
    expect(open.complaints).toEqual([]);
  });
});
