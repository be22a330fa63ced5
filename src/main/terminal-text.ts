import stringWidth from 'string-width';
import { visibleText } from '../events/utf8-text.ts';

/**
 * What a terminal obeys instead of showing: C0 but tab and line feed, DEL, C1, and what turns the text around it round or
 * breaks its line (Unicode Standard Annex 9; "Zl" and "Zp").
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal.
const OBEYED = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
const PLAIN = /^[\u0020-\u007e]*$/;

/** A text that a terminal only shows: controls as psql writes them (`\x1B`, `\r`, `\u202E`), bytes that are no text as `\xC3`. */
export function terminalText(text: string): string {
  return visibleText(text).replace(OBEYED, (char) => {
    if (char === '\r') return '\\r';
    const code = char.charCodeAt(0);
    const digits = code.toString(16).toUpperCase();
    return code < 0x80 ? `\\x${digits.padStart(2, '0')}` : `\\u${digits.padStart(4, '0')}`;
  });
}

/** The same in one line: white space is one blank each. */
export function terminalLine(text: string): string {
  return terminalText(text.replace(/[\t\n\r\v\f]+/g, ' '));
}

/** How many columns of a terminal a shown text takes (Unicode Standard Annex 11). */
export function terminalWidth(text: string): number {
  return PLAIN.test(text) ? text.length : stringWidth(text);
}
