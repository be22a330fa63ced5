/** A number as its sign, its digits without zeros around them, and where they begin: 0.1 times ten to the power of `exponent`. */
interface Decimal {
  readonly sign: number;
  readonly digits: string;
  readonly exponent: number;
}

/** Orders two decimal numbers by every digit: below 0, 0 or above, as for Array.sort. `Infinity` is beyond any digits. */
export function compareDecimals(a: string, b: string): number {
  const [one, other] = [decimalOf(a), decimalOf(b)];
  if (one.sign !== other.sign) return one.sign - other.sign;
  if (one.exponent !== other.exponent) return one.sign * (one.exponent > other.exponent ? 1 : -1);
  if (one.digits === other.digits) return 0;
  return one.sign * (one.digits > other.digits ? 1 : -1);
}

/** @param text `-12.50`, `1e+21`, `Infinity` */
function decimalOf(text: string): Decimal {
  const sign = text.startsWith('-') ? -1 : 1;
  if (text.endsWith('Infinity')) return { sign, digits: '', exponent: Number.POSITIVE_INFINITY };
  const [, whole = '', fraction = '', power = '0'] = /(\d*)\.?(\d*)(?:e([+-]?\d+))?$/i.exec(text) ?? [];
  const all = (whole + fraction).replace(/0+$/, '');
  const digits = all.replace(/^0+/, '');
  if (digits === '') return { sign: 0, digits, exponent: 0 };
  return { sign, digits, exponent: whole.length - (all.length - digits.length) + Number(power) };
}
