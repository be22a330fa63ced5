import type { FailureText } from '../events/failure.ts';
import { withAdvice } from './failures.ts';

/** Characters that look like a space or like nothing, and are letters of a name to a server (Unicode, general categories Zs and Cf). */
const UNSEEN = /[\u00a0\u00ad\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u2064\u3000\ufeff]/;
/** A word without quotes, as servers read one: everything beyond ASCII is a letter. */
const WORD = /[\w\u0080-\uffff][\w$\u0080-\uffff]*/y;
const NAMED = /:[A-Za-z_]\w*/y;
/** A question mark that stands alone. */
const QUESTION_MARK = /\?(?![\w?|&])/y;
/** The same before a place: PostgreSQL takes it for an operator, and refuses what follows. */
const AFTER_QUESTION_MARK = /(?:^|[\s(,=<>])\?[\s),;]*$/;
/** The text before a place that is looked at, in UTF-16 units. */
const BEFORE_UNITS = 100;

const placeholder = (written: string): string =>
  `If ${written} stands for a value, write the value in its place: placeholders are not filled in.`;
const unseen = (character: string): string =>
  `A word here has the character U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')} in it, which looks like a space or like nothing. If it is not meant, delete it or write a space in its place.`;

/**
 * A failure of a statement with what may be wrong in its text at the place that the server refused, where nothing else is advised.
 * `syntaxCode` is that of a syntax error: in any other the place may be an operator's. `quoted` is the name that the server refused
 * where it gives no place.
 */
export function withPlaceAdvice(
  failure: FailureText,
  { text, syntaxCode, quoted = '' }: { text: string; syntaxCode: string; quoted?: string | undefined },
): FailureText {
  const { code, source, position, advice } = failure;
  if (source !== 'server' || advice) return failure;
  if (position === undefined) return { ...failure, ...withAdvice(unseenIn(quoted)) };
  const at = unitsBefore(text, position);
  const left = code === syntaxCode ? placeholderAt(text, at) : undefined;
  return { ...failure, ...withAdvice(left ?? unseenIn(matchAt(WORD, text, at))) };
}

function placeholderAt(text: string, at: number): string | undefined {
  const named = matchAt(NAMED, text, at);
  if (named !== '') return placeholder(named);
  const before = text.slice(Math.max(0, at - BEFORE_UNITS), at);
  const isMark = matchAt(QUESTION_MARK, text, at) !== '' || AFTER_QUESTION_MARK.test(before);
  return isMark ? placeholder('?') : undefined;
}

function unseenIn(word: string): string | undefined {
  const [character] = UNSEEN.exec(word) ?? [];
  return character === undefined ? undefined : unseen(character);
}

function matchAt(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
}

/** UTF-16 units before a character, which is counted from 1. */
function unitsBefore(text: string, position: number): number {
  let at = 0;
  for (let n = 1; n < position && at < text.length; n++) at += text.codePointAt(at)! > 0xffff ? 2 : 1;
  return at;
}
