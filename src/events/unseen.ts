/**
 * What a text can hold without showing it (Unicode Standard, "General Category" and "Default_Ignorable_Code_Point"): controls that
 * a terminal obeys, format characters that turn the text around them round or stand between letters unseen, separators that break a
 * line, fillers, tags. The selectors U+FE00 to U+FE0F are left out: they choose the look of the character before them, as in ❤️.
 */
const UNSEEN = '(?![\\ufe00-\\ufe0f])[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}\\p{DI}]';

/** A character that is not seen. */
export const UNSEEN_CHARACTER = new RegExp(UNSEEN, 'u');
/** One that is not seen, other than what lays a text out: tab and line feed. Global, for `replace`. */
export const UNSEEN_BUT_LAYOUT = new RegExp(`(?![\\t\\n])${UNSEEN}`, 'gu');
