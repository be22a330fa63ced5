import { readFile } from 'node:fs/promises';
import type { Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { MetricsReport } from '../../src/events/metrics/metrics-report.ts';
import { dataFolder, removeFolder, type Started, startQuerytape } from './client.ts';
import { OpenPage } from './page.ts';

/** What the page shows at a glance, in a small window. */
const folder = dataFolder();
let program: Started;
let open: OpenPage;
let page: Page;

beforeAll(async () => {
  program = await startQuerytape(folder, ['--demo']);
  open = await OpenPage.open(program.url);
  page = open.page;
  await page.setViewportSize({ width: 1280, height: 800 });
  await open.openDemo();
});
afterEach(() => open?.dismissDialogs());
afterAll(async () => {
  await open?.close();
  await program?.stop();
  removeFolder(folder);
});

async function byPalette(words: string): Promise<void> {
  await page.keyboard.press('Control+k');
  await page.keyboard.type(words);
  await page.keyboard.press('Enter');
}

/** The label of the option that a select shows. */
const chosen = (select: Locator): Promise<string> =>
  select.evaluate((element) => (element as HTMLSelectElement).selectedOptions[0]?.label ?? '');

describe('the toolbar of a small window', () => {
  it('shows where statements run, whole, and the words of what is set', async () => {
    const crumb = open.tab.locator('.crumb');
    await crumb.filter({ hasText: 'Demo › shop › public › demo' }).waitFor();
    const isCut = (element: Element): boolean => element.scrollWidth > element.clientWidth;
    expect(await crumb.evaluate(isCut)).toBe(false);
    const limit = open.tab.getByTestId('limit');
    const width = async () => (await limit.boundingBox())!.width;
    const unset = await width();
    await limit.selectOption('1000');
    await expect.poll(width).toBeGreaterThan(unset + 30);
    await limit.selectOption('0');
    await expect.poll(width).toBe(unset);
  });
});

describe('the row of tabs in a small window', () => {
  it('has the active tab in view as a whole, whatever makes it wider', async () => {
    const row = page.locator('qt-tabs').getByRole('tablist');
    const isScrolled = () => row.evaluate((element) => element.scrollWidth > element.clientWidth);
    const newTab = page.getByTestId('new-tab');
    const tabs = row.getByTestId('tab');
    while (!(await isScrolled())) {
      const count = await tabs.count();
      await newTab.press('Enter');
      await tabs.nth(count).waitFor();
    }
    // Its text becomes its title, and its statement's state a dot before that.
    await open.complete('select 1 as a_text_that_is_longer_than_new_query');
    const close = page.locator('qt-tabs .active .close');
    const beyond = async (): Promise<number> => {
      const [inside, outside] = [(await close.boundingBox())!, (await row.boundingBox())!];
      return inside.x + inside.width - (outside.x + outside.width);
    };
    await expect.poll(beyond).toBeLessThanOrEqual(0);
    await page.setViewportSize({ width: 1280, height: 800 });
    await expect.poll(beyond).toBeLessThanOrEqual(0);
    await page.setViewportSize({ width: 1280, height: 800 });
    while ((await tabs.count()) > 1) {
      const count = await tabs.count();
      await page.keyboard.press('Control+Alt+w');
      await tabs.nth(count - 1).waitFor({ state: 'detached' });
    }
  });
});

describe('the tape of a tab', () => {
  /** How far the newest record lies below the list, in pixels. */
  const beyond = async (): Promise<number> => {
    const newest = (await open.tapeEvents.last().boundingBox())!;
    const list = (await page.locator('qt-tape-panel qt-tape-list').boundingBox())!;
    return newest.y + newest.height - (list.y + list.height);
  };

  it('shows the newest record in a window that becomes lower, too', async () => {
    await open.complete('select 1; select 2; select 3; select 4; select 5');
    await expect.poll(beyond).toBeLessThanOrEqual(0);
    await page.setViewportSize({ width: 1280, height: 620 });
    await expect.poll(beyond).toBeLessThanOrEqual(0);
    await page.setViewportSize({ width: 1280, height: 800 });
  });

  it('shows the newest record in a list that changes its height before it hears that it has scrolled', async () => {
    const list = page.locator('qt-tape-panel qt-tape-list');
    await expect.poll(beyond).toBeLessThanOrEqual(0);
    await list.evaluate(async (element: HTMLElement) => {
      const height = element.clientHeight;
      element.style.flex = 'none';
      element.style.height = `${height - 60}px`;
      // The list follows in this frame, and hears of it in the next.
      await new Promise((done) => new ResizeObserver(done).observe(element));
      element.style.height = `${height - 160}px`;
    });
    await expect.poll(beyond).toBeLessThanOrEqual(0);
    // In a list that became higher, the browser scrolls upwards by itself.
    await list.evaluate((element: HTMLElement) => {
      const height = element.clientHeight;
      element.style.height = `${height + 160}px`;
      element.getBoundingClientRect();
      element.style.height = `${height + 60}px`;
    });
    await expect.poll(beyond).toBeLessThanOrEqual(0);
    await list.evaluate(async (element: HTMLElement) => {
      element.removeAttribute('style');
      // It hears of its height before anything else is done.
      for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame);
    });
    // Scrolled up, it stays where it is.
    await list.evaluate((element) => element.scrollTo({ top: 0 }));
    await open.complete('select 6');
    await expect.poll(() => list.evaluate((element) => element.scrollTop)).toBe(0);
    await list.evaluate((element) => element.scrollTo({ top: element.scrollHeight }));
    await open.complete('select 7');
    await expect.poll(beyond).toBeLessThanOrEqual(0);
  });
});

describe('the header of a result', () => {
  it('offers what can be done with its column', async () => {
    await open.complete('select 1 as left_one, 2 as right_one');
    const headers = open.grid.locator('[role=columnheader]');
    const names = () => headers.locator('.name').allInnerTexts();
    await expect.poll(names).toEqual(['left_one', 'right_one']);
    await headers.filter({ hasText: 'left_one' }).click({ button: 'right' });
    const menu = page.getByTestId('menu');
    expect(await menu.getByRole('menuitem').allInnerTexts()).toContain('Copy name');
    await menu.getByRole('menuitem', { name: 'Move right' }).press('Enter');
    await expect.poll(names).toEqual(['right_one', 'left_one']);
    // Above a cell the menu is the cell's.
    await open.cell(1, 1).click({ button: 'right' });
    await menu.getByRole('menuitem', { name: 'View value' }).waitFor();
    await page.keyboard.press('Escape');
  });
});

describe('colours that the system forces', () => {
  it('leave the states their dots, and what is chosen an outline', async () => {
    await open.complete('select 1 as forced');
    await page.emulateMedia({ forcedColors: 'active' });
    const style = (where: Locator, property: string) =>
      where.evaluate((element, name) => getComputedStyle(element).getPropertyValue(name), property);
    const dots = page.locator('.dot:visible');
    for (const dot of await dots.all()) expect(await style(dot, 'forced-color-adjust')).toBe('none');
    expect(await dots.count()).toBeGreaterThan(3);
    await page.locator('qt-tabs [role=tab][aria-selected=true]').focus();
    await page.keyboard.press('Shift+F10');
    const line = page.getByRole('menuitem', { name: 'Rename' });
    await expect.poll(() => style(line, 'outline-style')).toBe('solid');
    // The system's colour takes the place of one that is transparent elsewhere.
    expect(await style(line, 'outline-color')).not.toBe(
      await style(page.getByTestId('menu'), 'background-color'),
    );
    await page.keyboard.press('Escape');
    const current = page.locator('qt-connection-tree [role=treeitem][aria-selected=true]').first();
    expect(await style(current, 'outline-style')).toBe('solid');
    await open.cell(1, 1).click();
    const head = open.grid.locator('.column.selected');
    expect(await style(head.locator('.type'), 'color')).toBe(await style(head, 'color'));
    // In a narrow toolbar a setting is its picture, whose place its words would have, too.
    await page.setViewportSize({ width: 1280, height: 800 });
    const setting = open.tab.getByRole('combobox', { name: 'Limit', exact: true });
    const room = () =>
      setting.evaluate(
        (element) => element.clientWidth - Number.parseFloat(getComputedStyle(element).paddingLeft),
      );
    await expect.poll(room).toBeLessThanOrEqual(0);
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.emulateMedia({ forcedColors: 'none' });
    expect(await style(current, 'outline-style')).toBe('none');
  });
});

describe('words', () => {
  it('have the typeface’s own hyphen, which figures in columns would make as wide as a digit', async () => {
    const [shown, proper] = await page.evaluate(() => {
      const width = (style: string): number => {
        const span = document.createElement('span');
        span.style.fontVariantNumeric = style;
        span.textContent = 'read-only';
        document.body.append(span);
        const { width } = span.getBoundingClientRect();
        span.remove();
        return width;
      };
      return [width('inherit'), width('normal')] as const;
    });
    expect(shown).toBe(proper);
  });
});

describe('a script that runs', () => {
  it('says how far it is at the result of a statement before, without a word to a screen reader', async () => {
    const queryIds = await open.run('select 1 as before_it; select pg_sleep(600); select 3');
    await open.grid.locator('[role=columnheader]').filter({ hasText: 'before_it' }).waitFor();
    await open.footer.getByRole('button', { name: 'script at statement 2 of 3' }).waitFor();
    expect(await open.tab.locator('qt-result-footer .heard').textContent()).not.toContain('script');
    await open.runButton.press('Enter');
    await open.ended(queryIds);
    await open.footer.getByRole('button', { name: 'script stopped at statement 2 of 3' }).waitFor();
  });
});

describe('a script that stopped', () => {
  it('says so at the result of a statement before it, which leads to the messages', async () => {
    await open.complete('select 1 as before_it; select nowhere; select 3 as after_it');
    await open.grid.locator('[role=columnheader]').filter({ hasText: 'before_it' }).waitFor();
    await open.footer.getByRole('button', { name: 'script stopped at statement 2 of 3' }).press('Enter');
    await open.tab.getByTestId('message').filter({ hasText: '42703' }).waitFor();
    await open.said('script stopped at statement 2 of 3');
  });
});

describe('a select', () => {
  it('shows what a saved view has, whatever the user chose before', async () => {
    await byPalette('Replay the tape');
    await page.getByTestId('replay-verdict').filter({ hasText: 'every state reproduced' }).waitFor();
    const kind = page.getByLabel('Kind', { exact: true });
    await kind.selectOption('query');
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save view' }).press('Enter');
    const buffer = await readFile(await (await download).path());
    await kind.selectOption('session');
    await expect.poll(() => chosen(kind)).toMatch(/^session/);
    const file = { name: 'at-a-glance.view.json', mimeType: 'application/json', buffer };
    await page.locator('qt-replay input[type=file]').setInputFiles(file);
    await expect.poll(() => chosen(kind)).toMatch(/^query/);
    await page.keyboard.press('Escape');
    await page.getByTestId('replay-verdict').waitFor({ state: 'hidden' });
  });
});

describe('the replay of a tape', () => {
  it('has the event that is shown in view among the others, from its head on', async () => {
    await byPalette('Replay the tape');
    await page.getByTestId('replay-verdict').filter({ hasText: 'every state reproduced' }).waitFor();
    const list = page.locator('qt-replay qt-tape-list');
    const chosen = list.locator('[aria-expanded=true]');
    const isInView = async (): Promise<boolean> => {
      const [inside, outside] = [await chosen.boundingBox(), await list.boundingBox()];
      if (inside === null || outside === null) return false;
      return inside.y >= outside.y && inside.y < outside.y + outside.height;
    };
    await expect.poll(isInView).toBe(true);
    const where = page.getByTestId('replay-where');
    await page.getByRole('slider', { name: 'Event' }).press('Home');
    await where.filter({ hasText: /^event 1 of/ }).waitFor();
    await expect.poll(isInView).toBe(true);
    // An actor that comes later is called by its name.
    await page.getByTestId('lane').filter({ hasText: 'query' }).last().press('Enter');
    await page.getByText(/^The query \w{5} does not exist yet at event \d+\.$/).waitFor();
    await page.keyboard.press('Escape');
    await page.getByTestId('replay-verdict').waitFor({ state: 'hidden' });
  });
});

describe('a chart', () => {
  const chart = (id: string) => page.getByTestId(`chart-${id}`);

  it('is drawn again in the colours of another theme', async () => {
    await byPalette('Metrics');
    const picture = () =>
      chart('statements')
        .locator('canvas')
        .evaluate((element) => (element as HTMLCanvasElement).toDataURL());
    const dark = await picture();
    await page.emulateMedia({ colorScheme: 'light' });
    await expect.poll(picture).not.toBe(dark);
    await page.emulateMedia({ colorScheme: 'dark' });
    await expect.poll(picture).toBe(dark);
    await page.keyboard.press('Escape');
  });

  it('says in words that there is nothing in it', async () => {
    await byPalette('Metrics');
    await chart('tunnels').waitFor();
    const legend = (id: string) => chart(id).locator('xpath=following-sibling::div').innerText();
    expect(await legend('tunnels')).toBe('nothing in this span');
    // As its name as well, with the keys that it takes.
    const keys = 'Arrow keys move through the intervals';
    await page.getByRole('img', { name: new RegExp(`^Tunnels: nothing in this span\\. ${keys}`) }).waitFor();
    await page
      .getByRole('img', { name: new RegExp(`^Statements by outcome: .*failed 1.*${keys}`) })
      .waitFor();
    expect(await legend('statements')).toMatch(/failed\s1/);
  });

  it('has room for the last day below it, at midnight too', async () => {
    // A week that ends with the day, so that a label stands at the very end.
    await page.route('**/api/metrics?*', async (route) => {
      const response = await route.fetch();
      const report = (await response.json()) as MetricsReport;
      const to = new Date().setHours(24, 0, 0, 0);
      await route.fulfill({ response, json: { ...report, from: to - (report.to - report.from), to } });
    });
    await byPalette('Metrics');
    await page.getByText('Last week').click();
    /** How much is drawn below the chart, all of it and at its right edge. */
    const ink = () =>
      chart('events')
        .locator('canvas')
        .evaluate((element) => {
          const { width, height } = element as HTMLCanvasElement;
          const below = 20 * devicePixelRatio;
          const inked = (x: number) =>
            (element as HTMLCanvasElement)
              .getContext('2d')!
              .getImageData(x, height - below, width - x, below)
              .data.filter((value, at) => at % 4 === 3 && value > 0).length;
          return [inked(0), inked(width - 3 * devicePixelRatio)] as const;
        });
    await expect.poll(async () => (await ink())[0]).toBeGreaterThan(100);
    expect((await ink())[1]).toBe(0);
    await page.unroute('**/api/metrics?*');
  });
});

describe('a session that the user closed', () => {
  it('is reported as closed, which is no alarm', async () => {
    const bar = page.getByTestId('status-bar');
    const colour = (locator: Locator) => locator.evaluate((element) => getComputedStyle(element).color);
    await byPalette('Close Demo');
    const closed = bar.getByText('closed', { exact: true });
    await closed.waitFor();
    expect(await colour(closed)).toBe(await colour(bar));
  });
});
