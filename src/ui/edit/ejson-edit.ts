import { type EjsonKind, readEjson } from '../../events/ejson.ts';

/** How a document's value is edited in one line: its plain text where its type has one, else its Extended JSON. */
export interface EjsonText {
  readonly kind: EjsonKind | 'missing';
  readonly text: string;
  /** The text is the value itself, not its Extended JSON: whatever is typed has the same type. */
  readonly plain: boolean;
}

/** The text to edit. A field that is not there begins as an empty string. */
export function ejsonText(value: string | null): EjsonText {
  if (value === null) return { kind: 'missing', text: '', plain: false };
  const node = readEjson(value);
  if (!node) return { kind: 'object', text: value, plain: false };
  const { kind, shown } = node;
  return PLAIN.has(kind) ? { kind, text: shown, plain: true } : { kind, text: value, plain: false };
}

const PLAIN: ReadonlySet<EjsonKind> = new Set(['string', 'int', 'long', 'double', 'decimal', 'bool']);

/** The value of an edited text, or why it is none. The type never changes by itself. */
export function fromEjsonText(
  typed: string,
  was: EjsonText,
): { readonly value: string } | { readonly why: string } {
  if (was.plain) return plainValue(typed, was.kind as EjsonKind);
  if (typed.trim() === '')
    return { why: 'Type a value as Extended JSON: "text", {"$numberInt":"1"}, true, null.' };
  const node = readEjson(typed.trim());
  return node
    ? { value: typed.trim() }
    : { why: 'This is no Extended JSON. A string stands in quotes: "text"; a number is {"$numberInt":"1"}.' };
}

/** What type a text has by now, for the mark beside it. */
export function kindOf(typed: string, was: EjsonText): string {
  return was.plain ? was.kind : (readEjson(typed.trim())?.kind ?? 'not valid');
}

const INT32 = 2n ** 31n;
const INT64 = 2n ** 63n;

function plainValue(typed: string, kind: EjsonKind): { readonly value: string } | { readonly why: string } {
  const text = typed.trim();
  switch (kind) {
    case 'string':
      return { value: JSON.stringify(typed) };
    case 'bool':
      return text === 'true' || text === 'false' ? { value: text } : { why: 'It is a bool: true or false.' };
    case 'int':
      return inRange(text, INT32)
        ? { value: `{"$numberInt":"${BigInt(text)}"}` }
        : { why: `It is an int, and ${text || 'nothing'} is none. Another type is set as Extended JSON.` };
    case 'long':
      return inRange(text, INT64)
        ? { value: `{"$numberLong":"${BigInt(text)}"}` }
        : { why: `It is a long, and ${text || 'nothing'} is none. Another type is set as Extended JSON.` };
    case 'double':
      return DOUBLE.test(text)
        ? { value: `{"$numberDouble":"${withPoint(text)}"}` }
        : { why: `It is a double, and ${text || 'nothing'} is none. Another type is set as Extended JSON.` };
    default:
      return DECIMAL.test(text)
        ? { value: `{"$numberDecimal":"${text}"}` }
        : { why: `It is a decimal, and ${text || 'nothing'} is none. Another type is set as Extended JSON.` };
  }
}

const DOUBLE = /^(?:-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|-?Infinity|NaN)$/;
const DECIMAL = /^(?:-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|-?Infinity|NaN)$/;

/** A double is written with a point, so that nobody takes it for an int. */
function withPoint(text: string): string {
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

function inRange(text: string, limit: bigint): boolean {
  if (!/^-?\d{1,20}$/.test(text)) return false;
  const value = BigInt(text);
  return value >= -limit && value < limit;
}
