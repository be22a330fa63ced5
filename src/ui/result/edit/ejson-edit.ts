import { type EjsonKind, readEjson } from '../../../events/ejson.ts';
import { dateEjson, objectIdEjson, shellEjson } from './shell-values.ts';

/**
 * How a document's value is edited in one line: its plain text where its type has one, else its Extended
 * JSON.
 */
interface EjsonText {
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
  if (PLAIN.has(kind)) return { kind, text: shown, plain: true };
  // What the shell's words say is read back from them; a date beyond ECMAScript's range has none.
  return { kind, text: shellEjson(shown) === value ? shown : value, plain: false };
}

const PLAIN: ReadonlySet<EjsonKind> = new Set(['string', 'int', 'long', 'double', 'decimal', 'bool']);

/** The value of an edited text, or why it is none. The type never changes by itself. */
export function fromEjsonText(
  typed: string,
  was: EjsonText,
): { readonly value: string } | { readonly why: string } {
  if (was.plain) return plainValue(typed, was.kind as EjsonKind);
  const value = ejsonOf(typed, was);
  if (value !== null) return { value };
  return {
    why: `Not a value. ${was.kind === 'date' ? 'A date is written 2024-06-01 or ISODate("2024-06-01T12:00:00Z"). ' : ''}Type it as the shell writes it, such as ObjectId("…"), ISODate("…"), NumberLong("1"), or as Extended JSON: "text", {"$numberInt":"1"}, true, null.`,
  };
}

/**
 * The Extended JSON of a text: as it is, as the shell's words say, or as the type of the value before has it.
 */
function ejsonOf(typed: string, was: EjsonText): string | null {
  const text = typed.trim();
  const shell = shellEjson(text);
  if (shell !== null) return shell;
  if (was.kind === 'date' && dateEjson(text) !== null) return dateEjson(text);
  if (was.kind === 'objectId' && objectIdEjson(text) !== null) return objectIdEjson(text);
  return readEjson(text) ? text : null;
}

/** What type a text has by now, for the mark beside it. */
export function kindOf(typed: string, was: EjsonText): string {
  if (was.plain) return was.kind;
  const value = ejsonOf(typed, was);
  return value === null ? 'not valid' : (readEjson(value)?.kind ?? 'not valid');
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

/** A double is written with a point, so that it is not read as an int. */
function withPoint(text: string): string {
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

function inRange(text: string, limit: bigint): boolean {
  if (!/^-?\d{1,20}$/.test(text)) return false;
  const value = BigInt(text);
  return value >= -limit && value < limit;
}
