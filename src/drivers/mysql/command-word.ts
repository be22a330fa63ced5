import { MysqlLexer } from '../../events/engines/mysql-lexer.ts';

/** Words that may stand between CREATE and what is created. */
const OBJECTS = new Set([
  'DATABASE',
  'EVENT',
  'FUNCTION',
  'INDEX',
  'INSTANCE',
  'PACKAGE',
  'PROCEDURE',
  'ROLE',
  'SCHEMA',
  'SEQUENCE',
  'SERVER',
  'TABLE',
  'TABLESPACE',
  'TRIGGER',
  'USER',
  'VIEW',
]);
const DEFINES = new Set(['ALTER', 'CREATE', 'DROP', 'RENAME', 'TRUNCATE', 'LOCK', 'UNLOCK', 'START']);
/**
 * Words that a statement begins with (MySQL 8.4 manual, "SQL Statements"; MariaDB documentation, "SQL Statements"). Any other
 * stands in a comment that the server did not execute, and may be anything.
 */
const COMMANDS = new Set(
  `ALTER ANALYZE BACKUP BEGIN BINLOG CACHE CALL CASE CHANGE CHECK CHECKSUM CLONE COMMIT CREATE DEALLOCATE DECLARE DELETE DESC
  DESCRIBE DO DROP EXECUTE EXPLAIN FLUSH FOR GET GRANT HANDLER HELP IF IMPORT INSERT INSTALL KILL LOAD LOCK LOOP OPTIMIZE
  PREPARE PURGE RELEASE RENAME REPAIR REPEAT REPLACE RESET RESIGNAL RESTART REVOKE ROLLBACK SAVEPOINT SELECT SET SHOW SHUTDOWN
  SIGNAL START STOP TABLE TRUNCATE UNINSTALL UNLOCK UPDATE USE VALUES WHILE WITH XA`.split(/\s+/),
);
/** Words looked at behind the first: `CREATE OR REPLACE DEFINER = x SQL SECURITY INVOKER VIEW`. */
const WORDS_MAX = 16;

/**
 * What a statement does, from its first words, as the protocol does not say it: `UPDATE`, `CREATE TABLE`. Empty where it
 * begins with no word that is known.
 */
export function commandWord(text: string): string {
  const [first = '', ...rest] = firstWords(text);
  if (first === 'START' && rest[0] === 'TRANSACTION') return 'START TRANSACTION';
  if (first === 'TRUNCATE' || first === 'LOCK' || first === 'UNLOCK') return `${first} TABLE`;
  const object = DEFINES.has(first) ? rest.find((word) => OBJECTS.has(word)) : undefined;
  if (object) return `${first} ${object}`;
  return COMMANDS.has(first) ? first : '';
}

/** Upper-case words at the beginning, quoted names and signs left out. An executable comment is no comment. */
export function firstWords(text: string): string[] {
  const lexer = new MysqlLexer(text);
  const words: string[] = [];
  for (let at = 0; at < text.length && words.length < WORDS_MAX; ) {
    const { kind, end } = lexer.read(at, false);
    const found = text.slice(at, end);
    at = end;
    if (kind !== 'word') continue;
    if (/^[A-Za-z]+$/.test(found)) words.push(found.toUpperCase());
    else if (words.length === 0 && !/^[0-9]+$/.test(found)) return [];
  }
  return words;
}

/** A text from its first token on: the comments that lead it say nothing of what it does. An executable comment is no comment. */
export function withoutLead(text: string): string {
  const lexer = new MysqlLexer(text);
  for (let at = 0; at < text.length; ) {
    const { kind, end } = lexer.read(at, false);
    if (kind !== 'blank' && kind !== 'comment') return text.slice(at);
    at = end;
  }
  return '';
}

/** A text without its comments, each a blank. What stands in an executable comment is a part of the statement. */
export function withoutComments(text: string): string {
  const lexer = new MysqlLexer(text);
  let plain = '';
  let isExecutable = false;
  for (let at = 0; at < text.length; ) {
    const { kind, end } = lexer.read(at, isExecutable);
    if (kind === 'open' || kind === 'close') isExecutable = kind === 'open';
    plain += kind === 'comment' || kind === 'open' || kind === 'close' ? ' ' : text.slice(at, end);
    at = end;
  }
  return plain.trim();
}

/** Statements whose OK counts rows that were changed. */
const CHANGES = new Set(['INSERT', 'UPDATE', 'DELETE', 'REPLACE', 'LOAD', 'WITH', 'CALL', 'EXECUTE']);

/** What a completed statement says of itself. Only what changes rows counts them; a result set's rows are not affected. */
export function completion(
  text: string,
  affected: number,
  hasColumns: boolean,
): { command: string; rowsAffected: number | null } {
  const word = commandWord(text);
  const command = word === 'WITH' && hasColumns ? 'SELECT' : word;
  const counts = CHANGES.has(command) && (!hasColumns || command === 'CALL');
  return {
    command: command.slice(0, 48),
    rowsAffected: counts || (command === 'CREATE TABLE' && affected > 0) ? affected : null,
  };
}
