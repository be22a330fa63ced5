const ZONED = /(?:Z|[+-]\d\d:?\d\d)$/;

/**
 * Values as mongosh writes them, each as canonical Extended JSON: what a cell shows can be typed into it. The
 * server side reads more of the shell's language; a test holds both to the same value.
 */
const FORMS: readonly (readonly [form: RegExp, ejson: (part: string) => string | null])[] = [
  [/^ObjectId\(\s*(['"])([0-9a-f]{24})\1\s*\)$/i, (hex) => `{"$oid":"${hex.toLowerCase()}"}`],
  [/^ISODate\(\s*(['"])([^'"]*)\1\s*\)$/, dateEjson],
  // JavaScript takes a time without a zone for this machine's, so one is needed.
  [
    /^(?:new )?Date\(\s*(['"])([^'"]*)\1\s*\)$/,
    (text) => (/\d:\d/.test(text) && !ZONED.test(text.trim()) ? null : dateEjson(text)),
  ],
  [/^(?:UUID|new UUID)\(\s*(['"])([0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12})\1\s*\)$/i, uuidEjson],
  [/^(?:NumberInt|Int32)\(\s*(['"]?)(-?\d{1,10})\1\s*\)$/, (digits) => inBits(digits, 32, '$numberInt')],
  [/^(?:NumberLong|Long)\(\s*(['"])(-?\d{1,19})\1\s*\)$/, (digits) => inBits(digits, 64, '$numberLong')],
  [
    /^(?:NumberDecimal|Decimal128)\(\s*(['"])(-?(?:\d{1,34}(?:\.\d{1,34})?|Infinity)|NaN)\1\s*\)$/,
    (digits) => `{"$numberDecimal":"${digits}"}`,
  ],
  [/^(MinKey)(\(\))?$/, () => '{"$minKey":1}'],
  [/^(MaxKey)(\(\))?$/, () => '{"$maxKey":1}'],
];

/** The Extended JSON of a value that is typed as the shell writes it; null for any other text. */
export function shellEjson(typed: string): string | null {
  const text = typed.trim();
  for (const [form, ejson] of FORMS) {
    const found = form.exec(text);
    if (found) return ejson(found[2] ?? '');
  }
  return null;
}

const DATE = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:?\d\d)?)?$/;

/** A date in ISO 8601, of UTC where it says no zone, as mongosh's ISODate has it; null for any other text. */
export function dateEjson(typed: string): string | null {
  const text = typed.trim();
  if (!DATE.test(text)) return null;
  const [date = '', time = '00:00'] = text.split(/[T ]/);
  const zoned = ZONED.test(time) ? time : `${time}Z`;
  const ms = Date.parse(`${date}T${zoned.replace(/([+-]\d\d)(\d\d)$/, '$1:$2')}`);
  // A day that no month has is moved to the next one by some readers.
  const isDay = new Date(`${date}T00:00Z`).toJSON()?.startsWith(date) ?? false;
  return Number.isNaN(ms) || !isDay ? null : `{"$date":{"$numberLong":"${ms}"}}`;
}

/** An id of 24 hexadecimal digits; null for any other text. */
export function objectIdEjson(typed: string): string | null {
  const text = typed.trim().toLowerCase();
  return /^[0-9a-f]{24}$/.test(text) ? `{"$oid":"${text}"}` : null;
}

function inBits(digits: string, bits: number, name: string): string | null {
  const value = BigInt(digits);
  return BigInt.asIntN(bits, value) === value ? `{"${name}":"${value}"}` : null;
}

function uuidEjson(text: string): string {
  const bytes = text.replaceAll('-', '').match(/../g)!;
  const base64 = btoa(String.fromCharCode(...bytes.map((byte) => Number.parseInt(byte, 16))));
  return `{"$binary":{"base64":"${base64}","subType":"04"}}`;
}
