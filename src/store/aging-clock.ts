import { CLOCK_LEAP_BELIEVED_MS, CLOCK_LEAP_MS } from './limits.ts';

/**
 * The time by which a store judges what is too old. A clock that leaps far ahead is believed only once it has stayed there, as what is
 * deleted does not come back when the clock is set right (doc/decisions/0026).
 */
export class AgingClock {
  #seenAt: number;
  #leaptAt: number | null = null;

  /** @param newestAt when the store was last written; milliseconds since 1970 UTC, like all times here */
  constructor(newestAt: number) {
    this.#seenAt = newestAt;
  }

  /** The time to judge by, as the clock says `now`. */
  look(now: number): number {
    if (now - this.#seenAt > CLOCK_LEAP_MS) {
      this.#leaptAt = Math.min(this.#leaptAt ?? now, now);
      if (now - this.#leaptAt < CLOCK_LEAP_BELIEVED_MS) return this.#seenAt;
    }
    this.#leaptAt = null;
    this.#seenAt = now;
    return now;
  }
}
