import type { StatementFacts } from '../../events/judgement.ts';
import { type Client, readText } from './client.ts';
import { withoutLead } from './command-word.ts';

/** What all that is sent and read here is written in. */
export const CHARSET = 'utf8mb4';
const CHARSET_VARIABLES = ['character_set_client', 'character_set_results'];

/** Answers although sql_select_limit is 0. */
const ASK =
  'SELECT @@SESSION.sql_mode, @@character_set_client, @@character_set_results, @@SESSION.time_zone LIMIT 1';
/** Names of zones and offsets; anything else is not the server's. */
const ZONE = /^[\w+:/-]+$/;

/** What every change of a variable is written with, also inside of a compound statement, or hidden behind. */
const MAY_CHANGE = /\b(?:SET|CALL|EXECUTE)\b|\/\*M?!/i;
/**
 * A statement that begins so changes no variable of the session, though UPDATE has a SET: what functions and triggers change
 * of these variables ends with them (MySQL manual, "Stored Program Restrictions"; the contract tests hold it).
 */
const CHANGES_ROWS = /^\s*(?:SELECT|WITH|INSERT|UPDATE|DELETE|REPLACE)\b/i;
const EXECUTABLE_COMMENT = /\/\*M?!/;

/** Nothing that is judged by this is certain. */
const NOT_KNOWN: StatementFacts = { clientEncoding: 'unknown' };

/**
 * What the meaning of a text depends on, as the server last said it. The server tells changes by itself where it tracks them, but
 * the user may switch that off, and an error's packet reports nothing; so after each statement that could have changed something it
 * is asked for.
 */
export class SessionVariables {
  private known: StatementFacts = NOT_KNOWN;
  private timeZone = '';

  get facts(): StatementFacts {
    return this.known;
  }

  /** The zone in which each TIMESTAMP is printed, which its text does not say. */
  get printing(): readonly string[] {
    return ZONE.test(this.timeZone) ? [`time_zone = '${this.timeZone}'`] : [];
  }

  /** What an OK packet tells. Returns whether a character set has changed to another than ours. */
  hear(variables: Readonly<Record<string, string>>): boolean {
    const { sql_mode: sqlMode } = variables;
    if (sqlMode !== undefined) this.known = { ...this.known, sqlMode };
    this.timeZone = variables.time_zone ?? this.timeZone;
    return CHARSET_VARIABLES.some((name) => variables[name] !== undefined && variables[name] !== CHARSET);
  }

  /** Whether a statement could have changed what is known. */
  mayHaveChanged(text: string): boolean {
    return (CHANGES_ROWS.test(withoutLead(text)) ? EXECUTABLE_COMMENT : MAY_CHANGE).test(text);
  }

  /**
   * Asks the server. While it has not answered nothing is known. Returns whether a character set is another than ours.
   * @throws DriverError
   */
  async ask(client: Client): Promise<boolean> {
    this.known = NOT_KNOWN;
    this.timeZone = '';
    const [row] = await readText(client, ASK);
    const [sqlMode, encoding, results, timeZone] = row ?? [];
    this.timeZone = timeZone ?? '';
    if (sqlMode == null || encoding == null) return false;
    this.known = { sqlMode, clientEncoding: encoding };
    return encoding !== CHARSET || results !== CHARSET;
  }

  /** Takes a change of the character sets back. @throws DriverError */
  async keepCharset(client: Client): Promise<void> {
    const { sqlMode } = this.known;
    this.known = NOT_KNOWN;
    await readText(client, `SET NAMES ${CHARSET}`);
    if (sqlMode !== undefined) this.known = { sqlMode, clientEncoding: CHARSET };
  }
}
