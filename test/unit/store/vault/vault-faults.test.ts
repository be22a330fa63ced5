import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../../src/events/secret.ts';
import type { Disk, DiskFile } from '../../../../src/store/tape/disk.ts';
import { nodeDisk } from '../../../../src/store/tape/disk.ts';
import { FaultyDisk } from '../tape/faulty-disk.ts';
import {
  codeOf,
  madeVault,
  memoryKeychain,
  newFolder,
  openVault,
  passphrase,
  profile,
} from './vault-support.ts';

/** The real disk until so many operations were done; then every one fails, as for a process that was killed. */
class StoppingDisk implements Disk {
  left: number;
  done = 0;

  constructor(left: number) {
    this.left = left;
  }

  async open(path: string): Promise<DiskFile> {
    const file = await this.#step(() => nodeDisk.open(path));
    return {
      ...file,
      // Half of it gets there, as when a kill comes in between.
      write: async (bytes, offset, length, position) => {
        const last = this.left === 0;
        if (last) await file.write(bytes, offset, Math.ceil(length / 2), position);
        return this.#step(() => file.write(bytes, offset, length, position));
      },
      datasync: () => this.#step(() => file.datasync()),
      truncate: (length) => this.#step(() => file.truncate(length)),
    };
  }
  rename = (from: string, to: string) => this.#step(() => nodeDisk.rename(from, to));
  unlink = (path: string) => this.#step(() => nodeDisk.unlink(path));
  syncFolder = (folder: string) => this.#step(() => nodeDisk.syncFolder(folder));

  async #step<T>(run: () => Promise<T>): Promise<T> {
    if (this.left-- <= 0) throw Object.assign(new Error('stopped'), { code: 'EIO' });
    this.done++;
    return run();
  }
}

describe('a save that does not come to its end', () => {
  it('leaves the old vault or the new one, whichever operation was the last', {
    tags: ['slow'],
  }, async () => {
    const outcomes: string[] = [];
    for (let steps = 0; ; steps++) {
      const folder = newFolder();
      const first = await madeVault(folder);
      await first.save(profile('a'), { password: new Secret('old') });
      await first.save(profile('a', { notes: 'n' }));
      const disk = new StoppingDisk(Number.POSITIVE_INFINITY);
      const vault = await openVault(folder, { disk });
      await vault.unlock(passphrase());
      disk.left = steps;
      const code = await codeOf(vault.save(profile('a'), { password: new Secret('new') }));

      const after = await openVault(folder);
      expect(after.state).toBe('locked');
      await after.unlock(passphrase());
      const found = after.password('a')!;
      outcomes.push(`${found} ${code}`);
      // What this process says it holds is what is on disk.
      expect(vault.password('a')).toBe(found);
      // The disk takes things again: the next save works.
      disk.left = Number.POSITIVE_INFINITY;
      await vault.save(profile('b'), { password: new Secret('b') });
      await after.refresh();
      expect(after.list().map(({ profileId }) => profileId)).toEqual(['a', 'b']);
      expect(after.backup?.revision).toBe(code === 'EIO' ? 3 : 4);
      if (code === 'nothing') break;
    }
    expect(outcomes[0]).toBe('old EIO');
    expect(outcomes.at(-2)).toBe('new vault.unsynced');
    expect(outcomes.at(-1)).toBe('new nothing');
    expect(outcomes.length).toBeGreaterThan(10);
  });

  it('leaves a vault that opens by the old passphrase or the new one', { tags: ['slow'] }, async () => {
    const next = () => new Secret('another passphrase');
    const opens: string[] = [];
    for (let steps = 0; ; steps++) {
      const folder = newFolder();
      const disk = new StoppingDisk(Number.POSITIVE_INFINITY);
      const vault = await madeVault(folder, { disk });
      await vault.save(profile('a'), { password: new Secret('x') });
      disk.left = steps;
      const code = await codeOf(vault.changeProtection({ passphrase: next() }, passphrase()));
      const after = await openVault(folder);
      const old = await codeOf(after.unlock(passphrase()));
      if (old !== 'nothing') await after.unlock(next());
      opens.push(old === 'nothing' ? 'old' : 'new');
      expect(after.password('a')).toBe('x');
      // This process goes on with what is on disk.
      disk.left = Number.POSITIVE_INFINITY;
      await vault.save(profile('b'));
      await after.refresh();
      expect(after.list()).toHaveLength(2);
      if (code === 'nothing') break;
    }
    expect(opens[0]).toBe('old');
    expect(opens.at(-1)).toBe('new');
    expect(opens.join(' ')).toMatch(/^(old )+new( new)*$/);
  });

  it('leaves no vault or a whole one when it was the first', async () => {
    for (let steps = 0; ; steps++) {
      const folder = newFolder();
      const vault = await openVault(folder, { disk: new StoppingDisk(steps) });
      const code = await codeOf(vault.create({ passphrase: passphrase() }));
      const after = await openVault(folder);
      expect(['absent', 'locked']).toContain(after.state);
      expect(vault.state).toBe(after.state === 'absent' ? 'absent' : 'unlocked');
      if (after.state === 'locked') await after.unlock(passphrase());
      else await after.create({ passphrase: passphrase() });
      if (code === 'nothing') break;
    }
  });

  it('goes on after short writes, and reports a full disk', async () => {
    const folder = newFolder();
    const disk = new FaultyDisk();
    disk.writeMax = 7;
    const vault = await madeVault(folder, { disk });
    await vault.save(profile('a'), { password: new Secret('x') });
    const bytes = readFileSync(join(folder, 'vault.qtv'));
    disk.tearAfter = 3;
    expect(await codeOf(vault.save(profile('a')))).toBe('ENOSPC');
    disk.fails.set('open', 'EROFS');
    expect(await codeOf(vault.save(profile('a')))).toBe('EROFS');
    expect(readFileSync(join(folder, 'vault.qtv'))).toEqual(bytes);
    disk.fails.clear();
    await vault.save(profile('a'));
  });

  it('syncs before each rename, and the folder after it', async () => {
    const disk = new FaultyDisk();
    const vault = await madeVault(newFolder(), { disk });
    disk.log.length = 0;
    await vault.save(profile('a'));
    const one = ['open', 'truncate', 'write', 'datasync', 'rename', 'syncFolder'];
    expect(disk.log).toEqual([...one, ...one]);
  });

  it('locks no user out for want of a place to count attempts', async () => {
    const folder = newFolder();
    (await madeVault(folder)).lock();
    const disk = new FaultyDisk();
    disk.fails.set('open', 'EROFS');
    const vault = await openVault(folder, { disk });
    for (let i = 0; i < 3; i++) await codeOf(vault.unlock(new Secret('wrong wrong')));
    expect(await codeOf(vault.unlock(passphrase()))).toBe('nothing');
    vault.lock();
    for (let i = 0; i < 4; i++) await codeOf(vault.unlock(new Secret('wrong wrong')));
    expect(await codeOf(vault.unlock(passphrase()))).toBe('vault.tooSoon');
  });
});

describe('two processes with one vault', () => {
  it('lose no save, whoever saves when', { tags: ['slow'] }, async () => {
    const folder = newFolder();
    const vaults = [await madeVault(folder), await openVault(folder), await openVault(folder)];
    await vaults[1]!.unlock(passphrase());
    await vaults[2]!.unlock(passphrase());
    const saves = vaults.flatMap((vault, v) =>
      Array.from({ length: 10 }, (_, i) =>
        vault.save(profile(`p${v}-${i}`), { password: new Secret(`${v}${i}`) }),
      ),
    );
    await Promise.all(saves);
    for (const vault of vaults) {
      await vault.refresh();
      expect(vault.list()).toHaveLength(30);
      for (let v = 0; v < 3; v++)
        for (let i = 0; i < 10; i++) expect(vault.password(`p${v}-${i}`)).toBe(`${v}${i}`);
    }
  });

  it('do not overwrite each other’s change of one profile', async () => {
    const folder = newFolder();
    const one = await madeVault(folder);
    await one.save(profile('a'), { password: new Secret('x') });
    const two = await openVault(folder);
    await two.unlock(passphrase());
    await one.save(profile('a', { notes: 'one' }), { password: new Secret('y') });
    expect(await codeOf(two.save(profile('a', { notes: 'two' })))).toBe('vault.conflict');
    // It has been shown what the other wrote, and may now decide.
    expect(two.get('a')?.notes).toBe('one');
    expect(two.password('a')).toBe('y');
    await two.save(profile('a', { notes: 'two' }));
    await one.refresh();
    expect(one.get('a')?.notes).toBe('two');
    await one.delete('a');
    expect(await codeOf(two.rename('a', 'b'))).toBe('vault.conflict');
    expect(two.list()).toEqual([]);
  });

  it('do not take an older copy for a newer save', async () => {
    const folder = newFolder();
    const path = join(folder, 'vault.qtv');
    const vault = await madeVault(folder);
    await vault.save(profile('a'));
    const older = readFileSync(path);
    await vault.save(profile('b'));
    const newer = readFileSync(path);
    writeFileSync(path, older);
    expect(await codeOf(vault.save(profile('c')))).toBe('vault.rolledBack');
    expect(await codeOf(vault.refresh())).toBe('vault.rolledBack');
    expect(vault.list()).toHaveLength(2);
    expect(readFileSync(path)).toEqual(older);
    writeFileSync(path, newer);
    await vault.save(profile('c'));
    expect(vault.list()).toHaveLength(3);
    writeFileSync(path, older);
    vault.lock();
    await vault.unlock(passphrase());
    expect(vault.list()).toHaveLength(1);
  });

  it('keep the key of what is on disk, whatever a listener throws', async () => {
    const { kept, keychain } = memoryKeychain();
    const folder = newFolder();
    const vault = await openVault(folder, { keychain });
    let stop = vault.subscribe(() => {
      if (vault.state === 'unlocked') throw new Error('listener');
    });
    expect(await codeOf(vault.create({ keychain: true }))).toContain('listener');
    expect(kept.size).toBe(1);
    stop();
    await vault.save(profile('a'), { password: new Secret('x') });
    stop = vault.subscribe(() => {
      throw new Error('listener');
    });
    expect(await codeOf(vault.changeProtection({ keychain: true }))).toContain('listener');
    stop();
    vault.lock();
    await vault.unlock();
    expect(vault.password('a')).toBe('x');
  });

  it('lock what the other protects otherwise now', async () => {
    const folder = newFolder();
    const one = await madeVault(folder);
    const two = await openVault(folder);
    await two.unlock(passphrase());
    const next = new Secret('another passphrase');
    await one.changeProtection({ passphrase: next }, passphrase());
    expect(await codeOf(two.save(profile('a')))).toBe('vault.changed');
    expect(two.state).toBe('locked');
    await two.unlock(next);
    await two.save(profile('a'));
  });
});
