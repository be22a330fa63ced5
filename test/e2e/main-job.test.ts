import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client } from '../../src/main/client.ts';
import { dataFolder, removeFolder, type Started, startQuerytape } from './client.ts';
import { OpenPage } from './page.ts';

const folder = dataFolder();
let program: Started;
let open: OpenPage;
let client: Client;

beforeAll(async () => {
  program = await startQuerytape(folder, ['--demo']);
  client = new Client(program.url);
  open = await OpenPage.open(program.url);
});

afterAll(async () => {
  await open?.close();
  await program?.stop();
  removeFolder(folder);
});

/** The server process behind the tab, as the server itself says it. */
const backend = (): Promise<string> => open.value('pg_backend_pid()');

/** Runs statements on a connection of their own, and waits until the last has succeeded. */
async function outside(text: string): Promise<void> {
  const { state } = await client.state();
  const { sessionId } = Object.values(state.sessions).find((one) => one.state === 'ready')!;
  const { queryIds } = await client.command({ type: 'query.submit', sessionId, tabId: 'outside', text });
  expect(await client.until(({ queries }) => queries[queryIds!.at(-1)!]?.outcome ?? undefined)).toBe(
    'succeeded',
  );
}

describe('the main job', () => {
  it('opens the demo from an empty data folder', async () => {
    await open.openDemo();
    await open.page.getByTestId('status-bar').filter({ hasText: 'PostgreSQL 18' }).waitFor();
  });

  it('shows the catalogue as a tree down to the columns', async () => {
    const table = open.page.getByTestId('tree-public.order_items');
    await table.waitFor();
    await table.click();
    await open.page.getByRole('treeitem', { name: /unit_price.*numeric\(10,2\)/ }).waitFor();
    expect(await open.page.getByRole('treeitem', { name: /^pg_catalog/ }).count()).toBe(0);
  });

  it('shows rows before the statement has ended, and the last one when it is asked for', async () => {
    // The last rows wait for a lock, which is released once the first ones have been seen.
    await outside('select pg_advisory_lock(47)');
    await open.run(
      'select n as id, case when n > 30000 then pg_advisory_xact_lock_shared(47)::text end as late from generate_series(1, 30058) n',
    );
    await open.cell(1, 1).waitFor();
    await open.said(/so far/);
    expect(await open.runButton.innerText()).toContain('Cancel');
    await outside('select pg_advisory_unlock(47)');
    await open.grid.click({ position: { x: 120, y: 100 } });
    await expect
      .poll(async () => {
        await open.page.keyboard.press('Control+End');
        return open.cell(30_058, 1).isVisible();
      })
      .toBe(true);
    await open.runButton.filter({ hasText: /^\s*Run/ }).waitFor();
    expect(await open.said(/30.058 rows/)).not.toContain('so far');
  });

  it('runs, cancels and says so only when the server has', async () => {
    const pid = await backend();
    const idle = await open.runButton.boundingBox();
    await open.page.evaluate(() => {
      const texts: string[] = [];
      Object.assign(window, { texts });
      const app = document.querySelector('qt-app')!;
      const look = (): void => {
        const tab = app.shadowRoot!.querySelector('qt-query-tab:not([hidden])')!.shadowRoot!;
        const button = tab
          .querySelector('qt-toolbar')!
          .shadowRoot!.querySelector('qt-run-button')!
          .shadowRoot!.textContent!.replace(/\s+/g, ' ')
          .trim();
        const footer =
          tab.querySelector('qt-results')?.shadowRoot?.querySelector('qt-result-footer')?.shadowRoot
            ?.textContent ?? '';
        const text = `${button} | ${footer.replace(/\s+/g, ' ').trim()}`;
        if (texts.at(-1) !== text) texts.push(text);
        requestAnimationFrame(look);
      };
      look();
    });
    await open.run('select pg_sleep(60)');
    await open.runButton.filter({ hasText: /running \d/ }).waitFor();
    const busy = await open.runButton.boundingBox();
    expect(busy).toEqual(idle);
    await open.runButton.click();
    expect(await open.said(/cancelled/)).toMatch(/cancelled, confirmed by the server in [\d.]+ m?s/);
    expect(await open.runButton.boundingBox()).toEqual(idle);
    const texts = await open.page.evaluate(() => (window as unknown as { texts: string[] }).texts);
    const first = texts.findIndex((text) => /\bcancelled\b/.test(text));
    // The word is never on the screen without its confirmation, not for a frame.
    expect(first).toBeGreaterThan(0);
    for (const text of texts.filter((one) => /\bcancelled\b/.test(one)))
      expect(text).toContain('cancelled, confirmed by the server');
    expect(await backend()).toBe(pid);
  });

  it('shows every step of that life on the tape, in order', async () => {
    const lines = (await open.tapeEvents.allInnerTexts()).map((text) => text.replace(/\s+/g, ' '));
    const from = lines.findLastIndex((line) => line.includes('cancel requested · by the user'));
    expect(from).toBeGreaterThan(0);
    const life = lines.slice(0, from).findLastIndex((line) => line.includes('query created'));
    const names = lines.slice(life).map((line) => line.replace(/^[\d.]+ /, '').split(' · ')[0]!);
    const wanted = [
      'classified',
      'recorded',
      'cancel requested',
      'cancel sent',
      'cancel acknowledged',
      'cancel confirmed by server',
    ];
    expect(names.filter((name) => wanted.includes(name)).slice(0, wanted.length)).toEqual(wanted);
  });

  it('returns the focus to the editor from every dialog, by Escape', async () => {
    const { page } = open;
    const isInEditor = () =>
      page.evaluate(() => {
        let element = document.activeElement;
        while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
        return element?.classList.contains('cm-content') ?? false;
      });
    await open.tab.locator('.cm-content').focus();
    for (const keys of ['Control+k', 'F1', 'Control+Alt+h', 'Control+,']) {
      await page.keyboard.press(keys);
      await page.locator('dialog[open]').waitFor();
      expect(await isInEditor()).toBe(false);
      await page.keyboard.press('Escape');
      await expect.poll(() => page.locator('dialog[open]').count()).toBe(0);
      expect(await isInEditor()).toBe(true);
    }
  });

  it('runs nothing by a press that was meant for Cancel, and came as the statement ended', async () => {
    const submitted = async (): Promise<number> =>
      Object.values((await client.state()).state.queries).filter(({ tabId }) => tabId !== 'outside').length;
    await outside('select pg_advisory_lock(48)');
    // Pressed in the very frame in which the button has become Run again.
    const pressed = open.runButton.evaluate(
      (button) =>
        new Promise<void>((done) => {
          let running = false;
          const look = (): void => {
            const idle = button.classList.contains('run');
            running ||= !idle;
            if (!running || !idle) return void requestAnimationFrame(look);
            (button as HTMLButtonElement).click();
            done();
          };
          look();
        }),
    );
    await open.run('select pg_advisory_xact_lock_shared(48)');
    const before = await submitted();
    // By then Cancel has been there long enough to be aimed at.
    await open.runButton.filter({ hasText: /running [1-9]/ }).waitFor();
    await outside('select pg_advisory_unlock(48)');
    await pressed;
    await open.said(/1 row/);
    expect(await submitted()).toBe(before);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await open.runButton.click();
    await expect.poll(submitted).toBeGreaterThan(before);
  });

  it('draws the statechart of the query with its active state', async () => {
    const chart = open.page.locator('qt-statechart');
    const active = () => chart.locator('g.active text').textContent();
    await open.complete('select 1');
    await expect.poll(active).toBe('succeeded');
    await open.run('select pg_sleep(60)');
    await open.runButton.filter({ hasText: /running \d/ }).waitFor();
    await chart.locator('g.active').filter({ hasText: 'executing' }).waitFor();
    await open.page.keyboard.press('Control+.');
    await open.said(/cancelled, confirmed/);
    await expect.poll(active).toBe('cancelled');
  });

  it('says what went wrong, where, and marks the place', async () => {
    await open.complete("select '\u{1F600}',\n  nowhere.x");
    const failure = open.tab.getByTestId('failure');
    await failure.waitFor();
    expect(await failure.innerText()).toMatch(/SQLSTATE 42P01.*nowhere/s);
    await failure.getByRole('button', { name: 'line 2' }).click();
    expect(await open.tab.locator('.cm-fault').innerText()).toContain('nowhere');
  });

  it('gives each statement of a script its result, and stops at the first failure', async () => {
    await open.complete(
      'select 1 as a; insert into audit.events select * from audit.events where false; select 2 as b; select 1/0; select 3',
    );
    await open.tab.getByRole('tab', { name: 'Result 2' }).waitFor();
    await open.tab.getByRole('tab', { name: 'Messages' }).click();
    const messages = open.tab.getByTestId('message');
    await messages.nth(4).filter({ hasText: 'not run' }).waitFor();
    expect(await messages.count()).toBe(5);
    const texts = (await messages.allInnerTexts()).map((text) => text.replace(/\s+/g, ' ').trim());
    expect(texts[1]).toContain('INSERT · 0 rows');
    expect(texts[3]).toContain('failed 22012');
    expect(texts[4]).toBe('not run: the script stopped before it');
  });

  it('runs the statement under the cursor, and no other', async () => {
    await open.complete('select 1 as first;\nselect 2 as second', 'Control+Enter');
    await open.grid.locator('[role=columnheader]').filter({ hasText: 'second' }).waitFor();
    await open.cell(1, 1).filter({ hasText: /^2$/ }).waitFor();
  });

  it('offers names while they are typed, takes one by Tab, closes brackets, and is left by Escape and Tab', async () => {
    const { page } = open;
    const content = open.tab.locator('.cm-content');
    await open.type('');
    await page.keyboard.type('select count(');
    expect(await content.innerText()).toBe('select count()');
    await page.keyboard.type('*) from order_it');
    const offered = open.tab.locator('.cm-tooltip-autocomplete [role=option][aria-selected=true]');
    await offered.filter({ hasText: 'order_items' }).waitFor();
    // CodeMirror takes no name in the first 75 ms after it has offered it.
    await page.waitForTimeout(200);
    await page.keyboard.press('Tab');
    await expect.poll(() => content.innerText()).toMatch(/from (public\.)?order_items$/);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Tab');
    expect(await content.evaluate((element) => element.matches(':focus'))).toBe(false);
  });

  it('runs a statement, and cancels it, while its connection is still being asked for the columns of the last result', async () => {
    const [query] = await open.complete('create table read_slowly (id int default 1)');
    const columns = new URLSearchParams({
      list: 'columns',
      namespace: 'public',
      collection: 'read_slowly',
      tabId: query!.tabId!,
    });
    await outside('begin; lock table read_slowly');
    // Each waits for the lock until it gives up, one after the other.
    const reads = Array.from({ length: 20 }, () =>
      client.get(`/api/sessions/${query!.sessionId}/catalogue?${columns}`),
    );
    await client.until(({ queries }) =>
      Object.values(queries).find(
        ({ purpose, tabId, outcome, dispatchedAt }) =>
          purpose === 'catalogue' && tabId !== null && outcome === null && dispatchedAt !== null,
      ),
    );
    const [queryId] = await open.run('select 46 as afterwards', 'Control+Enter');
    await open.runButton.filter({ hasText: 'waiting for the connection' }).waitFor();
    await open.page.keyboard.press('Control+.');
    expect((await open.ended([queryId!]))[0]).toMatchObject({ outcome: 'cancelled' });
    await open.run('select 46 as afterwards', 'Control+Enter');
    await outside('rollback');
    await open.cell(1, 1).filter({ hasText: /^46$/ }).waitFor();
    expect((await reads.at(-1)!).status).toBe(200);
    await open.complete('drop table read_slowly');
  });

  it('reads a text as the session does, where a setting says how its strings end', async () => {
    await open.complete('set standard_conforming_strings = off; set escape_string_warning = off');
    await open.said(/SET/);
    await open.type("select 'it\\'s; one' as escaped;\nselect 2");
    await open.page.keyboard.press('Control+Home');
    await open.submit('Control+Enter');
    await open
      .cell(1, 1)
      .filter({ hasText: /^it's; one$/ })
      .waitFor();
    await open.complete('reset standard_conforming_strings; reset escape_string_warning');
    await open.said(/RESET/);
  });

  it('follows a transaction by the protocol, whoever typed it', async () => {
    const transaction = open.page.getByTestId('transaction');
    await open.complete('begin');
    await transaction.filter({ hasText: 'transaction open' }).waitFor();
    await open.complete('select 1/0');
    await transaction.filter({ hasText: 'transaction failed' }).waitFor();
    await open.complete('rollback');
    await transaction.filter({ hasText: 'no transaction' }).waitFor();
  });

  it('stops at a row limit and at a timeout, on the server, and keeps the session', async () => {
    const pid = await backend();
    await open.tab.getByTestId('limit').selectOption({ label: 'Limit 100 rows' });
    // Far more than the sockets between here and the server hold, so that it can't have finished by then.
    await open.complete('select a.* from order_items a, products b');
    expect(await open.said(/cut at the row limit/)).toMatch(/^100 rows/);
    await open.tab.getByTestId('limit').selectOption({ label: 'No limit' });
    await open.tab.getByTestId('timeout').selectOption({ label: 'Timeout 5.0 s' });
    await open.complete('select pg_sleep(60)');
    expect(await open.said(/timed out/)).toContain('timed out after 5.0 s, confirmed by the server');
    await open.tab.getByTestId('timeout').selectOption({ label: 'No timeout' });
    expect(await backend()).toBe(pid);
  });

  it('finds a running statement again after a reload', async () => {
    await open.run('select pg_sleep(60)');
    await open.runButton.filter({ hasText: /running \d/ }).waitFor();
    await open.reload();
    await open.runButton.filter({ hasText: /running \d/ }).waitFor();
    await open.runButton.click();
    await open.said(/cancelled, confirmed/);
  });

  it('says that it reads the rows of an ended statement while it does', async () => {
    await open.complete('select 41 as again');
    const reads = '**/api/results/**';
    let go = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      go = resolve;
    });
    await open.page.route(reads, (route) => void held.then(() => route.continue()));
    await open.reload();
    await open.tab.getByText('Reading the rows…').waitFor();
    go();
    await open.grid.getByText('41').waitFor();
    await open.page.unroute(reads);
  });

  it('opens a table from the palette', async () => {
    // It knows the tables that the tree has read.
    await open.page.getByTestId('tree-public.revenue_by_day').waitFor();
    await open.page.keyboard.press('Control+k');
    await open.page.locator('qt-palette input').fill('revenue');
    await open.page.keyboard.press('Enter');
    await open.cell(1, 1).waitFor();
    expect(await open.page.getByRole('tab', { name: 'revenue_by_day' }).count()).toBe(1);
  });

  it('stops the statement of a closed tab on the server', async () => {
    await open.run('select pg_sleep(61)');
    await open.runButton.filter({ hasText: /running \d/ }).waitFor();
    const tabs = await open.page.getByTestId('tab').count();
    await open.page.keyboard.press('Control+Alt+w');
    await expect.poll(() => open.page.getByTestId('tab').count()).toBe(tabs - 1);
    const ended = await client.until(({ queries }) =>
      Object.values(queries).find((query) => query.cancel?.reason === 'tabClosed' && query.outcome),
    );
    expect(ended).toMatchObject({ outcome: 'cancelled', cancel: { confirmedAfterMs: expect.any(Number) } });
  });

  it('opens a connection again that was closed in the middle of a statement', async () => {
    await open.run('select pg_sleep(62)');
    await open.runButton.filter({ hasText: /running \d/ }).waitFor();
    const row = open.page.getByTestId('open-profile');
    await row.focus();
    await row.getByRole('button', { name: 'Close the connection' }).press('Enter');
    await open.page.getByText(/^A statement has not ended in “/).waitFor();
    await open.page.getByRole('button', { name: 'Cancel and close' }).press('Enter');
    const closes = ({ state }: { state: string }) => state.startsWith('closing') || state === 'offline';
    const { sessions: shown } = await open.shows(({ sessions }) => Object.values(sessions).some(closes));
    const closing = Object.values(shown).find(closes)!;
    await row.press('Enter');
    const opened = await client.until(({ sessions }) =>
      Object.values(sessions).find(
        ({ state, sessionId }) => state === 'ready' && sessionId !== closing.sessionId,
      ),
    );
    expect(opened.profileId).toBe('demo');
  });

  it('is there in light and in dark, as the system is', async () => {
    const background = () => open.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const dark = await background();
    await open.page.emulateMedia({ colorScheme: 'light' });
    await expect.poll(background).not.toBe(dark);
    await open.page.getByTestId('theme-toggle').click();
    await open.page.getByTestId('theme-toggle').click();
    await expect.poll(background).toBe(dark);
    await open.page.getByTestId('theme-toggle').click();
  });

  it('asked no other host for anything, and nothing was refused or thrown', () => {
    expect([...open.hosts]).toEqual([new URL(program.url).host]);
    expect(open.complaints).toEqual([]);
  });
});

describe('the keyboard alone', () => {
  let other: OpenPage;

  afterAll(() => other.close());

  it('opens, walks the tree, runs, cancels and reads the result', async () => {
    other = await OpenPage.open(program.url);
    const { page } = other;
    const focused = () =>
      page.evaluate(() => {
        let element = document.activeElement;
        while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
        return `${element?.localName} ${element?.getAttribute('data-testid') ?? element?.className ?? ''}`;
      });
    await page.getByTestId('tree-public.products').waitFor();
    await expect.poll(focused).toContain('cm-content');
    await page.keyboard.press('Shift+F6');
    expect(await focused()).toContain('open-profile');
    for (let step = 0; step < 20 && !(await focused()).includes('tree-public.products'); step++)
      await page.keyboard.press('ArrowDown');
    expect(await focused()).toContain('tree-public.products');
    await page.keyboard.press('Enter');
    await other.said(/200 rows/);
    await other.runButton.filter({ hasText: /^\s*Run/ }).waitFor();
    await page.keyboard.press('F6');
    expect(await focused()).toContain('cm-content');
    await page.keyboard.press('Control+a');
    await page.keyboard.type('select pg_sleep(60)');
    await page.keyboard.press('Control+Enter');
    await other.runButton.filter({ hasText: /running \d/ }).waitFor();
    await page.keyboard.press('Control+.');
    await other.said(/cancelled, confirmed/);
    expect(other.complaints).toEqual([]);
  });
});
