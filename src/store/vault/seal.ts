import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** AES-256-GCM (NIST SP 800-38D): 256-bit key, 96-bit nonce, 128-bit tag at the end. */
const ALGORITHM = 'aes-256-gcm';
export const KEY_BYTES = 32;
export const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * A new key. `randomBytes` gives memory of its own, not of Node's pool, so that overwriting it leaves no
 * copy.
 */
export function newKey(): Buffer {
  return randomBytes(KEY_BYTES);
}

/** Random, as SP 800-38D section 8.2.2 allows for fewer than 2³² messages under one key. */
export function newNonce(): Buffer {
  return randomBytes(NONCE_BYTES);
}

/** Encrypts `plain` and binds it to `associated`. */
export function seal(key: Uint8Array, nonce: Uint8Array, plain: Uint8Array, associated: string): Buffer {
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(associated, 'utf8'));
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** What was sealed, or null where the key, the nonce, the bytes or what they are bound to are not those. */
export function unseal(
  key: Uint8Array,
  nonce: Uint8Array,
  sealed: Uint8Array,
  associated: string,
): Buffer | null {
  if (sealed.length < TAG_BYTES || nonce.length !== NONCE_BYTES) return null;
  const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(associated, 'utf8'));
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
  const plain = decipher.update(sealed.subarray(0, -TAG_BYTES));
  try {
    decipher.final();
    return plain;
  } catch {
    plain.fill(0);
    return null;
  }
}
