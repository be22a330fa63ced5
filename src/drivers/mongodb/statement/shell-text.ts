import {
  Binary,
  BSONRegExp,
  BSONSymbol,
  Code,
  Decimal128,
  Double,
  Int32,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
} from 'mongodb';
import { isFormName } from './extended-json.ts';
import { type Document, isDocument, isLong, type Value } from './operation.ts';

const WORD = /^[A-Za-z_$][A-Za-z0-9_$]*$/;
/** Lines longer than this are broken. */
const LINE_MAX = 80;

/** A value as it is written in mongosh; the parser here reads the very same value from it. */
export function shellText(value: Value, indent = ''): string {
  const line = lineText(value, LINE_MAX);
  if (line !== null) return line;
  const deeper = `${indent}  `;
  const lines = partsOf(value).map(([name, item]) => `${deeper}${name}${shellText(item, deeper)}`);
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  return `${open}\n${lines.join(',\n')}\n${indent}${close}`;
}

/** The parts of an array or a document, with what stands before each. */
function partsOf(value: Value): [string, Value][] {
  if (Array.isArray(value)) return value.map((item: Value) => ['', item]);
  return [...(value as Document)].map(([name, item], place) => [`${nameText(name, place === 0)}: `, item]);
}

/** A field's name; the first one must not make its document a form of Extended JSON. */
function nameText(name: string, isFirst: boolean): string {
  if (isFirst && isFormName(name)) return `"\\u0024${name.slice(1)}"`;
  return WORD.test(name) ? name : JSON.stringify(name);
}

/** A value on one line; null for an array or a document that has no room there. What has no parts has always room. */
function lineText(value: Value, room: number): string | null {
  if (!Array.isArray(value) && !isDocument(value)) return scalarText(value);
  const parts: string[] = [];
  let left = room - 2;
  for (const [name, item] of partsOf(value)) {
    const text = left > 0 ? lineText(item, left) : null;
    if (text === null) return null;
    parts.push(`${name}${text}`);
    left -= name.length + text.length + 2;
  }
  if (left < 0 && parts.length > 0) return null;
  if (Array.isArray(value)) return `[${parts.join(', ')}]`;
  return parts.length === 0 ? '{}' : `{ ${parts.join(', ')} }`;
}

function scalarText(value: Value): string {
  if (value === null || typeof value === 'boolean') return `${value}`;
  if (typeof value === 'string') return JSON.stringify(value);
  if (value instanceof Int32) return `${value.valueOf()}`;
  if (value instanceof Double) return doubleText(value.valueOf());
  if (isLong(value)) return `NumberLong("${value}")`;
  if (value instanceof Decimal128) return `NumberDecimal("${value}")`;
  if (value instanceof ObjectId) return `ObjectId("${value.toHexString()}")`;
  if (value instanceof Date) return dateText(value);
  if (value instanceof Timestamp) return `Timestamp({ t: ${value.t}, i: ${value.i} })`;
  if (value instanceof Binary) return binaryText(value);
  if (value instanceof BSONRegExp)
    return `BSONRegExp(${JSON.stringify(value.pattern)}, ${JSON.stringify(value.options)})`;
  if (value instanceof BSONSymbol) return `BSONSymbol(${JSON.stringify(value.valueOf())})`;
  if (value instanceof Code) {
    const scope = value.scope ? `, ${shellText(value.scope as unknown as Document)}` : '';
    return `Code(${JSON.stringify(value.code)}${scope})`;
  }
  if (value instanceof MinKey) return 'MinKey()';
  if (value instanceof MaxKey) return 'MaxKey()';
  throw new TypeError('a value of a type that has no text');
}

/** A whole double must say that it is one; mongosh takes a plain whole number for an int. */
function doubleText(value: number): string {
  if (Object.is(value, -0)) return 'Double("-0")';
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isInteger(value)) return `${value}`;
  return Number.isSafeInteger(value) ? `Double(${value})` : `Double("${value}")`;
}

function dateText(date: Date): string {
  const year = date.getUTCFullYear();
  return year >= 0 && year <= 9999 ? `ISODate("${date.toISOString()}")` : `new Date(${date.getTime()})`;
}

function binaryText(binary: Binary): string {
  const bytes = Buffer.from(binary.value());
  if (binary.sub_type === Binary.SUBTYPE_UUID && bytes.length === 16)
    return `UUID("${bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')}")`;
  return `BinData(${binary.sub_type}, "${bytes.toString('base64')}")`;
}
