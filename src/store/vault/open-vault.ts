import { type Contents, EMPTY, wipeContents } from './contents.ts';
import { sealContents } from './sealed-contents.ts';
import type { Protection, VaultFile } from './vault-file.ts';

/** A data key and how it is wrapped. */
export interface KeyUnder {
  readonly key: Buffer;
  readonly protection: Protection;
}

/** What is in memory while a vault is unlocked, and nowhere afterwards. */
export class OpenVault {
  readonly vaultId: string;
  #key: Buffer;
  #protection: Protection;
  #contents: Contents = EMPTY;
  #revision = 0;
  /** Of the bytes on disk that the contents are from. */
  #digest = '';
  #wiped = false;

  constructor(vaultId: string, { key, protection }: KeyUnder) {
    this.vaultId = vaultId;
    this.#key = key;
    this.#protection = protection;
  }

  get contents(): Contents {
    return this.#contents;
  }

  get protection(): Protection {
    return this.#protection;
  }

  get revision(): number {
    return this.#revision;
  }

  get digest(): string {
    return this.#digest;
  }

  get key(): Buffer {
    return this.#key;
  }

  /**
   * The bytes of a vault that holds `next`, under this vault's key or a new one. Must not be called once
   * wiped.
   */
  sealed(next: Contents, savedAt: number, under: KeyUnder = this): Buffer {
    // A key of zeros would seal what everybody could open.
    if (this.#wiped) throw new Error('This vault was wiped.');
    const { vaultId } = this;
    const head = { vaultId, revision: this.#revision + 1, savedAt, protection: under.protection };
    return sealContents(head, next, under.key);
  }

  /**
   * Takes what is on disk now for its own. Secrets and keys that are no longer part of it are overwritten.
   */
  adopt(file: VaultFile, contents: Contents, key: Buffer = this.#key): void {
    wipeContents(this.#contents, contents);
    if (this.#key !== key) this.#key.fill(0);
    if (this.#wiped) {
      wipeContents(contents);
      key.fill(0);
      return;
    }
    this.#key = key;
    this.#contents = contents;
    this.#digest = file.digest;
    this.#protection = file.header.protection;
    this.#revision = file.header.revision;
  }

  /** Overwrites the key and every secret. */
  wipe(): void {
    this.#wiped = true;
    this.#key.fill(0);
    wipeContents(this.#contents);
    this.#contents = EMPTY;
  }
}
