/** What to do instead of a command of psql's (psql manual page, "Meta-Commands"), by its name without the backslash. */
const PSQL: Readonly<Record<string, string>> = {
  timing: 'The time of every statement is shown anyway; remove the line.',
  x: 'A row can be shown as a record in the result; remove the line.',
  g: 'End the statement with a semicolon.',
  gx: 'End the statement with a semicolon; a row can be shown as a record in the result.',
  gset: 'Variables of psql do not exist here. End the statement with a semicolon.',
  gexec: 'Run the statement, then run what it returned.',
  crosstabview: 'End the statement with a semicolon.',
  watch: 'End the statement with a semicolon, and run it again when needed.',
  ';': 'End the statement with a plain semicolon: each statement is sent by itself.',
  i: 'Paste the file’s contents, or run it with `querytape run --profile NAME - < FILE`.',
  copy: 'Use COPY … FROM STDIN with the data lines below it, or the export of a result.',
  c: 'Open a connection to that database.',
  e: 'The editor is here; remove the line.',
  q: 'Remove the line.',
  '.': 'It ends the data of COPY … FROM STDIN, and no such statement stands before it.',
  set: 'Variables of psql do not exist here; write the value into the statement.',
  if: 'Conditions of psql do not exist here; remove what is not to run.',
  password: 'Use ALTER ROLE … PASSWORD.',
  encoding: 'Everything is sent and read as UTF-8; remove the line.',
};
const PSQL_SAME: Readonly<Record<string, string>> = {
  ir: 'i',
  include: 'i',
  include_relative: 'i',
  connect: 'c',
  edit: 'e',
  ef: 'e',
  ev: 'e',
  quit: 'q',
  unset: 'set',
  elif: 'if',
  else: 'if',
  endif: 'if',
};
/** Commands that describe something: `\d`, `\dt+`, `\l`, `\sf`. */
const PSQL_DESCRIBES = /^(?:d[A-Za-z]*|l|list|sf|sv|z)[S+x]*$/;

/** Commands of psql's that change nothing for the server and are skipped: pg_dump writes them around what it dumps. */
export const PSQL_SKIPPED: ReadonlySet<string> = new Set(['restrict', 'unrestrict']);

/** Says that `\name` is a command of psql's, and what to do. */
export function psqlCommand(name: string): string {
  const advice = PSQL_DESCRIBES.test(name)
    ? 'Look at the tree of the connection, or query information_schema or pg_catalog.'
    : (PSQL[PSQL_SAME[name] ?? name] ?? 'Remove it, or write it in SQL.');
  return `\\${name} is a command of psql, which the server does not know. ${advice}`;
}

/** What to do instead of a command of the mysql client's (MySQL manual, "mysql Client Commands"), by its name. */
const MYSQL: Readonly<Record<string, string>> = {
  source: 'Paste the file’s contents, or run it with `querytape run --profile NAME - < FILE`.',
  system: 'No program is started from a script; remove the line.',
  connect: 'Open another connection.',
  status:
    'Use SELECT VERSION(), CONNECTION_ID(), CURRENT_USER(); the connection’s state is shown in the status bar.',
  warnings: 'Warnings are shown anyway; remove the line.',
  nowarning: 'Warnings are shown anyway; remove the line.',
  charset: 'Everything is sent and read as utf8mb4; remove the line.',
  resetconnection: 'Close the tab and open another one.',
  go: 'End the statement with the delimiter.',
  ego: 'End the statement with the delimiter.',
  edit: 'The editor is here; remove the line.',
};
/** The short forms: `\s` is `status`. */
const MYSQL_SHORT: Readonly<Record<string, string>> = {
  '.': 'source',
  '!': 'system',
  r: 'connect',
  s: 'status',
  W: 'warnings',
  w: 'nowarning',
  C: 'charset',
  x: 'resetconnection',
  e: 'edit',
};

/** Words that no statement begins with, and commands of the client's do. HELP and USE are the server's too. */
export const MYSQL_COMMANDS: ReadonlySet<string> = new Set(
  'charset clear connect edit ego exit go nopager notee nowarning pager print prompt quit rehash resetconnection source status system tee warnings'.split(
    ' ',
  ),
);

/** Says that a word, or `\x`, is a command of the mysql client's, and what to do. */
export function mysqlCommand(name: string): string {
  const long = name.startsWith('\\') ? MYSQL_SHORT[name.slice(1)] : name;
  const advice = (long && MYSQL[long]) ?? 'Remove it.';
  return `${name} is a command of the mysql client, which the server does not know. ${advice}`;
}
