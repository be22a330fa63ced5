import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { dataFolder, removeFolder, type Started, startQuerytape } from './client.ts';
import { OpenPage } from './page.ts';

const folder = dataFolder();
let program: Started;
let open: OpenPage;

beforeAll(async () => {
  program = await startQuerytape(folder, ['--demo']);
  open = await OpenPage.open(program.url);
  await open.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await open.openDemo();
  await open.complete(`create table fruit (id int primary key, name text, price numeric);
    insert into fruit values (1, 'pear', 10), (2, 'Apple', 9.5), (3, 'apple', null), (4, 'fig', 9.50)`);
});
afterEach(() => open?.dismissDialogs());
afterAll(async () => {
  await open?.close();
  await program?.stop();
  removeFolder(folder);
});

const SELECT = 'select * from fruit order by id';
const keyboard = () => open.page.keyboard;
const header = (name: string) =>
  open.grid.locator('[role=columnheader]:not([hidden])').filter({ hasText: name });
const item = (name: string) => open.page.getByRole('menuitem', { name, exact: true });
/** The values of the column at a place, as they are drawn. */
const column = (place: number) =>
  expect.poll(() =>
    open.grid.locator('.row:not([hidden])').evaluateAll(
      (rows, index) =>
        rows
          .map(
            (row) =>
              [
                Number(row.ariaRowIndex),
                row.querySelector(`[aria-colindex="${index}"]`)?.textContent,
              ] as const,
          )
          .sort(([a], [b]) => a - b)
          .map(([, text]) => text),
      place,
    ),
  );
/** How the columns say that they are sorted. */
const sorted = () =>
  open.grid
    .locator('[role=columnheader][aria-sort]:not([hidden])')
    .evaluateAll((all) => all.map((one) => `${one.querySelector('.name')!.textContent} ${one.ariaSort}`));

async function show(): Promise<void> {
  await keyboard().press('Control+Alt+t');
  await open.complete(SELECT);
  await open.tab.getByRole('button', { name: 'Insert row' }).waitFor();
  await column(1).toEqual(['1', '2', '3', '4']);
}

async function choose(name: string, label: string): Promise<void> {
  await header(name).click({ button: 'right' });
  await item(label).click();
}

it('sorts by the menu of a header, then by another, and back; nothing is sent to the server', async () => {
  await show();
  const before = await open.tab.getByTestId('result-footer').innerText();
  await choose('price', 'Sort ascending');
  await column(1).toEqual(['2', '4', '1', '3']);
  expect(await sorted()).toEqual(['price ascending']);
  await choose('name', 'Then sort descending');
  await column(1).toEqual(['4', '2', '1', '3']);
  expect((await sorted()).sort()).toEqual(['name descending', 'price ascending']);
  await choose('id', 'Sort descending');
  await column(1).toEqual(['4', '3', '2', '1']);
  await choose('id', 'Order as read');
  await column(1).toEqual(['1', '2', '3', '4']);
  expect(await sorted()).toEqual([]);
  expect(await open.tab.getByTestId('result-footer').innerText()).toBe(before);
});

it('sorts by a double click on a header: ascending, descending, as read', async () => {
  await show();
  await header('name').dblclick();
  await column(1).toEqual(['3', '2', '4', '1']);
  await header('name').dblclick();
  await column(1).toEqual(['1', '4', '2', '3']);
  await header('name').dblclick();
  await column(1).toEqual(['1', '2', '3', '4']);
});

it('sorts by keyboard alone, and the header stays active', async () => {
  await show();
  await open.grid.locator('.scroller').focus();
  for (const key of ['Control+Home', 'ArrowRight', 'ArrowUp', 'Shift+F10']) await keyboard().press(key);
  await item('Sort descending').waitFor();
  for (let i = 0; i < 20 && !(await item('Sort descending').evaluate((one) => one.matches(':focus'))); i++)
    await keyboard().press('ArrowDown');
  await keyboard().press('Enter');
  await column(1).toEqual(['1', '4', '2', '3']);
  expect(await open.grid.locator('.column.lead .name').innerText()).toBe('name');
  await keyboard().press('ArrowDown');
  await keyboard().press('Control+c');
  await expect.poll(() => open.page.evaluate(() => navigator.clipboard.readText())).toBe('pear');
});

it('copies, finds, adds up and exports the rows as they are sorted', async () => {
  await show();
  await header('name').dblclick();
  await column(1).toEqual(['3', '2', '4', '1']);
  await open.cell(1, 1).click();
  await open.cell(2, 1).click({ modifiers: ['Shift'] });
  await expect.poll(() => open.tab.getByTestId('selection-sum').innerText()).toMatch(/sum 5 /);
  await keyboard().press('Control+c');
  await expect.poll(() => open.page.evaluate(() => navigator.clipboard.readText())).toBe('3\n2');
  await keyboard().press('Control+f');
  await open.tab.locator('qt-find-bar input').and(open.page.locator(':focus')).waitFor();
  await keyboard().type('fig');
  await keyboard().press('Enter');
  await expect.poll(() => open.grid.locator('.cell.lead').getAttribute('id')).toContain('2');
  await keyboard().press('Escape');
  const download = open.page.waitForEvent('download');
  await open.exportAs('CSV');
  expect(await readFile(await (await download).path(), 'utf8')).toMatch(
    /^id,name,price\r\n3,apple,\r\n2,Apple,/,
  );
});

it('edits the row that is seen, and is in no other order while there are edits', async () => {
  await show();
  await header('id').dblclick();
  await header('id').dblclick();
  await column(1).toEqual(['4', '3', '2', '1']);
  await open.cell(1, 2).click();
  await keyboard().type('plum');
  await keyboard().press('Enter');
  await header('name').click({ button: 'right' });
  const refused = open.page.getByRole('menuitem', { name: /^Sort ascending.*Rows were edited/s });
  expect(await refused.getAttribute('aria-disabled')).toBe('true');
  await keyboard().press('Escape');
  await header('name').dblclick();
  const notice = open.grid.getByRole('alert');
  await expect.poll(() => notice.innerText()).toMatch(/could not be sorted: Rows were edited/);
  await notice.getByRole('button', { name: 'Close' }).click();
  await open.cell(1, 1).click();
  await keyboard().press('Control+s');
  await expect.poll(() => open.grid.locator('.cell.saved').allInnerTexts()).toContain('plum');
  await open.complete('select name from fruit where id = 4');
  await column(1).toEqual(['plum']);
});

it('says why rows can not be sorted, and goes on', async () => {
  await keyboard().press('Control+Alt+t');
  await open.complete("set datestyle = 'SQL, DMY'; select date '2024-03-15' as day, 7 as n");
  await header('day').dblclick();
  const notice = open.grid.getByRole('alert');
  await expect.poll(() => notice.innerText()).toMatch(/could not be sorted: .*day.*ORDER BY/s);
  await notice.getByRole('button', { name: 'Close' }).click();
  await column(2).toEqual(['7']);
});

it('is in the order of the statement again once that has run again', async () => {
  await show();
  await header('name').dblclick();
  await column(1).toEqual(['3', '2', '1', '4']);
  await open.complete(SELECT);
  await column(1).toEqual(['1', '2', '3', '4']);
  expect(await sorted()).toEqual([]);
});
