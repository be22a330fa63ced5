import { AUTO_LOCK_LOOK_MS } from '../events/limits.ts';

interface AutoLockOptions {
  /** The policy's word: milliseconds without use; null is never. */
  readonly afterMs: () => number | null;
  /** Whether something runs that the user waits for. */
  readonly isBusy: () => boolean;
  readonly lock: () => void;
  /** The clocks that show how long ago it was used, in milliseconds. */
  readonly clocks?: readonly (() => number)[];
}

/** One only goes forward, but on most systems not while the computer sleeps; the other goes on then, but may be set back. */
const CLOCKS = [() => performance.now(), Date.now] as const;

/**
 * Locks the vault once the program has been idle for as long as the policy says. A running statement counts
 * as use, the computer's sleep does not.
 */
export class AutoLock {
  readonly #options: Required<AutoLockOptions>;
  readonly #timer: NodeJS.Timeout;
  #usedAt: readonly number[] = [];

  constructor(options: AutoLockOptions) {
    this.#options = { clocks: CLOCKS, ...options };
    this.used();
    this.#timer = setInterval(() => this.look(), AUTO_LOCK_LOOK_MS).unref();
  }

  /** The program was used. */
  used(): void {
    this.#usedAt = this.#options.clocks.map((now) => now());
  }

  look(): void {
    const { afterMs, isBusy, lock, clocks } = this.#options;
    if (isBusy()) this.used();
    const limit = afterMs();
    if (limit !== null && clocks.some((now, index) => now() - this.#usedAt[index]! >= limit)) lock();
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
