/** A value's first character may be U+FEFF, which is not a mark of its encoding. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A byte 0x80 to 0xFF that is not UTF-8 stands in a text as this plus the byte: a lone low surrogate. */
const BYTE_BASE = 0xdc00;
/**
 * A stand-in of a byte, which does not follow a high surrogate: no valid UTF-8 decodes to one. What is before it is looked at last, as
 * a text of many megabytes has to be scanned fast.
 */
const BYTE = /[\udc80-\udcff](?<![\ud800-\udbff].)/gs;

/**
 * Decodes UTF-8. A server may store bytes in a text column that are not valid in its character set; each such byte is
 * represented by a lone surrogate (U+DC80 to U+DCFF, as PEP 383 does), so that it neither looks like a character that the
 * server stored nor is lost.
 */
export function utf8Text(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return textAndBytes(bytes);
  }
}

function textAndBytes(bytes: Uint8Array): string {
  let text = '';
  let from = 0;
  for (let at = 0; at < bytes.length; ) {
    const length = characterLength(bytes, at);
    if (length > 0) {
      at += length;
      continue;
    }
    text += utf8.decode(bytes.subarray(from, at)) + String.fromCharCode(BYTE_BASE + bytes[at]!);
    from = ++at;
  }
  return text + utf8.decode(bytes.subarray(from));
}

/** Whether the bytes from `from` to `to` are UTF-8. */
export function isUtf8(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; ) {
    const length = bytes[at]! < 0x80 ? 1 : characterLength(bytes, at, to);
    if (length === 0) return false;
    at += length;
  }
  return true;
}

/** Bytes of the character at a place, 0 where there is no valid one (Unicode Standard, table 3-7). */
function characterLength(bytes: Uint8Array, at: number, end = bytes.length): number {
  const first = bytes[at]!;
  if (first < 0x80) return 1;
  const length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (length === 0 || at + length > end) return 0;
  for (let next = at + 1; next < at + length; next++) if ((bytes[next]! & 0xc0) !== 0x80) return 0;
  const second = bytes[at + 1]!;
  const isOverlong = (first === 0xe0 && second < 0xa0) || (first === 0xf0 && second < 0x90);
  const isBeyond = (first === 0xed && second > 0x9f) || (first === 0xf4 && second > 0x8f);
  return isOverlong || isBeyond ? 0 : length;
}

/** The byte that a UTF-16 unit stands for, or null. Only lone surrogates stand for bytes. */
export function byteOf(unit: number): number | null {
  return unit >= BYTE_BASE + 0x80 && unit <= BYTE_BASE + 0xff ? unit - BYTE_BASE : null;
}

/** Whether a text of `utf8Text` holds bytes that are not UTF-8. */
export function holdsBytes(text: string): boolean {
  return text.search(BYTE) >= 0;
}

/** A text as it is written outside of the program: each byte that is not UTF-8 as `\xC3`. */
export function visibleText(text: string): string {
  return text.replace(BYTE, (unit) => `\\x${(unit.charCodeAt(0) - BYTE_BASE).toString(16).toUpperCase()}`);
}

/** The bytes that a text was decoded from, as hexadecimal digits. */
export function hexOf(text: string): string {
  let hex = '';
  let from = 0;
  const encoder = new TextEncoder();
  const add = (bytes: Uint8Array): void => {
    for (const byte of bytes) hex += byte.toString(16).padStart(2, '0').toUpperCase();
  };
  for (const { index } of text.matchAll(BYTE)) {
    add(encoder.encode(text.slice(from, index)));
    add(Uint8Array.of(text.charCodeAt(index) - BYTE_BASE));
    from = index + 1;
  }
  add(encoder.encode(text.slice(from)));
  return hex;
}
