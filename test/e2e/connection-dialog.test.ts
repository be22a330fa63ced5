import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { trustPages } from './trust-pages.ts';

let page: Page;
const pages = trustPages();
const { commands, dialogOpen, events, focused, press } = pages;

describe('the connection', () => {
  const open = async (script: string) => {
    page = await pages.open('show=qt-connection-dialog');
    await page.evaluate(script);
    await expect.poll(focused).toBe('f-name');
  };

  it('is made by keyboard alone', async () => {
    await open('answers["profile.save"] = { profileId: "new" }; shown.edit(null)');
    await page.keyboard.type('local');
    await page.locator('#f-target-user').focus();
    await page.keyboard.type('app');
    await press('Tab');
    await page.keyboard.type('secret');
    await press('Enter');
    await expect.poll(dialogOpen).toBe(0);
    const [command] = await commands();
    expect(command).toMatchObject({
      type: 'profile.save',
      draft: { name: 'local', target: { engine: 'postgres', host: 'localhost', port: 5432, user: 'app' } },
      secrets: { password: 'secret' },
    });
    expect(command).not.toHaveProperty('profileId');
    expect(await events()).toEqual(['qt-profile-changed']);
    // No secret stays in a form that is not seen.
    await expect.poll(() => page.locator('#f-secrets-password').inputValue()).toBe('');
  });

  it('puts all errors at their fields at once, and the focus on the first', async () => {
    await open(`answers['profile.save'] = { refused: { code: 'profile.invalid', message: 'Two fields are wrong.', errors: [
      { field: 'target.tls.caFile', code: 'x', message: 'Not there.' }, { field: 'target.host', code: 'x', message: 'No such host.' }, { field: 'notes', code: 'x', message: 'Too long.' } ] } };
      shown.edit(samples.SHOP, ['password'])`);
    await press('Enter');
    await expect.poll(focused).toBe('f-target-host');
    expect(await page.locator('.error').allTextContents()).toEqual([
      'No such host.',
      'Not there.',
      'Too long.',
    ]);
    expect(await page.locator('#f-target-host').getAttribute('aria-describedby')).toBe('f-target-host-said');
    await page.keyboard.type('x');
    expect(await page.locator('.error').count()).toBe(0);
  });

  it('takes what another page has saved since, says so, and saves nothing over it', async () => {
    await open('shown.edit(samples.SHOP, ["password"])');
    await page.locator('#f-name').fill('renamed');
    await page.evaluate(`{
      const profile = { ...samples.SHOP, name: 'theirs', readOnly: !samples.SHOP.readOnly };
      shown.profiles = [{ profile, secrets: ['password'], kept: 'vault' }];
    }`);
    await page.getByRole('alert').getByText('Another page has changed this connection').waitFor();
    expect(await page.getByRole('button', { name: 'Open the vault' }).count()).toBe(0);
    await press('Enter');
    await expect.poll(dialogOpen).toBe(0);
    const readOnly = await page.evaluate('!samples.SHOP.readOnly');
    expect((await commands())[0]).toMatchObject({
      type: 'profile.save',
      draft: { name: 'renamed', readOnly },
    });
  });

  it('says what is missing before it asks anyone', async () => {
    await open('shown.edit(null)');
    await press('Enter');
    await expect.poll(focused).toBe('f-name');
    expect(await page.locator('.error').allTextContents()).toEqual(['Enter a name.']);
    expect(await commands()).toEqual([]);
  });

  it('never shows a stored password, and removes it when asked', async () => {
    await open('answers["profile.save"] = "never"; shown.edit(samples.SHOP, ["password"])');
    const password = page.locator('#f-secrets-password');
    expect(await password.getAttribute('placeholder')).toBe('stored');
    expect(await password.inputValue()).toBe('');
    await page.getByRole('button', { name: 'Remove' }).press('Enter');
    expect(await password.getAttribute('placeholder')).toBe('deleted when you save');
    await page.getByRole('button', { name: 'Save' }).press('Enter');
    expect((await commands())[0]).toMatchObject({ profileId: 'shop', secrets: { password: null } });
  });

  it('tests, shows what was reached, and gives a test up when it is closed', async () => {
    await open(`answers['profile.test'] = { reached: { flavour: 'PostgreSQL', version: '18.4', encrypted: true, user: 'app', replica: false, canWrite: true, afterMs: 31, warnings: ['It is a superuser.'] } };
      shown.edit(samples.SHOP, ['password'])`);
    const test = page.getByRole('button', { name: 'Test', exact: true });
    await test.press('Enter');
    await page.locator('.result').getByText('Connection works').waitFor();
    expect(await page.locator('.result').textContent()).toContain('It is a superuser.');
    await page.evaluate('answers["profile.test"] = "never"');
    await test.press('Enter');
    await page.getByRole('button', { name: 'Stop the test' }).waitFor();
    expect(await page.evaluate(() => window.waitedFor())).toBe(true);
    await press('Escape');
    await expect.poll(dialogOpen).toBe(0);
    await expect.poll(() => page.evaluate(() => window.waitedFor())).toBe(false);
    const sent = await commands();
    const testCommandId = sent.findLast(({ type }) => type === 'profile.test')!.commandId;
    expect(sent).toContainEqual({ type: 'profile.stopTest', testCommandId });
  });

  it('tests what has no name yet', async () => {
    await open('answers["profile.test"] = "never"; shown.edit(null)');
    await page.locator('#f-target-user').fill('app');
    await page.getByRole('button', { name: 'Test', exact: true }).press('Enter');
    await page.getByRole('button', { name: 'Stop the test' }).waitFor();
    const { draft } = (await commands()).find(({ type }) => type === 'profile.test') as unknown as {
      draft: { name: string };
    };
    expect(draft.name).toBe('New connection');
    await press('Escape');
    await page.getByRole('button', { name: 'Close without saving' }).press('Enter');
  });

  it('answers its question by Escape and stays open, however often, with the focus where it was', async () => {
    await open('shown.edit(samples.SHOP)');
    await page.locator('#f-target-user').focus();
    await page.keyboard.type('x');
    for (let times = 0; times < 3; times++) {
      await press('Escape');
      await expect.poll(focused).toBe('Keep editing');
      await press('Escape');
      await expect.poll(focused).toBe('f-target-user');
      expect(await dialogOpen()).toBe(1);
    }
    await press('Escape');
    await page.getByRole('button', { name: 'Close without saving' }).press('Enter');
    await expect.poll(dialogOpen).toBe(0);
  });

  it('returns the focus to where it was before the dialog opened', async () => {
    page = await pages.open('show=qt-connection-dialog');
    await page.evaluate(() =>
      document.body.prepend(Object.assign(document.createElement('button'), { id: 'before' })),
    );
    await page.locator('#before').focus();
    await page.evaluate('shown.edit(null)');
    await expect.poll(focused).toBe('f-name');
    await press('Escape');
    await expect.poll(dialogOpen).toBe(0);
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('before');
  });

  it('asks before what was typed goes, and before a profile does', async () => {
    await open('shown.edit(samples.SHOP)');
    await page.keyboard.type('x');
    await press('Escape');
    await expect.poll(focused).toBe('Keep editing');
    await press('Enter');
    expect(await dialogOpen()).toBe(1);
    await page.getByRole('button', { name: 'Delete…' }).press('Enter');
    await expect.poll(focused).toBe('Keep it');
    await press('Tab', 'Enter');
    await expect.poll(commands).toEqual([{ type: 'profile.delete', profileId: 'shop' }]);
    await expect.poll(dialogOpen).toBe(0);
  });

  it('fills the form from a URL, and sends the id of the password that came with it', async () => {
    await open(`answers['profile.import'] = { imported: { notTaken: [{ what: 'connect_timeout', why: 'it is fixed' }], drafts: [
      { importId: 'i1', secrets: ['password'], notTaken: [], draft: { name: 'db', target: { engine: 'mysql', host: 'db', port: 3307, database: 'shop', user: 'ann', tls: { mode: 'require' } }, environment: 'staging', readOnly: true } } ] } };
      shown.edit(null)`);
    await page.locator('#url').focus();
    await page.keyboard.type('mysql://ann:hidden@db:3307/shop');
    await press('Enter');
    await expect.poll(() => page.locator('#f-target-port').inputValue()).toBe('3307');
    expect(await page.locator('#url').inputValue()).toBe('');
    expect(await page.locator('.note').textContent()).toContain('connect_timeout: it is fixed');
    expect(await page.locator('#f-secrets-password').getAttribute('placeholder')).toBe('imported');
    await page.getByRole('button', { name: 'Save' }).press('Enter');
    expect((await commands()).at(-1)).toMatchObject({ type: 'profile.save', importId: 'i1', secrets: {} });
  });

  it('picks one of the connections of a file', async () => {
    await open(`answers['profile.import'] = { imported: { notTaken: [], drafts: ['a', 'b'].map((name) => (
      { importId: name, secrets: [], notTaken: [], draft: { name, target: { engine: 'postgres', host: name, port: 5432, database: '', user: '', tls: { mode: 'disable' } }, environment: 'development', readOnly: false } })) } };
      shown.edit(null)`);
    await page.getByRole('button', { name: 'From a file…' }).press('Enter');
    await page.getByRole('button', { name: 'Read ~/.pgpass' }).press('Enter');
    await page.getByRole('button', { name: /^b/ }).press('Enter');
    await expect.poll(() => page.locator('#f-name').inputValue()).toBe('b');
  });

  it('a malicious file: what protects a connection less is reported beside each, before all are saved', async () => {
    await open(`answers['profile.import'] = { imported: { notTaken: [], drafts: ['a', 'b'].map((name) => (
      { importId: name, secrets: ['password'], notTaken: [{ what: 'TLS\u202e mode', code: 'import.tlsOff', why: 'TLS is off for ' + name + '.' }], draft: { name, target: { engine: 'postgres', host: name, port: 5432, database: '', user: '', tls: { mode: 'disable' } }, environment: 'development', readOnly: false } })) } };
      shown.edit(null)`);
    await page.getByRole('button', { name: 'From a file…' }).press('Enter');
    await page.getByRole('button', { name: 'Read ~/.pgpass' }).press('Enter');
    await page.getByRole('button', { name: 'Save all 2 as they are' }).waitFor();
    const omitted = await page.locator('qt-import .omitted').allTextContents();
    expect(omitted.map((text) => text.trim())).toEqual([
      'TLS\\u202E mode: TLS is off for a.',
      'TLS\\u202E mode: TLS is off for b.',
    ]);
    await page.getByRole('button', { name: /^b/ }).press('Enter');
    await expect.poll(() => page.locator('dialog .note').textContent()).toContain('TLS is off for b.');
  });

  it('a hostile server: a new connection verifies CA and name once its host is not this machine, until a mode is chosen', async () => {
    await open('shown.edit(null)');
    const mode = () => page.locator('input[name="target.tls.mode"]:checked').inputValue();
    const host = page.locator('#f-target-host');
    expect(await mode()).toBe('disable');
    await host.fill('db.example.com');
    await expect.poll(mode).toBe('verify-full');
    await host.fill('127.0.0.1');
    await expect.poll(mode).toBe('disable');
    await host.fill('db.example.org');
    await expect.poll(mode).toBe('verify-full');
    await page.getByText('Encrypt', { exact: true }).click();
    await expect.poll(mode).toBe('require');
    expect(await page.getByText('an impostor could receive the password').count()).toBe(1);
    await host.fill('localhost');
    await expect.poll(mode).toBe('require');
  });

  it('saves all connections of a file, or none of them', async () => {
    await open(`const two = ['a', 'b'].map((name) => (
      { importId: name, secrets: ['password'], notTaken: [], draft: { name, target: { engine: 'postgres', host: name, port: 5432, database: '', user: '', tls: { mode: 'disable' } }, environment: 'development', readOnly: false } }));
      answers['profile.import'] = { imported: { notTaken: [], drafts: two } };
      answers['profile.saveImported'] = { refused: { code: 'profile.nameTaken', message: 'There is a connection b already.' } };
      shown.edit(null)`);
    await page.getByRole('button', { name: 'From a file…' }).press('Enter');
    await page.getByRole('button', { name: 'Read ~/.pgpass' }).press('Enter');
    const all = page.getByRole('button', { name: 'Save all 2 as they are' });
    await all.press('Enter');
    await expect
      .poll(() => page.locator('qt-import .alert').textContent())
      .toContain('a connection b already');
    await page.evaluate('answers["profile.saveImported"] = { saved: 2 }');
    await all.press('Enter');
    await expect.poll(dialogOpen).toBe(0);
    expect((await commands()).at(-1)).toEqual({ type: 'profile.saveImported', importIds: ['a', 'b'] });
    expect(await events()).toEqual(['qt-profile-changed']);
  });

  it('leads to the vault where that stands in the way, and keeps what was typed', async () => {
    await open(
      `answers['profile.save'] = { refused: { code: 'vault.locked', message: 'The vault is locked.' } }; shown.edit(samples.SHOP)`,
    );
    await press('Enter');
    await page.getByRole('button', { name: 'Open the vault' }).press('Enter');
    expect(await events()).toEqual(['qt-open-vault']);
    expect(await dialogOpen()).toBe(1);
  });

  it('shows the fields of the engine that is chosen', async () => {
    await open('shown.edit(null)');
    await page.getByRole('radio', { name: 'MongoDB' }).press(' ');
    expect(await page.locator('#f-target-port').inputValue()).toBe('27017');
    await page.getByLabel('The host is a DNS seed list').press(' ');
    expect(await page.locator('#f-target-port').count()).toBe(0);
    expect(await page.getByLabel('Mechanism').count()).toBe(1);
  });
});
