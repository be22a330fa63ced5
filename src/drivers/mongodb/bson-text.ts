import { Decimal128 } from 'mongodb';
import { BsonError, Elements, int32 } from './bson-reader.ts';
import { isFormName } from './statement/extended-json.ts';

/** Documents deeper than this are no server's: it takes 100 levels, and nests its own replies a little more. */
const DEPTH_MAX = 300;
const HEX = Buffer.from('0123456789abcdef', 'latin1');
/** The writer's buffer at first, and the largest that it uses again. */
const FIRST_BYTES = 64 * 1024;
const REUSED_BYTES_MAX = 1024 * 1024;
const QUOTE = 0x22;
const DOLLAR = 0x24;
const BACKSLASH = 0x5c;

/**
 * Writes BSON as canonical Extended JSON v2 (MongoDB specification, "Extended JSON") into bytes that grow. Straight from the
 * bytes: no value passes through a JavaScript type that it does not fit in, and fields stay in their order. A stored document that
 * looks like a value of Extended JSON is distinguished by an escape that means the same to JSON (`isFormName`).
 */
export class ExtendedJsonWriter {
  private buffer = Buffer.allocUnsafe(FIRST_BYTES);
  private view: DataView = new DataView(new ArrayBuffer(0));
  private bytes: Uint8Array = this.buffer;
  length = 0;

  /**
   * What was written since the last call. It is overwritten by what is written next, unless it `isGiven`: a buffer that a large
   * document has made large is not used again.
   */
  take(): { readonly bytes: Uint8Array; readonly isGiven: boolean } {
    const bytes = this.buffer.subarray(0, this.length);
    const isGiven = this.buffer.length > REUSED_BYTES_MAX;
    if (isGiven) this.buffer = Buffer.allocUnsafe(FIRST_BYTES);
    this.length = 0;
    return { bytes, isGiven };
  }

  /** Writes a row: the document's length as a big-endian uint32, and the document. @throws BsonError */
  row(bytes: Uint8Array): void {
    const start = this.length;
    this.room(4);
    this.length += 4;
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.document(0, 0, false);
    this.buffer.writeUInt32BE(this.length - start - 4, start);
  }

  private document(from: number, depth: number, isArray: boolean): void {
    if (depth > DEPTH_MAX) throw new BsonError('a document nests too deep');
    const elements = new Elements(this.bytes, from);
    this.ascii(isArray ? '[' : '{');
    let first = true;
    while (elements.next()) {
      if (!first) this.ascii(',');
      if (!isArray) {
        if (first && this.bytes[elements.nameStart] === DOLLAR && isFormName(elements.name))
          this.ascii(`"\\u0024${elements.name.slice(1)}"`);
        else this.text(elements.nameStart, elements.nameEnd);
        this.ascii(':');
      }
      first = false;
      this.value(elements.type, elements.start, elements.end, depth);
    }
    this.ascii(isArray ? ']' : '}');
  }

  private value(type: number, start: number, end: number, depth: number): void {
    switch (type) {
      case 1:
        this.ascii(`{"$numberDouble":"${doubleText(this.view.getFloat64(start, true))}"}`);
        break;
      case 2:
        this.text(start + 4, end - 1);
        break;
      case 3:
        this.document(start, depth + 1, false);
        break;
      case 4:
        this.document(start, depth + 1, true);
        break;
      case 5:
        this.binary(start, end);
        break;
      case 6:
        this.ascii('{"$undefined":true}');
        break;
      case 7:
        this.wrapped('{"$oid":"', this.hex(start, end));
        break;
      case 8:
        this.ascii(this.bytes[start] === 0 ? 'false' : 'true');
        break;
      case 9:
        this.ascii(`{"$date":{"$numberLong":"${this.view.getBigInt64(start, true)}"}}`);
        break;
      case 10:
        this.ascii('null');
        break;
      case 11:
        this.regex(start, end);
        break;
      case 12:
        this.ascii('{"$dbPointer":{"$ref":');
        this.text(start + 4, end - 13);
        this.ascii(`,"$id":{"$oid":"${this.hex(end - 12, end)}"}}}`);
        break;
      case 13:
        this.wrappedText('{"$code":', start + 4, end - 1);
        break;
      case 14:
        this.wrappedText('{"$symbol":', start + 4, end - 1);
        break;
      case 15:
        this.scoped(start, depth);
        break;
      case 16:
        this.ascii(`{"$numberInt":"${this.view.getInt32(start, true)}"}`);
        break;
      case 17: {
        const [i, t] = [this.view.getUint32(start, true), this.view.getUint32(start + 4, true)];
        this.ascii(`{"$timestamp":{"t":${t},"i":${i}}}`);
        break;
      }
      case 18:
        this.ascii(`{"$numberLong":"${this.view.getBigInt64(start, true)}"}`);
        break;
      case 19:
        this.ascii(`{"$numberDecimal":"${new Decimal128(this.bytes.slice(start, end))}"}`);
        break;
      case 127:
        this.ascii('{"$maxKey":1}');
        break;
      default:
        this.ascii('{"$minKey":1}');
        break;
    }
  }

  /** The old binary subtype 2 repeats its length inside (BSON specification). */
  private binary(start: number, end: number): void {
    const subtype = this.bytes[start + 4]!;
    const from = start + 5 + (subtype === 2 ? 4 : 0);
    const { buffer, byteOffset } = this.bytes;
    const base64 = Buffer.from(buffer, byteOffset + from, Math.max(0, end - from)).toString('base64');
    this.ascii(`{"$binary":{"base64":"${base64}","subType":"${subtype.toString(16).padStart(2, '0')}"}}`);
  }

  private regex(start: number, end: number): void {
    const middle = this.bytes.indexOf(0, start);
    this.ascii('{"$regularExpression":{"pattern":');
    this.text(start, middle);
    this.ascii(',"options":');
    this.text(middle + 1, end - 1);
    this.ascii('}}');
  }

  private scoped(start: number, depth: number): void {
    const scope = start + 8 + int32(this.bytes, start + 4);
    this.ascii('{"$code":');
    this.text(start + 8, scope - 1);
    this.ascii(',"$scope":');
    this.document(scope, depth + 1, false);
    this.ascii('}');
  }

  private wrapped(before: string, text: string): void {
    this.ascii(`${before}${text}"}`);
  }

  private wrappedText(before: string, from: number, to: number): void {
    this.ascii(before);
    this.text(from, to);
    this.ascii('}');
  }

  private hex(from: number, to: number): string {
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + from, to - from).toString('hex');
  }

  /** Text is UTF-8 on both sides: only what JSON wants escaped is touched (RFC 8259, section 7). */
  private text(from: number, to: number): void {
    if (to < from) throw new BsonError('a text has no length');
    const { bytes } = this;
    this.room((to - from) * 6 + 2);
    const { buffer } = this;
    let at = this.length;
    buffer[at++] = QUOTE;
    for (let place = from; place < to; place++) {
      const byte = bytes[place]!;
      if (byte >= 0x20 && byte !== QUOTE && byte !== BACKSLASH) {
        buffer[at++] = byte;
      } else {
        buffer[at++] = BACKSLASH;
        const short = SHORT[byte];
        if (short !== undefined) {
          buffer[at++] = short;
        } else {
          at += buffer.write('u00', at, 'latin1');
          buffer[at++] = HEX[byte >> 4]!;
          buffer[at++] = HEX[byte & 15]!;
        }
      }
    }
    buffer[at++] = QUOTE;
    this.length = at;
  }

  private ascii(text: string): void {
    this.room(text.length);
    if (text.length < 8)
      for (let at = 0; at < text.length; at++) this.buffer[this.length++] = text.charCodeAt(at);
    else this.length += this.buffer.write(text, this.length, 'latin1');
  }

  private room(bytes: number): void {
    if (this.length + bytes <= this.buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.length + bytes));
    this.buffer.copy(grown, 0, 0, this.length);
    this.buffer = grown;
  }
}

/** What JSON.stringify writes short. */
const SHORT: Readonly<Record<number, number>> = {
  8: 0x62,
  9: 0x74,
  10: 0x6e,
  12: 0x66,
  13: 0x72,
  [QUOTE]: QUOTE,
  [BACKSLASH]: BACKSLASH,
};

/** A double as canonical Extended JSON has it: the shortest digits that read back, and always a fraction or an exponent. */
function doubleText(value: number): string {
  if (Object.is(value, -0)) return '-0.0';
  return Number.isInteger(value) ? value.toFixed(1) : `${value}`;
}
