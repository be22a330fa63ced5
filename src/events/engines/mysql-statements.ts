import { MYSQL_COMMANDS, mysqlCommand } from '../client-commands.ts';
import type { LexicalFacts } from '../lexical-facts.ts';
import { StatementCuts } from '../statement-cuts.ts';
import type { Script } from '../statement-range.ts';
import { MysqlLexer } from './mysql-lexer.ts';
import { SqlModeScript } from './mysql-mode-script.ts';
import { mysqlLexicalMode } from './mysql-sql-mode.ts';
import { StatementBody } from './mysql-statement-body.ts';

/** `DELIMITER` and what follows it on its line. */
const DELIMITER = /delimiter(?![A-Za-z0-9_$\u0080-\uffff])(?:[ \t]+(\S+))?[^\r\n]*/iy;
/** The same within a statement that has no delimiter yet: a line of nothing else, with signs for its argument. */
const DELIMITER_LINE = /delimiter[ \t]+([^\sA-Za-z0-9_]+)[ \t]*(?=\r?\n|$)/iy;
/** `use name` needs no delimiter at the end of its line. */
const USE_LINE = /use[ \t]+(`[^`\r\n]+`|[^\s;`]+)[ \t]*(?=\r?\n|$)/iy;
const COMMAND_WORD = /[A-Za-z]+(?![A-Za-z0-9_$\u0080-\uffff])/y;

/**
 * Splits a MySQL or MariaDB text as their command line client does (MySQL manual, "mysql Client Commands"): at the delimiter, unless
 * it stands in a string, a quoted name or a comment. `DELIMITER x` sets it and is no statement, and `\G` and `\g` end one too.
 * While the delimiter is `;`, the body of a routine, which the client has no eyes for, stays with its statement; any other
 * delimiter was set by the user and is the only thing that counts.
 */
export function readMysql(text: string, facts: LexicalFacts = {}): Script {
  return new MysqlReader(text, facts).read();
}

class MysqlReader {
  private readonly cuts: StatementCuts;
  private readonly settings: SqlModeScript;
  private lexer: MysqlLexer;
  private body = new StatementBody();
  private delimiter = ';';
  /** Where the executable comment begins that is being read, or -1. */
  private opened = -1;

  constructor(
    private readonly text: string,
    facts: LexicalFacts,
  ) {
    this.cuts = new StatementCuts(text);
    this.settings = new SqlModeScript(facts);
    this.lexer = new MysqlLexer(text, facts);
  }

  read(): Script {
    const { text, cuts } = this;
    let at = 0;
    while (at < text.length) at = this.command(at) ?? this.delimited(at) ?? this.lexeme(at);
    if (this.opened >= 0) cuts.fault('script.unterminated', this.opened, UNTERMINATED);
    this.end();
    return cuts.script;
  }

  /** Past a line that is for the client, or null. */
  private command(at: number): number | null {
    const { text, cuts } = this;
    const char = text[at]!;
    if (this.opened >= 0) return null;
    if (char === '\\' && text[at + 1] !== 'N') return this.backslash(at);
    if (!/[A-Za-z]/.test(char)) return null;
    if (cuts.hasBegun) {
      const [, argument] = match(DELIMITER_LINE, text, at) ?? [];
      if (argument === undefined || argument === this.delimiter || !isLineStart(text, at)) return null;
      this.end();
    }
    const line = match(DELIMITER, text, at);
    if (line) {
      this.delimiter = line[1]?.replace(/^(['"`])(.+)\1$/, '$2') ?? this.delimiter;
      cuts.skip(at + line[0].length);
      return at + line[0].length;
    }
    if (text.startsWith(this.delimiter, at)) return null;
    const use = match(USE_LINE, text, at);
    if (use && (use[1]!.startsWith('`') || !use[0].includes(this.delimiter))) {
      cuts.token(at, at + use[0].trimEnd().length);
      this.end();
      return at + use[0].length;
    }
    const [word] = match(COMMAND_WORD, text, at) ?? [''];
    if (!MYSQL_COMMANDS.has(word.toLowerCase())) return null;
    cuts.fault('script.clientCommand', at, mysqlCommand(word.toLowerCase()));
    return cuts.skip(pastLine(text, at));
  }

  private backslash(at: number): number {
    const { text, cuts } = this;
    const sign = text[at + 1] ?? '';
    if (sign === 'g' || sign === 'G') {
      this.end();
      return cuts.skip(at + 2);
    }
    if (!/[\x21-\x7e]/.test(sign)) return this.lexeme(at);
    cuts.fault('script.clientCommand', at, mysqlCommand(`\\${sign}`));
    return cuts.skip(pastLine(text, at));
  }

  /** Past the delimiter at `at`, or null where none ends a statement here. */
  private delimited(at: number): number | null {
    const { text, delimiter } = this;
    if (this.opened >= 0 || !text.startsWith(delimiter, at)) return null;
    if (delimiter === ';' && !this.body.mayEnd()) return null;
    this.end();
    return this.cuts.skip(at + delimiter.length);
  }

  private lexeme(at: number): number {
    const { text, cuts, body, delimiter } = this;
    const { kind, end, unterminated } = this.lexer.read(at, this.opened >= 0, body.mayBeDollarQuoted());
    if (kind === 'blank') return end;
    if (unterminated && this.isCertain(at)) cuts.fault('script.unterminated', at, UNTERMINATED);
    if (kind === 'comment') {
      cuts.comment(at, text[end - 1] === '\n' ? end - 1 : end);
      return end;
    }
    if (kind === 'open') this.opened = at;
    else if (kind === 'close') this.opened = -1;
    // A delimiter ends a word that it stands in, as it does in the client.
    const isOpen = kind === 'word' || kind === 'variable' || kind === 'operator';
    const cut = isOpen && delimiter !== ';' && this.opened < 0 ? text.slice(at, end).indexOf(delimiter) : -1;
    const past = cut > 0 ? at + cut : end;
    cuts.token(at, past);
    if (kind === 'open' || kind === 'close') return past;
    const source = kind === 'word' || kind === 'operator' ? text.slice(at, past) : '';
    const token = { kind, is: source.toUpperCase() };
    body.take(token);
    this.settings.take(kind, text, at, past);
    return past;
  }

  /** Where a string ends is certain only where it is known whether a backslash escapes. */
  private isCertain(at: number): boolean {
    const { text, settings } = this;
    return settings.facts.sqlMode !== undefined || text[at] === '/' || !text.includes('\\', at);
  }

  private end(): void {
    const { settings, cuts } = this;
    cuts.end(settings.isSensitive ? mysqlLexicalMode(settings.facts) : undefined);
    this.body = new StatementBody();
    if (settings.end()) this.lexer = new MysqlLexer(this.text, settings.facts);
  }
}

const UNTERMINATED = 'A quote or comment begins here and never ends.';

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function pastLine(text: string, at: number): number {
  const feed = text.indexOf('\n', at);
  return feed < 0 ? text.length : feed + 1;
}

function isLineStart(text: string, at: number): boolean {
  let before = at - 1;
  while (text[before] === ' ' || text[before] === '\t') before--;
  return before < 0 || text[before] === '\n' || text[before] === '\r';
}
