import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataFolder, removeFolder, type Started, startQuerytape } from './client.ts';
import { OpenPage } from './page.ts';

let folder: string;
let program: Started;
let open: OpenPage;

beforeAll(async () => {
  folder = dataFolder();
  program = await startQuerytape(folder);
  open = await OpenPage.open(program.url);
  await open.openDemo();
  await open.run('create table if not exists edits (id int primary key, name text, note text)');
  await open.said(/CREATE TABLE/);
});
afterAll(async () => {
  await open?.close();
  await program?.stop();
  removeFolder(folder);
});

const transaction = (text: string) =>
  open.page.getByTestId('transaction').filter({ hasText: text }).waitFor();

describe('a transaction', () => {
  it('is begun, seen by its own tab, and rolled back by the buttons', async () => {
    await open.tab.getByTestId('begin').selectOption({ label: 'Begin' });
    await open.tab.getByTestId('commit').waitFor();
    await transaction('transaction open');
    await open.run("insert into edits values (1, 'gone', null)");
    await open.said(/INSERT · 1 row/);
    expect(await open.value('(select count(*) from edits)')).toBe('1');
    await open.tab.getByTestId('rollback').click();
    await transaction('no transaction');
    expect(await open.value('(select count(*) from edits)')).toBe('0');
  });

  it('begins by itself where commits are manual, and is kept by Commit', async () => {
    await open.tab.getByTestId('commit-mode').selectOption('manual');
    await open.run("insert into edits values (1, 'one', null), (2, 'two', '')");
    await open.tab.getByTestId('commit').click();
    await transaction('no transaction');
    await open.tab.getByTestId('commit-mode').selectOption('auto');
    expect(await open.value('(select count(*) from edits)')).toBe('2');
  });

  it('that has failed offers its rollback in the same place', async () => {
    await open.run('begin; select 1/0');
    await transaction('transaction failed');
    expect(await open.tab.getByTestId('commit').count()).toBe(0);
    await open.tab.getByTestId('rollback').click();
    await transaction('no transaction');
  });

  it('keeps its tab open until a person has said what is to become of it', async () => {
    await open.page.keyboard.press('Control+Alt+n').catch(() => undefined);
    await open.run("begin; update edits set name = 'changed' where id = 1");
    await transaction('transaction open');
    const before = await open.page.getByRole('tab').count();
    await open.page.keyboard.press('Control+Alt+w');
    const dialog = open.page.getByTestId('open-transaction');
    await dialog.getByRole('button', { name: 'Keep open' }).click();
    expect(await open.page.getByRole('tab').count()).toBe(before);
    await transaction('transaction open');
    await open.tab.getByTestId('rollback').click();
    await transaction('no transaction');
  });
});

describe('an edit', () => {
  const editor = () => open.page.getByTestId('row-editor');
  const choose = async (row: number, column: number): Promise<void> => {
    await open.cell(row, column).click();
    await open.page.keyboard.press('F2');
    await editor().waitFor();
  };

  it('shows its statement, changes the row, and offers to read the rows again', async () => {
    await open.run('select * from edits order by id');
    await open.tab.getByTestId('edits').getByText('Edit row').waitFor();
    await choose(1, 2);
    await editor().locator('[data-column=name]').fill('new “ù');
    await editor().getByRole('button', { name: 'Show the statement' }).click();
    expect(await editor().getByTestId('edit-statement').innerText()).toMatch(/UPDATE "public"\."edits"/);
    await editor().getByRole('button', { name: 'Save: run this' }).click();
    await editor().waitFor({ state: 'hidden' });
    await open.tab.getByTestId('edits').getByRole('button', { name: 'Read them again' }).click();
    await open.cell(1, 2).filter({ hasText: 'new “ù' }).waitFor();
  });

  it('says that somebody else has changed the row, and changes nothing', async () => {
    await open.run('select * from edits order by id');
    await open.tab.getByTestId('edits').getByText('Edit row').waitFor();
    await choose(2, 2);
    await editor().locator('[data-column=name]').fill('mine');
    const other = await startEdit("update edits set name = 'theirs' where id = 2");
    expect(other).toBe('succeeded');
    await editor().getByRole('button', { name: 'Show the statement' }).click();
    await editor().getByRole('button', { name: 'Save: run this' }).click();
    await editor().getByRole('alert').filter({ hasText: 'edit.conflict' }).waitFor();
    await editor().getByRole('button', { name: 'Cancel' }).click();
    expect(await open.value('(select name from edits where id = 2)')).toBe('theirs');
  });

  it('says why rows can’t be edited', async () => {
    await open.run('select name from edits');
    await open.tab.getByTestId('edits').getByText('select id too').waitFor();
    await open.run('select 1 as one');
    await open.tab.getByTestId('edits').getByText('not of a table').waitFor();
  });
});

/** Runs a statement on another tab's connection, by the interface that scripts use. */
async function startEdit(text: string): Promise<string> {
  const { Client } = await import('../../src/main/client.ts');
  const client = new Client(program.url);
  const { state } = await client.state();
  const session = Object.values(state.sessions).find((one) => one.state === 'ready')!;
  const { queryIds } = await client.command({
    type: 'query.submit',
    sessionId: session.sessionId,
    tabId: 'other',
    text,
  });
  return client.until(({ queries }) => queries[queryIds![0]!]?.outcome ?? undefined);
}
