/**
 * A length of time as short as it is exact, from milliseconds: `0.4 ms`, `6 ms`, `3.2 s`, `2 min 5 s`, `1 h 3 min`, `3 d 4 h`.
 *
 * @param zero whether a second unit of nothing is left out (`2 min`), or shown (`2 min 0 s`), as where a clock is watched while it runs
 */
export function durationText(ms: number, zero: 'leftOut' | 'shown' = 'leftOut'): string {
  const length = Math.max(0, ms);
  const pair = (large: number, largeUnit: string, small: number, smallUnit: string): string => {
    const rest = Math.floor((length % large) / small);
    const second = rest === 0 && zero === 'leftOut' ? '' : ` ${rest} ${smallUnit}`;
    return `${Math.floor(length / large)} ${largeUnit}${second}`;
  };
  if (length < 10) return `${Math.round(length * 10) / 10} ms`;
  if (length < 1000) return `${Math.round(length)} ms`;
  if (length < 60_000) return `${(Math.floor(length / 100) / 10).toFixed(1)} s`;
  if (length < 3_600_000) return pair(60_000, 'min', 1000, 's');
  if (length < 86_400_000) return pair(3_600_000, 'h', 60_000, 'min');
  return pair(86_400_000, 'd', 3_600_000, 'h');
}
