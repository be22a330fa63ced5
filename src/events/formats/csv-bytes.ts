import type { Column } from '../result.ts';
import type { PlacedCodec } from '../row-codec.ts';
import { isUtf8, utf8Text, visibleText } from '../utf8-text.ts';

const utf8 = new TextEncoder();

const QUOTE = 0x22;
const COMMA = 0x2c;
const CR = 0x0d;
const LF = 0x0a;
const BACKSLASH = 0x5c;
const BLANK = 0x20;
/** Cells up to this long are copied byte by byte, which is faster than a call. */
const SHORT_BYTES = 48;

/** Bytes that make a field need quotes wherever they stand in it, and bytes that may not be UTF-8. */
const BREAK = 1;
const HIGH = 2;
const KINDS = new Uint8Array(256).fill(HIGH, 0x80);
for (const byte of [QUOTE, COMMA, CR, LF]) KINDS[byte] = BREAK;

/**
 * Writes CSV from a server's own bytes without decoding them, field for field the text of `csvFormat`: every byte that CSV
 * looks at is ASCII, and no other character of UTF-8 has such a byte in it.
 */
export class CsvBytes {
  private readonly places: Int32Array;
  private out = new Uint8Array(0);
  private length = 0;

  constructor(
    private readonly columns: readonly Column[],
    private readonly codec: PlacedCodec,
  ) {
    this.places = new Int32Array(2 * columns.length);
  }

  /** The lines of all the rows in `bytes`. */
  lines(bytes: Uint8Array): Uint8Array {
    this.out = new Uint8Array(bytes.length + 1024);
    this.length = 0;
    const { codec, columns, places } = this;
    for (let at = 0; at < bytes.length; at += codec.rowLength(bytes, at)) {
      const hex = codec.places(bytes, at, columns, places);
      for (let column = 0; column < columns.length; column++) {
        if (column > 0) this.byte(COMMA);
        const from = places[2 * column]!;
        const to = places[2 * column + 1]!;
        if (from < 0) continue;
        if (hex?.[column]) this.hex(bytes, from, to);
        else this.field(bytes, from, to);
      }
      this.byte(CR);
      this.byte(LF);
    }
    return this.out.subarray(0, this.length);
  }

  private field(bytes: Uint8Array, from: number, to: number): void {
    const size = to - from;
    this.room(size);
    const { out } = this;
    let kinds =
      size === 0 || edge(bytes[from]!) || bytes[from] === BACKSLASH || edge(bytes[to - 1]!) ? BREAK : 0;
    if (size <= SHORT_BYTES) {
      let at = this.length;
      for (let i = from; i < to; i++) {
        const byte = bytes[i]!;
        kinds |= KINDS[byte]!;
        out[at++] = byte;
      }
    } else {
      for (let i = from; i < to; i++) kinds |= KINDS[bytes[i]!]!;
      if (kinds === 0 || kinds === HIGH) out.set(bytes.subarray(from, to), this.length);
    }
    if ((kinds & HIGH) !== 0 && !isUtf8(bytes, from, to)) {
      const visible = utf8.encode(visibleText(utf8Text(bytes.subarray(from, to))));
      this.field(visible, 0, visible.length);
    } else if ((kinds & BREAK) !== 0) this.quoted(bytes, from, to);
    else this.length += size;
  }

  private quoted(bytes: Uint8Array, from: number, to: number): void {
    let doubled = 0;
    for (let i = from; i < to; i++) if (bytes[i] === QUOTE) doubled++;
    this.room(to - from + doubled + 2);
    const { out } = this;
    let at = this.length;
    out[at++] = QUOTE;
    for (let i = from; i < to; i++) {
      const byte = bytes[i]!;
      out[at++] = byte;
      if (byte === QUOTE) out[at++] = QUOTE;
    }
    out[at++] = QUOTE;
    this.length = at;
  }

  /** Bytes without a character set, as `0x` and hexadecimal digits. */
  private hex(bytes: Uint8Array, from: number, to: number): void {
    this.room(2 + 2 * (to - from));
    const { out } = this;
    let at = this.length;
    out[at++] = 0x30;
    out[at++] = 0x78;
    for (let i = from; i < to; i++) {
      out[at++] = HEX_DIGITS[bytes[i]! >> 4]!;
      out[at++] = HEX_DIGITS[bytes[i]! & 15]!;
    }
    this.length = at;
  }

  private byte(byte: number): void {
    if (this.length === this.out.length) this.room(1);
    this.out[this.length++] = byte;
  }

  private room(bytes: number): void {
    const needed = this.length + bytes;
    if (needed <= this.out.length) return;
    const larger = new Uint8Array(Math.max(needed, Math.ceil(this.out.length * 1.5)));
    larger.set(this.out.subarray(0, this.length));
    this.out = larger;
  }
}

const HEX_DIGITS = utf8.encode('0123456789ABCDEF');

/** Whether a byte at either end of a field makes it need quotes: a blank or a control character. */
function edge(byte: number): boolean {
  return byte <= BLANK;
}
