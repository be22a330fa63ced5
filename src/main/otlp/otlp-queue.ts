import { setTimeout as wait } from 'node:timers/promises';
import { OTLP_BATCH_MAX, OTLP_QUEUE_MAX } from '../../events/limits.ts';
import type { Target } from './otlp-settings.ts';

const INTERVAL_MS = 5000;
const BACKOFF_MIN_MS = 1000;
const BACKOFF_MAX_MS = 30_000;
/** Answers after which the same items are sent again (OTLP specification, "Retryable Response Codes"). */
const RETRYABLE: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** How many items were not delivered, and the last reason: a status, or a system's code. */
export interface Dropped {
  readonly items: number;
  readonly reason: string;
}

/**
 * Sends items to a collector in batches, one request at a time. It waits for nothing: what a collector that is down, slow or full
 * does not take waits in a bounded queue, and what comes beyond is dropped and counted. Redirects are not followed and answers are not
 * read, so a collector can neither lead the headers elsewhere nor fill memory.
 */
export class OtlpQueue<T> {
  readonly #target: Target;
  readonly #request: (items: readonly T[]) => object;
  #items: T[] = [];
  #sending: Promise<void> | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #closing = new AbortController();
  #dropped = 0;
  /** Of what was dropped and not taken yet. */
  #reason = '';
  /** Why the latest request failed; empty where it did not. */
  #failure = '';

  constructor(target: Target, request: (items: readonly T[]) => object) {
    this.#target = target;
    this.#request = request;
  }

  add(item: T): void {
    const isClosed = this.#closing.signal.aborted;
    if (isClosed || this.#items.length >= OTLP_QUEUE_MAX) {
      this.#drop(1, isClosed ? 'closed' : this.#failure || 'queue.full');
      return;
    }
    this.#items.push(item);
    if (this.#items.length >= OTLP_BATCH_MAX) this.#send();
    else this.#timer ??= setTimeout(() => this.#send(), INTERVAL_MS).unref();
  }

  /** What was dropped since the last call; null for nothing. */
  takeDropped(): Dropped | null {
    if (this.#dropped === 0) return null;
    const dropped = { items: this.#dropped, reason: this.#reason };
    this.#dropped = 0;
    return dropped;
  }

  /** Sends what waits, for at most `withinMs`. */
  async close(withinMs: number): Promise<void> {
    this.#send();
    const givenUp = setTimeout(() => this.#closing.abort(), withinMs);
    await this.#sending;
    clearTimeout(givenUp);
    this.#closing.abort();
    if (this.#timer) clearTimeout(this.#timer);
    this.#drop(this.#items.length, this.#failure || 'closed');
    this.#items = [];
  }

  #drop(items: number, reason: string): void {
    if (items === 0) return;
    this.#dropped += items;
    this.#reason = reason;
  }

  #send(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = null;
    });
  }

  async #sendAll(): Promise<void> {
    let backoffMs = BACKOFF_MIN_MS;
    while (this.#items.length > 0 && !this.#closing.signal.aborted) {
      const batch = this.#items.slice(0, OTLP_BATCH_MAX);
      const { outcome, retryAfterMs } = await this.#post(batch);
      if (outcome === 'retry') {
        const waitMs = Math.min(retryAfterMs ?? backoffMs * (0.5 + Math.random() / 2), BACKOFF_MAX_MS);
        await wait(waitMs, undefined, { ref: false, signal: this.#closing.signal }).catch(() => undefined);
        backoffMs = Math.min(backoffMs * 2, BACKOFF_MAX_MS);
        continue;
      }
      this.#items.splice(0, batch.length);
      backoffMs = BACKOFF_MIN_MS;
      if (outcome === 'refused') this.#drop(batch.length, this.#failure);
      else this.#failure = '';
    }
  }

  async #post(
    items: readonly T[],
  ): Promise<{ outcome: 'taken' | 'retry' | 'refused'; retryAfterMs?: number }> {
    const { url, headers, timeoutMs } = this.#target;
    let body: string;
    try {
      body = JSON.stringify(this.#request(items));
    } catch (error) {
      // It would fail the next time, too.
      this.#failure = (error as Error).name;
      return { outcome: 'refused' };
    }
    try {
      const answer = await fetch(url, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body,
        redirect: 'manual',
        signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), this.#closing.signal]),
      });
      void answer.body?.cancel().catch(() => undefined);
      if (answer.ok) return { outcome: 'taken' };
      this.#failure = `http.${answer.status}`;
      const seconds = Number(answer.headers.get('retry-after'));
      // None, or no time at all: the pause is our own then.
      const after = seconds > 0 ? { retryAfterMs: seconds * 1000 } : {};
      return RETRYABLE.has(answer.status) ? { outcome: 'retry', ...after } : { outcome: 'refused' };
    } catch (error) {
      const { name, cause } = error as Error & { cause?: { code?: string } };
      // One that our own end has cut off says nothing of the collector.
      if (!this.#closing.signal.aborted) this.#failure = cause?.code ?? name;
      return { outcome: 'retry' };
    }
  }
}
