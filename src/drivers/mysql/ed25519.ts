import { createHash } from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519.js';

/** Bytes of the server's challenge, to which the answer is a signature. */
const CHALLENGE_BYTES = 32;

/** A little-endian number (RFC 8032, section 5.1.2). */
function numberOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
}

function bytesOf(number: bigint): Buffer {
  return Buffer.from(number.toString(16).padStart(64, '0'), 'hex').reverse();
}

const sha512 = (...parts: readonly Uint8Array[]): Buffer =>
  createHash('sha512').update(Buffer.concat(parts)).digest();

/**
 * The answer to a challenge of MariaDB's `client_ed25519` (MariaDB manual, "Connection", "client_ed25519 plugin"): an Ed25519
 * signature of it (RFC 8032, section 5.1.6) in which the password stands for the private key. Passwords have any length, which
 * is why no library's `sign` takes one.
 */
export function ed25519Answer(password: string, challenge: Uint8Array): Buffer {
  const { Point } = ed25519;
  const { ORDER } = Point.Fn;
  const expanded = sha512(Buffer.from(password));
  const secret = Buffer.from(expanded.subarray(0, 32));
  secret[0]! &= 0xf8;
  secret[31] = (secret[31]! & 0x3f) | 0x40;
  const scalar = numberOf(secret) % ORDER;
  const publicKey = Point.BASE.multiply(scalar).toBytes();
  const nonce = numberOf(sha512(expanded.subarray(32), challenge)) % ORDER;
  const commitment = Point.BASE.multiply(nonce).toBytes();
  const hash = numberOf(sha512(commitment, publicKey, challenge)) % ORDER;
  return Buffer.concat([commitment, bytesOf((nonce + hash * scalar) % ORDER)]);
}

/** The plug-in as mysql2 calls it: a factory per sign-in, whose function answers each of the server's packets. */
export function ed25519Plugin({
  connection,
}: {
  readonly connection: { readonly config: { password?: string } };
}) {
  return (data: Uint8Array): Buffer =>
    ed25519Answer(connection.config.password ?? '', data.subarray(0, CHALLENGE_BYTES));
}
