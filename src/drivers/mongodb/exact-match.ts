import { Binary, BSONSymbol, Decimal128, Double, Int32, Long } from 'mongodb';
import {
  type Document,
  documentOf,
  isDocument,
  isLong,
  type Value,
  type Values,
} from './statement/operation.ts';

/** An expression of an aggregation: a path such as `$a.b`, or an operator. */
type Expression = Value;

function operator(name: string, value: Value): Document {
  return documentOf([[name, value]]);
}

function equal(left: Expression, right: Expression): Document {
  return operator('$eq', [left, right]);
}

function isOfType(path: Expression, type: string): Document {
  return equal(operator('$type', path), type);
}

/** Whether a value would be taken for a path or an operator. */
function asLiteral(value: Value): Expression {
  const isSpoken =
    typeof value === 'string' ? value.startsWith('$') : isDocument(value) || Array.isArray(value);
  return isSpoken ? operator('$literal', value) : value;
}

/** Names that a path can spell (MongoDB manual, "Field Names with Periods and Dollar Signs"). */
export function isPlainName(name: string): boolean {
  return name !== '' && !name.startsWith('$') && !name.includes('.') && !name.includes('\0');
}

/**
 * Conditions that hold only for a document whose field has exactly this value; `undefined` is a field that is not there.
 * The equality of expressions compares documents with their order and arrays as a whole, but calls 1, 1.0 and NumberLong(1)
 * equal, 0 and -0, and decimals of different precision: so each number in the value is asked for its type, and for its text
 * where that can differ.
 */
export function exactly(field: string, value: Value | undefined): Document[] {
  const path = topLevel(field);
  if (value === undefined) return [isOfType(path, 'missing')];
  return [isOfType(path, typeName(value)), equal(path, asLiteral(value)), ...insides(path, value, true)];
}

/** A field of the document, whatever its name: `$getField` spells what a path can't (version 5.0 and later). */
function topLevel(field: string): Expression {
  return isPlainName(field) ? `$${field}` : fieldOf('$$ROOT', field);
}

/**
 * Conditions for a value that can be read but not written: one of a deprecated type, a date beyond what a date here can be, or
 * one with such a value inside. They hold only for the value's type, and a date's time.
 */
export function nearly(field: string, ejson: string): Document[] {
  const path = topLevel(field);
  const value = JSON.parse(ejson) as unknown;
  if (Array.isArray(value)) return [isOfType(path, 'array')];
  const { $undefined, $dbPointer, $date } = (value ?? {}) as Record<string, unknown>;
  if ($undefined === true) return [isOfType(path, 'undefined')];
  if ($dbPointer !== undefined) return [isOfType(path, 'dbPointer')];
  const ms = ($date as { $numberLong?: unknown } | undefined)?.$numberLong;
  if (typeof ms !== 'string') return [isOfType(path, 'object')];
  return [isOfType(path, 'date'), equal(operator('$toLong', path), Long.fromString(ms))];
}

/** What equality does not tell apart, from the outside in, so that a path is walked only where it is there. */
function insides(path: Expression, value: Value, isTop: boolean): Document[] {
  if (Array.isArray(value))
    return (value as Values).flatMap((item, at) =>
      insides(operator('$arrayElemAt', [path, new Int32(at)]), item, false),
    );
  if (isDocument(value))
    return [...value].flatMap(([name, item]) => insides(fieldOf(path, name), item, false));
  const isNumber =
    value instanceof Int32 || value instanceof Double || isLong(value) || value instanceof Decimal128;
  const own = isTop || !(isNumber || value instanceof BSONSymbol) ? [] : [isOfType(path, typeName(value))];
  const isZero = value instanceof Double && value.valueOf() === 0;
  if (isZero)
    return [
      ...own,
      equal(operator('$toString', path), Object.is((value as Double).valueOf(), -0) ? '-0' : '0'),
    ];
  if (value instanceof Decimal128 && /\d/.test(`${value}`))
    return [...own, equal(operator('$toString', path), `${value}`)];
  return own;
}

function fieldOf(path: Expression, name: string): Expression {
  if (!isPlainName(name))
    return operator(
      '$getField',
      documentOf([
        ['field', operator('$literal', name)],
        ['input', path],
      ]),
    );
  if (typeof path === 'string') return `${path}.${name}`;
  return operator(
    '$let',
    documentOf([
      ['vars', operator('of', path)],
      ['in', `$$of.${name}`],
    ]),
  );
}

/** Whether a text that a collation could call equal to another one is compared. */
export function hasText(value: Value | undefined): boolean {
  if (Array.isArray(value)) return (value as Values).some(hasText);
  if (isDocument(value)) return [...value.values()].some(hasText);
  return typeof value === 'string' || value instanceof BSONSymbol;
}

/** A value's type as `$type` names it. */
function typeName(value: Value): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'bool';
  if (value instanceof Date) return 'date';
  if (Array.isArray(value)) return 'array';
  if (isDocument(value)) return 'object';
  if (value instanceof Binary) return 'binData';
  const { _bsontype, scope } = value as unknown as { _bsontype: string; scope?: unknown };
  if (_bsontype === 'Code') return scope ? 'javascriptWithScope' : 'javascript';
  return BSON_TYPES[_bsontype] ?? _bsontype;
}

const BSON_TYPES: Readonly<Record<string, string>> = {
  Int32: 'int',
  Double: 'double',
  Long: 'long',
  Decimal128: 'decimal',
  ObjectId: 'objectId',
  BSONRegExp: 'regex',
  BSONSymbol: 'symbol',
  Timestamp: 'timestamp',
  MinKey: 'minKey',
  MaxKey: 'maxKey',
};
