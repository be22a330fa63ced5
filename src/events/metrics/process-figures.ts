import type { Histogram } from '../views/metrics-view.ts';
import { BUCKETS_MS } from '../views/metrics-view.ts';

/** How the tape's file and its disk are. */
export interface TapeFigures {
  /** Size of all segments. */
  readonly bytes: number;
  readonly durableSeq: number;
  /** Records that are not on disk yet. */
  readonly pending: number;
  /** Time that each write took until the disk had it, since the program started. */
  readonly syncMs: Histogram;
}

/** What this process takes now, and how long its event loop and its disk took since it started. Answer of `GET /api/process`. */
export interface ProcessFigures {
  /** Milliseconds since 1970 UTC. */
  readonly startedAt: number;
  readonly cpuMs: number;
  /** Bytes: of the whole process, of the main thread's heap, of its buffers outside the heap. */
  readonly memory: { readonly rss: number; readonly heapUsed: number; readonly external: number };
  /** How late the event loop runs a timer, looked at every STALL_LOOK_MS. */
  readonly loopDelayMs: Histogram;
  readonly tape: TapeFigures;
}

/**
 * The upper bound of the bucket that holds a quantile, in milliseconds: null without an entry, Infinity in the last bucket.
 *
 * @param share of all entries: 0.99
 */
export function quantileBound({ counts }: Histogram, share: number): number | null {
  const all = counts.reduce((sum, count) => sum + count, 0);
  if (all === 0) return null;
  let below = Math.ceil(share * all);
  const index = counts.findIndex((count) => {
    below -= count;
    return below <= 0;
  });
  return BUCKETS_MS[index] ?? Number.POSITIVE_INFINITY;
}
