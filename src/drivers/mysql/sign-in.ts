import { createPublicKey } from 'node:crypto';
import type { FailureText } from '../../events/failure.ts';
import type { WeakSignIn } from '../../events/weak-sign-in.ts';
import { allowsCleartext, type PasswordTrust } from '../password-trust.ts';
import { failureText } from './failure.ts';
import { nulText, readGreeting } from './greeting.ts';
import { isError, isOk } from './packet-shape.ts';
import { HEADER } from './protocol.ts';

/** First bytes of what only a sign-in's packets are (MySQL manual, "Connection Phase Packets"). */
const SIGN_IN = { moreData: 0x01, nextFactor: 0x02, authSwitch: 0xfe } as const;
/** What caching_sha2_password's server says in one byte (MySQL source, sha2_password.cc). */
const SHA2 = { known: 3, sendPassword: 4 } as const;

/** Ways of signing in, by the bytes of their challenge. */
const CHALLENGE_BYTES: ReadonlyMap<string, number> = new Map([
  ['mysql_native_password', 20],
  ['caching_sha2_password', 20],
  ['sha256_password', 20],
  ['client_ed25519', 32],
  ['mysql_clear_password', 0],
]);
/** An account of MariaDB's may have several ways; no server tries more of them. */
const SWITCHES_MAX = 8;
const PLUGIN_NAME = /^\w{1,64}$/;

/** What becomes of a sign-in's packet: it goes on, or something else in its place; or the sign-in ends here. */
export type Judgement =
  | { readonly type: 'pass'; readonly instead?: Buffer }
  | { readonly type: 'signedIn' }
  | { readonly type: 'refused'; readonly failure: FailureText }
  | { readonly type: 'violated'; readonly words: string };

const PASS: Judgement = { type: 'pass' };
const violated = (words: string): Judgement => ({ type: 'violated', words });
const refused = (code: string, message: string): Judgement => ({
  type: 'refused',
  failure: failureText(code, message, 'client'),
});

/**
 * Stands between a server that has not been signed in to and mysql2: what has another shape than the protocol's, what comes at
 * another time, and what would make the password readable to whoever answers, is not passed on.
 *
 *   greeting → challenge ⇄ switched → (password or key) → signed in
 */
export class SignIn {
  /** The way that the next packets are about. */
  private plugin = '';
  private switches = 0;
  /** What else the server may say of it. */
  private expects: 'verdict' | 'key' | 'nothing' = 'verdict';
  /** The password itself was sent, not a proof of it. */
  private passwordSent = false;

  constructor(
    private readonly trust: PasswordTrust,
    /** The server's RSA key as the profile has it, in PEM. */
    private readonly serverKey: string | null,
  ) {}

  /** What was weak about it, where the account has a password; null for nothing. */
  get weakness(): WeakSignIn | null {
    if (this.passwordSent && this.trust === 'encrypted') return 'unproved';
    return this.plugin === 'mysql_native_password' && this.trust === 'plain' ? 'sha1' : null;
  }

  greeting(bytes: Buffer, start: number, end: number): Judgement {
    // A server without room, or one that blocks this host, says so instead.
    if (bytes[start] === HEADER.error) return isError(bytes, start, end) ? PASS : violated('an ERR packet');
    const greeting = readGreeting(bytes, start, end);
    if (!greeting) return violated('a greeting that is not one of MySQL’s protocol 10');
    const { plugin } = greeting;
    // mysql2 answers with the server's own way where it has it, and else with mysql_native_password.
    if (plugin === 'caching_sha2_password') this.plugin = plugin;
    else if (
      (plugin === 'sha256_password' && this.trust !== 'plain') ||
      (plugin === 'mysql_clear_password' && allowsCleartext(this.trust))
    ) {
      this.plugin = plugin;
      this.passwordSent = true;
      this.expects = 'nothing';
    } else this.plugin = 'mysql_native_password';
    return PASS;
  }

  packet(bytes: Buffer, start: number, end: number): Judgement {
    switch (bytes[start]) {
      case HEADER.ok:
        return isOk(bytes, start, end) ? { type: 'signedIn' } : violated('an OK packet');
      case HEADER.error:
        return isError(bytes, start, end) ? PASS : violated('an ERR packet');
      case SIGN_IN.authSwitch:
        return this.switched(bytes, start + 1, end);
      case SIGN_IN.moreData:
        return this.moreData(bytes, start + 1, end);
      case SIGN_IN.nextFactor:
        return refused(
          'auth.unsupported',
          'The account wants a second factor, which Querytape does not have.',
        );
      default:
        return violated('a packet that has no place in a sign-in');
    }
  }

  /** AuthSwitchRequest */
  private switched(bytes: Buffer, start: number, end: number): Judgement {
    if (start === end)
      return refused(
        'auth.unsupported',
        'The account signs in with mysql_old_password, which anyone can break.',
      );
    if (++this.switches > SWITCHES_MAX) return violated('one more way of signing in than any server has');
    const name = nulText(bytes, start, end);
    if (!PLUGIN_NAME.test(name)) return violated('a way of signing in without a name');
    const challengeBytes = CHALLENGE_BYTES.get(name);
    if (challengeBytes === undefined)
      return refused('auth.unsupported', `The account signs in with ${name}, which Querytape does not have.`);
    if (end - start - name.length - 1 < challengeBytes) return violated('a challenge that is too short');
    this.plugin = name;
    this.expects = 'nothing';
    if (name === 'caching_sha2_password') this.expects = 'verdict';
    if (name === 'mysql_clear_password') {
      if (!allowsCleartext(this.trust)) return refused('auth.cleartext', CLEARTEXT);
      this.passwordSent = true;
    }
    if (name === 'sha256_password') return this.sendsPassword();
    return PASS;
  }

  /** AuthMoreData */
  private moreData(bytes: Buffer, start: number, end: number): Judgement {
    if (this.expects === 'key') return this.key(bytes, start, end);
    if (this.expects !== 'verdict' || this.plugin !== 'caching_sha2_password' || end - start !== 1)
      return violated(`a packet that ${this.plugin} has no place for`);
    this.expects = 'nothing';
    if (bytes[start] === SHA2.known) return PASS;
    if (bytes[start] === SHA2.sendPassword) return this.sendsPassword();
    return violated('a word that caching_sha2_password does not have');
  }

  /** The next that is sent is the password: readable to the server, or encrypted with a key that is the server's by its own word. */
  private sendsPassword(): Judgement {
    const isEncrypted = this.trust === 'verified' || this.trust === 'encrypted';
    if (this.trust === 'plain' && this.serverKey === null)
      return refused('auth.needsEncryption', NEEDS_ENCRYPTION);
    // mysql2 asks for a key where the password would go unencrypted; sha256_password's does also on a socket.
    const asks = !isEncrypted && (this.trust === 'plain' || this.plugin === 'sha256_password');
    this.expects = asks ? 'key' : 'nothing';
    this.passwordSent = !asks || this.serverKey === null;
    return PASS;
  }

  /** The server's RSA key: on a network only the one that the profile has, in whose place nothing else is passed on. */
  private key(bytes: Buffer, start: number, end: number): Judgement {
    this.expects = 'nothing';
    if (this.serverKey === null) return PASS;
    const said = derOf(bytes.toString('latin1', start, end));
    const pinned = derOf(this.serverKey);
    if (!said || !pinned?.equals(said)) return refused('auth.serverKey', WRONG_KEY);
    return {
      type: 'pass',
      instead: Buffer.concat([Buffer.from([SIGN_IN.moreData]), Buffer.from(this.serverKey)]),
    };
  }
}

/** A public key as its bytes; null for what is none. */
function derOf(pem: string): Buffer | null {
  try {
    return createPublicKey(pem).export({ type: 'spki', format: 'der' });
  } catch {
    return null;
  }
}

const CLEARTEXT =
  'The server wants the password in the clear, which is sent over verified TLS or a Unix-domain socket alone.';
const NEEDS_ENCRYPTION =
  'The server wants the password itself, as it has no proof of it yet or as it is wrong, and the connection is not encrypted: whoever answers there could read it.';
const WRONG_KEY = 'The server has another public key than the one in the profile. No password was sent.';
