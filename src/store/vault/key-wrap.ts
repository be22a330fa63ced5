import { randomBytes } from 'node:crypto';
import { Secret } from '../../events/secret.ts';
import { PASSPHRASE_MAX, PASSPHRASE_MIN } from '../limits.ts';
import type { Keychain } from './keychain.ts';
import { deriveKey, type ScryptCost } from './scrypt.ts';
import { KEY_BYTES, newKey, newNonce, seal, unseal } from './seal.ts';
import { VaultError } from './vault-error.ts';
import type { Protection } from './vault-file.ts';

const SALT_BYTES = 16;

/** How a vault is to be opened. */
export type Protecting = { readonly passphrase: Secret } | { readonly keychain: Keychain };

/** A wrapped key belongs to one vault and one kind of protection. */
function associatedOf(vaultId: string, kind: Protection['kind']): string {
  return `querytape-vault-key ${vaultId} ${kind}`;
}

/**
 * Puts `dataKey` under a new key: one derived from the passphrase, or a random one that the keychain keeps.
 * With the keychain each call makes a new account, so that the file of before still opens if this one is
 * never written.
 * @throws VaultError `vault.weakPassphrase`, `vault.keychainGone`
 */
export async function wrapKey(
  dataKey: Buffer,
  vaultId: string,
  protecting: Protecting,
  cost: ScryptCost,
): Promise<Protection> {
  const nonce = newNonce();
  const wrapped = (key: Buffer, kind: Protection['kind']) => ({
    nonce: nonce.toString('base64'),
    wrappedKey: seal(key, nonce, dataKey, associatedOf(vaultId, kind)).toString('base64'),
  });
  if ('keychain' in protecting) {
    const key = newKey();
    try {
      const account = `${vaultId}-${randomBytes(8).toString('hex')}`;
      await protecting.keychain.set(account, new Secret(key.toString('base64')));
      return { kind: 'keychain', account, ...wrapped(key, 'keychain') };
    } finally {
      key.fill(0);
    }
  }
  assertPassphrase(protecting.passphrase);
  const salt = randomBytes(SALT_BYTES);
  const key = await deriveKey(protecting.passphrase, salt, cost);
  try {
    const { N, r, p } = cost;
    const kdf = { kdf: 'scrypt', N, r, p, salt: salt.toString('base64') } as const;
    return { kind: 'passphrase', ...kdf, ...wrapped(key, 'passphrase') };
  } finally {
    key.fill(0);
  }
}

/**
 * The data key of a vault. The caller overwrites it when it is done.
 * @throws VaultError `vault.wrongPassphrase`, `vault.keychainGone`, `vault.keyGone`, `vault.damaged`
 */
export async function unwrapKey(vaultId: string, protection: Protection, by: Protecting): Promise<Buffer> {
  const key =
    'keychain' in by
      ? await keyOfKeychain(protection, by.keychain)
      : await keyOfPassphrase(protection, by.passphrase);
  try {
    const sealed = Buffer.from(protection.wrappedKey, 'base64');
    const nonce = Buffer.from(protection.nonce, 'base64');
    const dataKey = unseal(key, nonce, sealed, associatedOf(vaultId, protection.kind));
    if (dataKey !== null) return dataKey;
  } finally {
    key.fill(0);
  }
  throw protection.kind === 'passphrase'
    ? new VaultError('vault.wrongPassphrase', 'This passphrase does not open the vault.')
    : new VaultError('vault.keyGone', 'The key that the keychain keeps is not this vault’s.');
}

async function keyOfPassphrase(protection: Protection, passphrase: Secret): Promise<Buffer> {
  if (protection.kind !== 'passphrase')
    throw new VaultError('vault.keychainGone', 'This vault opens with the keychain, not with a passphrase.');
  return deriveKey(passphrase, Buffer.from(protection.salt, 'base64'), protection);
}

async function keyOfKeychain(protection: Protection, keychain: Keychain): Promise<Buffer> {
  if (protection.kind !== 'keychain')
    throw new VaultError('vault.passphraseNeeded', 'This vault opens with a passphrase.');
  const kept = await keychain.get(protection.account);
  const key = kept === null ? null : Buffer.from(kept.reveal(), 'base64');
  kept?.wipe();
  if (key?.length === KEY_BYTES) return key;
  throw new VaultError(
    'vault.keyGone',
    'The keychain of this account keeps no key for this vault. It was made elsewhere, or the key was deleted.',
  );
}

function assertPassphrase(passphrase: Secret): void {
  const { length } = passphrase.reveal().normalize('NFC');
  if (length < PASSPHRASE_MIN || length > PASSPHRASE_MAX)
    throw new VaultError(
      'vault.weakPassphrase',
      `A passphrase has ${PASSPHRASE_MIN} to ${PASSPHRASE_MAX} characters.`,
    );
}
