/** Whether a text is one JSON number, to the letter of the grammar (RFC 8259, section 6). */
export function isJsonNumber(text: string): boolean {
  return /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text);
}

/** Digits that every double holds (IEEE 754 binary64, DBL_DIG). */
const DOUBLE_DIGITS = 15;

/**
 * Whether a JSON number has the same value after a reader made a double of it, as most readers do (RFC 8259, section 6):
 * `0.1` and `10.00` have, `9007199254740993` and `1e400` have not.
 */
export function isLosslessNumber(text: string): boolean {
  if (!isJsonNumber(text)) return false;
  if (text.length <= DOUBLE_DIGITS && !/[eE]/.test(text)) return true;
  return decimal(text) === decimal(String(Number(text)));
}

/** A number as its digits and the power of ten they are times of, one spelling for each value; null for no number. */
function decimal(text: string): string | null {
  const parts = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text);
  if (!parts) return null;
  const [, sign, whole = '', fraction = '', exponent = '0'] = parts;
  const digits = whole + fraction;
  let first = 0;
  let last = digits.length;
  while (first < last && digits[first] === '0') first++;
  while (last > first && digits[last - 1] === '0') last--;
  const power = Number(exponent) - fraction.length + digits.length - last;
  return first === last ? '0' : `${sign}${digits.slice(first, last)}e${power}`;
}
