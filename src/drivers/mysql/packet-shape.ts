import { HEADER } from './protocol.ts';

/** The first byte of an Int<lenenc> that stands for more than itself (MySQL manual, "Integer Types"). */
const LENENC = { null: 0xfb, two: 0xfc, three: 0xfd, eight: 0xfe } as const;

/** Past the Int<lenenc> at `at`; -1 where it does not fit before `end`. */
function pastCount(bytes: Buffer, at: number, end: number): number {
  if (at < 0 || at >= end) return -1;
  const first = bytes[at]!;
  const past =
    first < LENENC.null
      ? at + 1
      : first === LENENC.two
        ? at + 3
        : first === LENENC.three
          ? at + 4
          : first === LENENC.eight
            ? at + 9
            : -1;
  return past > end ? -1 : past;
}

/** Past the String<lenenc> at `at`; -1 where it does not fit before `end`. */
function pastText(bytes: Buffer, at: number, end: number): number {
  const from = pastCount(bytes, at, end);
  if (from < 0) return -1;
  const first = bytes[at]!;
  // The upper half of eight bytes would be 4 GiB at least.
  if (first === LENENC.eight && bytes.readUInt32LE(at + 5) !== 0) return -1;
  const length = from === at + 1 ? first : bytes.readUIntLE(at + 1, Math.min(4, from - at - 1));
  return from + length > end ? -1 : from + length;
}

/** Whether the bytes are `columns` values and nothing else (MySQL manual, "Text Resultset Row"). */
export function isRow(bytes: Buffer, start: number, end: number, columns: number): boolean {
  let at = start;
  for (let left = columns; left > 0; left--) {
    if (at >= end) return false;
    const first = bytes[at]!;
    if (first < LENENC.null) at += 1 + first;
    else if (first === LENENC.null) at++;
    else {
      at = pastText(bytes, at, end);
      if (at < 0) return false;
    }
  }
  return at === end;
}

/** How many columns a result has, which is all that its first packet says; -1 for what is no count. */
export function columnCount(bytes: Buffer, start: number, end: number): number {
  if (pastCount(bytes, start, end) !== end) return -1;
  const first = bytes[start]!;
  if (first === LENENC.eight) return -1;
  return end === start + 1 ? first : bytes.readUIntLE(start + 1, end - start - 1);
}

/** Int<1> 0x0c and what it counts: charset, length, type, flags, decimals and a filler of two bytes. */
const FIXED_BYTES = 13;
const FIXED_LENGTH = 0x0c;
/** Catalog, schema, table, physical table, name, physical name. */
const DEFINITION_TEXTS = 6;

/** Whether the bytes are a Protocol::ColumnDefinition41, with MariaDB's extended metadata or without. */
export function isColumnDefinition(bytes: Buffer, start: number, end: number): boolean {
  let at = start;
  for (let text = 0; text < DEFINITION_TEXTS; text++) at = pastText(bytes, at, end);
  if (at >= 0 && end - at > FIXED_BYTES) at = pastText(bytes, at, end);
  return at >= 0 && end - at === FIXED_BYTES && bytes[at] === FIXED_LENGTH;
}

/** Whether the bytes are an OK_Packet: two counts, the status and the number of warnings, then what a server adds. */
export function isOk(bytes: Buffer, start: number, end: number): boolean {
  const at = pastCount(bytes, pastCount(bytes, start + 1, end), end);
  return bytes[start] === HEADER.ok && at >= 0 && end - at >= 4;
}

/** Whether the bytes are an EOF_Packet: its first byte, the number of warnings and the status. */
export function isEofPacket(bytes: Buffer, start: number, end: number): boolean {
  return end - start === 5 && bytes[start] === HEADER.eof;
}

/** Whether the bytes are an ERR_Packet: its first byte, a number, and words as far as there are any. */
export function isError(bytes: Buffer, start: number, end: number): boolean {
  return end - start >= 3 && bytes[start] === HEADER.error;
}
