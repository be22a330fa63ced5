import { HEX_TEXT, isBinaryType } from '../../../events/engines/mysql-rows.ts';
import { formatJson, type JsonToken } from '../../../events/formats/json-text.ts';
import { beginning } from '../../format/display-text.ts';

/** Characters of a value that the viewer lays out. */
export const VIEW_UNITS_MAX = 256 * 1024;
/** Bytes that the viewer shows as hex. */
export const VIEW_BYTES_MAX = 64 * 1024;
/** Bytes of an image that the viewer shows. */
export const VIEW_IMAGE_BYTES_MAX = 16 * 1024 * 1024;

export type ValueViewName = 'json' | 'hex' | 'image' | 'text';

/** The views of a value, the best first. */
export function valueViews(value: string, type: string): ValueViewName[] {
  if (/^jsonb?$/.test(type) || /^\s*[[{]/.test(value)) {
    return formatJson(value, VIEW_UNITS_MAX) ? ['json', 'text'] : ['text'];
  }
  if (!isBytea(value) && !isHexOf(value, type)) return ['text'];
  return imageType(value) ? ['image', 'hex', 'text'] : ['hex', 'text'];
}

/** The tokens of a JSON text that the viewer lays out, none of them longer than it shows. */
export function jsonTokens(value: string): JsonToken[] {
  const tokens = formatJson(value, VIEW_UNITS_MAX) ?? [];
  return tokens.map(({ kind, text }) => ({ kind, text: beginning(text, VIEW_UNITS_MAX) }));
}

/** MySQL's binary values, which come as `0x` and digits. */
function isHexOf(value: string, type: string): boolean {
  return HEX_TEXT.test(value.slice(0, 64 + (value.length % 2))) && isBinaryType(type);
}

/** PostgreSQL's `bytea_output = hex`. */
function isBytea(value: string): boolean {
  return value.startsWith('\\x') && value.length % 2 === 0 && /^[0-9a-f]*$/i.test(value.slice(2, 66));
}

/** Lines of 16 bytes: offset, the bytes, and those of them that are printable ASCII. */
export function hexLines(value: string): string {
  const bytes = bytesOf(value, VIEW_BYTES_MAX);
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const line = bytes.subarray(at, at + 16);
    const hex = Array.from(
      line,
      (byte, index) => (index === 8 ? ' ' : '') + byte.toString(16).padStart(2, '0'),
    );
    const text = Array.from(line, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'));
    lines.push(`${at.toString(16).padStart(8, '0')}  ${hex.join(' ').padEnd(48)}  ${text.join('')}`);
  }
  return lines.join('\n');
}

export function byteLength(value: string): number {
  return (value.length - 2) / 2;
}

/** The bytes of a bytea text, at most so many. */
export function bytesOf(value: string, bytesMax: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Math.min(byteLength(value), bytesMax));
  for (let at = 0; at < bytes.length; at++) {
    bytes[at] = Number.parseInt(value.slice(2 + at * 2, 4 + at * 2), 16);
  }
  return bytes;
}

/** The media type by an image's first bytes. SVG is not among them: it can hold programs. */
export function imageType(value: string): string | undefined {
  if (byteLength(value) > VIEW_IMAGE_BYTES_MAX) return undefined;
  const hex = value.slice(2, 26).toLowerCase();
  if (hex.startsWith('89504e470d0a1a0a')) return 'image/png';
  if (hex.startsWith('ffd8ff')) return 'image/jpeg';
  if (hex.startsWith('47494638')) return 'image/gif';
  return hex.startsWith('52494646') && hex.slice(16, 24) === '57454250' ? 'image/webp' : undefined;
}
