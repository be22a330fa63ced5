import { SIGN_OF_LIFE_MAX_MS } from '../limits.ts';
import { type Client, readText } from './client.ts';

const ASK = 'SELECT @@SESSION.wait_timeout LIMIT 1';
const MAY_CHANGE = /\b(?:wait|interactive)_timeout\b/i;

/**
 * Gives a server signs of life while a connection stands idle, so that it does not close it after wait_timeout seconds, and what
 * lives in the connection with it: temporary tables, variables, an open transaction. How long a transaction may stay unused is
 * the policy's to say, not the connection's.
 */
export class KeepAlive {
  private timer: NodeJS.Timeout | undefined;
  private intervalMs: number | null = null;
  private stopped = false;

  /** @param sign gives one sign of life. It is called while nothing runs, and deals with its own failure. */
  constructor(private readonly sign: () => Promise<void>) {}

  /** Whether a statement may have changed the limit, as far as its text shows. */
  mayHaveChanged(text: string): boolean {
    return MAY_CHANGE.test(text);
  }

  /** Asks the server for its limit. Without one, as behind some proxies, no sign is given. @throws DriverError */
  async ask(client: Client): Promise<void> {
    const [[seconds] = []] = await readText(client, ASK);
    const limitMs = Number(seconds) * 1000;
    this.intervalMs = limitMs > 0 ? Math.min(limitMs / 2, SIGN_OF_LIFE_MAX_MS) : null;
  }

  /** The connection stands idle from now on. */
  idle(): void {
    clearTimeout(this.timer);
    if (this.stopped || this.intervalMs === null) return;
    this.timer = setTimeout(() => {
      void this.sign().then(() => this.idle());
    }, this.intervalMs);
    this.timer.unref();
  }

  /** A statement begins: that is sign enough. */
  busy(): void {
    clearTimeout(this.timer);
  }

  /** The connection goes. */
  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }
}
