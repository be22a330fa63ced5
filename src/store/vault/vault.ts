import { randomBytes } from 'node:crypto';
import type { Profile } from '../../events/profile.ts';
import type { Secret } from '../../events/secret.ts';
import { VAULT_BYTES_MAX } from '../limits.ts';
import { type Disk, nodeDisk } from '../tape/disk.ts';
import {
  type Change,
  deleting,
  duplicating,
  keeping,
  renaming,
  type SecretChanges,
  saving,
  savingAll,
} from './changes.ts';
import { type Contents, EMPTY, wipeContents } from './contents.ts';
import { KeyProvider, type ProtectionChoice } from './key-provider.ts';
import { type Keychain, openKeychain } from './keychain.ts';
import { type KeyUnder, OpenVault } from './open-vault.ts';
import { SCRYPT_COST, type ScryptCost } from './scrypt.ts';
import { unsealContents } from './sealed-contents.ts';
import { UnlockThrottle } from './unlock-throttle.ts';
import { type Backup, VaultDisk } from './vault-disk.ts';
import { VaultError, vaultError } from './vault-error.ts';
import { decodeVault, type Protection, type VaultFile } from './vault-file.ts';

export type { SecretChanges } from './changes.ts';
export type { ProtectionChoice } from './key-provider.ts';
export type { Backup } from './vault-disk.ts';
export { VaultError } from './vault-error.ts';

export type VaultState = 'absent' | 'locked' | 'unlocked' | 'unreadable';

export interface VaultOptions {
  /** The data folder. */
  readonly folder: string;
  /** Looks for the platform's keychain when it is first needed. */
  readonly keychain?: () => Promise<Keychain>;
  readonly disk?: Disk;
  /** Milliseconds since 1970 UTC. */
  readonly now?: () => number;
  /** What a new passphrase costs to try. For tests. */
  readonly cost?: ScryptCost;
}

/**
 * The saved profiles and their secrets, in one encrypted file of the data folder. doc/vault.md tells its
 * format.
 *
 *   absent ── create ──→ unlocked ⇄ locked
 *                           │ unlock, lock
 *   unreadable (damaged, newer, foreign, missing) ── restoreBackup ──→ locked
 *                                                 └─ setAside ───────→ absent
 *
 * Operations run one after another. Each save looks first whether another process has saved since, and goes
 * on from what that one wrote; where both wrote the same profile it is refused, so that none is lost unseen.
 */
export class Vault {
  readonly #files: VaultDisk;
  readonly #keys: KeyProvider;
  readonly #now: () => number;
  readonly #listeners = new Set<() => void>();
  #open: OpenVault | null = null;
  #file: VaultFile | null = null;
  #problem: VaultError | null = null;
  #backup: Backup | null = null;
  #tail: Promise<unknown> = Promise.resolve();
  /** Counts calls of `lock`, so that an unlock under way sees that it was overtaken. */
  #locks = 0;

  private constructor(options: VaultOptions) {
    const { folder, disk = nodeDisk, now = Date.now, keychain = openKeychain, cost = SCRYPT_COST } = options;
    this.#files = new VaultDisk(folder, disk);
    const throttle = new UnlockThrottle(this.#files.attemptsPath, disk, now);
    this.#keys = new KeyProvider(throttle, keychain, cost);
    this.#now = now;
  }

  /** The vault of a data folder, locked. A file that can't be read is no error here: `problem` tells. */
  static async open(options: VaultOptions): Promise<Vault> {
    const vault = new Vault(options);
    await vault.#files.prepare();
    await vault.#look();
    return vault;
  }

  get state(): VaultState {
    if (this.#open !== null) return 'unlocked';
    if (this.#problem !== null) return 'unreadable';
    return this.#file === null ? 'absent' : 'locked';
  }

  /** Why the vault is unreadable. */
  get problem(): VaultError | null {
    return this.#problem;
  }

  /** The vault before the last save, where there is one. */
  get backup(): Backup | null {
    return this.#backup;
  }

  get protection(): Protection['kind'] | null {
    return this.#open?.protection.kind ?? this.#file?.header.protection.kind ?? null;
  }

  /** Whether this machine's keychain keeps what it is given. */
  keychainWorks(): Promise<boolean> {
    return this.#keys.keychainWorks();
  }

  /** Calls `listener` after each change of state or contents, until the returned function is called. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Makes the vault, empty and unlocked. @throws VaultError `vault.exists`, `vault.missing`,
   * `vault.weakPassphrase`
   */
  create(choice: ProtectionChoice): Promise<void> {
    return this.#serially(() =>
      this.#files.exclusively(async () => {
        await this.#look();
        if (this.#problem !== null) throw this.#problem;
        if (this.#file !== null) throw new VaultError('vault.exists', 'There is a vault already.');
        this.lock();
        const vaultId = randomBytes(16).toString('hex');
        const made = await this.#keys.newKey(vaultId, choice);
        this.#open = new OpenVault(vaultId, made);
        await this.#write(this.#open, EMPTY).catch(async (error) => {
          if (!this.#isOnDisk(made)) {
            this.#forget();
            await made.drop();
          }
          throw error;
        });
      }),
    );
  }

  /**
   * Opens the vault, with its passphrase where it has one.
   * @throws VaultError `vault.absent`, `vault.passphraseNeeded`, `vault.wrongPassphrase`, `vault.tooSoon`,
   * `vault.keychainGone`, `vault.keyGone`, or what makes it unreadable
   */
  unlock(passphrase?: Secret): Promise<void> {
    return this.#serially(async () => {
      if (this.#open !== null) return;
      const locks = this.#locks;
      await this.#look();
      const file = this.#readable();
      const { header } = file;
      const key = await this.#keys.key(header.vaultId, header.protection, passphrase);
      const contents = unsealContents(file, key);
      if (contents instanceof VaultError || locks !== this.#locks) {
        key.fill(0);
        if (contents instanceof VaultError) throw contents;
        wipeContents(contents);
        throw lockedError();
      }
      this.#open = new OpenVault(header.vaultId, { key, protection: header.protection });
      this.#open.adopt(file, contents);
      this.#tell();
    });
  }

  /** Forgets keys, profiles and secrets at once: their memory is overwritten when this returns. */
  lock(): void {
    this.#locks++;
    if (this.#open === null) return;
    this.#forget();
    this.#tell();
  }

  /**
   * Protects the vault otherwise, under a new data key. The backup is replaced too, as the old protection
   * opens it.
   * @param current the passphrase, where the vault has one: an unlocked page is not enough to change it
   */
  changeProtection(choice: ProtectionChoice, current?: Secret): Promise<void> {
    return this.#serially(async () => {
      const open = this.#opened();
      if (open.protection.kind === 'passphrase')
        (await this.#keys.key(open.vaultId, open.protection, current)).fill(0);
      const made = await this.#keys.newKey(open.vaultId, choice);
      try {
        await this.#files.exclusively(async () => {
          await this.#catchUp(open);
          const before = open.protection;
          await this.#write(open, open.contents, made);
          await this.#keys.dropKey(before);
        });
      } catch (error) {
        if (!this.#isOnDisk(made)) await made.drop();
        throw error;
      }
    });
  }

  /** Profiles, in the order they were made; none while the vault is not unlocked. */
  list(): readonly Profile[] {
    return [...(this.#open?.contents.profiles.values() ?? [])].map(({ profile }) => profile);
  }

  get(profileId: string): Profile | undefined {
    return this.#open?.contents.profiles.get(profileId)?.profile;
  }

  /** A secret of a profile: the caller's own copy. Undefined where none is kept, or the vault is locked. */
  secret(profileId: string, name: string): Secret | undefined {
    return this.#open?.contents.profiles.get(profileId)?.secrets.get(name)?.copy();
  }

  /** Which secrets are kept of a profile. */
  secretNames(profileId: string): readonly string[] {
    return [...(this.#open?.contents.profiles.get(profileId)?.secrets.keys() ?? [])];
  }

  /** The password, for the one moment a driver asks for it. */
  password(profileId: string): string | undefined {
    return this.#open?.contents.profiles.get(profileId)?.secrets.get('password')?.reveal();
  }

  /** The names of the keys that are kept of what is encrypted outside the vault, newest last. */
  keyNames(): readonly string[] {
    return [...(this.#open?.contents.keys.keys() ?? [])];
  }

  /** Such a key: the caller's own copy. Undefined where none is kept, or the vault is locked. */
  key(name: string): Secret | undefined {
    return this.#open?.contents.keys.get(name)?.copy();
  }

  /**
   * Keeps such a key, in the backup too: what it encrypts could not be read again without it. @throws
   * VaultError as `save`
   */
  saveKey(name: string, key: Secret): Promise<void> {
    return this.#change(keeping(name, key), undefined, true);
  }

  /** @throws VaultError `vault.locked`, `vault.conflict`, `vault.busy`, `vault.full`, or the disk's */
  save(profile: Profile, secrets?: SecretChanges): Promise<void> {
    return this.#change(saving(profile, secrets), profile.profileId);
  }

  /** Keeps many at once, all or none; a name that is taken gets a number. */
  saveAll(
    entries: readonly { readonly profile: Profile; readonly secrets?: SecretChanges }[],
  ): Promise<void> {
    return this.#change(savingAll(entries));
  }

  rename(profileId: string, name: string): Promise<void> {
    return this.#change(renaming(profileId, name), profileId);
  }

  duplicate(profileId: string, newProfileId: string, name?: string): Promise<void> {
    return this.#change(duplicating(profileId, newProfileId, name), profileId);
  }

  delete(profileId: string): Promise<void> {
    return this.#change(deleting(profileId), profileId);
  }

  /** Takes over what another process has saved. @throws VaultError */
  refresh(): Promise<void> {
    return this.#serially(() => (this.#open === null ? this.#look() : this.#catchUp(this.#open)));
  }

  /** Puts the backup in the place of a vault that is unreadable, which keeps a name of its own. */
  restoreBackup(): Promise<void> {
    return this.#serially(() =>
      this.#files.exclusively(async () => {
        await this.#look();
        if (this.#backup === null)
          throw new VaultError('vault.noBackup', 'There is no backup that can be read.');
        if (this.#problem === null)
          throw new VaultError('vault.exists', 'The vault needs no backup: it can be read.');
        this.lock();
        await this.#files.setAside(this.#now(), false);
        await this.#files.copyBackup();
        await this.#look();
      }),
    );
  }

  /**
   * Gives the vault and its backup other names, so that a new one can be made.
   * @param isLost the caller says that a locked vault can't be opened any more, its passphrase or its key being lost
   * @throws VaultError `vault.exists` for a vault that is open, or can be read and is not said to be lost; `vault.absent`
   */
  setAside(isLost = false): Promise<void> {
    return this.#serially(() =>
      this.#files.exclusively(async () => {
        // Looked at before anything is given up: also what was unlocked may be damaged on disk by now.
        await this.#look();
        if (this.#problem === null && this.#file === null)
          throw new VaultError('vault.absent', 'There is no vault to set aside.');
        if (this.#problem === null && (this.#open !== null || !isLost))
          throw new VaultError('vault.exists', 'The vault can be read, so there is no need to set it aside.');
        this.lock();
        await this.#files.setAside(this.#now(), true);
        await this.#look();
      }),
    );
  }

  #change(change: Change, profileId?: string, inBackup = false): Promise<void> {
    return this.#serially(() =>
      this.#files.exclusively(async () => {
        const open = this.#opened();
        const known = profileId === undefined ? undefined : open.contents.profiles.get(profileId)?.revision;
        await this.#catchUp(open);
        if (this.#open !== open) throw lockedError();
        if (profileId !== undefined && open.contents.profiles.get(profileId)?.revision !== known)
          throw new VaultError(
            'vault.conflict',
            'Another process has changed this profile in the meantime. Review it, then save again.',
          );
        await this.#write(open, change(open.contents, open.revision + 1), open, inBackup);
      }),
    );
  }

  /** Seals `next` and puts it on disk; only then is it what this vault holds. */
  async #write(
    open: OpenVault,
    next: Contents,
    under: KeyUnder = open,
    inBackup = under !== open,
  ): Promise<void> {
    if (this.#open !== open) throw lockedError();
    const { key } = under;
    const bytes = open.sealed(next, Math.max(0, Math.round(this.#now())), under);
    let unsynced: unknown = null;
    try {
      if (bytes.length > VAULT_BYTES_MAX)
        throw new VaultError('vault.full', `The vault would be larger than ${VAULT_BYTES_MAX} bytes.`);
      await this.#files.replace(bytes, inBackup);
    } catch (error) {
      if (!(error as { renamed?: boolean }).renamed) {
        wipeContents(next, open.contents);
        throw vaultError(error, 'The vault can’t be saved; what was saved before is still there');
      }
      unsynced = error;
    }
    this.#file = decodeVault(bytes);
    open.adopt(this.#file, next, key);
    this.#backup = await this.#files.backup();
    this.#tell();
    if (unsynced === null) return;
    const message = 'The vault is saved, but a power cut now could bring the old one back.';
    throw new VaultError('vault.unsynced', message, { cause: unsynced });
  }

  /**
   * Takes over what another process has saved since. @throws VaultError `vault.gone`, `vault.changed`,
   * `vault.locked`
   */
  async #catchUp(open: OpenVault): Promise<void> {
    const [file, backup] = await Promise.all([this.#files.read(), this.#files.backup()]);
    if (this.#open !== open) throw lockedError();
    this.#backup = backup;
    if (file === null) throw new VaultError('vault.gone', 'The vault’s file is not there any more.');
    if (file.digest === open.digest) return;
    if (file.header.vaultId === open.vaultId && file.header.revision <= open.revision)
      throw new VaultError(
        'vault.rolledBack',
        'An older copy was put in the vault’s place. Lock and unlock to take it, or put the newer one back.',
      );
    const contents = unsealContents(file, open.key);
    this.#file = file;
    if (contents instanceof VaultError) {
      this.lock();
      if (contents.code === 'vault.newer') throw contents;
      throw new VaultError(
        'vault.changed',
        'Another process has changed how the vault opens. Unlock it again.',
      );
    }
    open.adopt(file, contents);
    this.#tell();
  }

  /**
   * Whether the vault on disk opens by this key: then nothing may take the key away, whatever failed
   * afterwards.
   */
  #isOnDisk({ protection }: KeyUnder): boolean {
    return this.#file?.header.protection.wrappedKey === protection.wrappedKey;
  }

  /**
   * Reads what is on disk, without opening it. The state changes in one step, so that no caller sees half of
   * it.
   */
  async #look(): Promise<void> {
    const backup = await this.#files.backup();
    let file: VaultFile | null = null;
    let problem: VaultError | null = null;
    try {
      file = await this.#files.read();
      if (file === null && (await this.#files.hasBackup())) problem = missingError(backup);
    } catch (error) {
      problem = vaultError(error, 'The vault’s file can’t be read');
    }
    this.#backup = backup;
    this.#file = file;
    this.#problem = problem;
    this.#tell();
  }

  #readable(): VaultFile {
    if (this.#problem !== null) throw this.#problem;
    if (this.#file === null) throw new VaultError('vault.absent', 'There is no vault yet.');
    return this.#file;
  }

  #opened(): OpenVault {
    if (this.#open !== null) return this.#open;
    this.#readable();
    throw lockedError();
  }

  #forget(): void {
    this.#open?.wipe();
    this.#open = null;
  }

  #serially<T>(work: () => Promise<T>): Promise<T> {
    const run = this.#tail.then(work, work);
    this.#tail = run.catch(() => undefined);
    return run;
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** The first saves of a new vault would take the place of a backup, be it one that only a newer Querytape can read. */
function missingError(backup: Backup | null): VaultError {
  const words =
    backup === null
      ? 'The vault’s file is gone, and its backup can’t be read by this version or from this disk. Put the file back, or set the backup aside and make a new vault.'
      : 'The vault’s file is gone. Its backup is still there.';
  return new VaultError('vault.missing', words);
}

function lockedError(): VaultError {
  return new VaultError('vault.locked', 'The vault is locked.');
}
