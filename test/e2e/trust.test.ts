import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VaultView } from '../../src/events/config.ts';
import { animationsEnded } from './animations.ts';
import { type ElementPages, elementPages } from './element-pages.ts';

let pages: ElementPages;
let page: Page;

beforeAll(async () => {
  pages = await elementPages({
    html: 'trust.page.html',
    drawn: () => window.shown?.shadowRoot?.childElementCount,
    width: 1000,
    height: 800,
  });
});
afterAll(() => pages?.close());

/** The commands that the element asked for, without the statement's ids. */
const commands = () => page.evaluate(() => window.commands);
const events = () => page.evaluate(() => window.events.map(({ type }) => type));
const dialogOpen = () => page.locator('dialog[open]').count();
/** What has the focus: its id, label or words. */
const focused = () =>
  page.evaluate(() => {
    const element = window.shown.shadowRoot!.activeElement as HTMLElement | null;
    return element?.id || element?.getAttribute('aria-label') || element?.textContent?.trim() || null;
  });

async function press(...keys: readonly string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key);
}

describe('the confirmation', () => {
  const run = () => page.locator('button.run');
  const ask = (script: string) => page.evaluate(script);

  it('stands on the harmless button, which cancels', async () => {
    page = await pages.open('show=qt-danger-dialog');
    await ask('shown.pending = [samples.pending()]');
    await expect.poll(focused).toBe('Cancel: send nothing');
    await press('Enter');
    expect(await commands()).toEqual([{ type: 'query.cancel', queryId: 'q1' }]);
    await ask('shown.pending = []');
    await expect.poll(dialogOpen).toBe(0);
  });

  it('cancels on Escape, once', async () => {
    page = await pages.open('show=qt-danger-dialog');
    await ask('answers["query.cancel"] = "never"; shown.pending = [samples.pending()]');
    await expect.poll(focused).not.toBeNull();
    await press('Escape', 'Escape');
    expect(await commands()).toEqual([{ type: 'query.cancel', queryId: 'q1' }]);
    await expect.poll(dialogOpen).toBe(1);
  });

  it('runs only once the name is typed to the letter, and never by the Enter that ends the name', async () => {
    page = await pages.open('show=qt-danger-dialog');
    await ask('answers["query.confirm"] = "never"; shown.pending = [samples.pending()]');
    await expect.poll(focused).toBe('Cancel: send nothing');
    // What is typed goes where it belongs.
    await page.keyboard.type('Shop');
    expect(await focused()).toBe('name');
    expect(await run().isDisabled()).toBe(true);
    await press('Enter');
    expect(await page.locator('#problem').textContent()).toContain('not the connection’s name');
    await press('Control+a');
    await page.keyboard.type('shop');
    expect(await run().isEnabled()).toBe(true);
    await press('Enter');
    expect(await commands()).toEqual([]);
    expect(await focused()).toBe('Run on production');
    await press('Enter');
    expect(await commands()).toEqual([
      { type: 'query.confirm', queryId: 'q1', challenge: 'challenge-q1', name: 'shop' },
    ]);
    expect(await run().textContent()).toContain('Sending');
  });

  it('takes the keys that ran the statement for no answer', async () => {
    page = await pages.open('show=qt-danger-dialog');
    await ask('shown.pending = [samples.pending()]');
    await expect.poll(focused).toBe('Cancel: send nothing');
    await press('Control+Enter');
    expect(await commands()).toEqual([]);
    expect(await dialogOpen()).toBe(1);
  });

  it('keeps nothing that was typed for one statement for the next', async () => {
    page = await pages.open('show=qt-danger-dialog');
    await ask(
      'window.two = samples.pending({ queryId: "q2" }); shown.pending = [samples.pending(), window.two]',
    );
    expect(await page.locator('.count').textContent()).toBe('1 of 2 waiting');
    await page.keyboard.type('shop');
    await ask('shown.pending = [window.two]');
    await expect.poll(() => page.locator('#name').inputValue()).toBe('');
    expect(await run().isDisabled()).toBe(true);
    await expect.poll(focused).toBe('Cancel: send nothing');
  });

  it('marks the dangers in the statement and describes each in a sentence', async () => {
    page = await pages.open('show=qt-danger-dialog');
    await ask('shown.pending = [samples.pending()]');
    expect(await page.locator('mark').allTextContents()).toEqual(['or true', 'delete', 'drop table']);
    expect(await page.locator('li').count()).toBe(3);
    expect(await page.locator('pre').textContent()).toBe(await page.evaluate(() => window.samples.TEXT));
  });

  it('is too late when its time is over, and says so', async () => {
    page = await pages.open('show=qt-danger-dialog');
    await ask('shown.pending = [samples.pending({ leftMs: 900 })]');
    await page.keyboard.type('shop');
    await expect.poll(() => page.locator('.clock').textContent()).toContain('Too late');
    expect(await run().isDisabled()).toBe(true);
    expect(await page.locator('#name').isDisabled()).toBe(true);
  });

  it('says a refusal where the name is typed', async () => {
    page = await pages.open('show=qt-danger-dialog');
    await ask(
      'answers["query.confirm"] = { refused: { code: "confirmation.invalid", message: "It came too late." } }; shown.pending = [samples.pending()]',
    );
    await page.keyboard.type('shop');
    await press('Enter', 'Enter');
    await expect.poll(() => page.locator('#problem').textContent()).toContain('It came too late.');
  });

  it('shows hostile names and texts as text', async () => {
    page = await pages.open('show=qt-danger-dialog');
    await ask(
      'shown.pending = [samples.pending({ profileName: "<img src=x onerror=hacked=1> \\u202e x", text: "truncate \\"<b>\\u202e\\"" })]',
    );
    await page.locator('mark').waitFor();
    expect(await page.locator('dialog img, dialog pre b').count()).toBe(0);
    expect(await page.locator('pre').textContent()).toContain('<b>\\u202E');
  });
});

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

describe('the vault', () => {
  const open = async (vault: Partial<VaultView>) => {
    page = await pages.open('show=qt-vault-dialog');
    await page.evaluate((given) => {
      Object.assign(window.shown, { vault: window.samples.vault(given) });
      (window.shown as unknown as { open(): void }).open();
    }, vault);
  };

  it('is made once both passphrases are the same', async () => {
    await open({ state: 'absent' });
    await page.locator('#f-typed').focus();
    await page.keyboard.type('copper tidal raven mosaic');
    expect(await page.locator('.strength').textContent()).toContain('Strong');
    await press('Enter');
    await expect.poll(focused).toBe('f-again');
    expect(await commands()).toEqual([]);
    await page.keyboard.type('copper tidal raven mosaic');
    await press('Enter');
    expect(await commands()).toEqual([
      { type: 'vault.create', protection: { passphrase: 'copper tidal raven mosaic' } },
    ]);
    await expect.poll(dialogOpen).toBe(0);
    await expect.poll(() => page.locator('#f-typed').inputValue()).toBe('');
  });

  it('says why it takes longer after wrong ones', async () => {
    await open({ state: 'locked', protection: 'passphrase' });
    await page.evaluate(
      'answers["vault.unlock"] = { refused: { code: "vault.wrong", message: "That is not it." } }',
    );
    for (let wrong = 0; wrong < 2; wrong++) {
      await expect.poll(focused).toBe('f-typed');
      await page.keyboard.type('no');
      await press('Enter');
      await expect.poll(() => page.locator('#f-typed').inputValue()).toBe('');
    }
    await expect.poll(() => page.locator('.alert').textContent()).toContain('2 failed attempts so far');
    await page.evaluate('answers = {}');
    await page.keyboard.type('yes');
    await press('Enter');
    await expect.poll(dialogOpen).toBe(0);
  });

  /** Types a wrong passphrase, after which the vault takes none for a time. */
  const wrongAndWaiting = async (retryAfterMs: number) => {
    await open({ state: 'locked', protection: 'passphrase' });
    await page.evaluate(
      `answers["vault.unlock"] = { refused: { code: "vault.tooSoon", message: "Wait.", retryAfterMs: ${retryAfterMs} } }`,
    );
    await page.keyboard.type('no');
    await press('Enter');
    await page.getByRole('button', { name: /Unlock in \d+ s/ }).waitFor();
    await page.evaluate('answers = {}');
    await page.keyboard.type('yes');
  };

  it('sends no passphrase before one is looked at again', async () => {
    await wrongAndWaiting(600_000);
    await press('Enter');
    expect(await commands()).toHaveLength(1);
  });

  it('sends a passphrase once it is looked at again', async () => {
    await wrongAndWaiting(1000);
    await page.getByRole('button', { name: 'Unlock', exact: true }).waitFor();
    await press('Enter');
    await expect.poll(commands).toHaveLength(2);
  });

  it('is not locked over an open transaction before the user confirms', async () => {
    await open({ state: 'unlocked', protection: 'passphrase' });
    await page.evaluate(
      'answers["vault.lock"] = { refused: { code: "transaction.open", message: "One is open." } }',
    );
    await expect.poll(focused).toBe('Lock now');
    await press('Enter');
    await expect.poll(focused).toBe('Stay unlocked');
    await press('Tab', 'Enter');
    expect(await commands()).toEqual([{ type: 'vault.lock' }, { type: 'vault.lock', rollback: true }]);
  });

  it('asks for the present passphrase before it takes another', async () => {
    await open({ state: 'unlocked', protection: 'passphrase' });
    await page.getByRole('button', { name: 'Change protection…' }).press('Enter');
    await expect.poll(focused).toBe('f-current');
    await page.keyboard.type('old');
    await page.locator('#f-typed').fill('copper tidal raven mosaic');
    await page.locator('#f-again').fill('copper tidal raven mosaic');
    await press('Enter');
    expect(await commands()).toEqual([
      { type: 'vault.protect', protection: { passphrase: 'copper tidal raven mosaic' }, current: 'old' },
    ]);
  });

  it('that can’t be read is offered its backup, or a new one beside it, and nothing by one press', async () => {
    await open({
      state: 'unreadable',
      problem: { code: 'vault.damaged', message: 'The file is damaged.' },
      backup: { revision: 7, savedAt: new Date(2026, 10, 19, 9, 5).getTime() },
    });
    expect(await page.locator('.body').textContent()).toMatch(/vault\.damaged.*backup, saved .*2026/s);
    await page.getByRole('button', { name: 'Create a new vault…' }).press('Enter');
    await expect.poll(focused).toBe('Keep it');
    await press('Enter');
    expect(await commands()).toEqual([]);
    await page.getByRole('button', { name: 'Restore the backup' }).press('Enter');
    expect(await commands()).toEqual([{ type: 'vault.restoreBackup' }]);
  });

  it('locks by one key when it is open', async () => {
    await open({ state: 'unlocked', protection: 'keychain', keychainAvailable: true });
    await expect.poll(focused).toBe('Lock now');
    await press('Enter');
    expect(await commands()).toEqual([{ type: 'vault.lock' }]);
  });
});

describe('the settings', () => {
  const open = async () => {
    page = await pages.open('show=qt-settings');
    await page.evaluate('shown.open(samples.SETTINGS)');
    await expect.poll(focused).toBe('f--environments-development-confirmDangerous');
  };

  it('save what was changed by keyboard', async () => {
    await open();
    await press('Space');
    await page.getByLabel('Row limit, Production').focus();
    await page.keyboard.type('10000');
    await press('Enter');
    const [command] = await commands();
    expect(command).toMatchObject({
      type: 'policy.save',
      policy: {
        environments: { development: { confirmDangerous: true }, production: { rowsMax: 10_000 } },
        autoLockMs: 1_800_000,
      },
    });
    await expect.poll(dialogOpen).toBe(0);
  });

  it('stay open where an answer comes that was waited for before they were closed', async () => {
    await open();
    await page.evaluate('answers["policy.save"] = "never"');
    await press('Space', 'Enter');
    await expect.poll(async () => (await commands()).length).toBe(1);
    await press('Escape');
    await page.getByRole('button', { name: 'Close without saving' }).click();
    await expect.poll(dialogOpen).toBe(0);
    await page.evaluate('shown.open(samples.SETTINGS)');
    await page.getByLabel('Row limit, Production').fill('77');
    await page.evaluate('answerNow()');
    // A save of now is answered in its turn, which is after the late answer has been taken.
    await page.evaluate('answers["policy.save"] = { refused: { code: "x.late", message: "Not now." } }');
    await press('Enter');
    await page.getByText('Not now.').waitFor();
    expect(await dialogOpen()).toBe(1);
    expect(await page.getByLabel('Row limit, Production').inputValue()).toBe('77');
  });

  it('name the variable that decides, and can’t be changed then', async () => {
    await open();
    const fixed = page.getByLabel('Block dangerous statements, Production');
    expect(await fixed.isDisabled()).toBe(true);
    expect(await page.locator('.by').textContent()).toContain('QUERYTAPE_POLICY_PRODUCTION_BLOCK_DANGEROUS');
  });

  it('choose among words by keyboard', async () => {
    await open();
    const level = page.getByLabel('Log level');
    await level.focus();
    await page.keyboard.type('d');
    await page.getByRole('button', { name: 'Save' }).press('Enter');
    const [command] = await commands();
    expect(command).toMatchObject({ type: 'policy.save', policy: { logLevel: 'debug' } });
    await page.evaluate('shown.open(samples.SETTINGS)');
    expect(await level.inputValue()).toBe('info');
  });

  it('name the option of the command line that decides for this run', async () => {
    page = await pages.open('show=qt-settings');
    await page.evaluate('shown.open(samples.SETTINGS_OF_RUN)');
    const fixed = page.getByLabel('Log level');
    expect(await fixed.isDisabled()).toBe(true);
    expect(await fixed.inputValue()).toBe('debug');
    expect(await page.locator('.by').textContent()).toBe('set by --log-level');
  });

  it('say what is no figure at its field', async () => {
    await open();
    await page.getByLabel('Keep the tape for').fill('long');
    await press('Enter');
    await expect.poll(focused).toBe('f--tapeAgeMaxMs');
    expect(await page.locator('#f--tapeAgeMaxMs-said').textContent()).toBe('From 1 to 3\u00a0650 days.');
    expect(await commands()).toEqual([]);
    await press('Escape');
    await expect.poll(focused).toBe('Keep editing');
  });

  it('are not to be changed while the file is broken, and say where', async () => {
    page = await pages.open('show=qt-settings');
    await page.evaluate('shown.open(samples.BROKEN_SETTINGS)');
    expect(await page.locator('.warnings').textContent()).toContain(
      'Line 12, /environments/production/confirmDangreous',
    );
    expect(await page.getByRole('button', { name: 'Save' }).count()).toBe(0);
    expect(await page.getByLabel('Row limit, Staging').isDisabled()).toBe(true);
  });
});

describe('the badge', () => {
  it('explains itself on a press, within the window, and leaves on Escape', async () => {
    page = await pages.open('show=qt-protection-badge');
    expect(await page.locator('.badge').textContent()).toContain(
      'read-only · enforced by server and classifier',
    );
    await page.locator('.badge').press('Enter');
    const popup = page.locator('#why');
    await popup.getByText('GRANT pg_read_all_data').waitFor();
    const box = (await popup.boundingBox())!;
    expect(box.y).toBeGreaterThanOrEqual(0);
    expect(box.y + box.height).toBeLessThanOrEqual(800);
    await press('Escape');
    await expect.poll(() => popup.isVisible()).toBe(false);
    await page.locator('.badge').press('Enter');
    await page.getByRole('button', { name: 'Change the policy' }).press('Enter');
    expect(await events()).toEqual(['qt-open-settings']);
  });
});

describe('a refusal', () => {
  it('leads to its place and to who may change it', async () => {
    page = await pages.open('show=qt-refusal&code=readOnly.ddl');
    await page.getByRole('button', { name: 'line 5' }).press('Enter');
    await page.getByRole('button', { name: 'Edit the connection' }).press('Enter');
    expect(await page.evaluate(() => window.events)).toEqual([
      { type: 'qt-show-place', detail: null },
      { type: 'qt-refusal-act', detail: 'edit-connection' },
    ]);
  });
});

describe('the history', () => {
  const rows = () => page.locator('.entry').count();
  const selected = () => page.locator('.entry[aria-selected=true]').getAttribute('aria-posinset');

  it('draws what is in view of ten thousand, and goes through all of them by keyboard', async () => {
    page = await pages.open('show=qt-history&count=10000');
    expect(await rows()).toBeLessThan(60);
    await page.locator('.list').focus();
    await press('ArrowDown', 'ArrowDown');
    expect(await selected()).toBe('3');
    await press('End');
    await expect.poll(selected).toBe('10000');
    expect(await page.locator('.entry[aria-selected=true]').isVisible()).toBe(true);
    await press('Enter', 'Delete');
    expect(await events()).toEqual(['qt-history-open', 'qt-history-delete']);
  });

  it('asks for what is typed, and opens the first without leaving the field', async () => {
    page = await pages.open('show=qt-history&count=3');
    await page.locator('input[type=search]').focus();
    await page.keyboard.type('fix');
    expect(await page.evaluate(() => window.events.at(-1))).toEqual({
      type: 'qt-history-search',
      detail: { search: 'fix', outcome: null },
    });
    await press('ArrowDown', 'Enter');
    expect(await page.evaluate(() => (window.events.at(-1)!.detail as { queryId: string }).queryId)).toBe(
      'h1',
    );
    await page.getByLabel('Outcome').selectOption('timedOut');
    expect((await page.evaluate(() => window.events.at(-1)))?.detail).toEqual({
      search: 'fix',
      outcome: 'timedOut',
    });
    await page.evaluate('shown.entries = []');
    await page.getByText('No statement matches.').waitFor();
  });

  it('asks for older ones before the end is seen, and not while they are on their way', async () => {
    page = await pages.open('show=qt-history&count=100');
    await page.evaluate(
      'shown.more = true; shown.addEventListener("qt-history-more", () => { shown.reading = true; })',
    );
    await page.locator('.list').focus();
    expect(await events()).toEqual([]);
    await press('End');
    await expect.poll(events).toEqual(['qt-history-more']);
    await press('Home', 'End');
    await page.waitForTimeout(100);
    expect(await events()).toEqual(['qt-history-more']);
  });

  it('asks for older ones where too few are left, and begins again at the first', async () => {
    page = await pages.open('show=qt-history&count=100');
    await page.evaluate(
      'shown.more = true; shown.addEventListener("qt-history-more", () => { shown.reading = true; })',
    );
    const read = (count: number) =>
      page.evaluate(`Object.assign(shown, { reading: false, entries: samples.history(${count}) })`);
    await page.locator('.list').focus();
    await press('End');
    await expect.poll(events).toEqual(['qt-history-more']);
    await read(0);
    await expect.poll(events).toHaveLength(2);
    await read(100);
    await page.locator('#entry-0').waitFor();
    expect(await events()).toHaveLength(2);
    await read(5);
    await expect.poll(events).toHaveLength(3);
  });

  it('stays on what is selected while new statements come', async () => {
    page = await pages.open('show=qt-history&count=500');
    await page.locator('.list').focus();
    await press('PageDown', 'PageDown', 'PageDown');
    const line = () => page.locator('.entry[aria-selected=true] time').getAttribute('datetime');
    const top = () =>
      page.locator('.entry[aria-selected=true]').evaluate((row) => row.getBoundingClientRect().top);
    const [before, topBefore] = [await line(), await top()];
    await page.evaluate(() => {
      const { shown } = window as unknown as { shown: { entries: unknown[] } };
      shown.entries = [
        ...window.samples.history(3).map((one) => ({ ...one, queryId: `new-${one.queryId}` })),
        ...shown.entries,
      ];
    });
    await expect.poll(top).toBe(topBefore);
    expect(await line()).toBe(before);
  });

  it('is emptied only by who says so twice', async () => {
    page = await pages.open('show=qt-history&count=10');
    await page.getByRole('button', { name: 'Delete all…' }).press('Enter');
    await expect.poll(focused).toBe('Keep them');
    await press('Escape');
    expect(await events()).toEqual([]);
    await page.getByRole('button', { name: 'Delete all…' }).press('Enter');
    await expect.poll(focused).toBe('Keep them');
    await press('Tab', 'Enter');
    expect(await events()).toEqual(['qt-history-purge']);
  });

  it('says what to do first where there is none', async () => {
    page = await pages.open('show=qt-history&count=0');
    await page.getByText('No statements yet.').waitFor();
  });
});

describe('colours', () => {
  /** Contrast of every word that is seen with what is behind it, below 4.5. */
  const faint = () =>
    page.evaluate(() => {
      const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true })!;
      const rgb = (colour: string): [number, number, number, number] => {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
        return [r!, g!, b!, a! / 255];
      };
      const light = ([r, g, b]: readonly number[]): number => {
        const part = (value: number): number =>
          value / 255 <= 0.03928 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4;
        return 0.2126 * part(r!) + 0.7152 * part(g!) + 0.0722 * part(b!);
      };
      const behind = (element: Element | null): [number, number, number, number] => {
        for (let at = element; at; at = at.parentElement) {
          const colour = rgb(getComputedStyle(at).backgroundColor);
          if (colour[3] > 0.99) return colour;
        }
        return rgb(getComputedStyle(document.body).backgroundColor);
      };
      const bad: string[] = [];
      for (const element of window.shown.shadowRoot!.querySelectorAll<HTMLElement>('*')) {
        const own = [...element.childNodes].some(
          (node) => node.nodeType === 3 && node.textContent!.trim() !== '',
        );
        if (!own || !element.checkVisibility() || element.tagName === 'STYLE' || element.tagName === 'OPTION')
          continue;
        const [a, b] = [light(rgb(getComputedStyle(element).color)), light(behind(element))];
        const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        if (contrast < 4.5)
          bad.push(
            `${element.className || element.tagName} "${element.textContent!.trim().slice(0, 30)}" ${contrast.toFixed(2)}`,
          );
      }
      return bad;
    });

  it.each([
    [
      'light',
      'show=qt-danger-dialog',
      'shown.pending = [samples.pending(), samples.pending({ queryId: "q2" })]',
    ],
    ['dark', 'show=qt-danger-dialog', 'shown.pending = [samples.pending({ leftMs: 9000 })]'],
    ['light', 'show=qt-danger-dialog', 'shown.pending = [samples.pending({ environment: "staging" })]'],
    ['light', 'show=qt-connection-dialog', 'shown.edit(samples.SHOP, ["password"])'],
    ['dark', 'show=qt-connection-dialog', 'shown.edit(samples.SHOP, ["password"])'],
    ['light', 'show=qt-vault-dialog', 'void shown.open()'],
    ['dark', 'show=qt-vault-dialog', 'void shown.open()'],
    ['light', 'show=qt-settings', 'shown.open(samples.SETTINGS)'],
    ['dark', 'show=qt-settings', 'shown.open(samples.SETTINGS)'],
    ['light', 'show=qt-settings', 'shown.open(samples.SETTINGS_OF_RUN)'],
    ['light', 'show=qt-refusal&code=policy.dangerous', ''],
    ['dark', 'show=qt-refusal&code=policy.dangerous', ''],
    ['light', 'show=qt-history&count=40', ''],
    ['dark', 'show=qt-history&count=40', ''],
    ['light', 'show=qt-protection-badge&write', 'shown.shadowRoot.querySelector(".badge").click()'],
    ['dark', 'show=qt-protection-badge', 'shown.shadowRoot.querySelector(".badge").click()'],
  ] as const)('stand out from what is behind them, %s %s %s', async (colorScheme, query, script) => {
    page = await pages.open(query, { colorScheme });
    await page.evaluate(script);
    await animationsEnded(page);
    expect(await faint()).toEqual([]);
  });
});
