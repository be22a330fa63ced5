import { AUTO_LOCK_LOOK_MS } from '../events/limits.ts';

interface AutoLockOptions {
  /** The policy's word: milliseconds without use; null is never. */
  readonly afterMs: () => number | null;
  /** Whether something runs that the user waits for. */
  readonly isBusy: () => boolean;
  readonly lock: () => void;
  /** Milliseconds that only go forward. */
  readonly now?: () => number;
}

/**
 * Locks the vault once the program has been idle for as long as the policy says. A running statement counts
 * as use.
 */
export class AutoLock {
  readonly #options: Required<AutoLockOptions>;
  readonly #timer: NodeJS.Timeout;
  #usedAt: number;

  constructor(options: AutoLockOptions) {
    this.#options = { now: () => performance.now(), ...options };
    this.#usedAt = this.#options.now();
    this.#timer = setInterval(() => this.look(), AUTO_LOCK_LOOK_MS).unref();
  }

  /** The program was used. */
  used(): void {
    this.#usedAt = this.#options.now();
  }

  look(): void {
    const { afterMs, isBusy, lock, now } = this.#options;
    if (isBusy()) this.used();
    const limit = afterMs();
    if (limit !== null && now() - this.#usedAt >= limit) lock();
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
