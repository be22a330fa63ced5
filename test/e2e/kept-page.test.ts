import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Client } from '../../src/main/client.ts';
import { makeCluster, type PostgresCluster } from '../servers/postgres-cluster.ts';
import { dataFolder, removeFolder, type Started, startQuerytape } from './client.ts';
import { OpenPage } from './page.ts';

const PASSPHRASE = 'copper tidal raven mosaic';
const BLOCKING = { QUERYTAPE_POLICY_PRODUCTION_BLOCK_DANGEROUS: 'true' };
const folder = dataFolder();
let cluster: PostgresCluster;
let program: Started;
let open: OpenPage;
let page: Page;

async function start(): Promise<void> {
  program = await startQuerytape(folder, ['--allow-unsaved-profiles'], BLOCKING);
  open = await OpenPage.open(program.url);
  page = open.page;
}

async function stop(): Promise<void> {
  await open?.close();
  await program?.stop();
}

beforeAll(async () => {
  cluster = await makeCluster();
  await start();
});
afterAll(async () => {
  await stop();
  await cluster?.remove();
  removeFolder(folder);
});
afterEach(() => expect(open.complaints).toEqual([]));

const dialog = (name: string | RegExp): Locator => page.getByRole('dialog', { name });
const row = (name: string): Locator => page.getByTestId('open-profile').filter({ hasText: name });
const field = (form: Locator, label: string): Locator => form.getByLabel(label, { exact: true });

async function menu(name: string, act: string): Promise<void> {
  await row(name).focus();
  await page.keyboard.press('Shift+F10');
  await page.getByRole('menuitem', { name: act }).press('Enter');
}

async function unlock(passphrase: string): Promise<void> {
  const form = dialog('Unlock the vault');
  await field(form, 'Passphrase').fill(passphrase);
  await page.keyboard.press('Enter');
}

describe('connections on the page', () => {
  it('begin with a first one: tested, and saved into a vault that is made on the way', async () => {
    await page.getByRole('button', { name: 'New connection' }).first().press('Enter');
    const form = dialog('New connection');
    const { host, port, user, password, database } = cluster.address;
    await field(form, 'Name').fill('shop');
    await field(form, 'Host').fill(host);
    await field(form, 'Port').fill('70000');
    await form.getByRole('button', { name: 'Test' }).press('Enter');
    await form.getByText('from 1 to 65535').waitFor();
    await field(form, 'Port').fill(String(port));
    await field(form, 'Database').fill(database);
    await field(form, 'User').fill(user);
    await field(form, 'Password').fill(`not ${password}`);
    await form.getByRole('button', { name: 'Test' }).press('Enter');
    await form.getByText('28P01').waitFor();
    await field(form, 'Password').fill(password);
    await form.getByRole('button', { name: 'Test' }).press('Enter');
    await form.getByText('Connection works').waitFor();
    // The policy's default for production: read-only, unless the user changes it.
    await form.getByRole('radio', { name: /PRODUCTION/ }).press('Space');
    expect(await field(form, 'Read-only').isChecked()).toBe(true);
    await field(form, 'Name').press('Enter');
    const vault = dialog(/Create a vault/);
    await field(vault, 'Passphrase').fill(PASSPHRASE);
    await field(vault, 'Repeat passphrase').fill(`${PASSPHRASE}s`);
    await page.keyboard.press('Enter');
    await vault.getByText('do not match').waitFor();
    await field(vault, 'Repeat passphrase').fill(PASSPHRASE);
    await page.keyboard.press('Enter');
    await row('shop').waitFor();
    await expect.poll(() => page.locator('dialog[open]').count()).toBe(0);
  });

  it('are imported by the palette, and nothing typed there outlives its dialog', async () => {
    await page.keyboard.press('Control+k');
    await page.keyboard.type('Import connections');
    await page.keyboard.press('Enter');
    const form = dialog('New connection');
    await expect
      .poll(() => form.getByLabel('Import from').evaluate((field) => field.matches(':focus')))
      .toBe(true);
    await form.getByLabel('Paste a URL').fill('postgres://app:secret@db.example/shop');
    await page.keyboard.press('Escape');
    await form.waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: 'New connection' }).first().press('Enter');
    await form.waitFor();
    expect(await form.getByLabel('Paste a URL').inputValue()).toBe('');
    await page.keyboard.press('Escape');
    await form.waitFor({ state: 'hidden' });
  });

  it('in production are framed in red, and say what protects them and what was refused', async () => {
    await row('shop').press('Enter');
    await page.getByTestId('tree-public').waitFor();
    expect(await page.title()).toMatch(/^PRODUCTION · /);
    expect(await page.locator('qt-app').getAttribute('data-environment')).toBe('production');
    await page.getByText('read-only · enforced by server and classifier').waitFor();
    await open.complete('select 1;\n\ndelete from orders');
    const refusal = page.getByTestId('refusal');
    await refusal.getByText('Read-only connection').waitFor();
    await refusal.getByRole('button', { name: 'line 3' }).click();
    await refusal.getByRole('button', { name: 'Edit the connection' }).click();
    const form = dialog('Edit shop');
    await field(form, 'Read-only').uncheck();
    await form.getByRole('button', { name: 'Save' }).press('Enter');
    await expect.poll(() => page.locator('dialog[open]').count()).toBe(0);
  });

  it('that may write show what blocks dangerous statements', async () => {
    const hint = open.tab.getByTestId('hint');
    await page.keyboard.press('Control+.');
    await hint.filter({ hasText: 'Nothing is running in this tab.' }).waitFor();
    await row('shop').focus();
    await row('shop').getByRole('button', { name: 'Close the connection' }).press('Enter');
    await page.getByText('shop is not open.').waitFor();
    // The reason for the hint has gone with the connection; that it is production has not.
    expect(await hint.textContent()).toBe('');
    expect(await page.locator('qt-app').getAttribute('data-environment')).toBe('production');
    await row('shop').press('Enter');
    await page.getByText('may write · dangerous statements blocked').waitFor();
    await open.complete('drop table if exists nothing');
    const refusal = page.getByTestId('refusal');
    await refusal.getByText('Dangerous statements are blocked on production').waitFor();
    expect(await refusal.innerText()).toContain('QUERYTAPE_POLICY_PRODUCTION_BLOCK_DANGEROUS');
  });

  it('are duplicated, put in folders, and deleted once the user confirms', async () => {
    await menu('shop', 'Duplicate');
    const form = dialog(/^Edit shop \(2\)/);
    const name = 'A very long connection name that goes on for sixty characters';
    await field(form, 'Name').fill(name);
    await form.getByText('Folder, tags').click();
    await field(form, 'Folder').fill('Shop/Berlin');
    await form.getByRole('button', { name: 'Save' }).press('Enter');
    await page.getByText('Shop › Berlin').waitFor();
    await menu(name, 'Delete…');
    const question = page.getByRole('alertdialog', { name: /^Delete A very long/ });
    await question.getByRole('button', { name: 'Delete' }).press('Enter');
    await row(name).waitFor({ state: 'detached' });
    await expect.poll(() => page.locator('dialog[open]').count()).toBe(0);
  });

  it('are filled in from a URL whose password is never shown, and may ask for it each time', async () => {
    const { host, port, user, password, database } = cluster.address;
    await page.getByRole('button', { name: 'New connection' }).first().press('Enter');
    const form = dialog('New connection');
    const url = `postgres://${user}:${encodeURIComponent(password)}@${host}:${port}/${database}`;
    await form.getByLabel('Paste a URL').fill(url);
    await page.keyboard.press('Enter');
    await expect.poll(() => field(form, 'Port').inputValue()).toBe(String(port));
    expect(await field(form, 'Password').inputValue()).toBe('');
    await field(form, 'Name').fill('asks');
    await form.getByRole('radio', { name: /STAGING/ }).press('Space');
    await field(form, 'Ask for the password each time').check();
    await field(form, 'Name').press('Enter');
    await row('asks').press('Enter');
    const asked = dialog('Password for asks');
    await field(asked, 'Password').fill(password);
    await page.keyboard.press('Enter');
    await expect.poll(() => page.title()).toMatch(/^STAGING · /);
    await page.getByTestId('status-bar').filter({ hasText: 'PostgreSQL 18' }).waitFor();
  });

  it('are gone from the page with the lock, and back with the right passphrase alone', async () => {
    await page.getByTestId('vault-button').press('Enter');
    await dialog('The vault').getByRole('button', { name: 'Lock now' }).press('Enter');
    await page.getByTestId('vault-row').waitFor();
    await row('shop').waitFor({ state: 'detached' });
    // What is open and not production stays open, and can be seen.
    expect(await row('asks').count()).toBe(1);
    await page.getByTestId('vault-row').press('Enter');
    await unlock('nothing like it');
    await page.getByText('vault.wrongPassphrase').waitFor();
    await unlock(PASSPHRASE);
    await row('shop').waitFor();
  });

  it('of another window follow at once', async () => {
    const other = await page.context().newPage();
    await other.goto(program.url);
    await other.getByTestId('open-profile').filter({ hasText: 'shop' }).waitFor();
    await page.getByTestId('vault-button').press('Enter');
    await dialog('The vault').getByRole('button', { name: 'Lock now' }).press('Enter');
    await other.getByTestId('vault-row').waitFor();
    await other.close();
    await page.getByTestId('vault-row').press('Enter');
    await unlock(PASSPHRASE);
    await row('shop').waitFor();
  });
});

describe('the settings on the page', () => {
  it('are saved, but for what the environment says', async () => {
    await page.keyboard.press('Control+,');
    const form = dialog('Settings');
    expect(await form.getByLabel('Block dangerous statements, Production').isDisabled()).toBe(true);
    await form.getByLabel('Row limit, Staging').fill('0');
    await page.keyboard.press('Enter');
    await form.getByText('From 1 to').waitFor();
    await form.getByLabel('Row limit, Staging').fill('5 000');
    await form.getByLabel('Log level').selectOption('debug');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('dialog[open]').count()).toBe(0);
    const written = JSON.parse(readFileSync(join(folder, 'config', 'policy.json'), 'utf8'));
    expect(written).toEqual({ environments: { staging: { rowsMax: 5000 } }, logLevel: 'debug' });
    await page.keyboard.press('Control+,');
    await expect.poll(() => form.getByLabel('Row limit, Staging').inputValue()).toBe('5000');
    expect(await form.getByLabel('Log level').inputValue()).toBe('debug');
    await page.keyboard.press('Escape');
  });
});

describe('a connection that asks for its password', () => {
  it('asks again where the lock took what was typed, and says so', async () => {
    await page.getByRole('tab', { name: 'New query' }).click();
    await open.run('select 1');
    await page.getByTestId('failure').getByText('Close the connection and open it again').waitFor();
    await row('asks').focus();
    await row('asks').getByRole('button', { name: 'Close the connection' }).press('Enter');
    await page.getByText('asks is not open.').waitFor();
    await row('asks').press('Enter');
    const asked = dialog('Password for asks');
    await asked.waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('alert').getByText('profile.passwordNeeded').first().waitFor();
    await row('asks').press('Enter');
    await field(asked, 'Password').fill(cluster.address.password);
    await page.keyboard.press('Enter');
    await page.getByTestId('tree-public').waitFor();
  });
});

describe('the history on the page', () => {
  it('opens a past statement in a tab of its connection, and runs nothing', async () => {
    const profiles = await new Client(program.url).get('/api/profiles');
    const known = (await profiles.json()) as { profiles: { profile: { profileId: string; name: string } }[] };
    const { profileId } = known.profiles.find(({ profile }) => profile.name === 'asks')!.profile;
    const entry = (n: number) => ({
      queryId: `past-${n}`,
      at: 1_700_000_000_000 - n * 1000,
      profileId,
      profileName: 'asks',
      environment: 'staging',
      text: `select ${n} as past`,
      outcome: 'succeeded',
      serverMs: 1,
      rows: 1,
      failure: null,
    });
    const asked: URLSearchParams[] = [];
    await page.route('**/api/history?*', (route) => {
      const { searchParams } = new URL(route.request().url());
      asked.push(searchParams);
      const search = searchParams.get('search');
      const from = searchParams.get('before') ? 100 : 0;
      const entries = search ? [entry(7)] : Array.from({ length: 100 }, (_, i) => entry(from + i));
      return route.fulfill({ json: { entries, more: !search && from === 0, problems: [] } });
    });
    const ran = await open.tapeEvents.count();
    await page.keyboard.press('Control+Alt+KeyH');
    const history = dialog('History');
    await history.getByText('100 newest statements').waitFor();
    await history.getByRole('listbox').press('End');
    await history.getByText('200 statements').waitFor();
    await history.getByLabel('Find in past statements').fill('7 past');
    await history.getByText('1 statement', { exact: true }).waitFor();
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('dialog[open]').count()).toBe(0);
    await open.tab.locator('.cm-content').getByText('select 7 as past').waitFor();
    expect(asked.map((query) => [query.get('search'), query.get('before')])).toEqual([
      [null, null],
      [null, 'past-99'],
      ['7 past', null],
    ]);
    expect(await open.tapeEvents.count()).toBeLessThanOrEqual(ran);
    await page.keyboard.press('Control+Enter');
    await open.cell(1, 1).filter({ hasText: '7' }).waitFor();
  });
});

describe('a vault that can’t be read', () => {
  it('is shown as that, and its backup put back', async () => {
    await stop();
    const file = join(folder, 'vault.qtv');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/"revision":\d+/, '"revision":9999'));
    await start();
    // By keyboard: the first pane.
    await page.getByTestId('vault-row').waitFor();
    await page.keyboard.press('F6');
    await page.keyboard.press('Enter');
    const mend = dialog('The vault is unreadable');
    await mend.getByText('vault.damaged').waitFor();
    await mend.getByRole('button', { name: 'Restore the backup' }).press('Enter');
    await unlock(PASSPHRASE);
    await row('shop').waitFor();
  });
});

describe('a policy that can’t be read as it was meant', () => {
  it('is reported in the top bar, with its position and the policy that applies instead', async () => {
    await stop();
    writeFileSync(join(folder, 'config', 'policy.json'), '{\n  "autoLokMs": 3\n}');
    await start();
    await page.getByRole('button', { name: 'Settings: the policy is invalid' }).press('Enter');
    const form = dialog('Settings');
    await form.getByText('Line 2, /autoLokMs').waitFor();
    expect(await form.getByLabel('Block dangerous statements, Development').isChecked()).toBe(true);
    expect(await form.getByRole('button', { name: 'Save' }).count()).toBe(0);
  });
});
