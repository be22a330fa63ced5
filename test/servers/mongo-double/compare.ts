import { Binary, BSONSymbol, Code, Decimal128, Double, Int32, type Long, ObjectId, Timestamp } from 'mongodb';
import { encode, isLong, numeric, typeName } from './bson.ts';

/** The order of types (MongoDB manual, "Comparison/Sort Order"). */
const ORDER = [
  ['minKey'],
  ['missing', 'undefined'],
  ['null'],
  ['int', 'long', 'double', 'decimal'],
  ['string', 'symbol'],
  ['object'],
  ['array'],
  ['binData'],
  ['objectId'],
  ['bool'],
  ['date'],
  ['timestamp'],
  ['regex'],
  ['dbPointer'],
  ['javascript'],
  ['javascriptWithScope'],
  ['maxKey'],
];
const RANKS = new Map(ORDER.flatMap((names, rank) => names.map((name): [string, number] => [name, rank])));

function sign(left: bigint | number | string, right: bigint | number | string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Compares as the server does: numbers by their value whatever their type, documents field by field. */
export function compare(left: unknown, right: unknown): number {
  const [a, b] = [RANKS.get(typeName(left))!, RANKS.get(typeName(right))!];
  if (a !== b) return a - b;
  if (numeric(left) !== undefined) return compareNumbers(left, right);
  if (Array.isArray(left)) return compareLists(left, right as unknown[]);
  if (left instanceof Map) return compareLists([...left].flat(), [...(right as Map<string, unknown>)].flat());
  return sign(text(left), text(right));
}

/** NaN is the smallest number, and equal to itself. */
function compareNumbers(left: unknown, right: unknown): number {
  if (isLong(left) && isLong(right)) return (left as Long).compare(right as Long);
  const [a, b] = [numeric(left)!, numeric(right)!];
  if (Number.isNaN(a) || Number.isNaN(b)) return sign(Number.isNaN(a) ? 0 : 1, Number.isNaN(b) ? 0 : 1);
  return sign(a, b);
}

function compareLists(left: readonly unknown[], right: readonly unknown[]): number {
  for (let at = 0; at < Math.min(left.length, right.length); at++) {
    const order = compare(left[at], right[at]);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

/** A text, or a number, in the order of the values. */
function text(item: unknown): string | number | bigint {
  if (typeof item === 'string') return item;
  if (typeof item === 'boolean') return item ? 1 : 0;
  if (item instanceof Date) return item.getTime();
  if (item instanceof BSONSymbol) return item.valueOf();
  if (item instanceof ObjectId) return item.toHexString();
  if (item instanceof Timestamp) return (BigInt(item.t) << 32n) | BigInt(item.i);
  if (item instanceof Binary)
    return `${`${item.length()}`.padStart(9, '0')} ${item.sub_type} ${item.toString('hex')}`;
  if (item instanceof Code) return item.code;
  return encode({ v: item }).toString('hex');
}

/** Equal values have equal keys, as in an index: numbers by their value. */
export function keyOf(item: unknown): string {
  if (item instanceof Int32 || item instanceof Double || item instanceof Decimal128)
    return `number ${Number(item.toString())}`;
  if (isLong(item)) {
    const long = item as Long;
    return `number ${Number.isSafeInteger(long.toNumber()) ? long.toNumber() : long.toString()}`;
  }
  if (item instanceof Map)
    return `{${[...item].map(([name, inner]) => `${JSON.stringify(name)}:${keyOf(inner)}`)}}`;
  if (Array.isArray(item)) return `[${item.map(keyOf)}]`;
  return encode({ v: item ?? null }).toString('hex');
}
