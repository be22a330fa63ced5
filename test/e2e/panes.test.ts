import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataFolder, removeFolder, type Started, startQuerytape } from './client.ts';
import { OpenPage } from './page.ts';
import { byPalette } from './place.ts';

/** Sidebar and tape beside the rest, and over it in a narrow window. */
const folder = dataFolder();
let program: Started;
let open: OpenPage;

beforeAll(async () => {
  program = await startQuerytape(folder, ['--demo']);
  open = await OpenPage.open(program.url);
  await open.openDemo();
  await open.complete('select 1');
});
afterAll(async () => {
  await open?.close();
  await program?.stop();
  removeFolder(folder);
});

const has = (css: string) => open.page.locator(css).count();
/** Whether the focus is inside of an element of the page, or in the editor. */
const focusIn = (css: string) =>
  open.page.evaluate((selector) => {
    const root = document.querySelector('qt-app')!.shadowRoot!;
    return root.querySelector(selector)?.matches(':focus-within') ?? false;
  }, css);

describe('a drawer', () => {
  it.each([
    ['qt-sidebar', 'Control+b', 'Show or hide connections'],
    ['qt-tape-panel', 'Control+j', 'Show or hide the tape'],
  ])('%s has the focus once it is opened, and Escape leaves it', async (pane, keys, words) => {
    await open.page.setViewportSize({ width: 700, height: 600 });
    await expect.poll(() => has(pane)).toBe(0);
    await open.tab.locator('.cm-content').click();
    for (const opening of [() => open.page.keyboard.press(keys), () => byPalette(open, words)]) {
      await opening();
      await expect.poll(() => focusIn(`${pane}.drawer`)).toBe(true);
      await open.page.keyboard.press('Escape');
      await expect.poll(() => has(pane)).toBe(0);
      await expect.poll(() => focusIn('qt-query-tab:not([hidden])')).toBe(true);
    }
  });
});

describe('the palette', () => {
  it('shows what is chosen in it on a low screen', async () => {
    const { page } = open;
    await page.setViewportSize({ width: 1440, height: 360 });
    await page.keyboard.press('Control+k');
    const options = page.getByRole('listbox', { name: 'Found' }).getByRole('option');
    await expect.poll(() => options.count()).toBe(12);
    for (let step = 1; step < 12; step++) await page.keyboard.press('ArrowDown');
    const seen = () =>
      options.last().evaluate((option) => {
        const { top, bottom } = option.getBoundingClientRect();
        return [option.ariaSelected, top > 0 && bottom < innerHeight];
      });
    await expect.poll(seen).toEqual(['true', true]);
    await page.keyboard.press('Escape');
  });
});

describe('a pane', () => {
  it('leaves the focus where it is when it is shown, and to the editor when it is hidden', async () => {
    const { page } = open;
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.locator('qt-tape-panel').getByRole('button', { name: 'Hide the tape' }).press('Enter');
    await expect.poll(() => has('qt-tape-panel')).toBe(0);
    await expect.poll(() => focusIn('qt-query-tab:not([hidden])')).toBe(true);
    await page.keyboard.press('Control+j');
    await page.locator('qt-tape-panel li').first().waitFor();
    expect(await focusIn('qt-query-tab:not([hidden])')).toBe(true);
  });

  it('stays hidden in a window that becomes narrower, and over a reload', async () => {
    const { page } = open;
    await page.keyboard.press('Control+b');
    await expect.poll(() => has('qt-sidebar')).toBe(0);
    await page.setViewportSize({ width: 1000, height: 800 });
    await expect.poll(() => has('qt-tape-panel')).toBe(0);
    expect(await has('qt-sidebar')).toBe(0);
    await open.reload();
    expect(await has('qt-sidebar')).toBe(0);
    // What is typed after a reload goes into the statement.
    await expect.poll(() => focusIn('qt-query-tab:not([hidden])')).toBe(true);
    await page.keyboard.press('Control+b');
    await page.locator('qt-sidebar').waitFor();
  });
});

describe('the focus of a control that goes once it was pressed', () => {
  it('is on Run while that is Cancel, and afterwards', async () => {
    const focused = open.runButton.and(open.page.locator(':focus'));
    await open.type('select pg_sleep(600)');
    await open.runButton.press('Enter');
    await focused.filter({ hasText: /running/ }).press('Enter');
    await open.said(/cancelled/);
    await focused.filter({ hasText: /^\s*Run/ }).waitFor();
  });

  it('is in the editor after a step of the transaction', async () => {
    for (const step of ['begin', 'commit', 'begin', 'rollback']) {
      await open.tab.getByTestId(step).press('Enter');
      await open.tab.getByTestId(step).waitFor({ state: 'detached' });
      await expect.poll(() => focusIn('qt-query-tab:not([hidden])')).toBe(true);
    }
  });

  it('is in the tree after its connection was closed there', async () => {
    const { page } = open;
    await page.getByTestId('open-profile').first().focus();
    await page.getByRole('button', { name: 'Close the connection' }).press('Enter');
    await page.getByText('Demo is not open.').waitFor();
    await expect.poll(() => focusIn('qt-sidebar')).toBe(true);
  });

  it('is in the field of the history after the last statement found was deleted', async () => {
    const { page } = open;
    await page.keyboard.press('Control+Alt+h');
    await page.keyboard.type('select 1');
    const found = page.locator('qt-history [role=option]');
    await expect.poll(() => found.count()).toBe(1);
    await page.locator('qt-history .list').press('Delete');
    await expect.poll(() => found.count()).toBe(0);
    await page.locator('qt-history input').and(page.locator(':focus')).waitFor();
    await page.keyboard.press('Escape');
  });
});
