import type { Secret } from '../../events/secret.ts';
import { type Protecting, unwrapKey, wrapKey } from './key-wrap.ts';
import type { Keychain } from './keychain.ts';
import type { KeyUnder } from './open-vault.ts';
import type { ScryptCost } from './scrypt.ts';
import { newKey } from './seal.ts';
import type { UnlockThrottle } from './unlock-throttle.ts';
import { VaultError, vaultError } from './vault-error.ts';
import type { Protection } from './vault-file.ts';

/** What a vault is made to open with. */
export type ProtectionChoice = { readonly passphrase: Secret } | { readonly keychain: true };

/** Finds the data keys of vaults, and makes new ones. */
export class KeyProvider {
  readonly #throttle: UnlockThrottle;
  readonly #findKeychain: () => Promise<Keychain>;
  readonly #cost: ScryptCost;

  constructor(throttle: UnlockThrottle, findKeychain: () => Promise<Keychain>, cost: ScryptCost) {
    this.#throttle = throttle;
    this.#findKeychain = findKeychain;
    this.#cost = cost;
  }

  /** Whether there is a keychain that keeps what it is given. */
  keychainWorks(): Promise<boolean> {
    return this.#findKeychain().then(
      () => true,
      () => false,
    );
  }

  /**
   * A vault's data key by its own protection; wrong passphrases are counted and slowed down. The caller wipes
   * it.
   * @throws VaultError `vault.passphraseNeeded`, `vault.wrongPassphrase`, `vault.tooSoon`, `vault.keychainGone`, `vault.keyGone`
   */
  async key(vaultId: string, protection: Protection, passphrase: Secret | undefined): Promise<Buffer> {
    if (protection.kind === 'keychain')
      return unwrapKey(vaultId, protection, { keychain: await this.#findKeychain() });
    if (passphrase === undefined)
      throw new VaultError('vault.passphraseNeeded', 'This vault opens with its passphrase.');
    await this.#throttle.load();
    const retryAfterMs = this.#throttle.waitMs();
    if (retryAfterMs > 0) {
      const message = `Too many wrong passphrases. Wait ${Math.ceil(retryAfterMs / 1000)} s.`;
      throw new VaultError('vault.tooSoon', message, { retryAfterMs });
    }
    await this.#throttle.begin();
    try {
      const key = await unwrapKey(vaultId, protection, { passphrase });
      await this.#throttle.forgive();
      return key;
    } catch (error) {
      const { code, message } = vaultError(error, 'The passphrase can’t be tried');
      throw new VaultError(code, message, { cause: error, retryAfterMs: this.#throttle.waitMs() });
    }
  }

  /**
   * A new data key, wrapped, and a way to take back what wrapping it left in the keychain.
   * @throws VaultError `vault.weakPassphrase`, `vault.keychainGone`
   */
  async newKey(vaultId: string, choice: ProtectionChoice): Promise<KeyUnder & { drop(): Promise<void> }> {
    const by: Protecting = 'passphrase' in choice ? choice : { keychain: await this.#findKeychain() };
    const key = newKey();
    try {
      const protection = await wrapKey(key, vaultId, by, this.#cost);
      const drop = async (): Promise<void> => {
        key.fill(0);
        await this.dropKey(protection);
      };
      return { key, protection, drop };
    } catch (error) {
      key.fill(0);
      throw error;
    }
  }

  /** Removes a keychain entry that no longer wraps a key. A failure to remove it is harmless. */
  async dropKey(protection: Protection): Promise<void> {
    if (protection.kind !== 'keychain') return;
    const keychain = await this.#findKeychain().catch(() => null);
    await keychain?.delete(protection.account).catch(() => false);
  }
}
