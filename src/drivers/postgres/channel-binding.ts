import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { ChannelBinding } from './scram.ts';

/** Hashes by a certificate's signature algorithm, whose object identifier is in DER and hexadecimal (RFC 5929, section 4.1). */
const HASHES: Readonly<Record<string, string>> = {
  // MD5 and SHA-1 are replaced by SHA-256.
  '2a864886f70d010104': 'sha256',
  '2a864886f70d010105': 'sha256',
  '2a864886f70d01010b': 'sha256',
  '2a864886f70d01010c': 'sha384',
  '2a864886f70d01010d': 'sha512',
  '2a864886f70d01010e': 'sha224',
  '2a8648ce3d0401': 'sha256',
  '2a8648ce3d040301': 'sha224',
  '2a8648ce3d040302': 'sha256',
  '2a8648ce3d040303': 'sha384',
  '2a8648ce3d040304': 'sha512',
};

/** What binds a sign-in to this socket: null without TLS, and for a certificate whose algorithm names no hash by itself. */
export function channelBinding(socket: Socket): ChannelBinding {
  if (!(socket instanceof TLSSocket)) return null;
  const { raw } = socket.getPeerCertificate();
  const hash = raw && HASHES[signatureAlgorithm(raw)];
  return hash ? createHash(hash).update(raw).digest() : null;
}

/** Certificate: a sequence of the signed part, the algorithm (a sequence that begins with its identifier) and the signature (RFC 5280). */
function signatureAlgorithm(certificate: Buffer): string {
  const signed = element(certificate, element(certificate, 0).from);
  const identifier = element(certificate, element(certificate, signed.to).from);
  return certificate.subarray(identifier.from, identifier.to).toString('hex');
}

/** Where the content of the DER element at `at` begins and ends. OpenSSL has read it before. */
function element(bytes: Buffer, at: number): { readonly from: number; readonly to: number } {
  const first = bytes[at + 1]!;
  if (first < 0x80) return { from: at + 2, to: at + 2 + first };
  const lengthBytes = first & 0x7f;
  const from = at + 2 + lengthBytes;
  return { from, to: from + bytes.readUIntBE(at + 2, lengthBytes) };
}
