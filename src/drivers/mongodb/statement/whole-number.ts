import { Double, Int32, Long } from 'mongodb';
import { isLong, type Value } from './operation.ts';

const INT32_MIN = -(2n ** 31n);
const INT32_MAX = 2n ** 31n - 1n;

/** The whole number that a value is, exactly; null for any other value. */
export function integerOf(value: Value): bigint | null {
  if (isLong(value)) return value.toBigInt();
  const number = value instanceof Int32 || value instanceof Double ? value.valueOf() : Number.NaN;
  return Number.isSafeInteger(number) ? BigInt(number) : null;
}

/** A whole number of at most 64 bits as a command holds it: an int where it fits, else a long. */
export function integerValue(number: bigint): Int32 | Long {
  return number >= INT32_MIN && number <= INT32_MAX ? new Int32(Number(number)) : Long.fromBigInt(number);
}

/**
 * Whether a double, which is not negative, holds a number as it is written (ECMA-262, "Numeric Literals"). One that is written in full must be held
 * exactly; one with a fraction or an exponent is the nearest double, unless digits of it get lost beyond 2^53, or all of it.
 */
export function isHeld(raw: string, value: number): boolean {
  if (!Number.isFinite(value)) return false;
  if (value !== 0 && value < 2 ** 53) return true;
  const whole = wholeText(raw);
  if (whole !== null) return BigInt(whole) === BigInt(value);
  const written = digitsOf(raw);
  if (value === 0) return written.digits === '';
  const held = digitsOf(`${value}`);
  if (written.digits === held.digits && written.exponent === held.exponent) return true;
  // A double may be exact although it is printed with fewer digits.
  return written.exponent >= 0 && BigInt(written.digits) * 10n ** BigInt(written.exponent) === BigInt(value);
}

/** A whole number's text as a decimal or with its base, as BigInt reads it; null for one with a fraction or an exponent. */
function wholeText(raw: string): string | null {
  const text = raw.replaceAll('_', '');
  // Legacy octal literals begin with a zero alone (ECMA-262, "Numeric Literals", LegacyOctalIntegerLiteral).
  if (/^0[0-7]+$/.test(text)) return `0o${text.slice(1)}`;
  return /^(?:\d+|0x[0-9a-f]+|0o[0-7]+|0b[01]+)$/i.test(text) ? text : null;
}

/** Significant digits and the power of ten that they are multiplied by. */
function digitsOf(raw: string): { readonly digits: string; readonly exponent: number } {
  const [, whole = '', fraction = '', power = '0'] =
    /^(\d*)\.?(\d*)(?:e([+-]?\d+))?$/i.exec(raw.replaceAll('_', '')) ?? [];
  const all = `${whole}${fraction}`.replace(/^0+/, '');
  const digits = all.replace(/0+$/, '');
  return { digits, exponent: Number(power) - fraction.length + (all.length - digits.length) };
}

/** What to write instead of a number that no double holds. `raw` is without its sign. */
export function exactSpelling(raw: string, isNegative: boolean): string {
  const sign = isNegative ? '-' : '';
  const whole = wholeText(raw);
  if (whole === null) return `NumberDecimal("${sign}${raw.replaceAll('_', '')}")`;
  const value = BigInt(whole) * (isNegative ? -1n : 1n);
  return BigInt.asIntN(64, value) === value ? `NumberLong("${value}")` : `NumberDecimal("${value}")`;
}
