/** A time in words, from milliseconds: `850 ms`, `12.3 s`, `4 min 5 s`, `2 h 10 min`, `3 d 4 h`. */
export function durationText(ms: number): string {
  const whole = Math.max(0, Math.round(ms));
  if (whole < 1000) return `${whole} ms`;
  if (whole < 60_000) return `${(Math.floor(whole / 100) / 10).toFixed(1)} s`;
  if (whole < 3_600_000) return pair(whole, 60_000, 'min', 1000, 's');
  if (whole < 86_400_000) return pair(whole, 3_600_000, 'h', 60_000, 'min');
  return pair(whole, 86_400_000, 'd', 3_600_000, 'h');
}

function pair(ms: number, large: number, largeUnit: string, small: number, smallUnit: string): string {
  const rest = Math.floor((ms % large) / small);
  return `${Math.floor(ms / large)} ${largeUnit}${rest === 0 ? '' : ` ${rest} ${smallUnit}`}`;
}
