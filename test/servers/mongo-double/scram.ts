import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto';
import { CommandError } from './command-error.ts';

const ITERATIONS = 4096;

/** One conversation of SCRAM-SHA-256 as the server has it (RFC 5802, section 3; RFC 7677). */
export class Scram {
  private readonly salt = randomBytes(28);
  private nonce = '';
  private firstBare = '';
  private serverFirst = '';

  constructor(
    private readonly users: ReadonlyMap<string, string>,
    private user = '',
  ) {}

  /** The name that was proved; the client is who it says once `finish` has not thrown. */
  get name(): string {
    return this.user;
  }

  start(payload: string): string {
    this.firstBare = payload.replace(/^n,,/, '');
    const { n = '', r = '' } = parts(this.firstBare);
    this.user = n.replaceAll('=2C', ',').replaceAll('=3D', '=');
    this.nonce = r + randomBytes(24).toString('base64');
    this.serverFirst = `r=${this.nonce},s=${this.salt.toString('base64')},i=${ITERATIONS}`;
    return this.serverFirst;
  }

  /** @throws CommandError 18 */
  finish(payload: string): string {
    const { p = '', r } = parts(payload);
    const password = this.users.get(this.user);
    const salted = pbkdf2Sync(
      password ?? randomBytes(9).toString('hex'),
      this.salt,
      ITERATIONS,
      32,
      'sha256',
    );
    const clientKey = hmac(salted, 'Client Key');
    const said = `${this.firstBare},${this.serverFirst},${payload.replace(/,p=[^,]*$/, '')}`;
    const signature = hmac(createHash('sha256').update(clientKey).digest(), said);
    const proof = Buffer.from(p, 'base64');
    const expected = Buffer.from(clientKey.map((byte, at) => byte ^ signature[at]!));
    if (
      r !== this.nonce ||
      password === undefined ||
      proof.length !== 32 ||
      !timingSafeEqual(proof, expected)
    )
      throw new CommandError(18, 'AuthenticationFailed', 'Authentication failed.');
    return `v=${hmac(hmac(salted, 'Server Key'), said).toString('base64')}`;
  }
}

function parts(text: string): Record<string, string> {
  return Object.fromEntries(text.split(',').map((part) => [part[0], part.slice(2)]));
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
