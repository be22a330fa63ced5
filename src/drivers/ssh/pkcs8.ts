import { createPrivateKey } from 'node:crypto';
import { utils } from './ssh2.ts';

/** A private key and its public half, as Node's crypto and `parseKey` read them. */
export interface KeyPair {
  readonly pem: string;
  readonly publicSsh: Uint8Array;
}

/** Whether a file has a private key in PKCS #8 (RFC 5958), which ssh2 does not read, and whether a passphrase protects it. */
export function pkcs8In(text: string): 'open' | 'locked' | null {
  const found = /-----BEGIN (ENCRYPTED )?PRIVATE KEY-----/.exec(text);
  return found && (found[1] ? 'locked' : 'open');
}

/** Opens such a key. @throws Error where the passphrase does not open it, or SSH has no keys of its type */
export function openPkcs8(bytes: Uint8Array, passphrase?: string): KeyPair {
  const key = createPrivateKey({
    key: Buffer.from(bytes),
    ...(passphrase === undefined ? {} : { passphrase }),
  });
  if (key.asymmetricKeyType === 'ed25519') {
    const { x } = key.export({ format: 'jwk' });
    const blob = Buffer.concat([Buffer.from('ssh-ed25519'), Buffer.from(x!, 'base64url')].flatMap(sshString));
    return {
      pem: key.export({ type: 'pkcs8', format: 'pem' }) as string,
      publicSsh: publicText('ssh-ed25519', blob),
    };
  }
  const isRsa = key.asymmetricKeyType === 'rsa';
  const pem = key.export({ type: isRsa ? 'pkcs1' : 'sec1', format: 'pem' }) as string;
  const parsed = utils.parseKey(pem);
  if (parsed instanceof Error) throw parsed;
  return { pem, publicSsh: publicText(parsed.type, parsed.getPublicSSH()) };
}

/** A public key as `parseKey` reads it. */
export function publicText(type: string, blob: Buffer): Uint8Array {
  return Buffer.from(`${type} ${blob.toString('base64')}`);
}

/** A string as SSH writes it: its length, then its bytes (RFC 4251 §5). */
function sshString(bytes: Buffer): Buffer[] {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return [length, bytes];
}
