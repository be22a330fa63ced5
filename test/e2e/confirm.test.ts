import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { Client } from '../../src/main/client.ts';
import { makeCluster, type PostgresCluster } from '../servers/postgres-cluster.ts';
import { dataFolder, removeFolder, type Started, startQuerytape } from './client.ts';
import { OpenPage } from './page.ts';

let cluster: PostgresCluster;
let folder: string;
let program: Started;
let open: OpenPage;

beforeAll(async () => {
  cluster = await makeCluster();
  folder = dataFolder();
  program = await startQuerytape(folder, ['--allow-unsaved-profiles']);
  const client = new Client(program.url);
  const { host, port, user, password, database } = cluster.address;
  const target = { engine: 'postgres', host, port, user, database, tls: { mode: 'disable' } } as const;
  const environment = 'staging';
  const { sessionId } = await client.command({
    type: 'session.openUnsaved',
    name: 'Rehearsal',
    target,
    environment,
    password,
  });
  await client.until(({ sessions }) => (sessions[sessionId!]?.state === 'ready' ? true : undefined));
  open = await OpenPage.open(program.url);
});
afterEach(() => open?.dismissDialogs());
afterAll(async () => {
  await open?.close();
  await program?.stop();
  await cluster?.remove();
  removeFolder(folder);
});

it('asks before a dangerous statement is sent, and sends it once the name was typed', async () => {
  await open.complete('create table doomed (n int)');
  await open.said(/CREATE TABLE/);
  await open.run('drop table doomed');
  const dialog = open.page.getByRole('alertdialog', { name: /Run this on Rehearsal/ });
  await dialog.getByText('Drops').first().waitFor();
  const send = dialog.getByRole('button', { name: 'Run on staging' });
  expect(await send.isDisabled()).toBe(true);
  // No key of the page opens anything above it, or takes the focus from the harmless answer, which is the default.
  for (const keys of ['Control+k', 'F1']) await open.page.keyboard.press(keys);
  expect(await open.page.locator('dialog[open]').count()).toBe(1);
  await open.page.keyboard.press('Enter');
  await open.said(/cancelled/);
  expect(await open.value("to_regclass('doomed') is not null")).toBe('t');
  await open.run('drop table doomed');
  await dialog.getByRole('textbox').fill('Rehearsal');
  await send.click();
  await open.said(/DROP TABLE/);
  expect(await open.value("to_regclass('doomed') is null")).toBe('t');
});

it('counts the rows it would touch when it is asked to, and says so when it can’t', async () => {
  await open.complete('create table counted as select generate_series(1, 1204) as n');
  await open.said(/SELECT|CREATE TABLE/);
  await open.run('delete from counted');
  const dialog = open.page.getByRole('alertdialog', { name: /Run this on Rehearsal/ });
  await dialog.getByRole('button', { name: 'Count the rows' }).click();
  await dialog.getByText(/It would affect 1\s204 rows, counted just now\./).waitFor();
  await dialog.getByRole('button', { name: /Cancel/ }).click();
  await open.said(/cancelled/);
  expect(await open.value('(select count(*) from counted)')).toBe('1204');
  await open.run('truncate counted cascade');
  await dialog.getByText(/can’t be counted\. CASCADE empties other tables too\./).waitFor();
  await open.page.keyboard.press('Escape');
  await open.said(/cancelled/);
  // A count that takes long is stopped by closing the dialog.
  await open.run('delete from counted using pg_sleep(600)');
  await dialog.getByRole('button', { name: 'Count the rows' }).click();
  await dialog.getByRole('button', { name: 'Counting…' }).waitFor();
  await dialog.getByRole('button', { name: /Cancel/ }).click();
  await open.said(/cancelled/);
  expect(await open.value('(select count(*) from counted)')).toBe('1204');
});

it('asks in another page, too, where no key that the user was typing answers it, and is over in both at once', async () => {
  await open.complete('create table watched (n int)');
  const other = await OpenPage.open(program.url);
  try {
    await other.type('select 1');
    await open.run('drop table watched');
    const dialogs = [open, other].map(({ page }) => page.getByRole('alertdialog', { name: /Run this on/ }));
    await dialogs[1]!.getByText('submitted outside this page').waitFor();
    for (const key of ['Space', 'Enter']) await other.page.keyboard.press(key);
    await other.page.keyboard.type('x y');
    await expect.poll(() => dialogs[1]!.getByRole('textbox').inputValue()).toBe('x y');
    expect(await dialogs[0]!.getByText('submitted outside this page').count()).toBe(0);
    await dialogs[0]!.getByRole('textbox').fill('Rehearsal');
    await dialogs[0]!.getByRole('button', { name: 'Run on staging' }).click();
    await open.said(/DROP TABLE/);
    await expect.poll(() => dialogs[1]!.count()).toBe(0);
    await other.page.keyboard.type(' + 1');
    await expect.poll(() => other.tab.locator('.cm-content').innerText()).toBe('select 1 + 1');
  } finally {
    await other.close();
  }
});
