import { describe, expect, it } from 'vitest';
import { DriverError } from '../../../../src/drivers/driver.ts';
import type { PasswordTrust } from '../../../../src/drivers/password-trust.ts';
import { SignIn } from '../../../../src/drivers/postgres/sign-in.ts';
import { signInRefused } from '../../../../src/events/failure.ts';
import { authentication } from '../../../servers/postgres-messages.ts';

function signIn(trust: PasswordTrust, isLoopback: boolean): SignIn {
  const { signal } = new AbortController();
  return new SignIn({ user: 'u', trust, isLoopback, binding: null, password: () => 'p', signal });
}

/** What a request for a password comes to: a code, or what is weak about the answer. */
function outcome(kind: 'cleartext' | 'md5', trust: PasswordTrust, isLoopback: boolean): string | null {
  const one = signIn(trust, isLoopback);
  try {
    one.take(kind === 'md5' ? authentication(5, 'salt') : authentication(3));
    one.take(authentication(0));
    return one.weakness;
  } catch (error) {
    const { failure } = error as DriverError;
    expect(error).toBeInstanceOf(DriverError);
    // It is not asked again and again.
    expect(signInRefused(failure)).toBe(true);
    return failure.code;
  }
}

describe('a request for', () => {
  it.each<['cleartext' | 'md5', PasswordTrust, boolean, string | null]>([
    ['cleartext', 'verified', false, null],
    ['cleartext', 'socket', false, null],
    ['cleartext', 'encrypted', false, 'auth.cleartext'],
    ['cleartext', 'encrypted', true, 'auth.cleartext'],
    ['cleartext', 'plain', false, 'auth.cleartext'],
    ['cleartext', 'plain', true, 'auth.cleartext'],
    ['md5', 'verified', false, null],
    ['md5', 'socket', false, null],
    ['md5', 'encrypted', false, 'auth.md5'],
    ['md5', 'encrypted', true, 'md5'],
    ['md5', 'plain', false, 'auth.md5'],
    ['md5', 'plain', true, 'md5'],
  ])(
    'a hostile server: %s over a link that is %s (loopback: %s) comes to %s',
    (kind, trust, isLoopback, expected) => {
      expect(outcome(kind, trust, isLoopback)).toBe(expected);
    },
  );

  it('no password is weak where there is one', () => {
    const one = signIn('verified', false);
    expect(one.take(authentication(0))).toBeNull();
    expect(one.weakness).toBe('unasked');
  });
});
