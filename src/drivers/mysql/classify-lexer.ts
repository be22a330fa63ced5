import { EXECUTABLE_COMMENTS_MAX } from '../../events/limits.ts';
import type { Place } from '../findings.ts';

/**
 * One token. `word`: a bare identifier or keyword; `quoted`: an identifier in quotes; `variable`: `@x`, `@@x`;
 * `operator`: punctuation, one character but for `:=`.
 */
export interface Token {
  readonly kind: 'word' | 'quoted' | 'string' | 'number' | 'variable' | 'operator';
  /** As it stands in the text. */
  readonly text: string;
  /** A word in upper case, an operator, and nothing for the others: what rules compare. */
  readonly is: string;
  readonly start: number;
  readonly end: number;
  /** Which executable comment of the text it stands in, from 0; -1 for none. */
  readonly comment: number;
}

/** What of `@@sql_mode` the lexer depends on (MySQL manual, "Server SQL Modes"). */
export interface LexerMode {
  readonly ansiQuotes: boolean;
  readonly noBackslashEscapes: boolean;
  readonly ignoreSpace: boolean;
  readonly oracle: boolean;
}

/** Reads `@@sql_mode`. Combination modes are written out by the server; they are understood all the same. */
export function lexerMode(sqlMode: string): LexerMode {
  const modes = new Set(sqlMode.toUpperCase().split(/[\s,]+/));
  const has = (...names: string[]): boolean => names.some((name) => modes.has(name));
  const ansi = has('ANSI', 'DB2', 'MAXDB', 'MSSQL', 'ORACLE', 'POSTGRESQL');
  return {
    ansiQuotes: ansi || has('ANSI_QUOTES'),
    noBackslashEscapes: has('NO_BACKSLASH_ESCAPES'),
    ignoreSpace: ansi || has('IGNORE_SPACE'),
    oracle: has('ORACLE'),
  };
}

/** Raised where the text can't be read with certainty. */
export class Doubt extends Error {
  constructor(
    message: string,
    readonly place: Place,
  ) {
    super(message);
  }
}

const BLANK = /[ \t\n\v\f\r]/;
const WORD = /[A-Za-z0-9_$\u0080-\uffff]+/y;
const NUMBER =
  /(?:0x[0-9A-Fa-f]+|0b[01]+|[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?|\.[0-9]+(?:[eE][+-]?[0-9]+)?)(?![A-Za-z0-9_$\u0080-\uffff])/y;
const VARIABLE = /@@[A-Za-z0-9_$]+|@[A-Za-z0-9_.$]+/y;
/** Quotes inside of quotes might end elsewhere for the server's reader of hints. */
const PLAIN_HINT = /^(?:[^'"`]|'[^'"`]*'|"[^'"`]*"|`[^'"`]*`)*$/;

/**
 * Splits a text into tokens as MySQL's and MariaDB's lexers do (sql_lex.cc). `--` needs white space after it, `#` and `--`
 * end at a line feed only, comments do not nest, and the tokens of an executable comment say so.
 * @throws Doubt where products, versions or settings would read the text differently
 */
export class Lexer {
  readonly tokens: Token[] = [];
  /** Executable comments met. */
  comments = 0;

  constructor(
    private readonly text: string,
    private readonly mode: LexerMode,
  ) {}

  run(): readonly Token[] {
    this.read(0, this.text.length, -1);
    return this.tokens;
  }

  private read(from: number, to: number, comment: number): void {
    let at = from;
    while (at < to) at = this.next(at, to, comment);
    if (at > to) throw this.doubt('An executable comment ends inside of a token', to);
  }

  private next(at: number, to: number, comment: number): number {
    const { text } = this;
    const char = text[at]!;
    if (BLANK.test(char)) return at + 1;
    if (char < ' ' || char === '\x7f') throw this.doubt('Has a control character', at);
    if (this.beginsComment(at)) {
      if (comment >= 0) throw this.doubt('Has a comment inside of an executable comment', at);
      return this.comment(at, to);
    }
    if (char === "'") return this.quotes(at, 'string', !this.mode.noBackslashEscapes, comment);
    if (char === '"') {
      const ansi = this.mode.ansiQuotes;
      return this.quotes(at, ansi ? 'quoted' : 'string', !ansi && !this.mode.noBackslashEscapes, comment);
    }
    if (char === '`') return this.quotes(at, 'quoted', false, comment);
    if (char === '@') return this.variable(at, comment);
    return this.number(at, comment) ?? this.word(at, comment) ?? this.operator(at, comment);
  }

  private beginsComment(at: number): boolean {
    const { text } = this;
    if (text[at] === '#') return true;
    if (text.startsWith('/*', at)) return true;
    if (!text.startsWith('--', at)) return false;
    const after = text[at + 2];
    return after === undefined || after <= ' ' || after === '\x7f';
  }

  private comment(at: number, to: number): number {
    const { text } = this;
    if (!text.startsWith('/*', at)) {
      const line = text.indexOf('\n', at);
      return line < 0 ? to : line + 1;
    }
    const end = text.indexOf('*/', at + 2);
    if (end < 0) throw this.doubt('Has a comment that never ends', at);
    const opening = /\/\*M?!(?:[0-9]{5,6}(?![0-9]))?/y;
    opening.lastIndex = at;
    const found = opening.exec(text)?.[0];
    if (found !== undefined) return this.executable(at + found.length, end);
    if (text[at + 2] === '+' && !PLAIN_HINT.test(text.slice(at + 3, end)))
      throw this.doubt('Has a hint with quotes in quotes', at);
    return end + 2;
  }

  /** The inside of a comment that some servers run, by product and version. */
  private executable(from: number, end: number): number {
    if (from > end) throw this.doubt('Has an executable comment that is not understood', end);
    if (/^[0-9]{7}/.test(this.text.slice(from, from + 7)))
      throw this.doubt('Has an executable comment with an odd version', from);
    if (this.comments >= EXECUTABLE_COMMENTS_MAX) throw this.doubt('Has too many executable comments', from);
    this.read(from, end, this.comments++);
    return end + 2;
  }

  private quotes(at: number, kind: 'string' | 'quoted', backslash: boolean, comment: number): number {
    const { text } = this;
    const quote = text[at]!;
    let end = at + 1;
    for (;;) {
      const char = text[end];
      if (char === undefined) throw this.doubt('Has a quote that never ends', at);
      if (backslash && char === '\\') end += 2;
      else if (char !== quote) end++;
      else if (text[end + 1] === quote) end += 2;
      else break;
    }
    return this.push(kind, at, end + 1, comment);
  }

  private variable(at: number, comment: number): number {
    const end = this.match(VARIABLE, at);
    if (end === null) return this.push('operator', at, at + (this.text[at + 1] === '@' ? 2 : 1), comment);
    if ((this.text[end] ?? '') > '\x7f') throw this.doubt('Has a variable whose name is not plain', at);
    return this.push('variable', at, end, comment);
  }

  private number(at: number, comment: number): number | null {
    const end = this.match(NUMBER, at);
    return end === null ? null : this.push('number', at, end, comment);
  }

  private word(at: number, comment: number): number | null {
    const { text } = this;
    const end = this.match(WORD, at);
    if (end === null) return null;
    // MySQL reads $tag$ … $tag$ as a string from some version on, MariaDB as a name.
    if (text[at] === '$') throw this.doubt('Has a word that begins with $', at);
    if (text[end] === "'" && /^[xXbB]$/.test(text.slice(at, end))) {
      const digits = /'(?:[0-9A-Fa-f]{2})*'|'[01]*'/y;
      const past = this.match(digits, end);
      if (past === null) throw this.doubt('Has a bit or hex value that is not one', at);
      return this.push('number', at, past, comment);
    }
    return this.push('word', at, end, comment);
  }

  private operator(at: number, comment: number): number {
    const { text } = this;
    if (text.startsWith('\\N', at)) return this.push('number', at, at + 2, comment);
    if (text[at] === '\\') throw this.doubt('Has a backslash outside of a string', at);
    return this.push('operator', at, at + (text.startsWith(':=', at) ? 2 : 1), comment);
  }

  private match(pattern: RegExp, at: number): number | null {
    pattern.lastIndex = at;
    return pattern.test(this.text) ? pattern.lastIndex : null;
  }

  private push(kind: Token['kind'], start: number, end: number, comment: number): number {
    const text = this.text.slice(start, end);
    const is = kind === 'word' ? text.toUpperCase() : kind === 'operator' ? text : '';
    this.tokens.push({ kind, text, is, start, end, comment });
    return end;
  }

  private doubt(message: string, at: number): Doubt {
    return new Doubt(message, { at });
  }
}
