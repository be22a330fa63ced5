import { Type } from '@sinclair/typebox';
import type { Of } from './schema.ts';

/**
 * What is weak about how a connection signed in: the server asked for no password though there is one (`unasked`), or for a hash
 * from which it can be guessed (`md5`).
 */
export const WeakSignIn = Type.Union([Type.Literal('unasked'), Type.Literal('md5')]);
export type WeakSignIn = Of<typeof WeakSignIn> & string;

/** The same as a sentence. */
export const WEAK_SIGN_IN_WORDS: Readonly<Record<WeakSignIn, string>> = {
  unasked: 'The server asked for no password, though there is one: whoever reaches it may sign in.',
  md5: 'The server asked for an MD5 hash of the password, from which it can be guessed. SCRAM-SHA-256 is safer.',
};
