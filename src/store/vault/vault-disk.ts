import { randomBytes } from 'node:crypto';
import { chmod, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { VAULT_BYTES_MAX, VAULT_LOCK_WAIT_MS } from '../limits.ts';
import { missingIsNull, ownFolder } from '../own-files.ts';
import type { Disk } from '../tape/disk.ts';
import { acquireLock, type Lock } from '../tape/lock.ts';
import { TapeLockedError } from '../tape/tape-error.ts';
import { replaceFile } from './replace-file.ts';
import { VaultError, vaultError } from './vault-error.ts';
import { decodeVault, type VaultFile } from './vault-file.ts';

/** What a backup says of itself in the open. */
export interface Backup {
  readonly revision: number;
  /** Milliseconds since 1970 UTC. */
  readonly savedAt: number;
}

/** The vault's files in a data folder: `vault.qtv`, its backup, and what was set aside. */
export class VaultDisk {
  readonly #folder: string;
  readonly #disk: Disk;
  readonly path: string;
  readonly backupPath: string;
  readonly attemptsPath: string;
  readonly #lockPath: string;

  constructor(folder: string, disk: Disk) {
    this.#folder = folder;
    this.#disk = disk;
    this.path = join(folder, 'vault.qtv');
    this.backupPath = `${this.path}.bak`;
    this.attemptsPath = join(folder, 'vault.attempts.json');
    this.#lockPath = join(folder, 'vault.lock');
  }

  /** Makes the folder, and takes from others what they should not have. */
  async prepare(): Promise<void> {
    await ownFolder(this.#folder);
    if (process.platform === 'win32') return;
    for (const path of [this.path, this.backupPath]) await narrow(path, 0o600);
  }

  /** The vault as it is on disk now; null where there is none. @throws VaultError */
  read(): Promise<VaultFile | null> {
    return readVault(this.path);
  }

  /** The backup's own words; null where there is none that can be read. */
  async backup(): Promise<Backup | null> {
    const file = await readVault(this.backupPath).catch(() => null);
    return file === null ? null : { revision: file.header.revision, savedAt: file.header.savedAt };
  }

  /** Whether a backup is there, be it one that can't be read. */
  async hasBackup(): Promise<boolean> {
    const found = await stat(this.backupPath).catch(
      (error: NodeJS.ErrnoException) => error.code !== 'ENOENT',
    );
    return found !== false;
  }

  /**
   * Runs `work` while no other process, and no other vault of this one, saves.
   * @throws VaultError `vault.busy`
   */
  async exclusively<T>(work: () => Promise<T>): Promise<T> {
    const lock = await this.#lock();
    try {
      return await work();
    } finally {
      await lock.release();
    }
  }

  /**
   * Puts `bytes` in the vault's place. The bytes of before become the backup first; with `inBackup` the new
   * ones do afterwards, so that what opened the old ones opens nothing here any more, and what is new is not
   * lost with the vault.
   * @throws the disk's error, `renamed` saying whether the vault is the new one all the same
   */
  async replace(bytes: Buffer, inBackup = false): Promise<void> {
    const before = inBackup ? null : await readFile(this.path).catch(missingIsNull);
    if (before !== null)
      await replaceFile(this.#disk, this.backupPath, before).catch((error) => {
        throw Object.assign(error, { renamed: false });
      });
    await replaceFile(this.#disk, this.path, bytes);
    if (!inBackup) return;
    await replaceFile(this.#disk, this.backupPath, bytes).catch((error) => {
      throw Object.assign(error, { renamed: true });
    });
  }

  /**
   * Gives the vault, and with `andBackup` its backup, names that are looked at no more. Nothing is lost by
   * it.
   */
  async setAside(at: number, andBackup: boolean): Promise<void> {
    // With some chance in it, as two may come within a millisecond and none may replace the other.
    const mark = `${new Date(at).toISOString().replaceAll(':', '-')}-${randomBytes(4).toString('hex')}`;
    for (const path of andBackup ? [this.path, this.backupPath] : [this.path])
      await this.#disk.rename(path, `${path}.aside-${mark}`).catch(missingIsNull);
    await this.#disk.syncFolder(this.#folder);
  }

  /** Makes the backup the vault; the backup stays. */
  async copyBackup(): Promise<void> {
    await replaceFile(this.#disk, this.path, await readFile(this.backupPath));
  }

  async #lock(): Promise<Lock> {
    try {
      return await acquireLock(this.#lockPath, VAULT_LOCK_WAIT_MS);
    } catch (error) {
      if (!(error instanceof TapeLockedError)) throw vaultError(error, 'The vault can’t be saved');
      throw new VaultError('vault.busy', `Process ${error.pid} is saving the vault. Try again.`);
    }
  }
}

async function readVault(path: string): Promise<VaultFile | null> {
  const size = await stat(path).then(({ size }) => size, missingIsNull);
  if (size === null) return null;
  if (size > VAULT_BYTES_MAX)
    throw new VaultError(
      'vault.foreign',
      `${path} has ${size} bytes. A vault has at most ${VAULT_BYTES_MAX}.`,
    );
  const bytes = await readFile(path).catch(missingIsNull);
  return bytes === null ? null : decodeVault(bytes);
}

async function narrow(path: string, mode: number): Promise<void> {
  const found = await stat(path).catch(() => null);
  // The mode of another user's file can't be changed; whether it is readable shows when it is read.
  if (found !== null && (found.mode & 0o077) !== 0) await chmod(path, mode).catch(() => undefined);
}
