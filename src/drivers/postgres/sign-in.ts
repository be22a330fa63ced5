import { createHash } from 'node:crypto';
import type { FailureText } from '../../events/failure.ts';
import type { WeakSignIn } from '../../events/weak-sign-in.ts';
import { DriverError } from '../driver.ts';
import { allowsCleartext, type PasswordTrust } from '../password-trust.ts';
import { HEADER_BYTES } from './backend-messages.ts';
import { failureText } from './failure.ts';
import { type ChannelBinding, Scram } from './scram.ts';

/** What a sign-in needs to know. */
export interface SignInOptions {
  readonly user: string;
  readonly trust: PasswordTrust;
  /** The server's address is one of this machine's own. */
  readonly isLoopback: boolean;
  readonly binding: ChannelBinding;
  /** Called when the server asks for it; undefined where there is none. */
  readonly password: () => string | undefined;
  readonly signal: AbortSignal;
}

/** Kinds of authentication (PostgreSQL manual, "Message Formats"). */
const OK = 0;
const CLEARTEXT = 3;
const MD5 = 5;
const SASL = 10;
const SASL_CONTINUE = 11;
const SASL_FINAL = 12;
const UNSUPPORTED: Readonly<Record<number, string>> = {
  2: 'Kerberos V5',
  6: 'SCM credentials',
  7: 'GSSAPI (Kerberos)',
  8: 'GSSAPI (Kerberos)',
  9: 'SSPI (Windows)',
};

/**
 * Signs in as libpq would with care. A password leaves as it is only to a server that is proven or reached through a Unix-domain
 * socket; its MD5, which can be guessed from, not over a network where any host may pose as the server; and AuthenticationOk counts only
 * after SCRAM's other side has proven itself.
 *
 *   begun ─ Ok (nothing was asked for) ──────────────────────→ done
 *     ├─ CleartextPassword, MD5Password → answered ─ Ok ────→ done
 *     └─ SASL → offered ─ Continue → deriving → answering ─ Final → answered ─ Ok → done
 */
export class SignIn {
  /** What is weak about how it was done. */
  weakness: WeakSignIn | null = null;
  private step: 'begun' | 'offered' | 'deriving' | 'answering' | 'answered' | 'done' = 'begun';
  private scram: Scram | null = null;

  constructor(private readonly options: SignInOptions) {}

  get isDone(): boolean {
    return this.step === 'done';
  }

  /**
   * Takes one Authentication message, whole, and gives what is to be sent; null where that is nothing.
   * @throws DriverError `auth.…`, `password.missing`, `protocol.violated`
   */
  take(message: Buffer): Buffer | Promise<Buffer> | null {
    const kind = message.readInt32BE(HEADER_BYTES);
    const body = message.subarray(HEADER_BYTES + 4);
    switch (kind) {
      case OK:
        this.accept(body);
        return null;
      case CLEARTEXT:
        this.goOn('begun', 'answered', body.length === 0);
        return this.cleartext();
      case MD5:
        this.goOn('begun', 'answered', body.length === 4);
        return this.md5(body);
      case SASL:
        this.goOn('begun', 'offered', body.length > 1 && body.at(-1) === 0 && body.at(-2) === 0);
        return this.offer(body);
      case SASL_CONTINUE:
        this.goOn('offered', 'deriving', true);
        return this.answer(body.toString());
      case SASL_FINAL:
        this.goOn('answering', 'answered', true);
        if (!this.scram?.isProven(body.toString())) throw new DriverError(UNPROVEN);
        return null;
      default:
        throw new DriverError(unsupported(UNSUPPORTED[kind] ?? `a method numbered ${kind}`));
    }
  }

  private goOn(from: SignIn['step'], to: SignIn['step'], fits: boolean): void {
    if (this.step !== from || !fits) throw new DriverError(OUT_OF_ORDER);
    this.step = to;
  }

  private accept(body: Buffer): void {
    if (body.length > 0 || this.step === 'done') throw new DriverError(OUT_OF_ORDER);
    if (this.step !== 'begun' && this.step !== 'answered') throw new DriverError(UNPROVEN);
    if (this.step === 'begun' && this.options.password()) this.weakness = 'unasked';
    this.step = 'done';
    // It holds the password.
    this.scram = null;
  }

  private password(): string {
    const password = this.options.password();
    if (!password) throw new DriverError(MISSING);
    return password;
  }

  private cleartext(): Buffer {
    if (!allowsCleartext(this.options.trust)) throw new DriverError(CLEARTEXT_REFUSED);
    return passwordMessage(`${this.password()}\0`);
  }

  /** `md5` and MD5(MD5(password, user), salt), each in hexadecimal. */
  private md5(salt: Buffer): Buffer {
    const { trust, isLoopback, user } = this.options;
    if (!allowsCleartext(trust)) {
      if (!isLoopback) throw new DriverError(MD5_REFUSED);
      this.weakness = 'md5';
    }
    const inner = createHash('md5').update(`${this.password()}${user}`).digest('hex');
    return passwordMessage(`md5${createHash('md5').update(inner).update(salt).digest('hex')}\0`);
  }

  private offer(body: Buffer): Buffer {
    const { binding, signal } = this.options;
    const mechanisms = body.subarray(0, -2).toString().split('\0');
    this.scram = new Scram(mechanisms, this.password(), binding, signal);
    const { mechanism, first } = this.scram;
    const length = Buffer.alloc(4);
    length.writeInt32BE(first.length);
    return passwordMessage(Buffer.concat([Buffer.from(`${mechanism}\0`), length, Buffer.from(first)]));
  }

  private async answer(serverFirst: string): Promise<Buffer> {
    const answer = await this.scram!.answer(serverFirst);
    this.step = 'answering';
    return passwordMessage(answer);
  }
}

/** PasswordMessage, SASLInitialResponse and SASLResponse alike: Byte1('p') Int32 length, and what it holds. */
function passwordMessage(content: string | Buffer): Buffer {
  const body = Buffer.from(content as string);
  const message = Buffer.alloc(HEADER_BYTES + body.length);
  message[0] = 0x70;
  message.writeInt32BE(4 + body.length, 1);
  body.copy(message, HEADER_BYTES);
  return message;
}

function unsupported(method: string): FailureText {
  return failureText(
    'auth.unsupported',
    `The server asks for a sign-in by ${method}, which Querytape does not speak.`,
    'client',
  );
}

const MISSING = failureText('password.missing', 'The server asks for a password.', 'client');
const CLEARTEXT_REFUSED = failureText(
  'auth.cleartext',
  'The server asks for the password as it is, and the connection does not prove who the server is. The password was not sent.',
  'client',
);
const MD5_REFUSED = failureText(
  'auth.md5',
  'The server asks for an MD5 hash, from which the password can be guessed, and the connection does not prove who the server is. Nothing was sent.',
  'client',
);
const UNPROVEN = failureText(
  'auth.serverUnproven',
  'The server let the sign-in through without proof that it knows the password, so it may not be the one that is meant. The connection was closed.',
  'client',
);
const OUT_OF_ORDER = failureText(
  'protocol.violated',
  'The server’s messages of the sign-in are not in PostgreSQL’s order, or have parts that don’t add up. The connection was closed.',
);
