import { createHash, randomBytes } from 'node:crypto';
import { ONE_TIME_CODE_MS, ONE_TIME_CODES_MAX } from './limits.ts';

interface Issued {
  readonly purpose: string;
  readonly ended: (isSpent: boolean) => void;
  readonly expiry: NodeJS.Timeout;
}

/**
 * Codes of 256 bits that are good once, for one purpose, and for `ONE_TIME_CODE_MS`. Only their digests are remembered, so a
 * look-up says nothing about a code through its time.
 */
export class OneTimeCodes {
  readonly #issued = new Map<string, Issued>();

  /** A new code. `ended` is called once it is good no more, spent or not. */
  issue(purpose: string, ended: Issued['ended'] = () => undefined): string {
    for (const oldest of this.#issued.keys()) {
      if (this.#issued.size < ONE_TIME_CODES_MAX) break;
      this.#end(oldest);
    }
    const code = randomBytes(32).toString('base64url');
    const digest = digestOf(code);
    const expiry = setTimeout(() => this.#end(digest), ONE_TIME_CODE_MS).unref();
    this.#issued.set(digest, { purpose, ended, expiry });
    return code;
  }

  /** Whether the code was good for that purpose; it is not any more. */
  spend(code: string, purpose: string): boolean {
    const digest = digestOf(code);
    if (this.#issued.get(digest)?.purpose !== purpose) return false;
    this.#end(digest, true);
    return true;
  }

  /** Ends all codes. */
  clear(): void {
    for (const digest of [...this.#issued.keys()]) this.#end(digest);
  }

  #end(digest: string, isSpent = false): void {
    const issued = this.#issued.get(digest);
    if (issued === undefined) return;
    this.#issued.delete(digest);
    clearTimeout(issued.expiry);
    issued.ended(isSpent);
  }
}

/** What is remembered of a code: SHA-256 as hexadecimal digits. */
export function digestOf(code: string): string {
  return createHash('sha256').update(code).digest('hex');
}
