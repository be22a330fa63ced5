import { PSQL_SKIPPED, psqlCommand } from '../client-commands.ts';
import type { LexicalFacts } from '../lexical-facts.ts';
import { StatementCuts } from '../statement-cuts.ts';
import type { DataLines, Script } from '../statement-range.ts';
import { pastQuoted } from './sql-quotes.ts';

const WORD = /[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*/y;
const NUMBER = /[0-9][0-9A-Za-z_.]*/y;
const DOLLAR_TAG = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y;
const COMMAND = /\\([A-Za-z_]+[S+]*|\S?)/y;
/** How a script itself changes the reading of what follows (`SET`, PostgreSQL manual, "SQL Commands"). */
const SETS =
  /^set\s+(?:session\s+|local\s+)?standard_conforming_strings\s*(?:=|\sto\s)\s*(?:'(\w+)'|(\w+))$/i;
const OFF = /^(?:off|of|false|fals|fal|fa|f|no|n|0)$/i;
const ON = /^(?:on|true|tru|tr|t|yes|ye|y|1)$/i;
/** What may stand behind the semicolon of a COPY that has data lines. */
const REST_OF_COPY = /^\s*(?:--[^\n]*\n?|\/\*[^\n]*\*\/\s*)?$/;
const BEHIND_COPY =
  'Something stands behind COPY … FROM STDIN on its line, and the lines below are its data. Write it below the line \\. that ends them.';
/** A longer SET is not looked into, in UTF-16 units. */
const SET_UNITS_MAX = 200;

/**
 * Splits a PostgreSQL text at the semicolons that end statements, as psql's own lexer does (PostgreSQL manual, "Lexical Structure";
 * psqlscan.l): not those in strings, quoted identifiers, dollar quotes, nested comments, parentheses or the `BEGIN ATOMIC … END`
 * body of a routine. The lines behind `COPY … FROM STDIN` up to `\.` are its data, and never statements. A backslash outside of
 * quotes is no SQL, so what follows it is a command of psql's.
 */
export function readPostgres(text: string, facts: LexicalFacts = {}): Script {
  return new PostgresReader(text, facts).read();
}

class PostgresReader {
  private readonly cuts: StatementCuts;
  private parentheses = 0;
  /** In the `BEGIN ATOMIC` body of a routine; its END stands where a statement would. */
  private inBody = false;
  /** The first words of the statement, in lower case. */
  private words: string[] = [];
  /** What the last token was: a word in lower case, a sign, or empty for the others. */
  private previous = '';
  private isCopyIn = false;
  /** It has a plain string with a backslash, which `standard_conforming_strings` decides on. */
  private isSensitive = false;
  /** Where the statement's first token begins. */
  private first = 0;

  constructor(
    private readonly text: string,
    private facts: LexicalFacts,
  ) {
    this.cuts = new StatementCuts(text);
  }

  read(): Script {
    const { text, cuts } = this;
    let at = text.startsWith('\ufeff') ? 1 : 0;
    while (at < text.length) {
      const char = text[at]!;
      if (isBlank(char)) at++;
      else if (char === '-' && text[at + 1] === '-') at = this.comment(at, this.pastLine(at));
      else if (char === '/' && text[at + 1] === '*') at = this.comment(at, this.pastBlockComment(at));
      else if (char === '\\') at = this.command(at);
      else if (char === ';' && this.mayEnd()) at = this.ended(at);
      else at = this.token(at);
    }
    this.end(text.length);
    return cuts.script;
  }

  private mayEnd(): boolean {
    return this.parentheses === 0 && !this.inBody;
  }

  private comment(start: number, end: number): number {
    this.cuts.comment(start, end);
    return end;
  }

  private pastLine(at: number): number {
    const end = /[\r\n]|$/g;
    end.lastIndex = at;
    return end.exec(this.text)!.index;
  }

  /** PostgreSQL's block comments nest. */
  private pastBlockComment(from: number): number {
    const { text } = this;
    let depth = 0;
    const mark = /\/\*|\*\//g;
    mark.lastIndex = from;
    for (let found = mark.exec(text); found; found = mark.exec(text)) {
      depth += found[0] === '/*' ? 1 : -1;
      if (depth === 0) return mark.lastIndex;
    }
    return this.unterminated(from);
  }

  private unterminated(at: number): number {
    this.cuts.fault('script.unterminated', at, 'A quote or comment begins here and never ends.');
    return this.text.length;
  }

  /** Past a command of psql's, which ends with its line or at the next backslash. */
  private command(at: number): number {
    const { text, cuts } = this;
    COMMAND.lastIndex = at;
    const name = COMMAND.exec(text)![1]!;
    const past = this.pastLine(at + 1);
    if (PSQL_SKIPPED.has(name) && !cuts.hasBegun) return cuts.skip(past);
    cuts.fault('script.clientCommand', at, psqlCommand(name));
    // `\gx` ends a statement; behind others it goes on, and nothing of it is run anyway.
    this.end(at);
    return cuts.skip(past);
  }

  private ended(at: number): number {
    const { text, cuts } = this;
    const data = this.isCopyIn ? this.data(at + 1) : null;
    this.end(at, data ?? undefined);
    if (!data) return cuts.skip(at + 1);
    // psql runs what stands on the line of the COPY behind its data, which is easily overlooked.
    if (!REST_OF_COPY.test(text.slice(at + 1, data.start)))
      cuts.fault('script.copyData', at + 1, BEHIND_COPY);
    return cuts.skip(data.past);
  }

  private end(at: number, data?: DataLines): void {
    const mode = this.isSensitive ? postgresLexicalMode(this.facts) : undefined;
    if (this.words[0] === 'set' && at - this.first <= SET_UNITS_MAX)
      this.set(this.text.slice(this.first, at));
    this.cuts.end(mode, data);
    this.parentheses = 0;
    this.inBody = false;
    this.words = [];
    this.previous = '';
    this.isCopyIn = false;
    this.isSensitive = false;
  }

  private set(statement: string): void {
    const found = SETS.exec(statement.trim());
    const value = found?.[1] ?? found?.[2];
    if (value === undefined) return;
    if (ON.test(value)) this.facts = { ...this.facts, standardConformingStrings: 'on' };
    else if (OFF.test(value)) this.facts = { ...this.facts, standardConformingStrings: 'off' };
  }

  private token(at: number): number {
    if (!this.cuts.hasBegun) this.first = at;
    const past = this.past(at);
    this.cuts.token(at, past);
    return past;
  }

  /** Past the token at `at`. */
  private past(at: number): number {
    const { text } = this;
    const char = text[at]!;
    if (char === "'") return this.string(at, hasPlainBackslash(this.facts), true);
    if (char === '"') return this.quoted(at);
    if (char === '$') return this.dollar(at);
    const word = match(WORD, text, at);
    if (word !== null) return this.word(at, word);
    this.previous = char;
    if (char === '(') this.parentheses++;
    else if (char === ')' && this.parentheses > 0) this.parentheses--;
    return match(NUMBER, text, at) ?? at + 1;
  }

  private quoted(at: number): number {
    this.previous = '';
    return pastQuoted(this.text, at, false) ?? this.unterminated(at);
  }

  /** A string, and what it goes on with behind a line break; `plain` is one without a letter before it. */
  private string(at: number, backslash: boolean, plain: boolean): number {
    const { text } = this;
    this.previous = '';
    let past = pastQuoted(text, at, backslash);
    for (let from = at; past !== null; ) {
      if (plain) this.isSensitive ||= text.slice(from, past).includes('\\');
      const next = backslash || plain ? this.continued(past) : null;
      if (next === null) return past;
      from = next;
      past = pastQuoted(text, next, backslash);
    }
    return this.unterminated(at);
  }

  /** The quote that a string goes on with: behind white space with a line break, and comments that end with their line. */
  private continued(from: number): number | null {
    const { text } = this;
    let hasBreak = false;
    let at = from;
    for (;;) {
      const char = text[at] ?? '';
      if (char === '\n' || char === '\r') hasBreak = true;
      else if (char === '-' && text[at + 1] === '-') at = this.pastLine(at) - 1;
      else if (!isBlank(char)) return char === "'" && hasBreak ? at : null;
      at++;
    }
  }

  private dollar(at: number): number {
    const { text } = this;
    this.previous = '';
    const past = match(DOLLAR_TAG, text, at);
    if (past === null) return at + 1;
    const close = text.indexOf(text.slice(at, past), past);
    return close < 0 ? this.unterminated(at) : close + past - at;
  }

  private word(at: number, end: number): number {
    const { text } = this;
    const word = text.slice(at, end).toLowerCase();
    if (text[end] === "'") {
      if (word === 'e') return this.string(end, true, false);
      if (word === 'b' || word === 'x') return this.string(end, false, false);
      if (word === 'n') return this.string(end, hasPlainBackslash(this.facts), true);
    }
    // U&'…' has no backslashes that escape a quote.
    if (word === 'u' && text[end] === '&' && text[end + 1] === "'") return this.string(end + 1, false, false);
    this.keyword(word);
    this.previous = word;
    return end;
  }

  private keyword(word: string): void {
    if (this.words.length < 4) this.words.push(word);
    const [first, second, third, fourth] = this.words;
    const { previous } = this;
    if (this.parentheses > 0) return;
    if (first === 'copy') {
      // The grammar takes STDOUT behind FROM as well.
      if (previous === 'from') this.isCopyIn = word === 'stdin' || word === 'stdout';
      return;
    }
    const kind = second === 'or' && third === 'replace' ? fourth : second;
    if (first !== 'create' || (kind !== 'function' && kind !== 'procedure')) return;
    if (word === 'atomic' && previous === 'begin') this.inBody = true;
    // No other END stands where a statement of the body begins: CASE … END holds no semicolon.
    else if (word === 'end' && (previous === ';' || previous === 'atomic')) this.inBody = false;
  }

  /** The data lines of a COPY whose semicolon is before `from`; null where nothing follows it. */
  private data(from: number): DataLines | null {
    const { text, cuts } = this;
    const start = nextLine(text, from);
    if (!hasContent(text, start)) return null;
    const end = endOfData(text, start);
    if (end !== null) return { start, end, past: nextLine(text, end) };
    cuts.fault(
      'script.copyData',
      start,
      'The data of COPY … FROM STDIN has no line \\. that ends it, so what follows may be data or statements. Add that line.',
    );
    return { start, end: text.length, past: text.length };
  }
}

/** The line `\.`, which nothing else may stand on (psql's copy.c); null where there is none. */
function endOfData(text: string, start: number): number | null {
  for (let at = text.indexOf('\\.', start); at >= 0; at = text.indexOf('\\.', at + 2)) {
    const isLine = at === start || text[at - 1] === '\n';
    if (isLine && /^(?:\r?\n)?$/.test(text.slice(at + 2, nextLine(text, at)))) return at;
  }
  return null;
}

/** Whether anything but white space follows. */
function hasContent(text: string, from: number): boolean {
  const content = /\S/g;
  content.lastIndex = from;
  return content.test(text);
}

/** White space of the server's scanner; other white space of Unicode is a part of names. */
function isBlank(char: string): boolean {
  return (char >= '\t' && char <= '\r') || char === ' ';
}

function nextLine(text: string, from: number): number {
  const feed = text.indexOf('\n', from);
  return feed < 0 ? text.length : feed + 1;
}

function match(pattern: RegExp, text: string, at: number): number | null {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : null;
}

/** Whether a backslash escapes in PostgreSQL's plain strings. */
function hasPlainBackslash({ standardConformingStrings = 'on' }: LexicalFacts): boolean {
  return standardConformingStrings !== 'on';
}

/** How strings are read, as one word. */
export function postgresLexicalMode(facts: LexicalFacts): string {
  return hasPlainBackslash(facts) ? 'backslash' : 'standard';
}
