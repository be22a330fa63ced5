/** So many at once after a quiet time, and one more for every `everyMs`. */
export class Allowance {
  readonly #atOnce: number;
  readonly #everyMs: number;
  readonly #now: () => number;
  #left: number;
  #earnedAt: number;

  /** @param now milliseconds; one that is set back earns nothing */
  constructor(atOnce: number, everyMs: number, now: () => number) {
    this.#atOnce = this.#left = atOnce;
    this.#everyMs = everyMs;
    this.#now = now;
    this.#earnedAt = now();
  }

  /** Takes one; false where none is left. */
  spend(): boolean {
    const earned = Math.floor((this.#now() - this.#earnedAt) / this.#everyMs);
    this.#left = Math.min(this.#atOnce, this.#left + Math.max(0, earned));
    this.#earnedAt = earned < 0 ? this.#now() : this.#earnedAt + earned * this.#everyMs;
    if (this.#left === 0) return false;
    this.#left--;
    return true;
  }
}
