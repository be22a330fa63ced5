import type { LexicalFacts } from '../lexical-facts.ts';
import { hasDollarQuotes, sqlModeOf } from './mysql-sql-mode.ts';
import { pastQuoted } from './sql-quotes.ts';

/**
 * `word`: a bare identifier or keyword; `quoted`: an identifier in quotes; `variable`: `@x`, `@@x`; `operator`: punctuation, one
 * character but for `:=` and `@@`; `open`, `close`: what begins and ends an executable comment, whose inside is read as tokens.
 */
export type MysqlKind =
  | 'blank'
  | 'comment'
  | 'open'
  | 'close'
  | 'word'
  | 'quoted'
  | 'string'
  | 'number'
  | 'variable'
  | 'operator';

const WORD_CHARACTER = /[A-Za-z0-9_$\u0080-\uffff]/;
const WORD = /[A-Za-z0-9_$\u0080-\uffff]+/y;
const NUMBER =
  /(?:0x[0-9A-Fa-f]+|0b[01]+|[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?|\.[0-9]+(?:[eE][+-]?[0-9]+)?)(?![A-Za-z0-9_$\u0080-\uffff])/y;
const VARIABLE = /@@[A-Za-z0-9_$]+|@[A-Za-z0-9_.$]+/y;
const OPENING = /\/\*M?!(?:[0-9]{5,6}(?![0-9]))?/y;
const DOLLAR_TAG = /\$[A-Za-z0-9_\u0080-\uffff]*\$/y;
const HEX_OR_BITS = /'(?:[0-9A-Fa-f]{2})*'|'[01]*'/y;
/** Quotes inside of quotes might end elsewhere for the server's reader of hints. */
const PLAIN_HINT = /^(?:[^'"`]|'[^'"`]*'|"[^'"`]*"|`[^'"`]*`)*$/;
/** MariaDB's dumps begin with this order to the client; a version that no server has. */
const SANDBOX = '/*M!999999\\-';

/** Past blanks, as the server's lexer sees them: other white space of Unicode is a part of names. */
function isBlank(char: string): boolean {
  return (char >= '\t' && char <= '\r') || char === ' ';
}

/** What a lexeme is, the place past it, and why it may be read otherwise, where it may. */
interface MysqlLexeme {
  readonly kind: MysqlKind;
  readonly end: number;
  /** Why products, versions or settings may read it differently. */
  readonly doubt?: string;
  /** It begins here and never ends. */
  readonly unterminated?: true;
}

/**
 * Reads a text of MySQL's or MariaDB's as their lexers do (sql_lex.cc), one lexeme at a time: `--` needs white space after it, `#`
 * and `--` end at a line feed only, comments do not nest. The one lexer of the engine: the splitter, the classifier and what
 * writes values into a statement all read by it. It never throws; what is not certain says so in `doubt`.
 */
export class MysqlLexer {
  private readonly ansiQuotes: boolean;
  private readonly backslash: boolean;
  private readonly dollarQuotes: boolean;

  constructor(
    private readonly text: string,
    facts: LexicalFacts = {},
  ) {
    const { ansiQuotes, noBackslashEscapes } = sqlModeOf(facts.sqlMode ?? '');
    this.ansiQuotes = ansiQuotes;
    this.backslash = !noBackslashEscapes;
    this.dollarQuotes = hasDollarQuotes(facts);
  }

  /**
   * The lexeme at `at`, which must be in the text. `inside`: it stands in an executable comment. `dollar`: a dollar quote is read
   * here whatever the server is, as in `CREATE … LANGUAGE JAVASCRIPT AS $$`.
   */
  read(at: number, inside: boolean, dollar = false): MysqlLexeme {
    const { text } = this;
    const char = text[at]!;
    if (isBlank(char) || (at === 0 && char === '\ufeff')) return { kind: 'blank', end: at + 1 };
    if (char < ' ' || char === '\x7f')
      return { kind: 'operator', end: at + 1, doubt: 'Has a control character' };
    switch (char) {
      case "'":
        return this.quotes(at, 'string', this.backslash, inside);
      case '"':
        return this.ansiQuotes
          ? this.quotes(at, 'quoted', false, inside)
          : this.quotes(at, 'string', this.backslash, inside);
      case '`':
        return this.quotes(at, 'quoted', false, inside);
      case '#':
        return this.line(at, inside);
      case '-':
        return this.beginsDashes(at) ? this.line(at, inside) : this.operator(at);
      case '/':
        return text[at + 1] === '*' ? this.comment(at, inside) : this.operator(at);
      case '*':
        return inside && text[at + 1] === '/' ? { kind: 'close', end: at + 2 } : this.operator(at);
      case '@':
        return this.variable(at);
      case '$':
        return (this.dollarQuotes || dollar ? this.dollar(at) : null) ?? this.word(at)!;
      default:
        return this.number(at) ?? this.word(at) ?? this.operator(at);
    }
  }

  private beginsDashes(at: number): boolean {
    const { text } = this;
    if (text[at + 1] !== '-') return false;
    const after = text[at + 2];
    return after === undefined || after <= ' ' || after === '\x7f';
  }

  private line(at: number, inside: boolean): MysqlLexeme {
    const feed = this.text.indexOf('\n', at);
    const lexeme = { kind: 'comment', end: feed < 0 ? this.text.length : feed + 1 } as const;
    return inside ? { ...lexeme, doubt: NESTED } : lexeme;
  }

  private comment(at: number, inside: boolean): MysqlLexeme {
    const { text } = this;
    const opening = text.startsWith(SANDBOX, at) ? null : this.match(OPENING, at);
    if (opening !== null) {
      if (inside) return { kind: 'open', end: opening, doubt: NESTED };
      if (/^[0-9]{7}/.test(text.slice(opening, opening + 7)))
        return { kind: 'open', end: opening, doubt: 'Has an executable comment with an odd version' };
      return { kind: 'open', end: opening };
    }
    const close = text.indexOf('*/', at + 2);
    if (close < 0)
      return {
        kind: 'comment',
        end: text.length,
        doubt: 'Has a comment that never ends',
        unterminated: true,
      };
    if (inside) return { kind: 'comment', end: close + 2, doubt: NESTED };
    const isOdd = text[at + 2] === '+' && !PLAIN_HINT.test(text.slice(at + 3, close));
    return {
      kind: 'comment',
      end: close + 2,
      ...(isOdd ? { doubt: 'Has a hint with quotes in quotes' } : {}),
    };
  }

  private quotes(at: number, kind: 'string' | 'quoted', backslash: boolean, inside: boolean): MysqlLexeme {
    const { text } = this;
    const end = pastQuoted(text, at, backslash);
    if (end === null)
      return { kind, end: text.length, doubt: 'Has a quote that never ends', unterminated: true };
    // A server that does not run the comment ends it here.
    if (inside && text.slice(at, end).includes('*/'))
      return { kind, end, doubt: 'An executable comment ends inside of a token' };
    return { kind, end };
  }

  private dollar(at: number): MysqlLexeme | null {
    const { text } = this;
    const past = this.match(DOLLAR_TAG, at);
    if (past === null) return null;
    const close = text.indexOf(text.slice(at, past), past);
    const doubt = 'Has a word that begins with $';
    if (close < 0) return { kind: 'string', end: text.length, doubt, unterminated: true };
    return { kind: 'string', end: close + past - at, doubt };
  }

  private variable(at: number): MysqlLexeme {
    const { text } = this;
    const end = this.match(VARIABLE, at);
    if (end === null) return { kind: 'operator', end: at + (text[at + 1] === '@' ? 2 : 1) };
    const isOdd = (text[end] ?? '') > '\x7f';
    return { kind: 'variable', end, ...(isOdd ? { doubt: 'Has a variable whose name is not plain' } : {}) };
  }

  private number(at: number): MysqlLexeme | null {
    const char = this.text[at]!;
    if (char !== '.' && !(char >= '0' && char <= '9')) return null;
    // What a dot joins to a name is a name too, even `1e5` (sql_lex.cc, MY_LEX_IDENT_SEP).
    const before = this.text[at - 1] ?? '';
    if (char === '.' ? WORD_CHARACTER.test(before) : before === '.') return null;
    const end = this.match(NUMBER, at);
    return end === null ? null : { kind: 'number', end };
  }

  private word(at: number): MysqlLexeme | null {
    const { text } = this;
    const end = this.match(WORD, at);
    if (end === null) return null;
    // MySQL reads $tag$ … $tag$ as a string from some version on, MariaDB as a name.
    if (text[at] === '$') return { kind: 'word', end, doubt: 'Has a word that begins with $' };
    if (end === at + 1 && text[end] === "'" && 'xXbB'.includes(text[at]!)) {
      const past = this.match(HEX_OR_BITS, end);
      if (past !== null) return { kind: 'number', end: past };
      return { kind: 'word', end, doubt: 'Has a bit or hex value that is not one' };
    }
    return { kind: 'word', end };
  }

  private operator(at: number): MysqlLexeme {
    const { text } = this;
    if (text.startsWith('\\N', at)) return { kind: 'number', end: at + 2 };
    if (text[at] === '\\')
      return { kind: 'operator', end: at + 1, doubt: 'Has a backslash outside of a string' };
    return { kind: 'operator', end: at + (text.startsWith(':=', at) ? 2 : 1) };
  }

  private match(pattern: RegExp, at: number): number | null {
    pattern.lastIndex = at;
    return pattern.test(this.text) ? pattern.lastIndex : null;
  }
}

const NESTED = 'Has a comment inside of an executable comment';
