import { RECONNECT_BACKOFF_MAX_MS, RECONNECT_BACKOFF_MIN_MS } from './limits.ts';

/** The wait before attempt `attempt`, from 1, to make a lost connection or tunnel again, in milliseconds: it doubles up to a bound. */
export function reconnectBackoffMs(attempt: number): number {
  return Math.min(RECONNECT_BACKOFF_MAX_MS, RECONNECT_BACKOFF_MIN_MS * 2 ** (attempt - 1));
}
