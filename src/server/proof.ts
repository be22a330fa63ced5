import { createHmac, timingSafeEqual } from 'node:crypto';

/** A nonce: 256 bits, as base64url. */
export const NONCE = /^[A-Za-z0-9_-]{43}$/;

/** Where a server proves itself. */
export const PROOF_PATH = '/api/proof';

/**
 * What only a server that knows the launch token can answer to a nonce. The port is part of it, so that a program on another port
 * that passes the nonce on to the real server gets an answer that is wrong for its own.
 */
export function serverProof(token: string, port: number, nonce: string): string {
  return createHmac('sha256', token).update(`querytape server ${port} ${nonce}`).digest('base64url');
}

/** Whether two secrets are equal, in a time that says nothing about where they differ. */
export function sameSecret(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
