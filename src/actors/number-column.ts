/** A column grows by this factor, so that no number is copied more than a few times. */
const GROWTH = 1.6;
const FIRST_CAPACITY = 1024;

/** The numbers of a column that is full, with room for more behind them. */
export function grown<T extends Float64Array | Uint32Array | Uint16Array | Uint8Array>(column: T): T {
  const Kind = column.constructor as new (length: number) => T;
  const larger = new Kind(Math.ceil(column.length * GROWTH));
  larger.set(column);
  return larger;
}

/** Whole numbers from 0 to 2³² − 1 in the order in which they came, four bytes each. */
export class NumberColumn {
  private values: Uint32Array = new Uint32Array(FIRST_CAPACITY);
  private count = 0;

  get length(): number {
    return this.count;
  }

  push(value: number): void {
    if (this.count === this.values.length) this.values = grown(this.values);
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
