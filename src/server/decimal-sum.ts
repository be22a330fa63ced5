const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d{1,4}))?$/i;
const NOT_FINITE = /^([+-]?)(?:(nan)|inf(?:inity)?)$/i;
/** An average has at least so many decimal places, as far as they are not zeros. */
const AVERAGE_PLACES = 2;

/** A sum of decimal numbers from their texts, to the last digit. */
export class DecimalSum {
  /** Numbers that were added. */
  count = 0;
  /** What was added, by its number of decimal places, each in units of its last one. */
  readonly #units = new Map<number, bigint>();
  /** 1 and -1 for infinities, NaN. */
  #notFinite: number | null = null;

  /** Adds a number. False for a text that is none. */
  add(text: string): boolean {
    const parts = DECIMAL.exec(text);
    if (!parts) return this.#addNotFinite(text);
    const [, sign, whole = '', fraction = '', exponent = '0'] = parts;
    const digits = whole + fraction;
    if (digits === '') return false;
    const places = Math.max(0, fraction.length - Number(exponent));
    const zeros = Math.max(0, Number(exponent) - fraction.length);
    const units = BigInt(digits) * 10n ** BigInt(zeros);
    this.#units.set(places, (this.#units.get(places) ?? 0n) + (sign === '-' ? -units : units));
    this.count++;
    return true;
  }

  #addNotFinite(text: string): boolean {
    const parts = NOT_FINITE.exec(text);
    if (!parts) return false;
    const value = parts[2] ? Number.NaN : parts[1] === '-' ? -1 : 1;
    this.#notFinite = this.#notFinite === null || this.#notFinite === value ? value : Number.NaN;
    this.count++;
    return true;
  }

  /** With as many decimal places as the number that has most: `4310.50`; `NaN`, `Infinity`. */
  get sum(): string {
    return this.#special ?? written(...this.#total);
  }

  /** The sum by the count, rounded half away from zero to the places of the numbers, at least to two; null of none. */
  get average(): string | null {
    if (this.count === 0) return null;
    if (this.#special) return this.#special;
    const [units, places] = this.#total;
    const more = Math.max(0, AVERAGE_PLACES - places);
    const scaled = units * 10n ** BigInt(more) * 2n;
    const count = BigInt(this.count);
    const rounded = (scaled + (units < 0n ? -count : count)) / (2n * count);
    const text = written(rounded, places + more);
    return more === 0 ? text : text.replace(new RegExp(`\\.?0{1,${more}}$`), '');
  }

  get #special(): string | null {
    if (this.#notFinite === null) return null;
    return Number.isNaN(this.#notFinite) ? 'NaN' : `${this.#notFinite < 0 ? '-' : ''}Infinity`;
  }

  get #total(): [units: bigint, places: number] {
    const places = Math.max(0, ...this.#units.keys());
    let total = 0n;
    for (const [of, units] of this.#units) total += units * 10n ** BigInt(places - of);
    return [total, places];
  }
}

function written(units: bigint, places: number): string {
  const digits = String(units < 0n ? -units : units).padStart(places + 1, '0');
  const at = digits.length - places;
  return `${units < 0n ? '-' : ''}${digits.slice(0, at)}${places > 0 ? `.${digits.slice(at)}` : ''}`;
}
