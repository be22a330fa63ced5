import type { MetricsWish } from '../../events/metrics/metrics-report.ts';

const MINUTE_MS = 60_000;

/** Spans that can be looked at, each in intervals that a clock has. */
export const SPANS = [
  { name: 'hour', words: 'Last hour', ms: 60 * MINUTE_MS, bins: 60 },
  { name: 'day', words: 'Last day', ms: 24 * 60 * MINUTE_MS, bins: 96 },
  { name: 'week', words: 'Last week', ms: 7 * 24 * 60 * MINUTE_MS, bins: 168 },
] as const;
export type SpanName = (typeof SPANS)[number]['name'];

/** What the metrics are narrowed to; null for everything. */
export type MetricsFilter = Pick<MetricsWish, 'engine' | 'environment' | 'profileId'>;

/** The request of a span that ends with the interval that `now` is in. */
export function metricsPath(name: SpanName, filter: MetricsFilter, now: number): string {
  const { ms, bins } = SPANS.find((span) => span.name === name)!;
  const binMs = ms / bins;
  const to = (Math.floor(now / binMs) + 1) * binMs;
  const query = new URLSearchParams({ from: String(to - ms), to: String(to), bins: String(bins) });
  for (const [key, value] of Object.entries(filter)) if (value !== null) query.set(key, value);
  return `/api/metrics?${query}`;
}

/** Of a chart's width: words below a tick that is nearer to the left edge would run into those of the other axis. */
const TICKS_FROM = 0.1;

/**
 * The words below a chart's ticks; empty where there is no room for them.
 *
 * @param ticks seconds since 1970 UTC
 * @param from,to the chart's span in milliseconds since 1970 UTC
 */
export function tickLabels(ticks: readonly number[], from: number, to: number): string[] {
  return ticks.map((tick) => {
    const at = tick * 1000;
    return (at - from) / (to - from) < TICKS_FROM ? '' : tickWords(at, to - from);
  });
}

const CLOCK = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;

/** A time below a chart: the clock's, or the day's where the span has several. */
function tickWords(at: number, spanMs: number): string {
  const several = spanMs > 24 * 60 * MINUTE_MS;
  const format = several ? ({ weekday: 'short', day: 'numeric' } as const) : CLOCK;
  return new Intl.DateTimeFormat(undefined, format).format(at);
}

/** An interval in words: `14:03 to 14:04`, with the day where the span has several. */
export function intervalWords(from: number, to: number, spanMs: number): string {
  const day = spanMs > 24 * 60 * MINUTE_MS ? ({ weekday: 'short', day: 'numeric' } as const) : {};
  const format = new Intl.DateTimeFormat(undefined, { ...day, ...CLOCK });
  return `${format.format(from)} to ${format.format(to)}`;
}
