import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Secret } from '../../events/secret.ts';
import { makeOne } from '../own-files.ts';
import type { Disk } from '../tape/disk.ts';
import { replaceFile } from '../vault/replace-file.ts';
import type { Vault, VaultState } from '../vault/vault.ts';
import { HistoryError } from './history-error.ts';
import { newKeyPair, type PublicKey, publicHalf, publicKeyOf } from './key-pair.ts';
import { isNewer } from './newer-file.ts';

const PUBLIC = /^querytape-text-key 1 (\S+)\n$/;
const PRIVATE = /^querytape-private-text-key 1 (\S+)\n$/;
/** The vault's names of private keys begin so; the key's id follows. */
const NAME = 'text.';

export type KeysVault = Pick<Vault, 'state' | 'subscribe' | 'keyNames' | 'key' | 'saveKey'>;

/**
 * The keys of the history and the drafts. The public one is in a file of the folder, so that texts are sealed
 * whether the vault is open or not. The private ones are in the vault:
 *
 *   no vault ── a pair, its private half in a file ── a vault is made, or opened ──→ in the vault, the file is gone
 *
 * The vault's newest key is the one that counts: a public key that is not its own is replaced as the vault
 * opens.
 */
export class HistoryKeys {
  readonly #vault: KeysVault;
  readonly #disk: Disk;
  readonly #publicPath: string;
  readonly #privatePath: string;
  /** As the vault last told it: between two tellings it may look otherwise for a moment. */
  #state: VaultState;
  #public: PublicKey | null = null;
  #inFile: Secret | null = null;
  #settling: Promise<void> = Promise.resolve();
  #unsubscribe: () => void;

  private constructor(folder: string, vault: KeysVault, disk: Disk) {
    this.#vault = vault;
    this.#disk = disk;
    this.#publicPath = join(folder, 'public.key');
    this.#privatePath = join(folder, 'private.key');
    this.#state = vault.state;
    this.#unsubscribe = vault.subscribe(() => {
      if (vault.state === this.#state) return;
      this.#state = vault.state;
      this.#settle();
    });
  }

  /**
   * The keys of a folder, which is there. @throws the disk's error where there is no key and none can be
   * written
   */
  static async open(folder: string, vault: KeysVault, disk: Disk): Promise<HistoryKeys> {
    const keys = new HistoryKeys(folder, vault, disk);
    keys.#inFile = await keys.#readPrivate();
    keys.#public = await keys.#readPublic();
    await keys.#arrange(keys.#state);
    return keys;
  }

  /** What texts are sealed for, once the vault's last change has been followed. */
  async current(): Promise<PublicKey> {
    await this.#settling;
    return this.#public!;
  }

  /** Makes the folder and writes the keys again where a user has deleted them with the texts. @throws the disk's error */
  restore(): Promise<void> {
    const restored = this.#settling.then(() => this.#writeMissing());
    this.#settling = restored.catch(() => undefined);
    return restored;
  }

  /** Whether what is sealed could be read now. */
  get areReadable(): boolean {
    return this.#state === 'unlocked' || this.#state === 'absent';
  }

  /**
   * Waits until keys are where they belong, and says whether texts may be read.
   * @throws HistoryError `vault.locked`, `vault.unreadable`
   */
  async readable(): Promise<void> {
    await this.#settling;
    if (this.areReadable) return;
    if (this.#state === 'locked')
      throw new HistoryError(
        'vault.locked',
        'Statements and drafts are encrypted with the vault’s key, and the vault is locked. Unlock it.',
      );
    throw new HistoryError(
      'vault.unreadable',
      'Statements and drafts are encrypted with the vault’s key, and the vault can’t be read. Restore its backup, or make a new one to begin again.',
    );
  }

  /** A private key: the caller's own copy. Null where it is not here (now). */
  privateKey(keyId: string): Secret | null {
    if (!this.areReadable) return null;
    if (this.#inFile && publicHalf(this.#inFile)?.keyId === keyId) return this.#inFile.copy();
    return this.#vault.key(NAME + keyId) ?? null;
  }

  async close(): Promise<void> {
    this.#unsubscribe();
    await this.#settling;
    this.#inFile?.wipe();
    this.#inFile = null;
  }

  #settle(): void {
    const state = this.#state;
    // What fails is tried again at the vault's next change; the private key stays where it is until then.
    this.#settling = this.#settling.then(() => this.#arrange(state)).catch(() => undefined);
  }

  async #arrange(state: VaultState): Promise<void> {
    if (state === 'unlocked') await this.#intoVault();
    else if (state === 'absent') await this.#withoutVault();
    else if (this.#public === null) await this.#withoutVault();
  }

  async #intoVault(): Promise<void> {
    const held = this.#inFile;
    if (held) await this.#vault.saveKey(NAME + publicHalf(held)!.keyId, held);
    let newest = this.#newestInVault();
    if (newest === null) {
      const { publicKey, privateKey } = newKeyPair();
      await this.#vault.saveKey(NAME + publicKey.keyId, privateKey);
      privateKey.wipe();
      newest = publicKey;
    }
    if (newest.keyId !== this.#public?.keyId) await this.#makeCurrent(newest);
    if (held === null) return;
    await this.#removePrivate();
    this.#inFile = null;
    held.wipe();
  }

  #newestInVault(): PublicKey | null {
    const name = this.#vault.keyNames().findLast((one) => one.startsWith(NAME));
    const key = name === undefined ? undefined : this.#vault.key(name);
    const newest = key ? publicHalf(key) : null;
    key?.wipe();
    return newest;
  }

  /** The private key waits in a file for a vault to come. */
  async #withoutVault(): Promise<void> {
    if (this.#inFile === null) {
      const { privateKey } = newKeyPair();
      await this.#writePrivate(privateKey);
      this.#inFile = privateKey;
    }
    const own = publicHalf(this.#inFile)!;
    if (own.keyId !== this.#public?.keyId) await this.#makeCurrent(own);
  }

  async #writeMissing(): Promise<void> {
    await makeOne(dirname(this.#publicPath));
    if (this.#inFile && (await textOf(this.#privatePath)) === '') await this.#writePrivate(this.#inFile);
    if (this.#public && (await textOf(this.#publicPath)) === '') await this.#makeCurrent(this.#public);
  }

  async #writePrivate(key: Secret): Promise<void> {
    const text = `querytape-private-text-key 1 ${key.reveal()}\n`;
    await replaceFile(this.#disk, this.#privatePath, Buffer.from(text));
  }

  async #makeCurrent(key: PublicKey): Promise<void> {
    await replaceFile(this.#disk, this.#publicPath, Buffer.from(`querytape-text-key 1 ${key.x}\n`));
    this.#public = key;
  }

  /** Overwrites the file before it goes: the disk may keep its bytes all the same. */
  async #removePrivate(): Promise<void> {
    const zeros = Buffer.alloc(256);
    const file = await this.#disk.open(this.#privatePath);
    try {
      await file.write(zeros, 0, zeros.length, 0);
      await file.datasync();
    } finally {
      await file.close();
    }
    await this.#disk.unlink(this.#privatePath);
    await this.#disk.syncFolder(dirname(this.#privatePath));
  }

  async #readPublic(): Promise<PublicKey | null> {
    const x = PUBLIC.exec(await textOf(this.#publicPath))?.[1];
    return x === undefined ? null : publicKeyOf(x);
  }

  async #readPrivate(): Promise<Secret | null> {
    const found = PRIVATE.exec(await textOf(this.#privatePath))?.[1];
    if (found === undefined) return null;
    const secret = new Secret(found);
    return publicHalf(secret) ? secret : null;
  }
}

/** A file's text; empty where there is none. @throws HistoryError `history.newer`, so that a key of it is never replaced */
async function textOf(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  if (isNewer(text))
    throw new HistoryError(
      'history.newer',
      `${path} was written by a newer Querytape. Update Querytape to open this data folder, or choose another with --data-dir.`,
    );
  return text;
}
