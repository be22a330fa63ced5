/** It grows by this factor, so that no number is copied more than a few times. */
const GROWTH = 1.6;
const FIRST_CAPACITY = 1024;

/** Whole numbers from 0 to 2³² − 1 in the order in which they came, four bytes each. */
export class NumberColumn {
  private values = new Uint32Array(FIRST_CAPACITY);
  private count = 0;

  get length(): number {
    return this.count;
  }

  push(value: number): void {
    if (this.count === this.values.length) {
      const larger = new Uint32Array(Math.ceil(this.count * GROWTH));
      larger.set(this.values);
      this.values = larger;
    }
    this.values[this.count++] = value;
  }

  /** The number at a place below `length`. */
  at(place: number): number {
    return this.values[place]!;
  }

  /** How many are below a value, where each is above the one before it. */
  countBelow(value: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.values[middle]! < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
