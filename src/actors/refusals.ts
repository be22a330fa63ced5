import { Allowance } from './allowance.ts';
import {
  COMMAND_REFUSAL_EVERY_MS,
  COMMAND_REFUSALS_AT_ONCE,
  REFUSAL_CODES_MAX,
  REFUSAL_RECORD_EVERY_MS,
  REFUSAL_RECORDS_AT_ONCE,
  REFUSALS_SUMMED_MS,
} from './limits.ts';

interface RefusalsOptions {
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
  /** Whether the tape takes what may wait: it can be written, and no more records wait for it than are to. */
  readonly mayRecord: () => boolean;
  readonly record: (code: string, times: number) => void;
}

/**
 * Counts what was turned away, and puts on the tape how often: at most one record per code and second, and so few over time that
 * whoever sends requests without end can neither fill the tape nor wash a statement's records off it. What can't be recorded now
 * is counted until it can. Commands have an allowance of their own: only who is let in sends them.
 * Invariant C5.
 */
export class Refusals {
  readonly #options: RefusalsOptions;
  /** Counted and not recorded yet; the one that waits longest first. */
  readonly #waiting = new Map<string, number>();
  readonly #recordedAt = new Map<string, number>();
  readonly #records: Allowance;
  readonly #commands: Allowance;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: RefusalsOptions) {
    this.#options = options;
    this.#records = new Allowance(REFUSAL_RECORDS_AT_ONCE, REFUSAL_RECORD_EVERY_MS, options.now);
    this.#commands = new Allowance(COMMAND_REFUSALS_AT_ONCE, COMMAND_REFUSAL_EVERY_MS, options.now);
  }

  /** Something was turned away. */
  count(code: string): void {
    const known = this.#recordedAt.has(code) || this.#recordedAt.size < REFUSAL_CODES_MAX ? code : 'other';
    this.#waiting.set(known, (this.#waiting.get(known) ?? 0) + 1);
    if (this.#waiting.get(known) === 1) this.#recordDue();
    if (this.#waiting.size > 0) this.#timer ??= setInterval(() => this.#tick(), REFUSALS_SUMMED_MS).unref();
  }

  /** Whether a refused command is recorded by itself now: nearly always. One that is not has been counted. */
  spendOrCount(code: string): boolean {
    if (this.#options.mayRecord() && this.#commands.spend()) return true;
    this.count(code);
    return false;
  }

  /** Records what waits, whatever the allowance: there is one record per code at most. */
  end(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    if (!this.#options.mayRecord()) return;
    for (const [code, times] of this.#waiting) this.#options.record(code, times);
    this.#waiting.clear();
  }

  #tick(): void {
    this.#recordDue();
    if (this.#waiting.size > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }

  #recordDue(): void {
    const { now, mayRecord, record } = this.#options;
    for (const [code, times] of this.#waiting) {
      const since = now() - (this.#recordedAt.get(code) ?? Number.NEGATIVE_INFINITY);
      if (since >= 0 && since < REFUSALS_SUMMED_MS) continue;
      if (!mayRecord() || !this.#records.spend()) return;
      this.#waiting.delete(code);
      this.#recordedAt.set(code, now());
      record(code, times);
    }
  }
}
