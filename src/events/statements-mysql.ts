import type { StatementRange } from './statement-range.ts';

const WORD = /[A-Za-z0-9_$\u0080-\uffff]+/y;
/** `DELIMITER` and what follows it on its line. */
const DELIMITER = /delimiter(?:[ \t]+(\S+))?[^\r\n]*/iy;
/** What opens an executable comment: its inside is a part of the statement. */
const EXECUTABLE = /^\/\*M?!/;

/**
 * Splits a MySQL or MariaDB text as their command line client does (MySQL manual, "mysql Client Commands", "Comments", "String
 * Literals"): at the delimiter, unless it stands in a string, a quoted name, a comment or an executable comment. A line
 * `DELIMITER x` between statements sets it and is no statement.
 *
 * What the client has no eyes for: the body of a routine, trigger or event, `BEGIN … END`, is kept whole without DELIMITER
 * too, as its statements end in `;` and it is one statement to the server. Strings follow the default sql_mode, where a
 * backslash escapes.
 */
export function splitMysql(text: string): StatementRange[] {
  const ranges: StatementRange[] = [];
  let delimiter = ';';
  let scan = new StatementScan();
  let start = -1;
  let end = 0;
  let at = 0;
  while (at < text.length) {
    const next = pastBlank(text, at);
    if (next > at) {
      at = next;
      continue;
    }
    if (start < 0 && isLineStart(text, at)) {
      const line = delimiterLine(text, at);
      if (line) {
        delimiter = line.delimiter ?? delimiter;
        at = line.end;
        continue;
      }
    }
    if (text.startsWith(delimiter, at) && scan.mayEnd()) {
      if (start >= 0) ranges.push({ start, end });
      start = -1;
      scan = new StatementScan();
      at += delimiter.length;
      continue;
    }
    if (start < 0) start = at;
    at = scan.token(text, at, delimiter);
    end = at;
  }
  if (start >= 0) ranges.push({ start, end });
  return ranges;
}

/** Past white space or one comment, or `at` itself. An executable comment and an optimizer's hint are no comments. */
export function pastBlank(text: string, at: number): number {
  const char = text[at]!;
  if (/\s/.test(char)) return at + 1;
  if (char === '#') return pastLine(text, at);
  // Two dashes are a comment only with white space behind them: 1--1 is 2.
  if (char === '-' && text[at + 1] === '-' && /^[\s\p{Cc}]?$/u.test(text[at + 2] ?? ''))
    return pastLine(text, at);
  if (
    char === '/' &&
    text[at + 1] === '*' &&
    text[at + 2] !== '+' &&
    !EXECUTABLE.test(text.slice(at, at + 4))
  ) {
    const close = text.indexOf('*/', at + 2);
    return close < 0 ? text.length : close + 2;
  }
  return at;
}

function pastLine(text: string, at: number): number {
  const feed = text.indexOf('\n', at);
  return feed < 0 ? text.length : feed;
}

/** Past the quote that closes the one at `from`; a doubled one is a character, and so is an escaped one with `backslash`. */
export function pastQuoted(text: string, from: number, backslash: boolean): number {
  const quote = text[from]!;
  let at = from + 1;
  while (at < text.length) {
    if (backslash && text[at] === '\\') at += 2;
    else if (text[at] !== quote) at++;
    else if (text[at + 1] === quote) at += 2;
    else return at + 1;
  }
  return text.length;
}

function isLineStart(text: string, at: number): boolean {
  let before = at - 1;
  while (text[before] === ' ' || text[before] === '\t') before--;
  return before < 0 || text[before] === '\n' || text[before] === '\r';
}

/** The client's command `DELIMITER //`; without its argument the client says what is missing and goes on. */
function delimiterLine(text: string, at: number): { end: number; delimiter: string | undefined } | null {
  DELIMITER.lastIndex = at;
  const [line, argument] = DELIMITER.exec(text) ?? [];
  if (line === undefined || /^[A-Za-z0-9_$\u0080-\uffff]/.test(line.slice('delimiter'.length))) return null;
  return { end: at + line.length, delimiter: argument?.replace(/^(['"`])(.+)\1$/, '$2') };
}

/** Words that say what a CREATE creates; only of the first four can a body have statements of its own. */
const ROUTINES = new Set(['procedure', 'function', 'trigger', 'event']);
const OTHERS = new Set([
  'table',
  'view',
  'index',
  'database',
  'schema',
  'user',
  'role',
  'server',
  'sequence',
  'tablespace',
]);
/** What may follow END where it closes something else than a BEGIN or a CASE, which is not counted. */
const FLOW = new Set(['if', 'loop', 'while', 'repeat', 'for']);

/** What has to be known of a statement's beginning to tell its end. */
class StatementScan {
  private executable = false;
  private first = '';
  /** Whether the statement has a body: undefined while that is not known. */
  private routine: boolean | undefined;
  /** Depth of BEGIN … END and CASE … END in the body. */
  private blocks = 0;
  /** The last END has closed a block. */
  private closed = false;
  private previous = '';

  mayEnd(): boolean {
    return !this.executable && this.blocks === 0;
  }

  /** Past the token at `at`. */
  token(text: string, at: number, delimiter: string): number {
    const char = text[at]!;
    if (char === "'" || char === '"') return this.quoted(pastQuoted(text, at, true));
    if (char === '`') return this.quoted(pastQuoted(text, at, false));
    if (char === '/' && text[at + 1] === '*') return this.comment(text, at);
    if (this.executable && char === '*' && text[at + 1] === '/') {
      this.executable = false;
      return at + 2;
    }
    WORD.lastIndex = at;
    const word = WORD.exec(text)?.[0];
    if (word === undefined) {
      this.previous = char;
      return at + 1;
    }
    // A delimiter of letters ends a word that it stands in, as it does in the client.
    const cut = this.mayEnd() ? word.indexOf(delimiter) : -1;
    const whole = cut > 0 ? word.slice(0, cut) : word;
    this.word(whole.toLowerCase());
    return at + whole.length;
  }

  private quoted(end: number): number {
    this.previous = '`';
    return end;
  }

  private comment(text: string, at: number): number {
    const [open] = EXECUTABLE.exec(text.slice(at, at + 4)) ?? [];
    if (open) {
      this.executable = true;
      const version = /\d*/y;
      version.lastIndex = at + open.length;
      return at + open.length + (version.exec(text)?.[0].length ?? 0);
    }
    const close = text.indexOf('*/', at + 2);
    return close < 0 ? text.length : close + 2;
  }

  private word(word: string): void {
    const { previous } = this;
    this.previous = word;
    // A name behind a dot or an @ is no keyword.
    if (previous === '.' || previous === '@') return;
    if (this.first === '') this.first = word;
    if (this.routine === undefined) this.routine = this.isRoutine(word, previous);
    if (!this.routine) return;
    if (previous === 'end' && this.closed) {
      this.closed = false;
      // END was taken for a block's; END IF closes no block of ours, and the CASE of END CASE opens none.
      if (FLOW.has(word)) this.blocks++;
      if (FLOW.has(word) || word === 'case') return;
    }
    if (word === 'begin' || (word === 'case' && this.blocks > 0)) this.blocks++;
    this.closed = word === 'end' && this.blocks > 0;
    if (this.closed) this.blocks--;
  }

  private isRoutine(word: string, previous: string): boolean | undefined {
    if (this.first === 'create' || this.first === 'alter') {
      if (ROUTINES.has(word)) return true;
      return OTHERS.has(word) ? false : undefined;
    }
    // MariaDB: a block outside a routine.
    if (this.first !== 'begin') return false;
    if (word === 'begin' || word === 'not') return undefined;
    if (word !== 'atomic' || previous !== 'not') return false;
    this.blocks = 1;
    return true;
  }
}
