/** A span of time, in milliseconds since 1970 UTC. */
export interface TimeSpan {
  readonly from: number;
  readonly to: number;
}

/** The shortest span that is shown. */
const SHORTEST_MS = 10;

/** A span within another one, and not shorter than can be read. */
export function clampedSpan(span: TimeSpan, whole: TimeSpan): TimeSpan {
  const length = Math.min(
    Math.max(span.to - span.from, SHORTEST_MS),
    Math.max(whole.to - whole.from, SHORTEST_MS),
  );
  const from = Math.min(Math.max(span.from, whole.from), Math.max(whole.from, whole.to - length));
  return { from, to: from + length };
}

/** A span that is `factor` times as long, around a time that stays where it is. */
export function zoomed({ from, to }: TimeSpan, factor: number, around: number): TimeSpan {
  return { from: around - (around - from) * factor, to: around + (to - around) * factor };
}

/** A span that is as long, with a time in its middle. */
export function spanAround({ from, to }: TimeSpan, at: number): TimeSpan {
  const half = (to - from) / 2;
  return { from: at - half, to: at + half };
}

const STEPS_MS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000,
  600_000, 900_000, 1_800_000, 3_600_000, 7_200_000, 14_400_000, 43_200_000, 86_400_000, 172_800_000,
  604_800_000,
];

/** Times for an axis with at most `most` of them, at even steps of the local clock. */
export function ticks({ from, to }: TimeSpan, most: number): number[] {
  const step = STEPS_MS.find((ms) => (to - from) / ms <= most) ?? STEPS_MS.at(-1)!;
  const zone = new Date(from).getTimezoneOffset() * 60_000;
  const first = Math.ceil((from - zone) / step) * step + zone;
  const found: number[] = [];
  for (let at = first; at <= to && found.length <= most; at += step) found.push(at);
  return found;
}

/** A time on the axis, as exact as the span needs. */
export function timeWords(at: number, { from, to }: TimeSpan): string {
  const length = to - from;
  const clock = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
  if (length > 36 * 3_600_000)
    return new Intl.DateTimeFormat(undefined, { weekday: 'short', day: 'numeric', ...clock }).format(at);
  if (length > 20 * 60_000) return new Intl.DateTimeFormat(undefined, clock).format(at);
  const seconds = { ...clock, second: '2-digit' } as const;
  if (length > 5000) return new Intl.DateTimeFormat(undefined, seconds).format(at);
  return new Intl.DateTimeFormat(undefined, { ...seconds, fractionalSecondDigits: 3 }).format(at);
}
