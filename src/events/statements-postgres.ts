import type { StatementRange } from './statement-range.ts';

const IDENTIFIER_START = /[A-Za-z_\u0080-\uffff]/;
const IDENTIFIER_PART = /[A-Za-z0-9_$\u0080-\uffff]/;
const DOLLAR_TAG = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y;

/**
 * Splits a PostgreSQL text at the semicolons that end statements, as psql's own lexer does (PostgreSQL manual,
 * "Lexical Structure"; psqlscan.l): not those in strings, quoted identifiers, dollar quotes, nested comments,
 * parentheses or the `BEGIN ATOMIC … END` body of a function. Quotes follow standard_conforming_strings = on.
 */
export function splitPostgres(text: string): StatementRange[] {
  const ranges: StatementRange[] = [];
  const scan = new StatementScan();
  let start = -1;
  let end = 0;
  let at = 0;
  while (at < text.length) {
    const next = skipBlank(text, at);
    if (next > at) {
      at = next;
      continue;
    }
    if (text[at] === ';' && scan.mayEnd()) {
      if (start >= 0) ranges.push({ start, end });
      start = -1;
      scan.reset();
      at++;
      continue;
    }
    if (start < 0) start = at;
    at = scan.token(text, at);
    end = at;
  }
  if (start >= 0) ranges.push({ start, end });
  return ranges;
}

/** Past white space and one comment, or `at` itself. */
function skipBlank(text: string, at: number): number {
  const char = text[at]!;
  if (/\s/.test(char)) return at + 1;
  if (char === '-' && text[at + 1] === '-') {
    const line = text.slice(at).search(/[\r\n]/);
    return line < 0 ? text.length : at + line;
  }
  if (char === '/' && text[at + 1] === '*') return skipBlockComment(text, at);
  return at;
}

/** PostgreSQL's block comments nest. One that never ends takes the rest. */
function skipBlockComment(text: string, from: number): number {
  let depth = 0;
  let at = from;
  while (at < text.length) {
    const pair = text.slice(at, at + 2);
    if (pair === '/*') depth++;
    else if (pair === '*/') depth--;
    at += pair === '/*' || pair === '*/' ? 2 : 1;
    if (depth === 0) return at;
  }
  return text.length;
}

/** Past the closing quote; a doubled quote is a character. `backslash` is true in `E'…'`. */
function skipQuoted(text: string, from: number, quote: string, backslash: boolean): number {
  let at = from + 1;
  while (at < text.length) {
    if (backslash && text[at] === '\\') at += 2;
    else if (text[at] !== quote) at++;
    else if (text[at + 1] === quote) at += 2;
    else return at + 1;
  }
  return text.length;
}

/** What has to be known of a statement's beginning to tell its end. */
class StatementScan {
  private parentheses = 0;
  /** Depth of BEGIN … END and CASE … END in a function's SQL-standard body. */
  private blocks = 0;
  private words: string[] = [];

  reset(): void {
    this.parentheses = 0;
    this.blocks = 0;
    this.words = [];
  }

  mayEnd(): boolean {
    return this.parentheses === 0 && this.blocks === 0;
  }

  /** Past the token at `at`. */
  token(text: string, at: number): number {
    const char = text[at]!;
    if (char === "'") return skipQuoted(text, at, "'", false);
    if (char === '"') return skipQuoted(text, at, '"', false);
    if (char === '$') return this.dollar(text, at);
    if (IDENTIFIER_START.test(char)) return this.word(text, at);
    if (/[0-9]/.test(char)) return this.number(text, at);
    if (char === '(') this.parentheses++;
    else if (char === ')' && this.parentheses > 0) this.parentheses--;
    return at + 1;
  }

  private dollar(text: string, at: number): number {
    DOLLAR_TAG.lastIndex = at;
    const tag = DOLLAR_TAG.exec(text)?.[0];
    if (tag === undefined) return at + 1;
    const close = text.indexOf(tag, at + tag.length);
    return close < 0 ? text.length : close + tag.length;
  }

  private number(text: string, at: number): number {
    let end = at + 1;
    while (end < text.length && /[0-9A-Za-z_.]/.test(text[end]!)) end++;
    return end;
  }

  private word(text: string, at: number): number {
    let end = at + 1;
    while (end < text.length && IDENTIFIER_PART.test(text[end]!)) end++;
    const word = text.slice(at, end).toLowerCase();
    if (word === 'e' && text[end] === "'") return skipQuoted(text, end, "'", true);
    this.keyword(word);
    return end;
  }

  private keyword(word: string): void {
    if (this.words.length < 4) this.words.push(word);
    const [first, second, third, fourth] = this.words;
    const kind = second === 'or' && third === 'replace' ? fourth : second;
    const routine = first === 'create' && (kind === 'function' || kind === 'procedure');
    if (!routine || this.parentheses > 0) return;
    if (word === 'begin') this.blocks++;
    else if (word === 'case' && this.blocks > 0) this.blocks++;
    else if (word === 'end' && this.blocks > 0) this.blocks--;
  }
}
