import {
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
} from 'node:crypto';
import { Secret } from '../../events/secret.ts';
import { KEY_BYTES } from '../vault/seal.ts';

/** An X25519 public key (RFC 7748). Texts are sealed for it; reading them needs the private one. */
export interface PublicKey {
  /** Names the key: the beginning of its SHA-256. */
  readonly keyId: string;
  /** The 32 bytes in base64url, as a JWK has them (RFC 8037). */
  readonly x: string;
}

const X = /^[A-Za-z0-9_-]{43}$/;

/** The public key of those bytes, or null where they are none. */
export function publicKeyOf(x: string): PublicKey | null {
  if (!X.test(x)) return null;
  return { x, keyId: createHash('sha256').update(Buffer.from(x, 'base64url')).digest('hex').slice(0, 16) };
}

/** A new pair. The private key is its two halves as text, `x.d`, for the vault or a file. */
export function newKeyPair(): { readonly publicKey: PublicKey; readonly privateKey: Secret } {
  const { x, d } = generateKeyPairSync('x25519').privateKey.export({ format: 'jwk' });
  return { publicKey: publicKeyOf(x!)!, privateKey: new Secret(`${x}.${d}`) };
}

/** The public half of a private key's text, or null where it is no such text. */
export function publicHalf(privateKey: Secret): PublicKey | null {
  const [x, d, ...more] = privateKey.reveal().split('.');
  return x && d && X.test(d) && more.length === 0 ? publicKeyOf(x) : null;
}

/** A one-time pair and the key that its holder and the reader share. */
interface Agreed {
  readonly ephemeral: PublicKey;
  readonly key: Buffer;
}

/** Makes a one-time pair and agrees with `reader` on a key. The private half is forgotten at once. */
export function agree(reader: PublicKey): Agreed {
  const { privateKey } = generateKeyPairSync('x25519');
  const ephemeral = publicKeyOf(privateKey.export({ format: 'jwk' }).x!)!;
  return { ephemeral, key: sharedKey(privateKey, reader, ephemeral, reader) };
}

/** The key that was agreed on, by the reader's private key. */
export function agreedKey(privateKey: Secret, ephemeral: PublicKey): Buffer {
  const [x, d] = privateKey.reveal().split('.') as [string, string];
  const own = createPrivateKey({ key: { kty: 'OKP', crv: 'X25519', x, d }, format: 'jwk' });
  return sharedKey(own, ephemeral, ephemeral, publicHalf(privateKey)!);
}

/** HKDF-SHA-256 (RFC 5869) of the X25519 secret, bound to both public keys. */
function sharedKey(own: KeyObject, other: PublicKey, ephemeral: PublicKey, reader: PublicKey): Buffer {
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x: other.x }, format: 'jwk' });
  const secret = diffieHellman({ privateKey: own, publicKey });
  // Decoded as one text, which is not the bytes of both: the files of version 1 have it so.
  const salt = Buffer.from(ephemeral.x + reader.x, 'base64url');
  try {
    return Buffer.from(hkdfSync('sha256', secret, salt, 'querytape texts 1', KEY_BYTES));
  } finally {
    secret.fill(0);
  }
}
