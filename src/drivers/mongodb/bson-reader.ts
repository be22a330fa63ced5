/** Types of elements by their first byte (BSON specification, version 1.1), named as `$type` names them. */
export const TYPE_NAMES: Readonly<Record<number, string>> = {
  1: 'double',
  2: 'string',
  3: 'object',
  4: 'array',
  5: 'binData',
  6: 'undefined',
  7: 'objectId',
  8: 'bool',
  9: 'date',
  10: 'null',
  11: 'regex',
  12: 'dbPointer',
  13: 'javascript',
  14: 'symbol',
  15: 'javascriptWithScope',
  16: 'int',
  17: 'timestamp',
  18: 'long',
  19: 'decimal',
  127: 'maxKey',
  255: 'minKey',
};

/** How long a value is by its type; -1 where it says so itself, or there is no such type. */
export const FIXED_BYTES = new Int8Array(256).fill(-1);
const SIZES: readonly (readonly [bytes: number, ...types: number[]])[] = [
  [0, 6, 10, 127, 255],
  [1, 8],
  [4, 16],
  [8, 1, 9, 17, 18],
  [12, 7],
  [16, 19],
];
for (const [bytes, ...types] of SIZES) for (const type of types) FIXED_BYTES[type] = bytes;

/** Bytes that are no BSON. What follows them can't be read either. */
export class BsonError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'BsonError';
  }
}

export function int32(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}

/** Past the NUL that ends a name. */
function pastName(bytes: Uint8Array, from: number): number {
  const end = bytes.indexOf(0, from);
  if (end < 0) throw new BsonError('a name does not end');
  return end + 1;
}

/** Where the value that begins at `at` ends. @throws BsonError */
function valueEnd(bytes: Uint8Array, type: number, at: number): number {
  const fixed = FIXED_BYTES[type]!;
  if (fixed >= 0) return at + fixed;
  switch (type) {
    case 2:
    case 13:
    case 14:
      return at + 4 + int32(bytes, at);
    case 3:
    case 4:
    case 15:
      return at + int32(bytes, at);
    case 5:
      return at + 5 + int32(bytes, at);
    case 11:
      return pastName(bytes, pastName(bytes, at));
    case 12:
      return at + 4 + int32(bytes, at) + 12;
    default:
      throw new BsonError(`there is no type ${type}`);
  }
}

/**
 * Walks the elements of a document where they lie. `next` moves on; the fields then say where the element's name and value
 * are. One walk makes no objects.
 */
export class Elements {
  type = 0;
  nameStart = 0;
  nameEnd = 0;
  start = 0;
  /** Past the value. */
  end: number;
  private readonly last: number;

  /** @throws BsonError for a length that does not fit */
  constructor(
    readonly bytes: Uint8Array,
    from: number,
  ) {
    const length = int32(bytes, from);
    if (!(length >= 5) || from + length > bytes.length) throw new BsonError('a document does not end');
    this.last = from + length - 1;
    this.end = from + 4;
  }

  /** False at the document's end. @throws BsonError */
  next(): boolean {
    const { bytes } = this;
    if (this.end >= this.last) return false;
    this.type = bytes[this.end]!;
    this.nameStart = this.end + 1;
    this.start = pastName(bytes, this.nameStart);
    this.nameEnd = this.start - 1;
    this.end = valueEnd(bytes, this.type, this.start);
    if (!(this.end >= this.start) || this.end > this.last) throw new BsonError('a value does not end');
    return true;
  }

  get name(): string {
    return utf8(this.bytes, this.nameStart, this.nameEnd);
  }
}

/** The text in UTF-8; bytes that are none become U+FFFD. */
export function utf8(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('utf8');
}

/** Where the value of a field lies, by the names that lead to it; null where there is none. */
export function locate(
  bytes: Uint8Array,
  ...path: string[]
): { type: number; start: number; end: number } | null {
  let from = 0;
  let found: { type: number; start: number; end: number } | null = null;
  for (const name of path) {
    if (found && found.type !== 3 && found.type !== 4) return null;
    const elements = new Elements(bytes, from);
    found = null;
    while (!found && elements.next()) {
      const { type, start, end } = elements;
      if (elements.name === name) found = { type, start, end };
    }
    if (!found) return null;
    from = found.start;
  }
  return found;
}

/** A number as the nearest double, true and false as 1 and 0; undefined for any other value, decimals too. */
export function numberAt(bytes: Uint8Array, ...path: string[]): number | undefined {
  const place = locate(bytes, ...path);
  if (!place) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (place.type === 16) return view.getInt32(place.start, true);
  if (place.type === 1) return view.getFloat64(place.start, true);
  if (place.type === 18) return Number(view.getBigInt64(place.start, true));
  if (place.type === 8) return bytes[place.start];
  return undefined;
}

/** The documents of an array, or of none, in their order. */
export function documentsAt(bytes: Uint8Array, ...path: string[]): Uint8Array[] {
  const place = locate(bytes, ...path);
  if (place?.type !== 4) return [];
  const documents: Uint8Array[] = [];
  const elements = new Elements(bytes, place.start);
  while (elements.next())
    if (elements.type === 3) documents.push(bytes.subarray(elements.start, elements.end));
  return documents;
}
