import { FIXED_BYTES, int32 } from './bson-reader.ts';

/** No server nests deeper: it takes 100 levels, and nests its own replies a little more. */
const DEPTH_MAX = 300;

/** Where each document that is open ends; one walk at a time. */
const ends = new Int32Array(DEPTH_MAX + 1);

/**
 * Whether the bytes from `from` to `to` are one BSON document, with every length in it adding up (BSON specification, version
 * 1.1). Makes no objects, and does not call itself.
 */
export function isDocument(bytes: Uint8Array, from: number, to: number): boolean {
  let depth = 0;
  let at = opened(bytes, from, to);
  if (at < 0 || from + int32(bytes, from) !== to) return false;
  ends[0] = to;
  while (depth >= 0) {
    const last = ends[depth]! - 1;
    const type = bytes[at]!;
    if (type === 0) {
      if (at !== last) return false;
      at++;
      depth--;
      continue;
    }
    at = pastName(bytes, at + 1, last);
    if (at < 0) return false;
    if (type === 3 || type === 4 || type === 15) {
      at = within(bytes, type, at, last, depth);
      if (at < 0) return false;
      depth++;
    } else {
      at = pastValue(bytes, type, at, last);
      if (at < 0 || at > last) return false;
    }
  }
  return true;
}

/** Where the elements of a document within another begin, whose end is noted; code with a scope has a length and a text before it. */
function within(bytes: Uint8Array, type: number, at: number, last: number, depth: number): number {
  if (depth === DEPTH_MAX || at + 5 > last) return -1;
  const end = at + int32(bytes, at);
  const from = type === 15 ? pastText(bytes, at + 4, last) : at;
  const inner = from < 0 ? -1 : opened(bytes, from, last);
  if (inner < 0 || from + int32(bytes, from) !== end) return -1;
  ends[depth + 1] = end;
  return inner;
}

/** Where the elements of the document at `at` begin; -1 where it does not fit before `limit`. */
function opened(bytes: Uint8Array, at: number, limit: number): number {
  if (at + 5 > limit) return -1;
  const length = int32(bytes, at);
  return length < 5 || length > limit - at ? -1 : at + 4;
}

function pastName(bytes: Uint8Array, from: number, last: number): number {
  for (let at = from; at < last; at++) if (bytes[at] === 0) return at + 1;
  return -1;
}

/** Past a text, whose length counts the NUL that ends it. */
function pastText(bytes: Uint8Array, at: number, last: number): number {
  if (at + 5 > last) return -1;
  const length = int32(bytes, at);
  if (length < 1 || length > last - at - 4) return -1;
  return bytes[at + 3 + length] === 0 ? at + 4 + length : -1;
}

function pastValue(bytes: Uint8Array, type: number, at: number, last: number): number {
  const fixed = FIXED_BYTES[type]!;
  if (fixed >= 0) return at + fixed;
  switch (type) {
    case 2:
    case 13:
    case 14:
      return pastText(bytes, at, last);
    case 5: {
      if (at + 5 > last) return -1;
      const length = int32(bytes, at);
      return length < 0 || length > last - at - 5 ? -1 : at + 5 + length;
    }
    case 11: {
      const pattern = pastName(bytes, at, last);
      return pattern < 0 ? -1 : pastName(bytes, pattern, last);
    }
    case 12: {
      const text = pastText(bytes, at, last);
      return text < 0 ? -1 : text + 12;
    }
    default:
      return -1;
  }
}
