import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../../src/events/secret.ts';
import { saving } from '../../../../src/store/vault/changes.ts';
import { contentsOf, EMPTY, plainOf } from '../../../../src/store/vault/contents.ts';
import { OpenVault } from '../../../../src/store/vault/open-vault.ts';
import { isPayable, SCRYPT_COST } from '../../../../src/store/vault/scrypt.ts';
import { newKey } from '../../../../src/store/vault/seal.ts';
import type { VaultFile } from '../../../../src/store/vault/vault-file.ts';
import {
  CHEAP,
  codeOf,
  madeVault,
  memoryKeychain,
  newFolder,
  openVault,
  passphrase,
  profile,
} from './vault-support.ts';

describe('a vault', () => {
  it('gives back what it was given, after a restart', async () => {
    const folder = newFolder();
    const vault = await openVault(folder);
    expect(vault.state).toBe('absent');
    await vault.create({ passphrase: passphrase() });
    expect(vault.state).toBe('unlocked');
    const kept = profile('a', { folder: 'Work/Shop', tags: ['eu'], notes: 'two\nlines', colour: '#aa3311' });
    await vault.save(kept, { password: new Secret('hunter2'), 'ssh.0.passphrase': new Secret('pä§\ud800') });

    const again = await openVault(folder);
    expect(again).toMatchObject({ state: 'locked', protection: 'passphrase' });
    expect(again.list()).toEqual([]);
    expect(again.password('a')).toBeUndefined();
    await again.unlock(passphrase());
    expect(again.list()).toEqual([kept]);
    expect(again.get('a')).toEqual(kept);
    expect(again.password('a')).toBe('hunter2');
    expect(again.secret('a', 'ssh.0.passphrase')?.reveal()).toBe('pä§\ud800');
    expect(again.secretNames('a')).toEqual(['password', 'ssh.0.passphrase']);
  });

  it('gives back the secrets of a tunnel that an earlier version stored, by the names of today', async () => {
    const folder = newFolder();
    const vault = await madeVault(folder);
    await vault.save(profile('a'), { sshPassword: new Secret('one'), sshPassphrase: new Secret('two') });
    const both = { sshPassword: new Secret('earlier'), 'ssh.0.password': new Secret('today') };
    await vault.save(profile('b', { name: 'b' }), both);
    const again = await openVault(folder);
    await again.unlock(passphrase());
    expect(again.secretNames('a').toSorted()).toEqual(['ssh.0.passphrase', 'ssh.0.password']);
    expect(again.secret('a', 'ssh.0.password')?.reveal()).toBe('one');
    expect(again.secret('a', 'ssh.0.passphrase')?.reveal()).toBe('two');
    expect(again.secretNames('b')).toEqual(['ssh.0.password']);
    expect(again.secret('b', 'ssh.0.password')?.reveal()).toBe('today');
  });

  it('gives back any name, note and secret', { tags: ['slow'] }, async () => {
    const vault = await madeVault(newFolder());
    const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 });
    let count = 0;
    await fc.assert(
      fc.asyncProperty(text, text, async (notes, word) => {
        const id = `p${count++}`;
        await vault.save(profile(id, { notes }), { password: new Secret(word) });
        vault.lock();
        await vault.unlock(passphrase());
        expect(vault.get(id)?.notes).toBe(notes);
        expect(vault.password(id)).toBe(word);
      }),
      { numRuns: 50 },
    );
  });

  it('shows nothing of its contents in its file, and is for its owner alone', async () => {
    const folder = newFolder();
    const vault = await madeVault(folder);
    await vault.save(profile('a'), { password: new Secret('hunter2') });
    for (const name of readdirSync(folder)) {
      const text = readFileSync(join(folder, name), 'latin1');
      for (const word of ['hunter2', 'example', 'production', 'horse']) expect(text).not.toContain(word);
      expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    }
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(readdirSync(folder).sort()).toEqual(['vault.qtv', 'vault.qtv.bak']);
  });

  it('renames, duplicates with secrets, and deletes', async () => {
    const vault = await madeVault(newFolder());
    await vault.save(profile('a'), { password: new Secret('one') });
    await vault.rename('a', ' Shop ');
    await vault.duplicate('a', 'b');
    expect(vault.list().map(({ name }) => name)).toEqual(['Shop', 'Shop (2)']);
    expect(vault.password('b')).toBe('one');
    await vault.delete('a');
    expect(vault.password('b')).toBe('one');
    expect(vault.get('a')).toBeUndefined();
    expect(await codeOf(vault.delete('a'))).toBe('profile.unknown');
    expect(await codeOf(vault.rename('a', 'x'))).toBe('profile.unknown');
    expect(await codeOf(vault.save(profile('c', { name: 'shop (2)' })))).toBe('profile.nameTaken');
    expect(await codeOf(vault.rename('b', '  '))).toBe('profile.invalid');
    expect(await codeOf(vault.save(profile('d'), { 'no name': new Secret('x') }))).toBe('profile.secret');
  });

  it('keeps a secret that is not named, forgets it for null, and never stores one that is asked for', async () => {
    const vault = await madeVault(newFolder());
    await vault.save(profile('a'), { password: new Secret('one'), 'ssh.0.password': new Secret('two') });
    await vault.save(profile('a', { notes: 'x' }));
    expect(vault.password('a')).toBe('one');
    await vault.save(profile('a'), { 'ssh.0.password': null });
    expect(vault.secretNames('a')).toEqual(['password']);
    await vault.save(profile('a', { askPassword: true }), { password: new Secret('three') });
    expect(vault.secretNames('a')).toEqual([]);
  });

  it('keeps many at once or none', async () => {
    const vault = await madeVault(newFolder());
    await vault.save(profile('a'));
    await vault.saveAll([
      { profile: profile('b', { name: 'a' }), secrets: { password: new Secret('x') } },
      { profile: profile('c', { name: 'A' }) },
    ]);
    expect(vault.list().map(({ name }) => name)).toEqual(['a', 'a (2)', 'A (3)']);
    const bad = vault.saveAll([{ profile: profile('d') }, { profile: profile('e', { name: '' }) }]);
    expect(await codeOf(bad)).toBe('profile.invalid');
    expect(vault.list()).toHaveLength(3);
  });

  it('wipes every secret and refuses all work once it is locked', async () => {
    const vault = await madeVault(newFolder());
    const given = new Secret('hunter2');
    await vault.save(profile('a'), { password: given });
    given.wipe();
    const copy = vault.secret('a', 'password');
    vault.lock();
    expect(vault.state).toBe('locked');
    expect(vault.list()).toEqual([]);
    expect(vault.secret('a', 'password')).toBeUndefined();
    expect(copy?.reveal()).toBe('hunter2');
    for (const work of [
      vault.save(profile('a')),
      vault.rename('a', 'b'),
      vault.delete('a'),
      vault.changeProtection({ passphrase: passphrase() }),
    ])
      expect(await codeOf(work)).toBe('vault.locked');
  });

  it('stays locked when it is locked while it unlocks, or saves', async () => {
    const vault = await madeVault(newFolder());
    const saving = vault.save(profile('a'), { password: new Secret('x') });
    vault.lock();
    expect(await codeOf(saving)).toBe('vault.locked');
    const unlocking = vault.unlock(passphrase());
    await Promise.resolve();
    vault.lock();
    expect(await codeOf(unlocking)).toBe('vault.locked');
    expect(vault.state).toBe('locked');
    await vault.unlock(passphrase());
    expect(vault.list()).toEqual([]);
  });

  it('keeps keys of what is encrypted elsewhere, in its backup too, and forgets them as it locks', async () => {
    const folder = newFolder();
    const vault = await madeVault(folder);
    await vault.saveKey('first', new Secret('one'));
    await vault.saveKey('second', new Secret('two'));
    await vault.saveKey('first', new Secret('another'));
    expect(vault.keyNames()).toEqual(['first', 'second']);
    expect(vault.key('first')?.reveal()).toBe('one');
    await vault.save(profile('a'));
    vault.lock();
    expect(vault.keyNames()).toEqual([]);
    expect(vault.key('first')).toBeUndefined();
    expect(await codeOf(vault.saveKey('third', new Secret('three')))).toBe('vault.locked');
    writeFileSync(join(folder, 'vault.qtv'), 'damaged');
    const again = await openVault(folder);
    await again.restoreBackup();
    await again.unlock(passphrase());
    expect(again.key('second')?.reveal()).toBe('two');
  });

  it('is read by a program that knows no keys while it holds none, and opens where it was written by one', () => {
    const contents = saving(profile('a'), {})(EMPTY, 1);
    expect(Object.keys(JSON.parse(plainOf(contents).toString()))).toEqual(['profiles']);
    const read = contentsOf(plainOf(contents));
    expect([...read.profiles.keys()]).toEqual(['a']);
    expect(read.keys.size).toBe(0);
  });

  it('overwrites its keys, those it leaves behind too', async () => {
    const keys = [newKey(), newKey()] as const;
    const protection = { kind: 'keychain', account: 'a', nonce: '', wrappedKey: '' } as const;
    const open = new OpenVault('0'.repeat(32), { key: keys[0], protection });
    const secret = new Secret('x');
    const contents = saving(profile('a'), { password: secret })(EMPTY, 1);
    const kept = contents.profiles.get('a')!.secrets.get('password')!;
    const file = { header: { protection, revision: 1 }, digest: 'd' } as unknown as VaultFile;
    open.adopt(file, contents, keys[1]);
    expect(keys[0]).toEqual(Buffer.alloc(32));
    expect(keys[1]).not.toEqual(Buffer.alloc(32));
    open.wipe();
    expect(keys[1]).toEqual(Buffer.alloc(32));
    expect(kept.wiped).toBe(true);
    expect(() => open.sealed(EMPTY, 0)).toThrow('wiped');
    // What a save under way brings back is overwritten as well.
    const late = newKey();
    const others = saving(profile('a'), { password: secret })(EMPTY, 2);
    open.adopt(file, others, late);
    expect(late).toEqual(Buffer.alloc(32));
    expect(others.profiles.get('a')!.secrets.get('password')!.wiped).toBe(true);
  });

  it('keeps what it was given, whatever becomes of the object', async () => {
    const vault = await madeVault(newFolder());
    const given = { ...profile('a'), tags: ['eu'] };
    await vault.save(given);
    given.tags.push('us');
    expect(vault.get('a')?.tags).toEqual(['eu']);
  });

  it('tells its listeners', async () => {
    const vault = await madeVault(newFolder());
    const states: string[] = [];
    const stop = vault.subscribe(() => states.push(`${vault.state} ${vault.list().length}`));
    await vault.save(profile('a'));
    vault.lock();
    stop();
    await vault.unlock(passphrase());
    expect(states).toEqual(['unlocked 1', 'locked 0']);
  });

  it('uses a nonce once', async () => {
    const folder = newFolder();
    const vault = await madeVault(folder);
    const nonces = new Set<string>();
    for (let i = 0; i < 20; i++) {
      await vault.save(profile('a', { notes: 'same' }));
      nonces.add(JSON.parse(readFileSync(join(folder, 'vault.qtv'), 'utf8').split('\n')[1]!).nonce);
    }
    expect(nonces.size).toBe(20);
  });
});

describe('a passphrase', () => {
  it('has to be right, and long enough to be one', async () => {
    const folder = newFolder();
    const empty = await openVault(folder);
    expect(await codeOf(empty.create({ passphrase: new Secret('short') }))).toBe('vault.weakPassphrase');
    expect(empty.state).toBe('absent');
    expect(await codeOf(empty.unlock(passphrase()))).toBe('vault.absent');
    const vault = await madeVault(folder);
    expect(await codeOf(vault.create({ passphrase: passphrase() }))).toBe('vault.exists');
    vault.lock();
    expect(await codeOf(vault.unlock())).toBe('vault.passphraseNeeded');
    expect(await codeOf(vault.unlock(new Secret('correct horse batterx')))).toBe('vault.wrongPassphrase');
    expect(vault.state).toBe('locked');
    await vault.unlock(passphrase());
  });

  it('is the same however its letters were typed', async () => {
    const vault = await openVault(newFolder());
    await vault.create({ passphrase: new Secret('Fru\u0308hstu\u0308ck') });
    vault.lock();
    await vault.unlock(new Secret('Fr\u00fchst\u00fcck'));
  });

  it('a stolen laptop: guessing a passphrase is slowed down, over restarts too, until one is right', async () => {
    const folder = newFolder();
    let now = 1_000_000;
    const clock = { now: () => now };
    const waits: number[] = [];
    (await madeVault(folder, clock)).lock();
    for (let attempt = 0; attempt < 16; attempt++) {
      const vault = await openVault(folder, clock);
      await vault.unlock(new Secret('wrong wrong')).catch(({ code, retryAfterMs }) => {
        expect(code).toBe('vault.wrongPassphrase');
        waits.push(retryAfterMs);
      });
      if (waits.at(-1)! > 0) {
        expect(await codeOf(vault.unlock(passphrase()))).toBe('vault.tooSoon');
        now += waits.at(-1)! - 1;
        expect(await codeOf(vault.unlock(passphrase()))).toBe('vault.tooSoon');
        now += 1;
      }
    }
    expect(waits.slice(0, 6)).toEqual([0, 0, 0, 1000, 2000, 4000]);
    expect(Math.max(...waits)).toBe(300_000);
    const vault = await openVault(folder, clock);
    await vault.unlock(passphrase());
    vault.lock();
    expect(await vault.unlock(new Secret('wrong wrong')).catch(({ retryAfterMs }) => retryAfterMs)).toBe(0);
  });

  it('is opened after the delay, no later, where the clock was set back after wrong passphrases', async () => {
    const folder = newFolder();
    let now = 1_000_000_000;
    const clock = { now: () => now };
    (await madeVault(folder, clock)).lock();
    const vault = await openVault(folder, clock);
    for (let attempt = 0; attempt < 4; attempt++) await codeOf(vault.unlock(new Secret('wrong wrong')));
    now -= 500_000_000;
    expect(await codeOf(vault.unlock(passphrase()))).toBe('vault.tooSoon');
    now += 999;
    expect(await codeOf((await openVault(folder, clock)).unlock(passphrase()))).toBe('vault.tooSoon');
    now += 1;
    await vault.unlock(passphrase());
    expect(vault.state).toBe('unlocked');
  });

  it('costs what OWASP asks for unless a test says otherwise, and no file can ask for much more', {
    tags: ['slow'],
  }, async () => {
    expect(SCRYPT_COST).toEqual({ N: 131072, r: 8, p: 1 });
    expect(isPayable(SCRYPT_COST)).toBe(true);
    for (const cost of [
      { N: 2 ** 21, r: 8, p: 1 },
      { N: 3, r: 8, p: 1 },
      { N: 2 ** 17, r: 8, p: 64 },
      { N: 2 ** 17, r: 0, p: 1 },
      { N: -2, r: 8, p: 1 },
      { N: 1.5, r: 8, p: 1 },
    ])
      expect(isPayable(cost)).toBe(false);
    const folder = newFolder();
    const vault = await madeVault(folder, { cost: SCRYPT_COST });
    const { protection } = JSON.parse(readFileSync(join(folder, 'vault.qtv'), 'utf8').split('\n')[1]!);
    expect(protection).toMatchObject(SCRYPT_COST);
    vault.lock();
    await vault.unlock(passphrase());
  });
});

describe('protection', () => {
  it('is by the keychain where that was chosen', async () => {
    const folder = newFolder();
    const { kept, keychain } = memoryKeychain();
    const vault = await openVault(folder, { keychain });
    await vault.create({ keychain: true });
    await vault.save(profile('a'), { password: new Secret('x') });
    expect(kept.size).toBe(1);
    const again = await openVault(folder, { keychain });
    expect(again.protection).toBe('keychain');
    await again.unlock();
    expect(again.password('a')).toBe('x');
  });

  it('tells a keychain that is gone from one that has no key', async () => {
    const folder = newFolder();
    const { kept, keychain, keytar } = memoryKeychain();
    (
      await openVault(folder, { keychain }).then(async (vault) => {
        await vault.create({ keychain: true });
        return vault;
      })
    ).lock();
    const before = new Map(kept);
    kept.clear();
    const vault = await openVault(folder, { keychain });
    expect(await codeOf(vault.unlock())).toBe('vault.keyGone');
    keytar.setPassword = () => Promise.reject(new Error('Cannot autolaunch D-Bus'));
    expect(await codeOf(vault.unlock())).toBe('vault.keychainGone');
    // A passphrase does not help, and none is asked for instead.
    expect(await codeOf(vault.unlock(passphrase()))).toBe('vault.keychainGone');
    for (const [account, word] of before)
      kept.set(account, Buffer.alloc(32).toString('base64') + word.slice(99));
    keytar.setPassword = async (_, account, word) => void kept.set(account, word);
    expect(await codeOf(vault.unlock())).toBe('vault.keyGone');
  });

  it('never falls back to something else where the keychain keeps nothing', async () => {
    const { keytar } = memoryKeychain();
    const { openKeychain } = await import('../../../../src/store/vault/keychain.ts');
    const cases = {
      lies: { ...keytar, setPassword: async () => {} },
      hangs: { ...keytar, getPassword: () => new Promise<null>(() => {}) },
    };
    for (const load of [
      async () => cases.lies,
      async () => cases.hangs,
      () => Promise.reject(new Error('Cannot find package')),
    ]) {
      const folder = newFolder();
      const vault = await openVault(folder, { keychain: () => openKeychain({ load, timeoutMs: 20 }) });
      expect(await codeOf(vault.create({ keychain: true }))).toBe('vault.keychainGone');
      expect(vault.state).toBe('absent');
      expect(readdirSync(folder)).toEqual([]);
    }
  });

  it('a stolen laptop: a passphrase that was changed opens nothing any more', async () => {
    const folder = newFolder();
    const { kept, keychain } = memoryKeychain();
    const vault = await madeVault(folder, { keychain });
    await vault.save(profile('a'), { password: new Secret('x') });
    const next = () => new Secret('another passphrase');
    expect(await codeOf(vault.changeProtection({ passphrase: next() }))).toBe('vault.passphraseNeeded');
    expect(await codeOf(vault.changeProtection({ passphrase: next() }, next()))).toBe(
      'vault.wrongPassphrase',
    );
    await vault.changeProtection({ passphrase: next() }, passphrase());
    expect(readFileSync(join(folder, 'vault.qtv.bak'))).toEqual(readFileSync(join(folder, 'vault.qtv')));
    vault.lock();
    expect(await codeOf(vault.unlock(passphrase()))).toBe('vault.wrongPassphrase');
    await vault.unlock(next());
    expect(vault.password('a')).toBe('x');

    await vault.changeProtection({ keychain: true }, next());
    expect(kept.size).toBe(1);
    vault.lock();
    await vault.unlock();
    await vault.changeProtection({ passphrase: passphrase() });
    expect(kept.size).toBe(0);
    vault.lock();
    await vault.unlock(passphrase());
    expect(vault.password('a')).toBe('x');
    await vault.save(profile('a', { notes: 'still' }));
    expect(CHEAP.N).toBe(2);
  });
});
