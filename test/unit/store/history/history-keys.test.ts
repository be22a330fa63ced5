import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { agree, agreedKey, newKeyPair } from '../../../../src/store/history/key-pair.ts';
import { codeOf, newFolder, openVault, passphrase } from '../vault/vault-support.ts';
import { filesIn, openTexts, type Place, statement, textsIn, wish } from './texts-support.ts';

const privateFile = ({ folder }: { folder: string }) => join(folder, 'history', 'private.key');
const publicFile = ({ folder }: { folder: string }) => join(folder, 'history', 'public.key');

async function run(place: Place, text: string): Promise<void> {
  place.texts.history.submitted([statement(`q${Math.random()}`, text)]);
  await place.texts.history.written();
}

const problems = async ({ texts }: Place) =>
  (await texts.history.page(wish())).problems.map(({ code }) => code);

describe('the keys of texts', () => {
  it('agree on one key from either side, another for each one-time key', () => {
    const { publicKey, privateKey } = newKeyPair();
    const [one, two] = [agree(publicKey), agree(publicKey)];
    expect(agreedKey(privateKey, one.ephemeral)).toEqual(one.key);
    expect(agreedKey(privateKey, two.ephemeral)).toEqual(two.key);
    expect(one.key).not.toEqual(two.key);
    expect(agreedKey(newKeyPair().privateKey, one.ephemeral)).not.toEqual(one.key);
  });

  it('wait in a file until there is a vault, and move into it then', async () => {
    const place = await openTexts();
    await run(place, 'select 1');
    expect(statSync(privateFile(place)).mode & 0o777).toBe(0o600);
    const secret = readFileSync(privateFile(place), 'latin1').trim().split(' ').at(-1)!;
    expect(await textsIn(place)).toEqual(['select 1']);
    await place.vault.create({ passphrase: passphrase() });
    expect(await textsIn(place)).toEqual(['select 1']);
    expect(existsSync(privateFile(place))).toBe(false);
    expect(place.vault.keyNames()).toHaveLength(1);
    await run(place, 'select 2');
    await place.texts.close();
    for (const [path, bytes] of filesIn(place.folder))
      expect(bytes.includes(secret.split('.')[1]!), path).toBe(false);
    const after = await openTexts(place.folder);
    expect(await codeOf(after.texts.history.page(wish()))).toBe('vault.locked');
    await after.vault.unlock(passphrase());
    expect(await textsIn(after)).toEqual(['select 2', 'select 1']);
    expect(after.vault.keyNames()).toHaveLength(1);
  });

  it('move into a vault that is opened, where an older program made it', async () => {
    const folder = newFolder();
    const old = await openVault(folder);
    await old.create({ passphrase: passphrase() });
    old.lock();
    const place = await openTexts(folder);
    await run(place, 'select 1');
    expect(existsSync(privateFile(place))).toBe(true);
    expect(await codeOf(place.texts.history.page(wish()))).toBe('vault.locked');
    await place.vault.unlock(passphrase());
    expect(await textsIn(place)).toEqual(['select 1']);
    expect(existsSync(privateFile(place))).toBe(false);
  });

  it('stay where they are as long as the vault can not take them', async () => {
    const place = await openTexts();
    await run(place, 'select 1');
    const saveKey = place.vault.saveKey.bind(place.vault);
    place.vault.saveKey = () => Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' }));
    await place.vault.create({ passphrase: passphrase() });
    expect(await textsIn(place)).toEqual(['select 1']);
    expect(existsSync(privateFile(place))).toBe(true);
    place.vault.saveKey = saveKey;
    place.vault.lock();
    await place.vault.unlock(passphrase());
    expect(await textsIn(place)).toEqual(['select 1']);
    expect(existsSync(privateFile(place))).toBe(false);
  });

  it('are others after the vault was set aside: what is older is reported, and comes back with that vault', async () => {
    const place = await openTexts();
    await place.vault.create({ passphrase: passphrase() });
    await run(place, 'select 1');
    await place.texts.drafts.save({ tabId: 't', profileId: 'p', text: 'draft' });
    place.vault.lock();
    await place.vault.setAside(true);
    await run(place, 'select 2');
    const page = await place.texts.history.page(wish());
    expect(page.entries.map(({ text }) => text)).toEqual(['select 2']);
    expect(page.problems).toMatchObject([
      { code: 'history.otherKey', message: expect.stringContaining('1 older statement') },
    ]);
    expect((await place.texts.drafts.list()).problems.map(({ code }) => code)).toEqual(['draft.otherKey']);
    await place.vault.create({ passphrase: passphrase() });
    expect(await textsIn(place)).toEqual(['select 2']);
    expect(await problems(place)).toEqual(['history.otherKey']);
    await run(place, 'select 3');
    expect(await textsIn(place)).toEqual(['select 3', 'select 2']);
    expect(await place.texts.history.purge()).toBe(3);
  });

  it('are the vault’s: a public key that was put in the folder is not sealed for once the vault is open', async () => {
    const place = await openTexts();
    await place.vault.create({ passphrase: passphrase() });
    await run(place, 'select 1');
    await place.texts.close();
    const own = readFileSync(publicFile(place), 'latin1');
    writeFileSync(publicFile(place), own.replace(/\S+\n$/, `${newKeyPair().publicKey.x}\n`));
    const after = await openTexts(place.folder);
    await run(after, 'select 2');
    await after.vault.unlock(passphrase());
    expect(await textsIn(after)).toEqual(['select 1']);
    expect(await problems(after)).toEqual(['history.otherKey']);
    expect(readFileSync(publicFile(place), 'latin1')).toBe(own);
    await run(after, 'select 3');
    expect(await textsIn(after)).toEqual(['select 3', 'select 1']);
  });

  it('are made again where the folder has lost them', async () => {
    const place = await openTexts();
    await place.vault.create({ passphrase: passphrase() });
    await run(place, 'select 1');
    await place.texts.close();
    writeFileSync(publicFile(place), 'nonsense');
    const after = await openTexts(place.folder);
    await run(after, 'select 2');
    await after.vault.unlock(passphrase());
    await run(after, 'select 3');
    expect(await textsIn(after)).toEqual(['select 3', 'select 2', 'select 1']);
    expect(existsSync(privateFile(place))).toBe(false);
  });
});
