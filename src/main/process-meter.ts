import type { Observable, Subscription } from 'rxjs';
import type { Envelope } from '../events/envelope.ts';
import { MEASURE_IDLE_MS, MEASURE_MS } from '../events/limits.ts';
import { Durations } from '../events/metrics/durations.ts';
import type { Spread, TapeFact } from '../events/tape.ts';

/** What is measured over time, each in milliseconds, and what was written. */
interface Measured {
  /** How late the event loop ran a timer. */
  readonly late: Observable<number>;
  /** Records that are on disk now. */
  readonly committed: Observable<readonly Envelope[]>;
  /** Time of each write until the disk had it. */
  readonly synced: Observable<number>;
}

/** What tells the meter the time and the memory; a double of its tests. */
interface MeterSources {
  /** Milliseconds since 1970 UTC. */
  now(): number;
  /** Bytes. */
  memory(): { readonly rss: number; readonly heapUsed: number };
}

/**
 * Records what the process takes, every MEASURE_MS while other records are written and every MEASURE_IDLE_MS where none are, so that
 * the tape has a history of it and an idle program leaves the disk alone.
 */
export class ProcessMeter {
  readonly #record: (fact: TapeFact) => void;
  readonly #sources: MeterSources;
  readonly #timer: NodeJS.Timeout;
  readonly #subscriptions: readonly Subscription[];
  #late = new Durations();
  #lag = new Durations();
  #sync = new Durations();
  #isIdle = true;
  #measuredAt: number;

  constructor(
    record: (fact: TapeFact) => void,
    { late, committed, synced }: Measured,
    sources: MeterSources = { now: Date.now, memory: () => process.memoryUsage() },
  ) {
    this.#record = record;
    this.#sources = sources;
    this.#measuredAt = sources.now();
    this.#subscriptions = [
      late.subscribe((ms) => this.#late.add(ms)),
      synced.subscribe((ms) => this.#sync.add(ms)),
      committed.subscribe((envelopes) => this.#committed(envelopes)),
    ];
    this.#timer = setInterval(() => this.measure(), MEASURE_MS).unref();
  }

  /** Records what was measured since the last time, unless nothing happened in too short a time. */
  measure(): void {
    const now = this.#sources.now();
    if (this.#isIdle && now - this.#measuredAt < MEASURE_IDLE_MS) return;
    const { rss, heapUsed } = this.#sources.memory();
    const loopMs = spreadOf(this.#late) ?? { count: 0, p50: 0, p99: 0, max: 0 };
    const spreads = { loopMs, lagMs: spreadOf(this.#lag), syncMs: spreadOf(this.#sync) };
    this.#late = new Durations();
    this.#lag = new Durations();
    this.#sync = new Durations();
    this.#isIdle = true;
    this.#measuredAt = now;
    this.#record({ type: 'process.measured', rssBytes: rss, heapBytes: heapUsed, ...spreads });
  }

  stop(): void {
    clearInterval(this.#timer);
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
  }

  /** The first record of a batch waited longest for the disk. */
  #committed(envelopes: readonly Envelope[]): void {
    this.#lag.add(Math.max(0, this.#sources.now() - envelopes[0]!.at));
    if (envelopes.some(({ event }) => event.type !== 'process.measured')) this.#isIdle = false;
  }
}

/** To the microsecond, which is the tape's. */
function spreadOf(durations: Durations): Spread | null {
  const quantiles = durations.quantiles();
  if (quantiles === null) return null;
  const { count, p50, p99, max } = quantiles;
  return { count, p50: rounded(p50), p99: rounded(p99), max: rounded(max) };
}

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
