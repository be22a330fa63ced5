import { MONGODB_SCRAM_ITERATIONS_MAX, SCRAM_ITERATIONS_MIN } from '../limits.ts';
import { locate } from './bson-reader.ts';

/** A command of a sign-in, as the package is about to send it (MongoDB manual, "saslStart"). */
interface SaslCommand {
  readonly speculativeAuthenticate?: SaslCommand;
  readonly saslStart?: unknown;
  readonly saslContinue?: unknown;
  readonly mechanism?: string;
  readonly payload?: { readonly buffer: Uint8Array; readonly position: number };
}

/**
 * Follows a SCRAM conversation (RFC 5802) beside the package, which takes any nonce for its own continued and any number of
 * iterations: each of them is work of a thread that the tape is written by too.
 */
export class ScramCheck {
  private nonce: string | null = null;
  private expects: 'first' | 'final' | null = null;
  private hash = '';

  /** Whether the password is proved by SHA-1. */
  get isSha1(): boolean {
    return this.hash === 'SCRAM-SHA-1';
  }

  /** Sees what is sent. */
  sent(command: object): void {
    const sasl = (command as SaslCommand).speculativeAuthenticate ?? (command as SaslCommand);
    if (sasl.saslStart !== undefined) {
      this.hash = sasl.mechanism ?? '';
      const isScram = this.hash.startsWith('SCRAM-');
      const { buffer = new Uint8Array(), position = 0 } = sasl.payload ?? {};
      const text = Buffer.from(buffer.subarray(0, position)).toString('utf8');
      this.nonce = text.slice(text.lastIndexOf(',r=') + 3);
      this.expects = isScram ? 'first' : null;
    } else if (sasl.saslContinue !== undefined && this.expects === 'first') this.expects = 'final';
  }

  /** What is wrong with a reply; null where nothing is. */
  fault(reply: Uint8Array): string | null {
    if (this.expects === null) return null;
    const payload = locate(reply, 'speculativeAuthenticate', 'payload') ?? locate(reply, 'payload');
    // A refusal, or a hello of a server that does not speculate.
    if (payload?.type !== 5) return null;
    const text = Buffer.from(reply.subarray(payload.start + 5, payload.end)).toString('utf8');
    if (this.expects === 'final') {
      this.expects = null;
      return /^v=[A-Za-z0-9+/]{27,43}=$/.test(text)
        ? null
        : 'a sign-in that does not prove that it knows the password';
    }
    const [, nonce = '', iterations = ''] =
      /^r=([!-+\--~]+),s=[A-Za-z0-9+/]+={0,2},i=(\d{1,10})$/.exec(text) ?? [];
    if (!nonce.startsWith(this.nonce!) || nonce.length === this.nonce!.length)
      return 'a sign-in that does not go on from ours';
    const count = Number(iterations);
    return count >= SCRAM_ITERATIONS_MIN && count <= MONGODB_SCRAM_ITERATIONS_MAX
      ? null
      : `a sign-in of ${count} iterations, where ${SCRAM_ITERATIONS_MIN} to ${MONGODB_SCRAM_ITERATIONS_MAX} are taken`;
  }
}
