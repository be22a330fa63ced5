import { type Contents, contentsOf, plainOf } from './contents.ts';
import { newNonce, seal, unseal } from './seal.ts';
import { VaultError } from './vault-error.ts';
import { associatedOf, encodeVault, type Header, type VaultFile } from './vault-file.ts';

/** The bytes of a whole vault. Under a nonce of its own at each call. */
export function sealContents(head: Omit<Header, 'nonce'>, contents: Contents, key: Uint8Array): Buffer {
  const nonce = newNonce();
  const associated = associatedOf({ ...head, nonce: nonce.toString('base64') });
  const plain = plainOf(contents);
  try {
    return encodeVault(associated, seal(key, nonce, plain, associated));
  } finally {
    plain.fill(0);
  }
}

/**
 * What a vault holds, or why it can't be read: `vault.damaged` where the key does not open it, `vault.newer`.
 */
export function unsealContents(file: VaultFile, key: Uint8Array): Contents | VaultError {
  const plain = unseal(key, Buffer.from(file.header.nonce, 'base64'), file.sealed, file.associated);
  if (plain === null)
    return new VaultError('vault.damaged', 'The vault is damaged: its contents are not what was sealed.');
  try {
    return contentsOf(plain);
  } catch (error) {
    return error as VaultError;
  } finally {
    plain.fill(0);
  }
}
