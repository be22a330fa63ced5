/**
 * What the reading of a text depends on beyond the text itself: settings of the session and the server's version. A lexer takes
 * them as an argument and has no settings of its own, so that everything that reads one text reads it alike. Survives JSON.
 */
export interface LexicalFacts {
  /** PostgreSQL: the server's last word on `standard_conforming_strings`; `on` where it is left out. */
  readonly standardConformingStrings?: string;
  /** MySQL and MariaDB: `@@sql_mode`, as the server writes it out; the server's default where it is left out. */
  readonly sqlMode?: string;
  /** MySQL and MariaDB: which of the two answers: `MySQL`, `MariaDB`. By the engine where it is left out. */
  readonly flavour?: string;
  /** MySQL and MariaDB: the server's version, `9.7.4`. */
  readonly version?: string;
}

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

/** Whether a backslash escapes in PostgreSQL's plain strings. */
export function hasPlainBackslash({ standardConformingStrings = 'on' }: LexicalFacts): boolean {
  return standardConformingStrings !== 'on';
}

/**
 * Whether `$tag$ … $tag$` is a string wherever a token may begin (MySQL 9.0, "JavaScript Stored Program"). MariaDB and older
 * MySQL read it as a name, and so does nobody else.
 */
export function hasDollarQuotes({ flavour, version }: LexicalFacts): boolean {
  return flavour === 'MySQL' && (version === undefined || Number.parseInt(version, 10) >= 9);
}

/** How strings and quoted names are read, as one word: two texts read under the same word are read alike. */
export function lexicalModeOf(engine: string, facts: LexicalFacts): string {
  switch (engine) {
    case 'postgres':
      return hasPlainBackslash(facts) ? 'backslash' : 'standard';
    case 'mysql':
    case 'mariadb': {
      const { ansiQuotes, noBackslashEscapes } = sqlModeOf(facts.sqlMode ?? '');
      return `${ansiQuotes ? 'ansi' : 'strings'} ${noBackslashEscapes ? 'standard' : 'backslash'}`;
    }
    default:
      return '';
  }
}
