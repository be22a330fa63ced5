import { createHash } from 'node:crypto';
import type { HostKey } from '../tunnel.ts';

/** What a public key's blob says of itself (RFC 4253 §6.6). */
export interface PublicKey extends HostKey {
  /** The key as `ssh-keygen -l` names its kind: `RSA`, `ED25519`, `ECDSA`, `ECDSA-SK`, … */
  readonly kind: string;
  readonly bits: number;
  /** The whole blob, by which keys are compared. */
  readonly blob: Uint8Array;
}

/** Moduli below this are refused by OpenSSH too. */
const RSA_BITS_MIN = 1024;

const CURVES: Readonly<Record<string, { readonly bits: number; readonly pointBytes: number }>> = {
  nistp256: { bits: 256, pointBytes: 65 },
  nistp384: { bits: 384, pointBytes: 97 },
  nistp521: { bits: 521, pointBytes: 133 },
};

/** How `ssh-keygen -l` names a key, where its type alone says that. */
export function publicKeyShape(keyType: string): Pick<PublicKey, 'kind' | 'bits'> | null {
  if (keyType === 'ssh-ed25519') return { kind: 'ED25519', bits: 256 };
  const curve = CURVES[/^ecdsa-sha2-(nistp\d+)$/.exec(keyType)?.[1] ?? ''];
  return curve ? { kind: 'ECDSA', bits: curve.bits } : null;
}

/** Reads a public key's blob, null where it is not a whole key of a type that host keys have. */
export function publicKey(blob: Uint8Array): PublicKey | null {
  const fields = stringsOf(blob);
  const keyType = fields?.[0] && text(fields[0]);
  if (!fields || !keyType) return null;
  const shape = shapeOf(keyType, fields.slice(1));
  return shape && { ...shape, keyType, fingerprint: fingerprintOf(blob), blob };
}

/** `SHA256:` and the digest in base64 without padding. */
export function fingerprintOf(blob: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}

function shapeOf(keyType: string, fields: readonly Uint8Array[]): Pick<PublicKey, 'kind' | 'bits'> | null {
  const [first, second, third] = fields;
  switch (keyType) {
    case 'ssh-ed25519':
      return fields.length === 1 && first!.length === 32 ? { kind: 'ED25519', bits: 256 } : null;
    case 'sk-ssh-ed25519@openssh.com':
      return fields.length === 2 && first!.length === 32 ? { kind: 'ED25519-SK', bits: 256 } : null;
    case 'ssh-rsa': {
      const bits = fields.length === 2 ? bitsOf(second!) : 0;
      return bits >= RSA_BITS_MIN && bitsOf(first!) > 0 ? { kind: 'RSA', bits } : null;
    }
    case 'ssh-dss':
      return fields.length === 4 ? { kind: 'DSA', bits: bitsOf(first!) } : null;
    case 'sk-ecdsa-sha2-nistp256@openssh.com':
      return fields.length === 3 && isPoint('nistp256', first!, second!)
        ? { kind: 'ECDSA-SK', bits: 256 }
        : null;
    default: {
      const curve = /^ecdsa-sha2-(nistp\d+)$/.exec(keyType)?.[1];
      if (!curve || !first || !second || third || !isPoint(curve, first, second)) return null;
      return { kind: 'ECDSA', bits: CURVES[curve]!.bits };
    }
  }
}

function isPoint(curve: string, name: Uint8Array, point: Uint8Array): boolean {
  return text(name) === curve && point.length === CURVES[curve]?.pointBytes && point[0] === 4;
}

/** The `string` fields (RFC 4251 §5) that a blob consists of, null where they do not fill it. An `mpint` is written as one. */
function stringsOf(blob: Uint8Array): readonly Uint8Array[] | null {
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  const fields: Uint8Array[] = [];
  let at = 0;
  while (at < blob.length) {
    if (at + 4 > blob.length) return null;
    const end = at + 4 + view.getUint32(at);
    if (end > blob.length) return null;
    fields.push(blob.subarray(at + 4, end));
    at = end;
  }
  return fields;
}

/** The bits of a positive `mpint`; 0 for none, or one that is negative. */
function bitsOf(mpint: Uint8Array): number {
  const from = mpint.findIndex((byte) => byte !== 0);
  if (from === -1 || mpint[0]! >= 0x80) return 0;
  return (mpint.length - from - 1) * 8 + (32 - Math.clz32(mpint[from]!));
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
