import type { Spread, TapeFact } from '../tape.ts';
import type { ProcessBin, SpreadFigures } from './metrics-report.ts';

/** An interval with one more measurement of the process: of each figure the highest. */
export function withMeasurement(
  bin: ProcessBin | null,
  { rssBytes, heapBytes, loopMs, lagMs, syncMs }: TapeFact & { type: 'process.measured' },
): ProcessBin {
  return {
    rssBytes: Math.max(bin?.rssBytes ?? 0, rssBytes),
    heapBytes: Math.max(bin?.heapBytes ?? 0, heapBytes),
    loop: highest(bin?.loop ?? null, loopMs),
    lag: lagMs ? highest(bin?.lag ?? null, lagMs) : (bin?.lag ?? null),
    sync: syncMs ? highest(bin?.sync ?? null, syncMs) : (bin?.sync ?? null),
  };
}

function highest(figures: SpreadFigures | null, { p50, p99, max }: Spread): SpreadFigures {
  return {
    p50: Math.max(figures?.p50 ?? 0, p50),
    p99: Math.max(figures?.p99 ?? 0, p99),
    max: Math.max(figures?.max ?? 0, max),
  };
}
