import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
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
  await open.openDemo();
  await open.complete('create table kept (id int primary key, name text)');
  await open.said(/CREATE TABLE/);
});

afterEach(() => open?.dismissDialogs());

afterAll(async () => {
  await open?.close();
  await program?.stop();
  removeFolder(folder);
});

const status = (text: string) => open.page.getByTestId('transaction').filter({ hasText: text }).waitFor();
const mark = () => open.page.getByTestId('tab-transaction');
const button = (name: 'begin' | 'commit' | 'rollback') => open.tab.getByTestId(name);
const dialog = () => open.page.getByTestId('ask');

/** Rows of `kept`, as a connection of its own sees them. */
async function kept(where = 'true'): Promise<string> {
  const { state } = await client.state();
  const { sessionId } = Object.values(state.sessions).find((one) => one.state === 'ready')!;
  const { queryIds } = await client.command({
    type: 'query.submit',
    sessionId,
    tabId: 'look',
    text: `select count(*) from kept where ${where}`,
  });
  const outcome = await client.until(({ queries }) => queries[queryIds![0]!]?.outcome ?? undefined);
  expect(outcome).toBe('succeeded');
  const answer = await client.get(`/api/results/${queryIds![0]}/rows?from=0&count=1`);
  const { rows } = (await answer.json()) as { rows: string[][] };
  return rows[0]![0]!;
}

describe('a transaction', () => {
  it('is begun by the button, said by the server, and rolled back', async () => {
    await button('begin').click();
    await status('transaction open');
    expect(await mark().getAttribute('aria-label')).toBe('transaction open');
    await open.complete("insert into kept values (1, 'gone')");
    await open.said(/INSERT · 1 row/);
    expect(await kept()).toBe('0');
    await button('rollback').click();
    await status('no transaction');
    expect(await mark().count()).toBe(0);
    expect(await open.value('(select count(*) from kept)')).toBe('0');
  });

  it('is kept by Commit', async () => {
    await button('begin').click();
    await button('commit').waitFor();
    await open.complete("insert into kept values (1, 'one')");
    await open.said(/INSERT · 1 row/);
    await button('commit').click();
    await status('no transaction');
    expect(await kept()).toBe('1');
  });

  it('is begun with an isolation level, read-only', async () => {
    await open.tab.getByRole('button', { name: 'Begin with options' }).click();
    await open.tab.getByLabel('Isolation level').selectOption({ label: 'serializable' });
    await open.tab.getByLabel('Read-only').check();
    await open.tab.locator('form').getByRole('button', { name: 'Begin' }).click();
    await status('transaction open');
    expect(await open.value("current_setting('transaction_isolation')")).toBe('serializable');
    await open.complete("insert into kept values (9, 'refused')");
    await open.tab.getByTestId('failure').filter({ hasText: '25006' }).waitFor();
    await button('rollback').click();
    await status('no transaction');
  });

  it('that was typed has the same buttons', async () => {
    await open.complete("begin; insert into kept values (2, 'typed')");
    await button('commit').waitFor();
    await status('transaction open');
    await button('rollback').click();
    await status('no transaction');
    expect(await kept()).toBe('1');
  });

  it('begins by itself where commits are manual, which the tab remembers', async () => {
    await open.tab.getByTestId('commit-mode').selectOption('manual');
    await open.complete("insert into kept values (2, 'two')");
    await open.said(/INSERT · 1 row/);
    await status('transaction open');
    expect(await kept()).toBe('1');
    await button('commit').click();
    await status('no transaction');
    expect(await kept()).toBe('2');
    await open.reload();
    await button('begin').waitFor();
    expect(await open.tab.getByTestId('commit-mode').inputValue()).toBe('manual');
    await open.tab.getByTestId('commit-mode').selectOption('auto');
  });

  it('that has failed can only be rolled back, in the same place', async () => {
    await open.complete('begin; select 1/0');
    await status('transaction failed');
    expect(await mark().getAttribute('aria-label')).toContain('failed');
    expect(await button('commit').getAttribute('aria-disabled')).toBe('true');
    await button('rollback').click();
    await status('no transaction');
  });

  it('says why it was not committed, in the server’s words', async () => {
    await open.complete(
      'create table later (id int unique deferrable initially deferred); begin; insert into later values (1), (1)',
    );
    await open.said(/INSERT · 2 rows/);
    await button('commit').click();
    await open.tab.getByTestId('failure').filter({ hasText: '23505' }).waitFor();
    await status('no transaction');
  });

  it('reads a result inside it to its end, and takes a row limit without failing', async () => {
    await open.complete('begin; select * from order_items');
    await open.said(/30.058 rows(?! so far)/);
    await button('rollback').click();
    await status('no transaction');
  });
});

describe('closing a tab whose transaction is open', () => {
  const openTab = async (text: string): Promise<number> => {
    await open.page.keyboard.press('Control+Alt+t');
    await open.complete(text);
    await status('transaction open');
    return open.page.getByTestId('tab').count();
  };

  it('asks, and the answer at hand keeps it open', async () => {
    const before = await openTab("begin; update kept set name = 'changed' where id = 1");
    await open.page.keyboard.press('Control+Alt+w');
    await dialog().waitFor();
    await open.page.keyboard.press('Enter');
    await dialog().waitFor({ state: 'hidden' });
    expect(await open.page.getByTestId('tab').count()).toBe(before);
    await status('transaction open');
    await open.page.keyboard.press('Control+Alt+w');
    await dialog().waitFor();
    // No key of the page does anything before that is decided.
    for (const keys of ['Control+k', 'F1', 'Control+Alt+t']) await open.page.keyboard.press(keys);
    expect(await open.page.locator('dialog[open]').count()).toBe(1);
    expect(await open.page.getByTestId('tab').count()).toBe(before);
    await open.page.keyboard.press('Escape');
    await dialog().waitFor({ state: 'hidden' });
    await status('transaction open');
  });

  it('rolls back when the user chooses to', async () => {
    const before = await open.page.getByTestId('tab').count();
    await open.page.keyboard.press('Control+Alt+w');
    await dialog().getByRole('button', { name: 'Roll back and close' }).click();
    await expect.poll(() => open.page.getByTestId('tab').count()).toBe(before - 1);
    await expect.poll(() => kept("name = 'changed'")).toBe('0');
  });

  it('commits when the user chooses to', async () => {
    const before = await openTab("begin; update kept set name = 'changed' where id = 1");
    await open.page.keyboard.press('Control+Alt+w');
    await dialog().getByRole('button', { name: 'Commit and close' }).click();
    await expect.poll(() => open.page.getByTestId('tab').count()).toBe(before - 1);
    expect(await kept("name = 'changed'")).toBe('1');
  });

  it('stays open where the commit fails, and says why', async () => {
    const before = await openTab('begin; insert into later values (2), (2)');
    await open.page.keyboard.press('Control+Alt+w');
    await dialog().getByRole('button', { name: 'Commit and close' }).click();
    await dialog().getByText('was not committed').waitFor();
    await dialog().getByRole('button', { name: 'Keep open' }).click();
    await dialog().waitFor({ state: 'hidden' });
    await status('no transaction');
    await open.page.keyboard.press('Control+Alt+w');
    await expect.poll(() => open.page.getByTestId('tab').count()).toBe(before - 1);
  });
});

describe('a transaction that goes with its connection', () => {
  it('is reported in its tab, and nothing runs there until that is acknowledged', async () => {
    const pid = await open.value('pg_backend_pid()');
    await open.complete("begin; insert into kept values (7, 'lost')");
    await status('transaction open');
    await kept(`(select pg_terminate_backend(${pid}))`);
    const told = open.tab.getByTestId('lost-transaction');
    await told.waitFor();
    expect(await told.innerText()).toContain('The server rolls back uncommitted changes');
    await open.complete('select 1');
    await open.tab.getByTestId('failure').filter({ hasText: 'transaction.lost' }).waitFor();
    await told.getByRole('button', { name: 'Acknowledge and continue' }).click();
    await told.waitFor({ state: 'hidden' });
    expect(await open.value('(select count(*) from kept where id = 7)')).toBe('0');
  });
});

describe('what lives in a connection that is lost', () => {
  const lose = async (): Promise<void> => {
    const pid = await open.value('pg_backend_pid()');
    await kept(`(select pg_terminate_backend(${pid}))`);
  };
  const crumb = () => open.tab.getByTestId('crumb-place');

  it('is set again where it can be, and the crumb and the status bar say so', async () => {
    await open.complete('set search_path to pg_catalog');
    await crumb().filter({ hasText: '› pg_catalog' }).waitFor();
    await lose();
    expect(await open.value('current_schema()')).toBe('pg_catalog');
    await crumb().and(open.page.locator('.moved')).filter({ hasText: '› pg_catalog' }).waitFor();
    await open.page
      .getByTestId('status-bar')
      .filter({ hasText: 'reconnected, search_path set again' })
      .waitFor();
    await open.complete('reset search_path');
    await crumb().filter({ hasText: '› public' }).waitFor();
  });

  it('stops the tab once where it can’t be set again, and names what went', async () => {
    await open.complete('create temporary table mine (n int)');
    await open.said(/CREATE TABLE/);
    await lose();
    const told = open.tab.getByTestId('lost-transaction');
    await told.waitFor();
    expect(await told.innerText()).toMatch(
      /temporary tables.*Acknowledge it to continue on a new connection/s,
    );
    await told.getByRole('button', { name: 'Acknowledge and continue' }).click();
    await told.waitFor({ state: 'hidden' });
    expect(await open.value('1')).toBe('1');
  });
});

describe('a script', () => {
  it('goes on after an error where that was chosen, and stops at it where not', async () => {
    const choose = async (name: string): Promise<void> => {
      await open.tab.getByTestId('more').click();
      await open.page.getByRole('menuitemradio', { name }).click();
    };
    await choose('Scripts continue after an error');
    await open.complete('select 1/0; select 2 as after_it');
    await open.grid.locator('[role=columnheader]').filter({ hasText: 'after_it' }).waitFor();
    await choose('Scripts stop at the first error');
    await open.complete('select 1/0; select 3 as never');
    await open.tab.getByTestId('message').filter({ hasText: 'the script stopped before it' }).waitFor();
  });
});

describe('the page', () => {
  it('was refused nothing and complained of nothing', () => {
    expect(open.complaints).toEqual([]);
  });
});

describe('a program that stops answering', () => {
  it('leaves no transaction to be ended or counted, until it answers again', async () => {
    await open.complete('begin; select 1 / 0');
    const age = open.tab.getByTestId('transaction-age');
    await age.waitFor();
    program.process.kill('SIGSTOP');
    try {
      await age.waitFor({ state: 'detached' });
      expect(await button('rollback').getAttribute('aria-disabled')).toBe('true');
    } finally {
      program.process.kill('SIGCONT');
    }
    await age.filter({ hasText: 'failed' }).waitFor();
    await button('rollback').press('Enter');
    await status('no transaction');
  });
});

describe('what can’t be done now', () => {
  const hint = (text: string) => open.tab.getByTestId('hint').filter({ hasText: text }).waitFor();

  it('is said in a quiet line: a run, a press on Begin and a cancel', async () => {
    await open.page.keyboard.press('Control+.');
    await hint('Nothing is running in this tab.');
    await open.run('select pg_sleep(60)');
    await open.tab.getByRole('button', { name: /Cancel/ }).waitFor();
    await open.page.keyboard.press('Control+Enter');
    await hint('A statement is running in this tab.');
    // It is whole, beside the tape and the connections: what is hidden of it is less than a line.
    const line = open.tab.getByTestId('hint');
    const hidden = await line.evaluate(({ scrollHeight, clientHeight, scrollWidth, clientWidth }) =>
      Math.max(scrollHeight - clientHeight, scrollWidth - clientWidth),
    );
    expect(hidden).toBeLessThan(13);
    await button('begin').click({ force: true });
    await hint('Wait until the statement ends, or cancel it.');
    await open.page.keyboard.press('Control+.');
    await open.said(/cancelled/);
    await expect.poll(() => open.tab.getByTestId('hint').innerText()).toBe('');
  });
});
