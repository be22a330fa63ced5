/** Milliseconds to the microsecond, which is as exact as they are. */
export function micros(ms: number): number {
  return Math.max(0, Math.round(ms * 1000) / 1000);
}
