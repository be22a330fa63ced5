import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { join } from 'node:path';
import type { BundleSignature } from '../../events/bundle.ts';
import { readOwnFile, writeOwnFile } from '../own-files.ts';
import { BundleError } from './bundle-error.ts';

const PEM_BYTES_MAX = 1024;
/** So that a signature of a manifest is one of nothing else. */
const CONTEXT = Buffer.from('querytape bundle manifest 1\n');

/** The Ed25519 key (RFC 8032) of this installation, which signs its bundles. */
export class SigningKey {
  private constructor(private readonly privateKey: KeyObject) {}

  /**
   * Reads the key of a data folder, `bundle-key.pem` (PKCS #8, mode 0600), or makes it on first use.
   * @throws UnsafeFileError; BundleError `bundle.key` for a file that holds no such key; the system's error
   */
  static async open(folder: string): Promise<SigningKey> {
    const path = join(folder, 'bundle-key.pem');
    const found = await readOwnFile(path, PEM_BYTES_MAX);
    if (found === null) {
      const { privateKey } = generateKeyPairSync('ed25519');
      await writeOwnFile(path, privateKey.export({ type: 'pkcs8', format: 'pem' }));
      return new SigningKey(privateKey);
    }
    try {
      const key = createPrivateKey(found);
      if (key.asymmetricKeyType === 'ed25519') return new SigningKey(key);
    } catch {
      // Said below: the reason quotes nothing of the file.
    }
    throw new BundleError('bundle.key', `${path} holds no Ed25519 key. Move it away, and a new one is made`);
  }

  /** What the user compares with what the reader of a bundle sees. */
  get fingerprint(): string {
    return fingerprintOf(createPublicKey(this.privateKey));
  }

  sign(manifest: Uint8Array): BundleSignature {
    const { x } = createPublicKey(this.privateKey).export({ format: 'jwk' });
    return {
      algorithm: 'ed25519',
      publicKey: Buffer.from(x!, 'base64url').toString('hex'),
      signature: sign(null, Buffer.concat([CONTEXT, manifest]), this.privateKey).toString('hex'),
    };
  }
}

/** The fingerprint of the key that a signature names, and whether it signed this manifest. */
export function checkSignature(
  { publicKey, signature }: BundleSignature,
  manifest: Uint8Array,
): { readonly fingerprint: string; readonly holds: boolean } {
  const x = Buffer.from(publicKey, 'hex').toString('base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  const holds = verify(null, Buffer.concat([CONTEXT, manifest]), key, Buffer.from(signature, 'hex'));
  return { fingerprint: fingerprintOf(key), holds };
}

/** SHA-256 over the public key as SubjectPublicKeyInfo (RFC 8410), as OpenSSL writes it in DER. */
function fingerprintOf(publicKey: KeyObject): string {
  const der = publicKey.export({ type: 'spki', format: 'der' });
  return `SHA256:${createHash('sha256').update(der).digest('base64').replace(/=+$/, '')}`;
}
