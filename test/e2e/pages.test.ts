import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENDED_QUERIES_MAX } from '../../src/events/limits.ts';
import type { QueryView } from '../../src/events/views/query-view.ts';
import { Client } from '../../src/main/client.ts';
import { dataFolder, removeFolder, type Started, startQuerytape } from './client.ts';
import { OpenPage } from './page.ts';
import { byPalette } from './place.ts';

/** What a page says of the program, and of another page of it. */
const folder = dataFolder();
let program: Started;
let first: OpenPage;
let second: OpenPage | undefined;

beforeAll(async () => {
  program = await startQuerytape(folder, ['--demo']);
  // A script's session alone is not the page's, which opens one of its own beside it.
  const client = new Client(program.url);
  const { leaseId, socket } = await client.lease();
  const { sessionId } = await client.command({ type: 'session.open', profileId: 'demo', leaseId });
  await client.until(({ sessions }) => sessions[sessionId!]?.state === 'ready' || undefined);
  first = await OpenPage.open(program.url);
  await first.openDemo();
  socket.close();
  await client.until(({ sessions }) => sessions[sessionId!]?.state === 'offline' || undefined);
});
afterAll(async () => {
  await second?.close();
  await first?.close();
  program?.process.kill('SIGCONT');
  await program?.stop();
  removeFolder(folder);
});

describe('two pages of one program', () => {
  it('have tabs of their own: neither shows the other a result under its text', async () => {
    await first.complete('select 1 as first_page');
    await first.grid.locator('[role=columnheader]').filter({ hasText: 'first_page' }).waitFor();
    second = await OpenPage.open(program.url);
    await second.page.getByTestId('tabs-elsewhere').filter({ hasText: '1 open in another page' }).waitFor();
    // With none of its own, it opens one for the connection that is open.
    await second.page.getByTestId('tab').waitFor();
    await second.complete('select 2 as second_page');
    await second.grid.locator('[role=columnheader]').filter({ hasText: 'second_page' }).waitFor();
    expect(await first.grid.locator('[role=columnheader]').filter({ hasText: 'second_page' }).count()).toBe(
      0,
    );
    expect(await first.page.getByTestId('tab').count()).toBe(1);
  });

  it('keep what a tab shows once statements elsewhere have pushed it out of the views', async () => {
    const client = new Client(program.url);
    const { sessions } = (await client.state()).state;
    const { sessionId } = Object.values(sessions).find(({ state }) => state === 'ready')!;
    const text = 'select 3;\n'.repeat(2 * ENDED_QUERIES_MAX);
    await client.command({ type: 'query.submit', sessionId, tabId: 'elsewhere', text });
    // To its end: the results of later tests would be pushed out of the store by what is left of it.
    const hasEnded = ({ tabId, outcome }: QueryView) => tabId === 'elsewhere' && outcome !== null;
    const isLast = ({ scriptIndex }: QueryView) => scriptIndex === 2 * ENDED_QUERIES_MAX - 1;
    await client.until(({ queries }) => {
      const all = Object.values(queries);
      return (all.every(hasEnded) && all.some(isLast)) || undefined;
    });
    const tape = first.page.locator('qt-tape-panel');
    await tape.getByText('Its steps are further back on the tape than this page goes.').waitFor();
    expect(await first.grid.locator('[role=columnheader]').filter({ hasText: 'first_page' }).count()).toBe(1);
    expect(await first.footer.innerText()).toContain('1 row');
  });

  it('hand a tab over once the page that had it is closed', async () => {
    await first.close();
    await second!.reload();
    await expect.poll(() => second!.page.getByTestId('tab').count()).toBe(2);
    expect(await second!.page.getByTestId('tabs-elsewhere').count()).toBe(0);
    first = await OpenPage.open(program.url);
  });
});

describe('the focus', () => {
  const focused = (open: OpenPage) => (css: string) =>
    open.page.evaluate((selector) => {
      let element = document.activeElement;
      while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
      return element?.matches(selector) ?? false;
    }, css);

  it('is on the tab once it is named, and on the setting once its figure is typed', async () => {
    const isFocused = focused(second!);
    const { page } = second!;
    await second!.page.getByTestId('tab').filter({ hasText: 'second_page' }).locator('[role=tab]').focus();
    for (const key of ['Enter', 'Escape']) {
      await page.keyboard.press('F2');
      await page.getByLabel('Name of this tab').waitFor();
      await page.keyboard.press(key);
      await expect.poll(() => isFocused('[role=tab][aria-selected=true]')).toBe(true);
    }
    await second!.tab.getByTestId('limit').selectOption('own');
    await second!.tab.getByLabel('Limit in rows').fill('7');
    await page.keyboard.press('Enter');
    await expect.poll(() => isFocused('select[aria-label=Limit]')).toBe(true);
    await second!.tab.getByTestId('limit').selectOption('0');
  });

  it('is on the tab that takes the place of one that Delete has closed', async () => {
    const { page } = second!;
    const tabs = await page.getByTestId('tab').count();
    await page.keyboard.press('Control+Alt+t');
    await expect.poll(() => page.getByTestId('tab').count()).toBe(tabs + 1);
    await page.getByTestId('tab').locator('[role=tab][aria-selected=true]').focus();
    await page.keyboard.press('Delete');
    await expect.poll(() => page.getByTestId('tab').count()).toBe(tabs);
    await expect.poll(() => focused(second!)('[role=tab][aria-selected=true]')).toBe(true);
  });

  it('is on that tab too where the pointer closed one', async () => {
    const { page } = second!;
    const tabs = await page.getByTestId('tab').count();
    await page.keyboard.press('Control+Alt+t');
    await expect.poll(() => page.getByTestId('tab').count()).toBe(tabs + 1);
    await page.locator('qt-tabs .active .close').click();
    await expect.poll(() => page.getByTestId('tab').count()).toBe(tabs);
    await expect.poll(() => focused(second!)('[role=tab][aria-selected=true]')).toBe(true);
  });

  it('goes to the editor of the tab that takes the place of a closed one, whose listeners end', async () => {
    const { page } = second!;
    const isFocused = focused(second!);
    await page.evaluate(() => {
      const live = new Set<string>();
      const of = (type: string, listener: unknown) =>
        `${type} ${ids.get(listener as object) ?? name(listener as object)}`;
      const ids = new WeakMap<object, number>();
      let next = 0;
      const name = (listener: object): number => {
        ids.set(listener, ++next);
        return next;
      };
      for (const target of [window, document]) {
        const { addEventListener: add, removeEventListener: remove } = target;
        target.addEventListener = (type: string, listener: never, options?: never) => {
          if (listener) live.add(of(type, listener));
          add.call(target, type, listener, options);
        };
        target.removeEventListener = (type: string, listener: never, options?: never) => {
          if (listener) live.delete(of(type, listener));
          remove.call(target, type, listener, options);
        };
      }
      Object.assign(window, { liveListeners: () => live.size });
    });
    const listeners = () =>
      page.evaluate(() => (window as never as { liveListeners(): number }).liveListeners());
    const before = await listeners();
    const tabs = await page.getByTestId('tab').count();
    await second!.tab.locator('.cm-content').click();
    await page.keyboard.press('Control+Alt+t');
    await expect.poll(() => page.getByTestId('tab').count()).toBe(tabs + 1);
    await expect.poll(() => isFocused('.cm-content')).toBe(true);
    await expect.poll(listeners).toBeGreaterThan(before);
    await page.keyboard.press('Control+Alt+w');
    await expect.poll(() => page.getByTestId('tab').count()).toBe(tabs);
    await expect.poll(() => isFocused('.cm-content')).toBe(true);
    await expect.poll(listeners).toBe(before);
    await page.keyboard.press('Control+PageUp');
    await expect.poll(() => isFocused('.cm-content')).toBe(true);
  });

  it.each(['the editor of another tab', 'the tape'])(
    'goes from %s to the editor of a table that the palette opens',
    async (from) => {
      const { page } = second!;
      const start =
        from === 'the tape'
          ? page.locator('qt-tape-panel button').first()
          : second!.tab.locator('.cm-content');
      await start.focus();
      await byPalette(second!, 'public.products');
      await page.getByTestId('tab').and(page.locator('.active')).filter({ hasText: 'products' }).waitFor();
      await expect.poll(() => focused(second!)('.cm-content')).toBe(true);
      await second!.said(/rows/);
      // Closed, it would drop a result that the page may be asking for, and the browser would log the answer.
      await page.getByTestId('tab').filter({ hasText: 'second_page' }).locator('[role=tab]').click();
      await page.getByTestId('tab').and(page.locator('.active')).filter({ hasText: 'second_page' }).waitFor();
    },
  );
});

describe('the first rows of a statement', () => {
  it('are sent to the page that runs it: it asks for none', async () => {
    const { page } = second!;
    const asked: string[] = [];
    page.on('request', (request) => {
      if (request.url().includes('/rows?')) asked.push(request.url());
    });
    // A page that waits for a core in between may ask all the same.
    for (let run = 0; run < 10; run++) {
      asked.length = 0;
      await second!.complete(`select 'run ${run}' as run, n from generate_series(1, 150) n`);
      await second!
        .cell(1, 1)
        .filter({ hasText: `run ${run}` })
        .waitFor();
      await second!.cell(1, 2).filter({ hasText: '1' }).waitFor();
      if (asked.length === 0) return;
    }
    expect(asked).toEqual([]);
  });
});

describe('a program that stops answering', () => {
  it('is said not to have answered since a time, and nothing counts on; then it is back', async () => {
    const bar = second!.page.getByTestId('status-bar');
    program.process.kill('SIGSTOP');
    await bar.filter({ hasText: 'Querytape has not answered since' }).waitFor();
    const line = second!.page.getByTestId('open-profile');
    await line.locator('.dot.hollow').waitFor();
    expect(await line.getAttribute('title')).toContain('not known while Querytape does not answer');
    program.process.kill('SIGCONT');
    await bar.filter({ hasText: /PostgreSQL|Demo/ }).waitFor();
    await line.locator('.dot.well').waitFor();
  });
});

describe('what the browser stores for the page', () => {
  const KEYS = ['sidebarWidth', 'tapeWidth', 'tapeShown', 'editorHeight', 'theme', 'documents'];

  it('harms neither the page nor a statement where it is damaged', async () => {
    const { page } = second!;
    await page.evaluate((keys) => {
      for (const key of keys) localStorage.setItem(`querytape.${key}`, '1e9');
      localStorage.setItem('querytape.timeoutMs', '-1');
      localStorage.setItem('querytape.rowsMax', '2.5');
      sessionStorage.setItem('querytape.activeTab', '<b>');
      sessionStorage.setItem('querytape.tabs', '{"tabs":[null,{"tabId":"<b>"}]}');
    }, KEYS);
    await second!.reload();
    const [query] = await second!.complete('select generate_series(1, 9) as damaged');
    expect([query?.outcome, query?.rows]).toEqual(['succeeded', 3]);
    const width = (name: string) =>
      page.locator(name).evaluate((element) => element.getBoundingClientRect().width);
    expect(await Promise.all(['qt-sidebar', 'qt-tape-panel'].map(width))).toEqual([520, 640]);
    expect(second!.complaints).toEqual([]);
  });

  it('is not needed: without it settings last until a reload', async () => {
    const { page } = second!;
    await page.addInitScript(() => {
      for (const name of ['localStorage', 'sessionStorage'])
        Object.defineProperty(window, name, {
          get: () => {
            throw new DOMException('Access is denied for this document.', 'SecurityError');
          },
        });
    });
    await page.goto(program.url);
    await second!.connected();
    await second!.tab.getByTestId('limit').selectOption('100');
    const [query] = await second!.complete('select generate_series(1, 900) as forbidden');
    expect([query?.outcome, query?.rows]).toEqual(['succeeded', 100]);
    await page.getByTestId('theme-toggle').click();
    expect(await page.locator('html').getAttribute('data-theme')).toBe('light');
    expect(second!.complaints).toEqual([]);
  });
});
