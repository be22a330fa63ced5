import { afterAll, beforeAll, expect, it } from 'vitest';
import { Client } from '../../src/main/client.ts';
import { dataFolder, removeFolder, type Started, startQuerytape } from './client.ts';
import { OpenPage } from './page.ts';

const folder = dataFolder();
let program: Started;
let open: OpenPage;

beforeAll(async () => {
  program = await startQuerytape(folder, ['--demo']);
  open = await OpenPage.open(program.url);
  await open.openDemo();
});
afterAll(async () => {
  await open?.close();
  await program?.stop();
  removeFolder(folder);
});

it('says in the tape panel why a statement is slow, and leads to the records that prove it', async () => {
  await open.run('select pg_sleep(1.2)');
  await open.runButton.filter({ hasText: /^\s*Run/ }).waitFor();
  const panel = open.page.locator('qt-tape-panel');
  await panel.getByRole('button', { name: 'Why is this slow?' }).click();
  const answer = panel.locator('qt-diagnosis');
  const slow = answer.locator('article', { hasText: 'The first row came late' });
  await slow.waitFor();
  expect(await slow.innerText()).toMatch(/The first row came 1\.\d s after it was sent\.\s*Look at its plan/);
  await answer.getByText(/^What the tape does not say/).click();
  await answer.getByText(/The server does not report whether it waited for a lock/).waitFor();
  const [record] = await slow.getByRole('button').allInnerTexts();
  await slow.getByRole('button').first().click();
  await panel.locator('qt-tape-list .detail', { hasText: record!.slice(1) }).waitFor();
  // It has ended: there is nothing to ask the server any more.
  await panel.getByRole('button', { name: 'Who blocks this?' }).waitFor({ state: 'detached' });
  expect(open.complaints).toEqual([]);
});

it('asks the server who blocks a statement that runs, where the user wants it', async () => {
  await open.run('select pg_sleep(60)');
  const panel = open.page.locator('qt-tape-panel');
  await panel.getByRole('button', { name: 'Who blocks this?' }).click();
  await panel.getByText('When asked, it waited for something that is not a lock.').waitFor();
  await panel.getByText('Timeout: PgSleep').waitFor();
  await open.runButton.filter({ hasText: 'Cancel' }).click();
  await open.runButton.filter({ hasText: /^\s*Run/ }).waitFor();
  expect(open.complaints).toEqual([]);
});

it('leads from a statement that waits for a lock to the tab that holds it', async () => {
  const { page } = open;
  await open.complete('begin; update products set price = price where id = 1');
  await page.keyboard.press('Control+Alt+t');
  await open.run('update products set price = price where id = 1 -- waits');
  // Below the statement too, once it has run for some seconds without a row.
  const below = open.tab.locator('qt-result-footer');
  await below.getByRole('button', { name: 'Who blocks this?' }).click();
  const blocker = below.getByRole('table', { name: 'Who blocks this' }).locator('tbody tr');
  await blocker.filter({ hasText: 'idle in an open transaction' }).waitFor();
  expect(await blocker.count()).toBe(1);
  await blocker.getByRole('button', { name: 'Show its tab' }).click();
  await open.tab.locator('.cm-content').filter({ hasText: 'begin; update products' }).waitFor();
  await open.complete('rollback');
  await page.keyboard.press('Control+PageDown');
  await open.tab.locator('.cm-content').filter({ hasText: '-- waits' }).waitFor();
  await open.said(/1 row/);
  expect(open.complaints).toEqual([]);
});

/** Stops the program for so long, and resolves once it runs again. */
async function standStill(ms: number): Promise<void> {
  program.process.kill('SIGSTOP');
  await new Promise((resolve) => setTimeout(resolve, ms));
  program.process.kill('SIGCONT');
  await new Client(program.url).state();
}

it('tells a program that was stopped from a server that is slow', async () => {
  const { page } = open;
  await page.keyboard.press('Control+Alt+t');
  const [queryId] = await open.run('select pg_sleep(5)');
  // Not before the statement is with the server: its connection may still be on its way.
  await page.getByRole('img', { name: 'Statechart, active: executing' }).waitFor();
  // However soon it follows another one.
  await standStill(1700);
  await standStill(4000);
  await open.ended([queryId!]);
  const panel = page.locator('qt-tape-panel');
  await panel.getByRole('button', { name: 'Why is this slow?' }).click();
  const stopped = panel.locator('qt-diagnosis article', { hasText: 'Querytape itself did not answer' });
  await stopped.waitFor();
  expect(await stopped.innerText()).toMatch(
    /stood still for [3-9](\.\d)? s, and had only .* of processor time/,
  );
  // On a machine that is busy besides, more than a second may lie outside the standstill, which is then said beside it.
  const slow = panel.locator('qt-diagnosis article', { hasText: 'The first row came late' });
  for (const words of await slow.allInnerTexts())
    expect(words).toMatch(/of that time the program itself stood still/);
});
