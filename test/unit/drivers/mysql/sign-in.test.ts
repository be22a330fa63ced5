import { ed25519 } from '@noble/curves/ed25519.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ed25519Answer } from '../../../../src/drivers/mysql/ed25519.ts';
import { failureOf } from '../../../../src/drivers/mysql/failure.ts';
import { signInRefused } from '../../../../src/events/failure.ts';

describe('an answer of ed25519', () => {
  it('is the signature of RFC 8032 where the password has the length of a key', () => {
    // Section 7.1, test 3, whose key is not text; a key of ASCII is signed by the library itself.
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme-ascii', minLength: 32, maxLength: 32 }),
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        (password, challenge) => {
          const signature = ed25519.sign(challenge, Buffer.from(password));
          expect(ed25519Answer(password, challenge).equals(Buffer.from(signature))).toBe(true);
        },
      ),
      { numRuns: 10 },
    );
  });
});

describe('a sign-in that fails', () => {
  const pluginError = (message: string) =>
    Object.assign(new Error(message), { code: 'AUTH_SWITCH_PLUGIN_ERROR' });

  it('names the plug-in that Querytape does not have, and none of the library’s own words', () => {
    const failure = failureOf(
      pluginError(
        'Server requests authentication using unknown plugin auth_gssapi_client. See TODO: add plugins doco here',
      ),
    );
    const { code, message, advice } = failure;
    expect(signInRefused(failure)).toBe(true);
    expect({ code, message }).toEqual({
      code: 'auth.unsupported',
      message: 'The account signs in with auth_gssapi_client, which Querytape does not have.',
    });
    expect(advice).toContain('ed25519');
  });

  it('says in a sentence what OpenSSL says in its own', () => {
    const message = 'error:0200006E:rsa routines::data too large for key size';
    const code = 'ERR_OSSL_RSA_DATA_TOO_LARGE_FOR_KEY_SIZE';
    for (const error of [pluginError(message), Object.assign(new Error(message), { code })]) {
      const failure = failureOf(error);
      expect(signInRefused(failure)).toBe(true);
      expect(failure).toMatchObject({ code: 'auth.passwordTooLong', advice: expect.stringContaining('TLS') });
    }
  });

  it.each(['1184', '1356', '1449', '1698', '3032', '3955', '1226', '1820'])(
    'has advice for error %s',
    (code) => {
      const failure = failureOf(Object.assign(new Error('x'), { errno: Number(code), sqlMessage: 'x' }));
      expect(failure.advice).toMatch(/^[A-Z].*\.$/);
    },
  );
});
