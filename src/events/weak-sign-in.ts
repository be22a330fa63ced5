import { Type } from '@sinclair/typebox';
import type { Of } from './schema.ts';

/**
 * What is weak about how a connection signed in: the server asked for no password though there is one (`unasked`), or for a hash
 * from which it can be guessed (`md5`, `sha1`), or was given the password itself where nothing proved that it is the right one
 * (`unproved`).
 */
export const WeakSignIn = Type.Union([
  Type.Literal('unasked'),
  Type.Literal('md5'),
  Type.Literal('sha1'),
  Type.Literal('unproved'),
]);
export type WeakSignIn = Of<typeof WeakSignIn> & string;

/** The same as a sentence. */
export const WEAK_SIGN_IN_WORDS: Readonly<Record<WeakSignIn, string>> = {
  unasked: 'The server asked for no password, though there is one: anyone who reaches it can sign in.',
  md5: 'The server asked for an MD5 hash of the password, from which it can be guessed. SCRAM-SHA-256 is safer.',
  sha1: 'The password was proved by SHA-1 on a connection that is not encrypted: who sees it can guess the password. Use TLS.',
  unproved:
    'The server was given the password itself, and it was not proved that it is the right one. Use the TLS mode “Verify CA and name”.',
};
