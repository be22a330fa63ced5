import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { VaultView } from '../../src/events/config.ts';
import { trustPages } from './trust-pages.ts';

let page: Page;
const pages = trustPages();
const { commands, dialogOpen, focused, press } = pages;

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

  it('save nothing over what another page has saved since they were opened', async () => {
    await open();
    await page.getByLabel('Row limit, Production').fill('10000');
    await page.evaluate(`{
      const { policy } = samples.SETTINGS;
      const { production } = policy.environments;
      const environments = { ...policy.environments, production: { ...production, blockDangerous: true, rowsMax: 5 } };
      shown.current = { ...samples.SETTINGS, policy: { ...policy, environments, autoLockMs: 60000 } };
    }`);
    await expect.poll(() => page.getByLabel('Lock the vault').inputValue()).toBe('1');
    await page.getByRole('button', { name: 'Save' }).click();
    expect((await commands())[0]).toMatchObject({
      policy: {
        environments: { production: { blockDangerous: true, rowsMax: 10_000 } },
        autoLockMs: 60_000,
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
