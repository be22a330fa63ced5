import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { dataFolder, removeFolder, type Started, startQuerytape } from './client.ts';
import { OpenPage } from './page.ts';
import { pageThread } from './page-thread.ts';

/** The editor of the built page: what a build option breaks, no unit test sees. */
const folder = dataFolder();
let program: Started;
let open: OpenPage;

beforeAll(async () => {
  program = await startQuerytape(folder, ['--demo']);
  open = await OpenPage.open(program.url);
  await open.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await open.openDemo();
});
afterAll(async () => {
  await open?.close();
  await program?.stop();
  removeFolder(folder);
});
beforeEach(() => {
  open.complaints.length = 0;
});

/** Replaces the editor's text by a paste of the browser's own clipboard. */
async function paste(text: string): Promise<void> {
  await open.page.evaluate((written) => navigator.clipboard.writeText(written), text);
  await open.tab.locator('.cm-content').click();
  await open.page.keyboard.press('Control+A');
  await open.page.keyboard.press('Control+V');
}

/** Cuts the whole text out of the editor, and gives what the clipboard has then. */
async function cut(): Promise<string> {
  await open.tab.locator('.cm-content').click();
  await open.page.keyboard.press('Control+A');
  await open.page.keyboard.press('Control+X');
  return open.page.evaluate(() => navigator.clipboard.readText());
}

/** A statement of so many lines, the last of which names the count. */
function statementOf(lines: number): string {
  const values = Array.from({ length: lines - 2 }, (_, index) => `  ${index} +`);
  return ['select', ...values, `  0 as lines_${lines}`].join('\n');
}

/** A dump as pg_dump writes it: settings, comments, a table and so many INSERTs. */
function dump(rows: number): string {
  const head = [
    '--',
    '-- PostgreSQL database dump',
    '--',
    '',
    'SET statement_timeout = 0;',
    "SET client_encoding = 'UTF8';",
    '',
    'CREATE TEMPORARY TABLE dumped (',
    '    id integer NOT NULL,',
    '    note text',
    ');',
    '',
  ];
  const inserts = Array.from(
    { length: rows },
    (_, id) => `INSERT INTO dumped (id, note) VALUES (${id}, 'row; ${id}');`,
  );
  return [...head, ...inserts, '', 'SELECT count(*) AS dumped_rows FROM dumped;', ''].join('\n');
}

describe('the editor of the built page', () => {
  it.each([33, 500, 10_000])('holds a pasted text of %i lines to the letter', async (lines) => {
    const text = statementOf(lines);
    await paste(text);
    expect(await cut()).toBe(text);
    expect(open.complaints).toEqual([]);
  });

  it('holds a pasted text of 5 MB to the letter', async () => {
    const line = `-- ${'x'.repeat(97)}\n`;
    const text = `${line.repeat(50_000)}select 1`;
    await paste(text);
    expect(await cut()).toBe(text);
    expect(open.complaints).toEqual([]);
  });

  it('takes 40 typed lines and runs the statement they make', async () => {
    await open.type('');
    for (let line = 1; line <= 39; line++) {
      await open.page.keyboard.insertText(line === 1 ? 'select 1' : `+ 1`);
      await open.page.keyboard.press('Enter');
    }
    await open.page.keyboard.insertText('as typed_lines');
    await open.page.keyboard.press('Control+Enter');
    await open.grid.locator('[role=columnheader]').filter({ hasText: 'typed_lines' }).waitFor();
    await expect.poll(() => open.cell(1, 1).innerText()).toBe('39');
    expect(open.complaints).toEqual([]);
  });

  it('runs a pasted statement of 500 lines', async () => {
    await paste(statementOf(500));
    await open.page.keyboard.press('Control+Enter');
    await open.grid.locator('[role=columnheader]').filter({ hasText: 'lines_500' }).waitFor();
    await expect.poll(() => open.cell(1, 1).innerText()).toBe(String((497 * 498) / 2));
    expect(open.complaints).toEqual([]);
  });

  it('runs a pasted dump as a script', async () => {
    await paste(dump(200));
    await open.ended(await open.submit('Control+Shift+Enter'));
    await open.grid.locator('[role=columnheader]').filter({ hasText: 'dumped_rows' }).waitFor();
    await expect.poll(() => open.cell(1, 1).innerText()).toBe('200');
    expect(open.complaints).toEqual([]);
  });

  it('finds and replaces in its text', async () => {
    await paste('select apples, apples from apples');
    await open.tab.locator('.cm-content').press('Control+F');
    const panel = open.tab.locator('.cm-search');
    await panel.getByPlaceholder('Find').fill('apples');
    await panel.getByPlaceholder('Replace').fill('pears');
    await panel.getByRole('button', { name: 'replace all' }).click();
    await open.page.keyboard.press('Escape');
    expect(await cut()).toBe('select pears, pears from pears');
  });

  it('takes what is typed over a long line without taking the line apart', async () => {
    const columns = Array.from({ length: 1000 }, (_, i) => `'v${i}' as c${i}`);
    const line = `select ${columns.join(', ')}`;
    await paste(line);
    await open.page.keyboard.press('Control+A');
    const threadMs = await pageThread(open.page);
    await open.page.keyboard.press('x');
    await expect.poll(() => open.tab.locator('.cm-content').innerText()).toBe('x');
    // Done by the browser, it is 40 s.
    expect(await threadMs()).toBeLessThan(5000);
    await open.page.keyboard.press('Control+Z');
    // A bracket goes around it.
    await open.page.keyboard.press('Control+A');
    await open.page.keyboard.press('(');
    expect(await cut()).toBe(`(${line})`);
  });

  it('loses nothing that was there when a text is pasted over it', async () => {
    await paste('select 1 as before');
    await paste(statementOf(40));
    await open.page.keyboard.press('Control+Z');
    expect(await cut()).toBe('select 1 as before');
  });
});
