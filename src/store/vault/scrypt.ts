import { scrypt } from 'node:crypto';
import { MIB } from '../../events/limits.ts';
import type { Secret } from '../../events/secret.ts';
import { SCRYPT_MEMORY_MAX_BYTES } from '../limits.ts';
import { KEY_BYTES } from './seal.ts';

/** What a derivation costs (RFC 7914): `N` blocks of 128·`r` bytes, `p` times. */
export interface ScryptCost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

/** What OWASP asks for (Password Storage Cheat Sheet, "scrypt"): 128 MiB, some tenths of a second. */
export const SCRYPT_COST: ScryptCost = { N: 2 ** 17, r: 8, p: 1 };

/** Whether a file's cost can be paid here: numbers that scrypt takes, within the limit on memory and time. */
export function isPayable({ N, r, p }: ScryptCost): boolean {
  const powerOfTwo = Number.isSafeInteger(N) && N >= 2 && N <= 2 ** 24 && (N & (N - 1)) === 0;
  const counts = [r, p].every((count) => Number.isSafeInteger(count) && count >= 1 && count <= 64);
  return powerOfTwo && counts && 128 * N * r <= SCRYPT_MEMORY_MAX_BYTES && N * r * p <= 2 ** 25;
}

/**
 * The key of a passphrase, in memory of its own. Runs on another thread. The passphrase counts in Unicode's
 * NFC, as keyboards differ in how they write the same letter (RFC 8265, section 4.2).
 */
export async function deriveKey(passphrase: Secret, salt: Uint8Array, cost: ScryptCost): Promise<Buffer> {
  const { N, r, p } = cost;
  const words = Buffer.from(passphrase.reveal().normalize('NFC'), 'utf8');
  const maxmem = 128 * N * r + 128 * r * p + MIB;
  try {
    return await new Promise((resolve, reject) => {
      scrypt(words, salt, KEY_BYTES, { N, r, p, maxmem }, (error, key) => {
        if (error) reject(error);
        else resolve(key);
      });
    });
  } finally {
    words.fill(0);
  }
}
