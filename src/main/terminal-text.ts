import { UNSEEN_BUT_LAYOUT } from '../events/unseen.ts';
import { visibleText } from '../events/utf8-text.ts';

/** A text in which every character is shown, one column wide. */
export const PLAIN = /^[\u0020-\u007e]*$/;

/**
 * A text that a terminal only shows: what it would obey or hide as psql writes it (`\x1B`, `\r`, `\u202E`,
 * `\u{E0041}`), bytes that are no text as `\xC3`. Tabs and line feeds stay. What was made of a text this way
 * stays as it is when it is made again.
 */
export function terminalText(text: string): string {
  if (PLAIN.test(text)) return text;
  return visibleText(text).replace(UNSEEN_BUT_LAYOUT, (character) => {
    if (character === '\r') return '\\r';
    const code = character.codePointAt(0)!;
    const digits = code.toString(16).toUpperCase();
    if (code < 0x80) return `\\x${digits.padStart(2, '0')}`;
    return code > 0xffff ? `\\u{${digits}}` : `\\u${digits.padStart(4, '0')}`;
  });
}

/** The same in one line: white space is one blank each. */
export function terminalLine(text: string): string {
  return terminalText(text.replace(/[\t\n\r\v\f]+/g, ' '));
}
