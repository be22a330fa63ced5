import { BSONSymbol, Code, Double, Int32, MaxKey, MinKey } from 'mongodb';
import {
  dateAt,
  makeBinary,
  makeDate,
  makeDecimal,
  makeDouble,
  makeInt32,
  makeLong,
  makeObjectId,
  makeRegex,
  makeTimestamp,
  makeUuid,
} from './constructors.ts';
import { type Document, isDocument, isLong, type Value } from './operation.ts';
import { StatementError } from './syntax.ts';

type Read = (value: Value, at: number) => Value;

/** The document in a form, which has these fields and no others. */
function inside(value: Value, at: number, ...names: string[]): Document {
  if (!isDocument(value)) throw new StatementError('This form of Extended JSON holds a document.', at);
  if (names.length > 0 && (value.size !== names.length || !names.every((name) => value.has(name))))
    throw new StatementError(`This form of Extended JSON has the fields ${names.join(' and ')}.`, at);
  return value;
}

function textOf(value: Value | undefined, at: number): string {
  if (typeof value === 'string') return value;
  throw new StatementError('This form of Extended JSON holds text.', at);
}

function dateOf(value: Value, at: number): Date {
  if (typeof value === 'string') return makeDate(value, at);
  if (isLong(value)) {
    // A Date holds a double, which is exact to well past the last day it can be.
    return dateAt(value.toNumber(), at);
  }
  // A number alone is milliseconds, as version 1 has it.
  const isNumber = value instanceof Int32 || value instanceof Double;
  return dateAt(isNumber ? value.valueOf() : Number.NaN, at);
}

function binaryOf(value: Value, at: number): Value {
  const parts = inside(value, at, 'base64', 'subType');
  return binary(parts.get('base64'), parts.get('subType'), at);
}

function binary(base64: Value | undefined, hex: Value | undefined, at: number): Value {
  const subtype = textOf(hex, at);
  if (!/^[0-9a-f]{1,2}$/i.test(subtype))
    throw new StatementError('A subtype has two hexadecimal digits.', at);
  return makeBinary(base64, Number.parseInt(subtype, 16), at);
}

function alone(made: MinKey | MaxKey, value: Value, at: number): Value {
  if (value instanceof Int32 && value.valueOf() === 1) return made;
  throw new StatementError('This form of Extended JSON holds the number 1.', at);
}

function deprecated(_value: Value, at: number): never {
  throw new StatementError('A value of this deprecated type can be read, but not written.', at);
}

/** The forms of Extended JSON v2 with one key (MongoDB specification, "Extended JSON"). */
const FORMS = new Map<string, Read>([
  ['$oid', (value, at) => makeObjectId(textOf(value, at), at)],
  ['$numberInt', (value, at) => makeInt32(textOf(value, at), at)],
  ['$numberLong', (value, at) => makeLong(textOf(value, at), at)],
  ['$numberDouble', (value, at) => makeDouble(textOf(value, at), at)],
  ['$numberDecimal', (value, at) => makeDecimal(textOf(value, at), at)],
  ['$symbol', (value, at) => new BSONSymbol(textOf(value, at))],
  ['$uuid', (value, at) => makeUuid(value, at)],
  ['$date', dateOf],
  ['$binary', binaryOf],
  [
    '$timestamp',
    (value, at) => {
      const parts = inside(value, at, 't', 'i');
      return makeTimestamp(parts.get('t'), parts.get('i'), at);
    },
  ],
  [
    '$regularExpression',
    (value, at) => {
      const parts = inside(value, at, 'pattern', 'options');
      return makeRegex(parts.get('pattern'), parts.get('options'), at);
    },
  ],
  ['$code', (value, at) => new Code(textOf(value, at))],
  ['$minKey', (value, at) => alone(new MinKey(), value, at)],
  ['$maxKey', (value, at) => alone(new MaxKey(), value, at)],
  ['$undefined', deprecated],
  ['$dbPointer', deprecated],
]);

/**
 * Whether a document whose first field has this name would be taken for a value. A stored document that is none has the dollar
 * sign of it written as `\u0024`: the same text to JSON, and no form to a reader here.
 */
export function isFormName(name: string): boolean {
  return FORMS.has(name);
}

/** The value that a document stands for where it is a form of Extended JSON, or the document. @throws StatementError */
export function fromExtended(document: Document, at: number): Value {
  const [first, second] = document.keys();
  if (first === undefined || !first.startsWith('$')) return document;
  if (document.size === 2 && first === '$code' && second === '$scope') {
    const scope = inside(document.get('$scope')!, at);
    return new Code(textOf(document.get('$code'), at), scope as unknown as Record<string, unknown>);
  }
  // Version 1 writes a binary value in two fields. Its {$regex, $options} is a condition of the server's too, and stays one.
  if (document.size === 2 && first === '$binary' && second === '$type')
    return binary(document.get('$binary'), document.get('$type'), at);
  const read = document.size === 1 ? FORMS.get(first) : undefined;
  return read ? read(document.get(first)!, at) : document;
}
