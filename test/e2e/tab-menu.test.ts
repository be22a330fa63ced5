import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataFolder, removeFolder, type Started, startQuerytape } from './client.ts';
import { OpenPage } from './page.ts';

/** What can be done with a tab and those beside it, by keyboard and by pointer. */
const folder = dataFolder();
let program: Started;
let open: OpenPage;

beforeAll(async () => {
  program = await startQuerytape(folder, ['--demo']);
  open = await OpenPage.open(program.url);
  await open.openDemo();
  await open.type('select 1 as first');
});
afterAll(async () => {
  await open?.close();
  await program?.stop();
  removeFolder(folder);
});

const titles = () => open.page.getByTestId('tab').locator('.title').allInnerTexts();
const tabNamed = (title: string) => open.page.getByRole('tab', { name: title });
const item = (label: string) => open.page.getByRole('menuitem', { name: label, exact: false });

/** Opens a tab with a text by keyboard. */
async function another(text: string): Promise<void> {
  const count = await open.page.getByTestId('tab').count();
  await open.page.keyboard.press('Control+Alt+t');
  await expect.poll(() => open.page.getByTestId('tab').count()).toBe(count + 1);
  await open.type(text);
  await tabNamed(text).waitFor();
}

/** The element with the focus, through all shadow roots. */
const focused = (css: string) =>
  open.page.evaluate((selector) => {
    let element = document.activeElement;
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    return element?.matches(selector) ?? false;
  }, css);

describe('the menu of a tab', () => {
  it.each(['Shift+F10', 'ContextMenu'])('opens by %s, and Escape leaves it to the tab', async (key) => {
    await tabNamed('select 1').focus();
    await open.page.keyboard.press(key);
    await item('Duplicate').waitFor();
    // It is the only tab, and none was closed.
    expect(await item('').locator('.label').allInnerTexts()).toEqual(['Rename', 'Duplicate', 'Close']);
    // The page's own key would close the tab in view, which may be another one.
    expect(await item('Close').innerText()).toMatch(/Close\s+Delete/);
    await open.page.keyboard.press('Escape');
    await expect.poll(() => open.page.getByTestId('menu').count()).toBe(0);
    await expect.poll(() => focused('[role=tab][aria-selected=true]')).toBe(true);
  });

  it('renames and duplicates by keyboard', async () => {
    const { keyboard } = open.page;
    await keyboard.press('Shift+F10');
    await item('Rename').waitFor();
    await keyboard.press('Enter');
    await open.page.getByLabel('Name of this tab').waitFor();
    await keyboard.insertText('Mine');
    await keyboard.press('Enter');
    await expect.poll(titles).toEqual(['Mine']);
    await expect.poll(() => focused('[role=tab]')).toBe(true);
    await keyboard.press('Shift+F10');
    await item('Duplicate').waitFor();
    await keyboard.press('d');
    await keyboard.press('Enter');
    await expect.poll(titles).toEqual(['Mine', 'Mine']);
    await expect.poll(() => focused('.cm-content')).toBe(true);
    expect(await open.tab.locator('.cm-content').innerText()).toBe('select 1 as first');
  });

  it('closes what is to the right of a tab out of view, which is in view then', async () => {
    await another('select 3');
    await another('select 4');
    await open.page.getByTestId('tab').nth(1).click({ button: 'right' });
    await item('Close all to the right').click();
    await expect.poll(titles).toEqual(['Mine', 'Mine']);
    await expect.poll(() => open.page.getByTestId('tab').nth(1).getAttribute('class')).toContain('active');
    await expect.poll(() => focused('[role=tab][aria-selected=true]')).toBe(true);
  });

  it('opens closed ones again, the latest first', async () => {
    const { keyboard } = open.page;
    await keyboard.press('Control+Alt+Shift+T');
    await expect.poll(titles).toEqual(['Mine', 'Mine', 'select 4']);
    await expect.poll(() => focused('.cm-content')).toBe(true);
    await tabNamed('select 4').focus();
    await keyboard.press('Shift+F10');
    await item('Reopen closed').click();
    await expect.poll(titles).toEqual(['Mine', 'Mine', 'select 4', 'select 3']);
  });

  it('moves it by keyboard, by an item and by the pointer, and a reload finds it there', async () => {
    const { page } = open;
    const { keyboard, mouse } = page;
    await tabNamed('select 3').focus();
    await keyboard.press('Alt+Shift+ArrowLeft');
    await expect.poll(titles).toEqual(['Mine', 'Mine', 'select 3', 'select 4']);
    await expect.poll(() => focused('[role=tab][aria-selected=true]')).toBe(true);
    await keyboard.press('Shift+F10');
    await item('Move right').click();
    await expect.poll(titles).toEqual(['Mine', 'Mine', 'select 4', 'select 3']);
    await keyboard.press('Shift+F10');
    expect(await item('').locator('.label').allInnerTexts()).not.toContain('Move right');
    await keyboard.press('Escape');

    /** Presses the last tab and takes it to the left edge of the first. */
    const drag = async (): Promise<void> => {
      const from = (await page.getByTestId('tab').nth(3).boundingBox())!;
      const to = (await page.getByTestId('tab').nth(0).boundingBox())!;
      await mouse.move(from.x + 30, from.y + 17);
      await mouse.down();
      await mouse.move(to.x + 6, to.y + 17, { steps: 5 });
      await expect.poll(() => page.getByTestId('tab').nth(0).getAttribute('class')).toMatch(/\bbefore\b/);
    };
    await drag();
    await keyboard.press('Escape');
    await mouse.up();
    expect(await page.locator('qt-tabs .before').count()).toBe(0);
    expect(await titles()).toEqual(['Mine', 'Mine', 'select 4', 'select 3']);
    await drag();
    await mouse.up();
    await expect.poll(titles).toEqual(['select 3', 'Mine', 'Mine', 'select 4']);
    await page.reload();
    await expect.poll(titles).toEqual(['select 3', 'Mine', 'Mine', 'select 4']);
    await tabNamed('select 3').focus();
    for (const at of [1, 2, 3]) {
      await keyboard.press('Alt+Shift+ArrowRight');
      await expect.poll(async () => (await titles()).indexOf('select 3')).toBe(at);
      await expect.poll(() => focused('[role=tab][aria-selected=true]')).toBe(true);
    }
    await expect.poll(titles).toEqual(['Mine', 'Mine', 'select 4', 'select 3']);
  });

  it('closes the others up to one with a transaction that the user keeps', async () => {
    const { page } = open;
    await tabNamed('select 4').click();
    await open.complete('begin');
    await page.getByTestId('tab').nth(0).click({ button: 'right' });
    await item('Close others').click();
    await page.getByRole('button', { name: 'Keep open' }).click();
    // One before it was closed, and the one behind it was not.
    await expect.poll(titles).toEqual(['Mine', 'begin', 'select 3']);
    await page.getByTestId('tab').nth(0).click({ button: 'right' });
    await item('Close others').click();
    await page.getByRole('button', { name: 'Roll back and close' }).click();
    await expect.poll(titles).toEqual(['Mine']);
  });

  it('shows the edits that it asks about', async () => {
    await open.complete('select * from products order by 1 limit 5');
    await open.cell(1, 2).waitFor();
    await open.tab.getByRole('button', { name: 'Insert row' }).click();
    await open.tab.getByTestId('edit-bar').waitFor();
    await another('select 6');
    await open.page.getByTestId('tab').nth(1).click({ button: 'right' });
    await item('Close all').last().click();
    await open.page.getByRole('alertdialog').filter({ hasText: 'Discard' }).waitFor();
    await expect.poll(() => open.tab.getByTestId('edit-bar').count()).toBe(1);
    await open.page.keyboard.press('Escape');
    await expect.poll(titles).toEqual(['Mine', 'select 6']);
  });
});
