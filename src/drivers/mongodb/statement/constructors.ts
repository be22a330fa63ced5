import type { Expression } from 'acorn';
import {
  Binary,
  BSONRegExp,
  BSONSymbol,
  Code,
  Decimal128,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
} from 'mongodb';
import { type Document, documentOf, isDocument, isLong, type Value, type Values } from './operation.ts';
import { StatementError } from './syntax.ts';

type Make = (given: Values, at: number) => Value;

function fail(message: string, at: number): never {
  throw new StatementError(message, at);
}

/** The whole or broken number, or its text, that a constructor is given. */
function digits(value: Value | undefined, at: number): string {
  if (typeof value === 'string') return value;
  if (value instanceof Int32 || value instanceof Double) {
    const number = value.valueOf();
    if (Number.isInteger(number) && !Number.isSafeInteger(number))
      fail('A number this large is exact only as text: put it in quotes.', at);
    return Object.is(number, -0) ? '-0' : `${number}`;
  }
  if (isLong(value)) return value.toString();
  return fail('A number, or its text in quotes, is needed.', at);
}

/** A whole number, or its text; NaN for any other text, also for none. */
function whole(given: Value | undefined, at: number): number {
  const text = digits(given ?? '0', at).trim();
  return /^[+-]?\d+(?:\.0*)?(?:e\+?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
}

export function makeInt32(given: Value | undefined, at: number): Int32 {
  const number = whole(given, at);
  if (!Number.isInteger(number) || number < -(2 ** 31) || number >= 2 ** 31)
    fail('An int has 32 bits and no fraction.', at);
  return new Int32(number);
}

export function makeLong(given: Value | undefined, at: number): Long {
  const text = digits(given ?? '0', at);
  if (!/^-?\d{1,19}$/.test(text)) fail('A long is a whole number of 64 bits.', at);
  const value = BigInt(text);
  if (BigInt.asIntN(64, value) !== value) fail('A long has 64 bits.', at);
  return Long.fromBigInt(value);
}

export function makeDouble(given: Value | undefined, at: number): Double {
  const text = digits(given ?? '0', at);
  const number = Number(text);
  if (text.trim() === '' || (Number.isNaN(number) && text !== 'NaN')) fail('This is not a number.', at);
  if (!Number.isFinite(number) && /\d/.test(text)) fail('A double can’t hold a number this large.', at);
  return new Double(number);
}

export function makeDecimal(given: Value | undefined, at: number): Decimal128 {
  try {
    return Decimal128.fromString(digits(given ?? '0', at));
  } catch {
    return fail('A decimal is a number of at most 34 digits.', at);
  }
}

export function makeObjectId(given: Value | undefined, at: number): ObjectId {
  if (given === undefined) return new ObjectId();
  if (typeof given !== 'string' || !/^[0-9a-f]{24}$/i.test(given))
    fail('An ObjectId has 24 hexadecimal digits.', at);
  return ObjectId.createFromHexString(given.toLowerCase());
}

/** The first ObjectId of a second: its first four bytes are the time in seconds (BSON specification, "ObjectId"). */
function objectIdOfTime(given: Value | undefined, at: number): ObjectId {
  const seconds = whole(given ?? '', at);
  if (!Number.isInteger(seconds) || seconds < 0 || seconds > 0xffffffff)
    fail('A time of an ObjectId is a number of seconds with 32 bits.', at);
  return ObjectId.createFromTime(seconds);
}

const ISO_DATE =
  /^([+-]\d{6}|\d{4})-?(\d\d)-?(\d\d)(?:[T ](\d\d):?(\d\d)(?::?(\d\d)(?:\.(\d{1,9}))?)?\s*(Z|[+-]\d\d(?::?\d\d)?)?)?$/i;

/** The time of an ISO 8601 text; one without a zone is UTC. @throws StatementError */
export function makeDate(given: string, at: number): Date {
  const [all, year, month, day, hour = '00', minute = '00', second = '00', fraction = '', zone = 'Z'] =
    ISO_DATE.exec(given.trim()) ?? [];
  const offset = /^z$/i.test(zone)
    ? 'Z'
    : zone.includes(':')
      ? zone
      : `${zone.slice(0, 3)}:${zone.slice(3) || '00'}`;
  const ms = fraction.padEnd(3, '0').slice(0, 3);
  // JavaScript moves a day that its month has not to the next month.
  const isDay = new Date(`${year}-${month}-${day}T00:00:00Z`).getUTCDate() === Number(day);
  const time =
    all && isDay
      ? Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${ms}${offset}`)
      : Number.NaN;
  return dateAt(time, at);
}

/** @throws StatementError outside of what can be sent: 100 000 000 days around 1970 (ECMA-262, "Time Values and Time Range") */
export function dateAt(ms: number, at: number): Date {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) fail('A date is ISO 8601, such as "2024-05-01T12:00:00Z".', at);
  return date;
}

function date(given: Values, at: number, isJs: boolean): Date {
  const [value, second] = given;
  if (second !== undefined)
    fail('Write a date as ISO 8601 text: its parts would be of this machine’s zone.', at);
  if (value === undefined) return new Date();
  if (typeof value !== 'string') return dateAt(Number(digits(value, at)), at);
  // JavaScript takes a time without a zone for this machine's, mongosh's ISODate for UTC.
  if (isJs && /\d:\d/.test(value) && !/(Z|[+-]\d\d:?\d\d)$/i.test(value.trim()))
    fail('Say the time’s zone, such as Z, or write ISODate("…"), which is UTC.', at);
  return makeDate(value, at);
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

export function makeBinary(base64: Value | undefined, subtype: number, at: number): Binary {
  // A digit that is left over behind groups of four says less than a byte.
  const isWhole =
    typeof base64 === 'string' && BASE64.test(base64) && base64.replace(/=+$/, '').length % 4 !== 1;
  if (!isWhole) fail('Binary data is written in base 64.', at);
  if (!Number.isInteger(subtype) || subtype < 0 || subtype > 255)
    fail('A subtype is a number from 0 to 255.', at);
  return new Binary(Buffer.from(base64, 'base64'), subtype);
}

export function makeUuid(given: Value | undefined, at: number): Binary {
  if (typeof given !== 'string' || !/^[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}$/i.test(given))
    fail('A UUID has 32 hexadecimal digits.', at);
  return new Binary(Buffer.from(given.replaceAll('-', ''), 'hex'), Binary.SUBTYPE_UUID);
}

/** Options are kept in the order of the alphabet (BSON specification, "Regular expression"). */
export function makeRegex(pattern: Value | undefined, options: Value | undefined, at: number): BSONRegExp {
  if (typeof pattern !== 'string' || typeof (options ?? '') !== 'string')
    fail('A regular expression is a pattern and options, both text.', at);
  if (pattern.includes('\0')) fail('A regular expression holds no NUL.', at);
  const letters = `${options ?? ''}`;
  if (!/^[ilmsux]*$/.test(letters)) fail('The options are i, l, m, s, u and x.', at);
  return new BSONRegExp(pattern, letters);
}

export function makeTimestamp(t: Value | undefined, i: Value | undefined, at: number): Timestamp {
  const part = (value: Value | undefined): number => {
    const number = whole(value, at);
    if (!Number.isInteger(number) || number < 0 || number > 0xffffffff)
      fail('A timestamp has two numbers of 32 bits.', at);
    return number;
  };
  return new Timestamp({ t: part(t), i: part(i) });
}

function hexBinary([subtype, hex]: Values, at: number): Binary {
  if (typeof hex !== 'string' || !/^([0-9a-f]{2})*$/i.test(hex))
    fail('HexData takes pairs of hexadecimal digits.', at);
  return makeBinary(Buffer.from(hex, 'hex').toString('base64'), whole(subtype, at), at);
}

function code([source, scope]: Values, at: number): Code {
  if (typeof source !== 'string' || (scope !== undefined && !isDocument(scope)))
    fail('Code takes its text and, where it has one, a document.', at);
  return scope === undefined
    ? new Code(source)
    : new Code(source, scope as unknown as Record<string, unknown>);
}

function timestamp([t, i]: Values, at: number): Timestamp {
  if (!isDocument(t)) return makeTimestamp(t, i, at);
  if (i !== undefined || [...t.keys()].some((name) => name !== 't' && name !== 'i'))
    fail('A timestamp is {t: …, i: …}.', at);
  return makeTimestamp(t.get('t'), t.get('i'), at);
}

function dbRef([collection, id, database]: Values, at: number): Document {
  if (typeof collection !== 'string' || id === undefined) fail('DBRef takes a collection and an id.', at);
  return documentOf([
    ['$ref', collection],
    ['$id', id],
    ['$db', database],
  ]);
}

function binData([subtype, base64]: Values, at: number): Binary {
  return makeBinary(base64, whole(subtype, at), at);
}

/** What mongosh's shell knows (mongosh manual, "Data Types"), and the names that it prints. */
const MAKERS = new Map<string, Make>([
  ['ObjectId', ([hex], at) => makeObjectId(hex, at)],
  ['ObjectId.createFromHexString', ([hex], at) => makeObjectId(hex ?? '', at)],
  ['ObjectId.createFromTime', ([seconds], at) => objectIdOfTime(seconds, at)],
  ['ISODate', (given, at) => date(given, at, false)],
  ['Date', (given, at) => date(given, at, true)],
  ['NumberInt', ([value], at) => makeInt32(value, at)],
  ['Int32', ([value], at) => makeInt32(value, at)],
  ['NumberLong', ([value], at) => makeLong(value, at)],
  ['Long', ([value], at) => makeLong(value, at)],
  ['Long.fromString', ([value], at) => makeLong(value, at)],
  ['Long.fromNumber', ([value], at) => makeLong(value, at)],
  ['NumberDecimal', ([value], at) => makeDecimal(value, at)],
  ['Decimal128', ([value], at) => makeDecimal(value, at)],
  ['Decimal128.fromString', ([value], at) => makeDecimal(value, at)],
  ['Double', ([value], at) => makeDouble(value, at)],
  ['Timestamp', timestamp],
  ['BinData', binData],
  ['Binary.createFromBase64', ([base64, subtype], at) => binData([subtype ?? '0', base64 ?? ''], at)],
  ['HexData', hexBinary],
  ['UUID', ([hex], at) => makeUuid(hex ?? crypto.randomUUID(), at)],
  ['Code', code],
  ['DBRef', dbRef],
  ['RegExp', ([pattern, options], at) => makeRegex(pattern, options, at)],
  ['BSONRegExp', ([pattern, options], at) => makeRegex(pattern, options, at)],
  ['MinKey', () => new MinKey()],
  ['MaxKey', () => new MaxKey()],
  [
    'BSONSymbol',
    ([text], at) => (typeof text === 'string' ? new BSONSymbol(text) : fail('A symbol is text.', at)),
  ],
]);

/** What a name alone stands for. */
const NAMES = new Map<string, () => Value>([
  ['MinKey', () => new MinKey()],
  ['MaxKey', () => new MaxKey()],
  ['NaN', () => new Double(Number.NaN)],
  ['Infinity', () => new Double(Number.POSITIVE_INFINITY)],
]);

/** How many arguments they take at most, where that is not one. */
const ARGUMENTS_MAX: ReadonlyMap<string, number> = new Map([
  ...['MinKey', 'MaxKey'].map((name) => [name, 0] as const),
  ...['Timestamp', 'BinData', 'HexData', 'Code', 'RegExp', 'BSONRegExp', 'Binary.createFromBase64'].map(
    (name) => [name, 2] as const,
  ),
  ...['DBRef', 'ISODate', 'Date'].map((name) => [name, 3] as const),
]);

/** The name that a call calls; null for anything but a name, or a name of a name. */
export function constructorName(callee: Expression): string | null {
  if (callee.type === 'Identifier') return callee.name;
  const isPlain =
    callee.type === 'MemberExpression' &&
    !callee.computed &&
    !callee.optional &&
    callee.object.type === 'Identifier' &&
    callee.property.type === 'Identifier';
  return isPlain
    ? `${(callee.object as { name: string }).name}.${(callee.property as { name: string }).name}`
    : null;
}

/** The value that a constructor makes; `given` is null for a name that is not called. @throws StatementError */
export function construct(name: string, given: Values | null, at: number): Value {
  const make = given ? MAKERS.get(name) : undefined;
  const named = given ? undefined : NAMES.get(name);
  if (named) return named();
  if (!make || !given)
    throw new StatementError(
      name === 'undefined'
        ? 'undefined can’t be stored. Write null, or leave the field out.'
        : `${name} is not understood as a value. These are: ${[...MAKERS.keys()].filter((known) => !known.includes('.')).join(', ')}.`,
      at,
    );
  if (given.length > (ARGUMENTS_MAX.get(name) ?? 1)) fail(`${name} takes fewer arguments.`, at);
  return make(given, at);
}
