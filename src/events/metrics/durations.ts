/** Buckets in each doubling of a duration: a quantile is at most 9 % above the true one. */
const BUCKETS_PER_OCTAVE = 8;

/** Quantiles of durations in milliseconds, each the upper bound of the bucket that holds it. */
export interface Quantiles {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** Durations in logarithmic buckets, so that any number of them takes little memory and quantiles hold from 1 µs to days. */
export class Durations {
  private readonly buckets = new Map<number, number>();
  private count = 0;
  private max = 0;
  /** Of all durations, in milliseconds. */
  sumMs = 0;

  /** @param ms milliseconds; what is below a microsecond counts as one */
  add(ms: number): void {
    const bucket = Math.ceil(Math.log2(Math.max(ms, 0.001)) * BUCKETS_PER_OCTAVE);
    this.buckets.set(bucket, (this.buckets.get(bucket) ?? 0) + 1);
    this.count++;
    this.sumMs += ms;
    this.max = Math.max(this.max, ms);
  }

  /** Null where there is no duration. */
  quantiles(): Quantiles | null {
    if (this.count === 0) return null;
    const sorted = [...this.buckets].sort(([a], [b]) => a - b);
    const at = (share: number): number => {
      let below = Math.ceil(share * this.count);
      for (const [bucket, count] of sorted) {
        below -= count;
        if (below <= 0) return Math.min(2 ** (bucket / BUCKETS_PER_OCTAVE), this.max);
      }
      return this.max;
    };
    return { count: this.count, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: this.max };
  }
}
