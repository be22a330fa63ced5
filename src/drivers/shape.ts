import { SHAPE_UNITS_MAX } from '../events/limits.ts';

/** One token of a text as it may be shown: blank before it or not, and its text or what stands for it. */
export interface ShapeToken {
  readonly gap: boolean;
  readonly text: string;
}

/** What stands for a literal, and for an identifier that may be one by mistake. */
export const LITERAL = '?';
export const HIDDEN_NAME = '"?"';

/** Words after which a quoted identifier is a name of the schema, not a value in the wrong quotes. */
const NAMING = new Set('FROM JOIN INTO UPDATE TABLE INDEX VIEW SCHEMA DATABASE ONLY REFERENCES'.split(' '));

/**
 * Whether a quoted identifier may be shown: a plain word that stands where only a name can. `WHERE name = "alice"` is what
 * is written by mistake for a string, so elsewhere it may not.
 */
export function mayShowQuoted(name: string, before: string | undefined, after: string | undefined): boolean {
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,62}$/.test(name)) return false;
  return before === '.' || after === '.' || NAMING.has((before ?? '').toUpperCase());
}

/** Whether a bare identifier may be shown: letters and digits only. Typographic quotes are letters to the server. */
export function mayShowBare(name: string): boolean {
  return /^[\p{L}_][\p{L}\p{M}\p{N}_$]*$/u.test(name);
}

/** Statements whose FROM names a table. That of `IS DISTINCT FROM` and `trim(… FROM …)` takes a value. */
const NAMED_FROM = new Set(['SELECT', 'DELETE', 'SHOW']);

/** Hides quoted identifiers behind a FROM that no query of the same parentheses has. */
function valuesHidden(tokens: readonly ShapeToken[]): readonly ShapeToken[] {
  const levels = [false];
  let before = '';
  let beforeThat = '';
  return tokens.map((token) => {
    const word = token.text.toUpperCase();
    const names = levels.at(-1) && beforeThat !== 'DISTINCT';
    const hidden = /^["`]/.test(word) && before === 'FROM' && !names;
    if (NAMED_FROM.has(word)) levels[levels.length - 1] = true;
    else if (word === '(') levels.push(false);
    else if (word === ')' && levels.length > 1) levels.pop();
    else if (word === ';') levels.splice(0, levels.length, false);
    beforeThat = before;
    before = word;
    return hidden ? { ...token, text: HIDDEN_NAME } : token;
  });
}

/** The shape of a text from its tokens: one blank at most, lists of literals cut short; null where it is too long. */
export function shapeFrom(tokens: readonly ShapeToken[]): string | null {
  const text = valuesHidden(tokens)
    .map(({ gap, text }, index) => (gap && index > 0 ? ` ${text}` : text))
    .join('')
    .replace(/\(\s*\?(?:\s*,\s*\?)+\s*\)/g, '(?, …)')
    .replace(/(\(\?(?:, …)?\))(?:\s*,\s*\(\?(?:, …)?\))+/g, '$1, …')
    .replace(/[\s;]+$/, '')
    .trim();
  return text.length > SHAPE_UNITS_MAX ? null : text;
}
