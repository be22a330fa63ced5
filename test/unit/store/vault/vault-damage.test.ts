import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../../src/events/secret.ts';
import { decodeVault, encodeVault } from '../../../../src/store/vault/vault-file.ts';
import { codeOf, madeVault, newFolder, openVault, passphrase, profile } from './vault-support.ts';

const UNREADABLE = ['vault.damaged', 'vault.foreign'];

/** A folder with a vault of one profile, and a backup without it. */
async function vaultOnDisk() {
  const folder = newFolder();
  const vault = await madeVault(folder);
  await vault.save(profile('a'), { password: new Secret('x') });
  vault.lock();
  const path = join(folder, 'vault.qtv');
  return { folder, path, bytes: readFileSync(path) };
}

/** The file with another header and a sum that holds, as a forger would write it. */
function forged(bytes: Buffer, change: { protection?: object }, version = 1): Buffer {
  const [, second, third] = bytes.toString('latin1').split('\n');
  const old = JSON.parse(second!);
  const header = { ...old, ...change, protection: { ...old.protection, ...change.protection } };
  const associated = `querytape-vault ${version}\n${JSON.stringify(header)}\n`;
  return encodeVault(associated, Buffer.from(third!, 'base64'));
}

describe('a vault that is not what was written', () => {
  it('is reported wherever it is cut off', { tags: ['slow'] }, async () => {
    const { folder, path, bytes } = await vaultOnDisk();
    for (let length = 0; length < bytes.length; length++) {
      writeFileSync(path, bytes.subarray(0, length));
      const vault = await openVault(folder);
      expect(vault.state).toBe('unreadable');
      expect(UNREADABLE).toContain(vault.problem?.code);
      expect(UNREADABLE).toContain(await codeOf(vault.unlock(passphrase())));
    }
    expect(bytes.length).toBeGreaterThan(500);
  });

  it('is reported whichever bit of it is flipped', { tags: ['slow'] }, async () => {
    const { bytes } = await vaultOnDisk();
    for (let at = 0; at < bytes.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const flipped = Buffer.from(bytes);
        flipped[at]! ^= 1 << bit;
        let code = 'nothing';
        try {
          decodeVault(flipped);
        } catch (error) {
          code = (error as { code: string }).code;
        }
        expect(UNREADABLE, `byte ${at}, bit ${bit}`).toContain(code);
      }
    }
  });

  it('is reported with anything put behind it', async () => {
    const { bytes } = await vaultOnDisk();
    for (const more of ['\n', ' ', 'x', '\0', bytes.toString('latin1')])
      expect(() => decodeVault(Buffer.concat([bytes, Buffer.from(more)]))).toThrow(/damaged/);
  });

  it('a stolen laptop: a vault does not open with a header that was exchanged, though its sum holds', async () => {
    const { folder, path, bytes } = await vaultOnDisk();
    const changes = [
      { revision: 7 },
      { savedAt: 7 },
      { nonce: 'AAAAAAAAAAAAAAAA' },
      { vaultId: '0'.repeat(32) },
      { protection: { N: 4 } },
      { protection: { salt: `${'A'.repeat(22)}==` } },
    ];
    for (const change of changes) {
      writeFileSync(path, forged(bytes, change));
      rmSync(join(folder, 'vault.attempts.json'), { force: true });
      const vault = await openVault(folder);
      expect(vault.state).toBe('locked');
      expect(['vault.damaged', 'vault.wrongPassphrase']).toContain(await codeOf(vault.unlock(passphrase())));
    }
    // Sealed for another vault: exchanged contents do not open either.
    const other = await vaultOnDisk();
    const [first, second] = bytes.toString('latin1').split('\n');
    const third = other.bytes.toString('latin1').split('\n')[2]!;
    writeFileSync(path, encodeVault(`${first}\n${second}\n`, Buffer.from(third, 'base64')));
    rmSync(join(folder, 'vault.attempts.json'), { force: true });
    expect(await codeOf((await openVault(folder)).unlock(passphrase()))).toBe('vault.damaged');
  });

  it('can’t make the program take all memory', async () => {
    const { folder, path, bytes } = await vaultOnDisk();
    for (const cost of [{ N: 2 ** 24 }, { r: 2 ** 20 }, { p: 2 ** 30 }, { N: 1000 }]) {
      writeFileSync(path, forged(bytes, { protection: cost }));
      expect((await openVault(folder)).problem?.code).toBe('vault.damaged');
    }
    writeFileSync(path, Buffer.alloc(17 * 1024 * 1024));
    expect((await openVault(folder)).problem?.code).toBe('vault.foreign');
  });

  it('says so when a newer program wrote it, or another one', async () => {
    const { folder, path, bytes } = await vaultOnDisk();
    writeFileSync(path, forged(bytes, {}, 2));
    const newer = await openVault(folder);
    expect(newer.problem).toMatchObject({
      code: 'vault.newer',
      message: expect.stringContaining('version 2'),
    });
    writeFileSync(path, '{"some":"thing"}\n');
    expect((await openVault(folder)).problem?.code).toBe('vault.foreign');
  });

  it('is never overwritten: the backup is offered, and takes its place when asked to', async () => {
    const { folder, path, bytes } = await vaultOnDisk();
    const broken = bytes.subarray(0, 300);
    writeFileSync(path, broken);
    const vault = await openVault(folder);
    expect(vault.backup).toEqual({ revision: 1, savedAt: 1000 });
    for (const work of [
      vault.create({ passphrase: passphrase() }),
      vault.save(profile('b')),
      vault.unlock(passphrase()),
      vault.refresh().then(() => vault.delete('a')),
    ])
      expect(await codeOf(work)).toBe('vault.damaged');
    expect(readFileSync(path)).toEqual(broken);

    await vault.restoreBackup();
    expect(vault).toMatchObject({ state: 'locked', problem: null });
    await vault.unlock(passphrase());
    expect(vault.list()).toEqual([]);
    const aside = readdirSync(folder).find((name) => name.includes('aside'))!;
    expect(readFileSync(join(folder, aside))).toEqual(broken);
    expect(await codeOf(vault.restoreBackup())).toBe('vault.exists');
  });

  it('that can be read is set aside only while it is locked and said to be lost', async () => {
    const { folder } = await vaultOnDisk();
    const vault = await openVault(folder);
    expect(await codeOf(vault.setAside())).toBe('vault.exists');
    await vault.unlock(passphrase());
    expect(await codeOf(vault.setAside(true))).toBe('vault.exists');
    expect(vault.state).toBe('unlocked');
    expect(readdirSync(folder).some((name) => name.includes('aside'))).toBe(false);
    vault.lock();
    await vault.setAside(true);
    expect(vault.state).toBe('absent');
  });

  it('is restored from no backup once another process has restored it', async () => {
    const { folder, path, bytes } = await vaultOnDisk();
    writeFileSync(path, 'rubbish');
    const vault = await openVault(folder);
    expect(vault.state).toBe('unreadable');
    writeFileSync(path, bytes);
    expect(await codeOf(vault.restoreBackup())).toBe('vault.exists');
    expect(readFileSync(path)).toEqual(bytes);
    expect(vault.state).toBe('locked');
  });

  it('is locked by restoring its backup where it was damaged while it was unlocked', async () => {
    const { folder, path } = await vaultOnDisk();
    const vault = await openVault(folder);
    await vault.unlock(passphrase());
    writeFileSync(path, 'rubbish');
    await vault.restoreBackup();
    expect([vault.state, vault.password('a')]).toEqual(['locked', undefined]);
    await vault.unlock(passphrase());
    expect(vault.list()).toEqual([]);
  });

  it('has to be set aside for a new one where there is no backup', async () => {
    const { folder, path, bytes } = await vaultOnDisk();
    rmSync(join(folder, 'vault.qtv.bak'));
    writeFileSync(path, bytes.subarray(1));
    const vault = await openVault(folder);
    expect(await codeOf(vault.restoreBackup())).toBe('vault.noBackup');
    await vault.setAside();
    expect(vault.state).toBe('absent');
    await vault.create({ passphrase: passphrase() });
    expect(readdirSync(folder).filter((name) => name.includes('aside'))).toHaveLength(1);
  });

  it('is missing, not absent, where only its backup is there', async () => {
    const { folder, path } = await vaultOnDisk();
    rmSync(path);
    const vault = await openVault(folder);
    expect(vault.problem?.code).toBe('vault.missing');
    expect(await codeOf(vault.create({ passphrase: passphrase() }))).toBe('vault.missing');
    await vault.restoreBackup();
    await vault.unlock(passphrase());
  });

  it.each([
    ['written by a newer version', (bytes: Buffer) => forged(bytes, {}, 99)],
    ['damaged', () => Buffer.from('rubbish')],
  ])('makes no new one over a backup that is %s', async (_, harmed) => {
    const { folder, path } = await vaultOnDisk();
    const backup = harmed(readFileSync(`${path}.bak`));
    writeFileSync(`${path}.bak`, backup);
    rmSync(path);
    const vault = await openVault(folder);
    expect([vault.problem?.code, vault.backup]).toEqual(['vault.missing', null]);
    expect(vault.problem?.message).toContain('backup can’t be read');
    expect(await codeOf(vault.create({ passphrase: passphrase() }))).toBe('vault.missing');
    expect(await codeOf(vault.restoreBackup())).toBe('vault.noBackup');
    await vault.setAside();
    await vault.create({ passphrase: passphrase() });
    const aside = readdirSync(folder).filter((name) => name.includes('.bak.aside-'));
    expect(aside.map((name) => readFileSync(join(folder, name)))).toEqual([backup]);
  });

  it('stays unlocked and saves nothing when its file is damaged or removed under it', async () => {
    const folder = newFolder();
    const path = join(folder, 'vault.qtv');
    const vault = await madeVault(folder);
    await vault.save(profile('a'));
    copyFileSync(path, join(folder, 'copy'));
    writeFileSync(path, 'rubbish');
    expect(await codeOf(vault.save(profile('b')))).toBe('vault.foreign');
    rmSync(path);
    expect(await codeOf(vault.save(profile('b')))).toBe('vault.gone');
    expect(existsSync(path)).toBe(false);
    copyFileSync(join(folder, 'copy'), path);
    await vault.save(profile('b'));
    expect(vault.list().map(({ profileId }) => profileId)).toEqual(['a', 'b']);
  });
});
