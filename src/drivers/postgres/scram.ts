import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { DriverError } from '../driver.ts';
import { SCRAM_ITERATIONS_MAX, SCRAM_ITERATIONS_MIN } from '../limits.ts';
import { failureText } from './failure.ts';
import { derivedKey } from './key-derivation.ts';
import { saslprep } from './saslprep.ts';

/** What binds a sign-in to the TLS channel that it is made in (RFC 5929, "tls-server-end-point"); null where nothing can. */
export type ChannelBinding = Buffer | null;

const PLAIN = 'SCRAM-SHA-256';
const BOUND = 'SCRAM-SHA-256-PLUS';
/** Any user name: the server takes that of the startup message. */
const NAME = 'n=*';
const SERVER_FIRST =
  /^r=(?<nonce>[\x21-\x2b\x2d-\x7e]+),s=(?<salt>(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?),i=(?<iterations>[1-9][0-9]{0,9})$/;
const SERVER_FINAL = /^v=(?<proof>[A-Za-z0-9+/]{43}=)$/;

/**
 * One sign-in by SCRAM-SHA-256 (RFC 5802, RFC 7677), in which the server proves too that it knows the password. Where TLS has
 * shown a certificate and the server can, the sign-in is bound to it, so that it is good for nothing to whoever passes it on.
 *
 *   first → answer (the key is derived) → isProven
 */
export class Scram {
  readonly mechanism: string;
  private readonly nonce = randomBytes(24).toString('base64');
  private readonly header: string;
  private readonly binding: Buffer;
  private serverProof: Buffer | null = null;

  /** @throws DriverError `auth.unsupported` where the server knows no mechanism that is spoken here */
  constructor(
    mechanisms: readonly string[],
    private readonly password: string,
    binding: ChannelBinding,
    private readonly signal: AbortSignal,
  ) {
    const isBound = binding !== null && mechanisms.includes(BOUND);
    if (!isBound && !mechanisms.includes(PLAIN)) throw new DriverError(UNKNOWN);
    this.mechanism = isBound ? BOUND : PLAIN;
    // `y` says that this side could bind: a server that can too then knows that its offer was taken out on the way.
    this.header = isBound ? 'p=tls-server-end-point,,' : binding ? 'y,,' : 'n,,';
    this.binding = isBound ? binding : Buffer.alloc(0);
  }

  /** The client's first message. */
  get first(): string {
    return `${this.header}${NAME},r=${this.nonce}`;
  }

  /** The client's last message, with its proof. @throws DriverError `protocol.violated`, `auth.iterations` */
  async answer(serverFirst: string): Promise<string> {
    const { nonce, salt, iterations } = SERVER_FIRST.exec(serverFirst)?.groups ?? {};
    if (!nonce?.startsWith(this.nonce) || nonce.length === this.nonce.length || !salt)
      throw new DriverError(NOT_SCRAM);
    const rounds = Number(iterations);
    if (rounds < SCRAM_ITERATIONS_MIN || rounds > SCRAM_ITERATIONS_MAX)
      throw new DriverError(iterationsRefused(rounds));
    const key = await derivedKey(saslprep(this.password), Buffer.from(salt, 'base64'), rounds, this.signal);
    const bound = Buffer.concat([Buffer.from(this.header), this.binding]).toString('base64');
    const final = `c=${bound},r=${nonce}`;
    const said = `${NAME},r=${this.nonce},${serverFirst},${final}`;
    const clientKey = hmac(key, 'Client Key');
    const signature = hmac(createHash('sha256').update(clientKey).digest(), said);
    const proof = Buffer.from(clientKey.map((byte, at) => byte ^ signature[at]!));
    this.serverProof = hmac(hmac(key, 'Server Key'), said);
    return `${final},p=${proof.toString('base64')}`;
  }

  /** Whether the server's last message proves that it knows the password. */
  isProven(serverFinal: string): boolean {
    const { proof } = SERVER_FINAL.exec(serverFinal)?.groups ?? {};
    return (
      proof !== undefined &&
      this.serverProof !== null &&
      timingSafeEqual(Buffer.from(proof, 'base64'), this.serverProof)
    );
  }
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

const UNKNOWN = failureText(
  'auth.unsupported',
  'The server offers no sign-in by SASL that Querytape speaks, which is SCRAM-SHA-256.',
  'client',
);
const NOT_SCRAM = failureText(
  'protocol.violated',
  'The server’s part of SCRAM is not valid. Nothing that the password could be found from was sent.',
);

function iterationsRefused(iterations: number) {
  const limit =
    iterations < SCRAM_ITERATIONS_MIN
      ? `at least ${SCRAM_ITERATIONS_MIN} are needed, or the password could be guessed from the answer`
      : `more than ${SCRAM_ITERATIONS_MAX} are not computed`;
  return failureText(
    'auth.iterations',
    `The server asks for a key of ${iterations} iterations; ${limit}. Nothing was sent.`,
    'client',
  );
}
