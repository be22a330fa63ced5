import { readFile } from 'node:fs/promises';
import { PASSPHRASE_DELAY_MAX_MS, PASSPHRASE_DELAY_MIN_MS, PASSPHRASE_FREE_ATTEMPTS } from '../limits.ts';
import type { Disk } from '../tape/disk.ts';
import { replaceFile } from './replace-file.ts';

/**
 * Counts wrong passphrases in a file beside the vault, so that guessing through the page stays slow over
 * restarts. It does not slow down whoever can copy the files: against them stands scrypt alone.
 */
export class UnlockThrottle {
  readonly #path: string;
  readonly #disk: Disk;
  readonly #now: () => number;
  #wrong = 0;
  #lastAt = 0;

  constructor(path: string, disk: Disk, now: () => number) {
    this.#path = path;
    this.#disk = disk;
    this.#now = now;
  }

  /** What an earlier run counted. */
  async load(): Promise<void> {
    try {
      const { wrong, lastAt } = JSON.parse(await readFile(this.#path, 'utf8'));
      if (!Number.isSafeInteger(wrong) || wrong < 0 || !Number.isFinite(lastAt)) return;
      this.#wrong = Math.max(this.#wrong, wrong);
      this.#lastAt = Math.max(this.#lastAt, lastAt);
    } catch {
      // Not there, or not legible: what this process counted itself stands.
    }
    const now = this.#now();
    if (this.#lastAt <= now) return;
    // The clock was set back: the delay begins again from now, once. Stored, as the file would be read as the future again.
    this.#lastAt = now;
    await this.#store();
  }

  /** Milliseconds until the next attempt may be made; 0 is now. */
  waitMs(): number {
    const beyond = this.#wrong - PASSPHRASE_FREE_ATTEMPTS - 1;
    if (beyond < 0) return 0;
    const delay = Math.min(PASSPHRASE_DELAY_MIN_MS * 2 ** Math.min(beyond, 30), PASSPHRASE_DELAY_MAX_MS);
    return Math.min(delay, Math.max(0, this.#lastAt + delay - this.#now()));
  }

  /** Counted before the attempt is looked at, so that ending the process in between does not save it. */
  async begin(): Promise<void> {
    this.#wrong++;
    this.#lastAt = this.#now();
    await this.#store();
  }

  /** The passphrase was right: the count begins again. */
  async forgive(): Promise<void> {
    this.#wrong = 0;
    await this.#store();
  }

  async #store(): Promise<void> {
    const text = `${JSON.stringify({ wrong: this.#wrong, lastAt: this.#lastAt })}\n`;
    // A full disk must not lock the user out of the vault.
    await replaceFile(this.#disk, this.#path, Buffer.from(text)).catch(() => undefined);
  }
}
