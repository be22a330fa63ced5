import {
  Binary,
  BSON,
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
import { Elements, int32, TYPE_NAMES, utf8 } from '../../../src/drivers/mongodb/bson-reader.ts';

/** A document with its types and the order of its fields. */
export type Doc = Map<string, unknown>;

/** A value that the BSON package has no lossless class for: kept as its bytes. */
export class Opaque {
  constructor(
    readonly type: number,
    readonly bytes: Uint8Array,
  ) {}
}

const DATE_MAX = 8_640_000_000_000_000n;

/** Reads a document; nothing is promoted. */
export function decode(bytes: Uint8Array, from = 0): Doc {
  const doc: Doc = new Map();
  const elements = new Elements(bytes, from);
  while (elements.next()) doc.set(elements.name, value(bytes, elements.type, elements.start, elements.end));
  return doc;
}

function array(bytes: Uint8Array, from: number): unknown[] {
  return [...decode(bytes, from).values()];
}

function value(bytes: Uint8Array, type: number, start: number, end: number): unknown {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (type) {
    case 1:
      return new Double(view.getFloat64(start, true));
    case 2:
      return utf8(bytes, start + 4, end - 1);
    case 3:
      return decode(bytes, start);
    case 4:
      return array(bytes, start);
    case 5: {
      const subtype = bytes[start + 4]!;
      // The old subtype 2 repeats its length inside, which the driver writes by itself.
      const from = start + 5 + (subtype === Binary.SUBTYPE_BYTE_ARRAY ? 4 : 0);
      return new Binary(Buffer.from(bytes.subarray(from, end)), subtype);
    }
    case 7:
      return new ObjectId(Buffer.from(bytes.subarray(start, end)));
    case 8:
      return bytes[start] === 1;
    case 9: {
      const at = view.getBigInt64(start, true);
      return at >= -DATE_MAX && at <= DATE_MAX
        ? new Date(Number(at))
        : new Opaque(type, bytes.slice(start, end));
    }
    case 10:
      return null;
    case 11: {
      const middle = bytes.indexOf(0, start);
      return new BSONRegExp(utf8(bytes, start, middle), utf8(bytes, middle + 1, end - 1));
    }
    case 13:
      return new Code(utf8(bytes, start + 4, end - 1));
    case 14:
      return new BSONSymbol(utf8(bytes, start + 4, end - 1));
    case 15: {
      const scope = start + 8 + int32(bytes, start + 4);
      return new Code(utf8(bytes, start + 8, scope - 1), decode(bytes, scope) as never);
    }
    case 16:
      return new Int32(view.getInt32(start, true));
    case 17:
      return new Timestamp({ i: view.getUint32(start, true), t: view.getUint32(start + 4, true) });
    case 18:
      return Long.fromBigInt(view.getBigInt64(start, true));
    case 19:
      return new Decimal128(bytes.slice(start, end));
    case 127:
      return new MaxKey();
    case 255:
      return new MinKey();
    default:
      return new Opaque(type, bytes.slice(start, end));
  }
}

/** A document's bytes; plain objects, numbers and bigints are taken as well. */
export function encode(doc: unknown): Buffer {
  const parts: Buffer[] = [Buffer.alloc(4)];
  const pairs: Iterable<[string, unknown]> =
    doc instanceof Map
      ? doc
      : Array.isArray(doc)
        ? doc.map((item, at): [string, unknown] => [`${at}`, item])
        : Object.entries(doc as object);
  for (const [name, item] of pairs) {
    if (item === undefined) continue;
    const [type, bytes] = element(item);
    parts.push(Buffer.from([type]), Buffer.from(`${name}\0`, 'utf8'), bytes);
  }
  parts.push(Buffer.alloc(1));
  const whole = Buffer.concat(parts);
  whole.writeInt32LE(whole.length, 0);
  return whole;
}

function element(item: unknown): [type: number, bytes: Buffer] {
  if (item instanceof Opaque) return [item.type, Buffer.from(item.bytes)];
  // A document that was encoded before.
  if (item instanceof Uint8Array) return [3, Buffer.from(item)];
  if (item instanceof Map || isPlain(item)) return [3, encode(item)];
  if (Array.isArray(item)) return [4, encode(item)];
  if (item instanceof Int32) {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(item.valueOf(), 0);
    return [16, bytes];
  }
  if (typeof item === 'string') {
    const text = Buffer.from(item, 'utf8');
    const bytes = Buffer.alloc(text.length + 5);
    bytes.writeInt32LE(text.length + 1, 0);
    text.copy(bytes, 4);
    return [2, bytes];
  }
  const one = BSON.serialize({ v: item });
  return [one[4]!, Buffer.from(one.subarray(7, one.length - 1))];
}

function isPlain(item: unknown): boolean {
  return typeof item === 'object' && item !== null && Object.getPrototypeOf(item) === Object.prototype;
}

const OBJECT_ID = '\u0001oid:';

/** What mingo can compute with; numbers lose their types. */
export function plain(item: unknown): unknown {
  if (item instanceof Map) return Object.fromEntries([...item].map(([name, inner]) => [name, plain(inner)]));
  if (Array.isArray(item)) return item.map(plain);
  if (item instanceof Int32 || item instanceof Double) return item.valueOf();
  if (isLong(item)) return item.toNumber();
  if (item instanceof Decimal128) return Number(item.toString());
  if (item instanceof ObjectId) return `${OBJECT_ID}${item.toHexString()}`;
  if (item instanceof Binary)
    return `\u0001bin:${item.sub_type}:${Buffer.from(item.value()).toString('base64')}`;
  if (item instanceof BSONRegExp) return new RegExp(item.pattern, item.options.replace(/[^imsu]/g, ''));
  return item;
}

/** What mingo computed, with types again: whole numbers are ints, as they are in the shell. */
export function typed(item: unknown): unknown {
  if (typeof item === 'number')
    return Number.isInteger(item) && Math.abs(item) < 2 ** 31 ? new Int32(item) : new Double(item);
  if (typeof item === 'string' && item.startsWith(OBJECT_ID))
    return new ObjectId(item.slice(OBJECT_ID.length));
  if (Array.isArray(item)) return item.map(typed);
  if (isPlain(item))
    return new Map(Object.entries(item as object).map(([name, inner]) => [name, typed(inner)]));
  return item;
}

/** The library's Timestamp is a Long of its own kind. */
export function isLong(item: unknown): item is Long {
  return Long.isLong(item) && !(item instanceof Timestamp);
}

/** A number of any type; undefined for what is none. */
export function numeric(item: unknown): number | undefined {
  if (item instanceof Int32 || item instanceof Double) return item.valueOf();
  if (isLong(item)) return item.toNumber();
  if (item instanceof Decimal128) return Number(item.toString());
  return typeof item === 'number' ? item : undefined;
}

/** A type as `$type` names it. */
export function typeName(item: unknown): string {
  if (item === undefined) return 'missing';
  return TYPE_NAMES[element(item)[0]]!;
}
