import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto';
import { CommandError } from './command-error.ts';

const ITERATIONS = 4096;

/** The hash of each mechanism that the double speaks. */
export const SCRAM_HASHES = { 'SCRAM-SHA-256': 'sha256', 'SCRAM-SHA-1': 'sha1' } as const;
type Hash = (typeof SCRAM_HASHES)[keyof typeof SCRAM_HASHES];

/** One conversation of SCRAM as the server has it (RFC 5802, section 3; RFC 7677). */
export class Scram {
  private readonly salt = randomBytes(28);
  private nonce = '';
  private firstBare = '';
  private serverFirst = '';

  constructor(
    private readonly users: ReadonlyMap<string, string>,
    private readonly hash: Hash,
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
    const { hash } = this;
    const hmac = (key: Buffer, text: string): Buffer => createHmac(hash, key).update(text).digest();
    const password = this.users.get(this.user);
    // With SHA-1 it is MongoDB's older digest of the password that is proved (MongoDB's authentication specification).
    const secret =
      hash === 'sha1'
        ? md5(`${this.user}:mongo:${password ?? ''}`)
        : (password ?? randomBytes(9).toString('hex'));
    const length = createHash(hash).digest().length;
    const salted = pbkdf2Sync(secret, this.salt, ITERATIONS, length, hash);
    const clientKey = hmac(salted, 'Client Key');
    const said = `${this.firstBare},${this.serverFirst},${payload.replace(/,p=[^,]*$/, '')}`;
    const signature = hmac(createHash(hash).update(clientKey).digest(), said);
    const proof = Buffer.from(p, 'base64');
    const expected = Buffer.from(clientKey.map((byte, at) => byte ^ signature[at]!));
    if (
      r !== this.nonce ||
      password === undefined ||
      proof.length !== length ||
      !timingSafeEqual(proof, expected)
    )
      throw new CommandError(18, 'AuthenticationFailed', 'Authentication failed.');
    return `v=${hmac(hmac(salted, 'Server Key'), said).toString('base64')}`;
  }
}

function parts(text: string): Record<string, string> {
  return Object.fromEntries(text.split(',').map((part) => [part[0], part.slice(2)]));
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
