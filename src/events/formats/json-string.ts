import { UNSEEN_BUT_LAYOUT } from '../unseen.ts';

const PLAIN = /^[\t\n\u0020-\u007e]*$/;

/**
 * JSON text as it is when nothing in it is obeyed by a terminal or hides from a reader. The characters stand in strings alone,
 * where their escapes mean the same.
 */
export function safeJson(json: string): string {
  return PLAIN.test(json) ? json : json.replace(UNSEEN_BUT_LAYOUT, escaped);
}

/** Each UTF-16 unit as `\u` and four digits (RFC 8259, section 7). */
function escaped(character: string): string {
  let text = '';
  for (let at = 0; at < character.length; at++)
    text += `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`;
  return text;
}
