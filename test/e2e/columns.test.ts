import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
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
  await open.complete(`create table fruit (id int primary key, name text, colour text, weight int);
    insert into fruit values (1, 'apple', 'red', 150), (2, 'pear', 'green', 180)`);
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
const hidden = () => open.tab.getByRole('button', { name: /columns? hidden$/ });
const item = (name: string) => open.page.getByRole('menuitem', { name });
const clipboard = (): Promise<string> => open.page.evaluate(() => navigator.clipboard.readText());

/** The names in the header, from the left. */
async function names(): Promise<string[]> {
  const cells = await open.grid
    .locator('[role=columnheader]:not([hidden])')
    .evaluateAll((elements) =>
      elements.map((one) => [Number(one.ariaColIndex), one.querySelector('.name')!.textContent!] as const),
    );
  return cells.sort(([a], [b]) => a - b).map(([, name]) => name);
}

/** Runs the statement afresh, in a tab that has arranged nothing yet, with its first cell active. */
async function show(text = SELECT): Promise<void> {
  await keyboard().press('Control+Alt+t');
  await open.complete(text);
  await open.tab.getByRole('button', { name: 'Insert row' }).waitFor();
  await open.cell(1, 1).click();
}

/** Drags a header to beside another one, and holds it there. */
async function drag(name: string, beside: string, share: number): Promise<void> {
  const { mouse } = open.page;
  const from = (await header(name).boundingBox())!;
  const to = (await header(beside).boundingBox())!;
  await mouse.move(from.x + 20, from.y + 12);
  await mouse.down();
  await mouse.move(to.x + to.width * share, to.y + 12, { steps: 5 });
  await open.grid.locator('.drop').waitFor();
}

describe('columns by the mouse', () => {
  it('are moved by their header, and stay where they were on Escape', async () => {
    await show();
    await drag('colour', 'id', 0.2);
    await open.page.mouse.up();
    await expect.poll(names).toEqual(['colour', 'id', 'name', 'weight']);
    await drag('colour', 'weight', 0.9);
    await keyboard().press('Escape');
    expect(await open.grid.locator('.drop').count()).toBe(0);
    await open.page.mouse.up();
    expect(await names()).toEqual(['colour', 'id', 'name', 'weight']);
  });

  it('are hidden by the menu of their header, and brought back from the list, which the bar leads to', async () => {
    await show();
    await header('name').click({ button: 'right' });
    await item('Hide column').click();
    await expect.poll(names).toEqual(['id', 'colour', 'weight']);
    expect(await open.grid.locator('[role=grid]').getAttribute('aria-colcount')).toBe('3');
    await header('weight').click();
    await header('colour').click({ modifiers: ['Shift'] });
    await header('colour').click({ button: 'right' });
    await item('Hide 2 columns').click();
    await expect.poll(names).toEqual(['id']);
    await hidden().filter({ hasText: '3 columns hidden' }).click();
    const list = open.page.getByRole('dialog', { name: 'Columns' });
    await list.getByRole('checkbox', { name: /^id/ }).click();
    await list.getByText('One column has to stay in view.').waitFor();
    await list.getByRole('checkbox', { name: /^name/ }).click();
    await list.getByText('2 of 4 shown').waitFor();
    await list.getByRole('button', { name: 'Show all' }).click();
    await keyboard().press('Escape');
    await expect.poll(names).toEqual(['id', 'name', 'colour', 'weight']);
    await hidden().waitFor({ state: 'detached' });
  });
});

describe('columns by the keyboard alone', () => {
  it('are moved from a cell, hidden by the menu, and listed by the palette', async () => {
    await show();
    await keyboard().press('Alt+Shift+ArrowRight');
    await keyboard().press('Alt+Shift+ArrowRight');
    await expect.poll(names).toEqual(['name', 'colour', 'id', 'weight']);
    await keyboard().press('ArrowUp');
    await keyboard().press('Shift+F10');
    await item('Hide column').waitFor();
    await keyboard().press('h');
    await keyboard().press('Enter');
    await expect.poll(names).toEqual(['name', 'colour', 'weight']);
    // The header of the next column is active.
    await keyboard().press('ArrowDown');
    await keyboard().press('Control+c');
    await expect.poll(clipboard).toBe('150');
    await keyboard().press('Control+k');
    await keyboard().insertText('Columns of the result');
    await keyboard().press('Enter');
    const list = open.page.getByRole('dialog', { name: 'Columns' });
    await list.waitFor();
    await keyboard().insertText('id');
    await keyboard().press('ArrowDown');
    await keyboard().press('Space');
    await list.getByText('4 of 4 shown').waitFor();
    await keyboard().press('Escape');
    await expect.poll(names).toEqual(['name', 'colour', 'id', 'weight']);
  });
});

describe('an arranged result', () => {
  it('is edited, pasted into and copied by the columns that are seen', async () => {
    await show();
    await drag('weight', 'id', 0.2);
    await open.page.mouse.up();
    await expect.poll(names).toEqual(['weight', 'id', 'name', 'colour']);
    await header('name').click({ button: 'right' });
    await item('Hide column').click();
    await expect.poll(names).toEqual(['weight', 'id', 'colour']);
    await open.cell(1, 1).dblclick();
    await keyboard().insertText('155');
    await keyboard().press('Enter');
    await open.cell(2, 3).click();
    await open.page.evaluate(() => navigator.clipboard.writeText('yellow'));
    await keyboard().press('Control+v');
    await open.cell(2, 3).filter({ hasText: 'yellow' }).waitFor();
    await keyboard().press('Control+s');
    await open.tab
      .getByTestId('edit-bar')
      .filter({ hasText: /Applied\b/ })
      .waitFor();
    await open.cell(1, 1).click();
    await keyboard().press('Control+a');
    await keyboard().press('Control+c');
    await expect.poll(clipboard).toBe('155\t1\tred\n180\t2\tyellow');
    for (const [name, text] of [
      ['Copy as CSV', 'weight,id,colour\r\n155,1,red\r\n180,2,yellow'],
      ['Copy as INSERT', 'INSERT INTO public.fruit ("weight", "id", "colour") VALUES'],
    ] as const) {
      await open.cell(1, 1).click({ button: 'right' });
      await item(name).click();
      await expect.poll(clipboard).toContain(text);
    }
    expect(await open.value(`(select string_agg(fruit::text, ' ' order by id) from fruit)`)).toBe(
      '(1,apple,red,155) (2,pear,yellow,180)',
    );
  });

  it('stays so when the statement is run again, and shows what it hid to who looks for it', async () => {
    await show();
    await keyboard().press('Alt+Shift+ArrowRight');
    await expect.poll(names).toEqual(['name', 'id', 'colour', 'weight']);
    await header('colour').click({ button: 'right' });
    await item('Hide column').click();
    await expect.poll(names).toEqual(['name', 'id', 'weight']);
    await open.complete('select 1 as another');
    await header('another').waitFor();
    expect(await hidden().count()).toBe(0);
    await open.complete(SELECT);
    await header('weight').waitFor();
    expect(await names()).toEqual(['name', 'id', 'weight']);
    await hidden().filter({ hasText: '1 column hidden' }).waitFor();
    await open.grid.evaluate((grid) => (grid as HTMLElementTagNameMap['qt-grid']).activate(1, 2));
    await expect.poll(names).toEqual(['name', 'id', 'colour', 'weight']);
    await hidden().waitFor({ state: 'detached' });
  });
});
