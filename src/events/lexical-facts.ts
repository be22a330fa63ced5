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

/** Facts before the server was reached: its settings, flavour and version are its defaults. */
export const NO_FACTS: LexicalFacts = {};
