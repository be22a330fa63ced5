import type { LexicalFacts } from '../lexical-facts.ts';

/** What of `@@sql_mode` the lexer and the classifier depend on (MySQL manual, "Server SQL Modes"). */
export interface SqlMode {
  readonly ansiQuotes: boolean;
  readonly noBackslashEscapes: boolean;
  readonly ignoreSpace: boolean;
  readonly oracle: boolean;
}

/** Reads `@@sql_mode`. The server writes combination modes out; they are understood all the same. */
export function sqlModeOf(sqlMode: string): SqlMode {
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

/**
 * Whether `$tag$ … $tag$` is a string wherever a token may begin (MySQL 9.0, "JavaScript Stored Program"). MariaDB and older
 * MySQL read it as a name, and so does no other engine.
 */
export function hasDollarQuotes({ flavour, version }: LexicalFacts): boolean {
  return flavour === 'MySQL' && (version === undefined || Number.parseInt(version, 10) >= 9);
}

/** How strings and quoted names are read, as one word. */
export function mysqlLexicalMode({ sqlMode = '' }: LexicalFacts): string {
  const { ansiQuotes, noBackslashEscapes } = sqlModeOf(sqlMode);
  return `${ansiQuotes ? 'ansi' : 'strings'} ${noBackslashEscapes ? 'standard' : 'backslash'}`;
}
