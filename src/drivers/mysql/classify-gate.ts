import type { SqlMode } from '../../events/engines/mysql-sql-mode.ts';
import type { StatementFacts } from '../../events/judgement.ts';
import type { Findings, Place } from '../findings.ts';
import { effectOf, isComputing, isSysHelper } from './classify-functions.ts';
import type { Token } from './classify-lexer.ts';

/** What a statement is judged with. */
export interface Gate {
  readonly engine: 'mysql' | 'mariadb';
  readonly mode: SqlMode;
  readonly findings: Findings;
  /** What the connection knows: the server's version, and what the catalogue says of functions that were asked for. */
  readonly facts: Pick<StatementFacts, 'version' | 'volatility'>;
}

/** Reserved in every version of both, so that no function can have such a name. `name (` of any other is a call. */
const BEFORE_PARENTHESIS: ReadonlySet<string> = new Set(
  `ALL AND AS BETWEEN BY CASE CROSS DISTINCT DISTINCTROW DIV ELSE EXISTS FROM FULLTEXT GROUP HAVING IN INDEX INNER
   INTERVAL INTO IS JOIN KEY LIKE LIMIT MOD NATURAL NOT ON OR ORDER OUTER PARTITION REGEXP RLIKE SELECT
   SQL_CALC_FOUND_ROWS STRAIGHT_JOIN THEN UNION USING VALUES WHEN WHERE WITH XOR
   BINARY CHAR CHARACTER DECIMAL DOUBLE FLOAT INT INTEGER NUMERIC VARBINARY VARCHAR ROW`.split(/\s+/),
);

export function placeOf(token: Token): Place {
  return { at: token.start, length: token.end - token.start };
}

/** Raises and tells the effects of called functions. `strict`: a call of what is not known makes the statement unknown. */
export function judgeCalls(gate: Gate, tokens: readonly Token[], strict: boolean): void {
  for (const [index, token] of tokens.entries()) {
    if (token.is !== '(') continue;
    const name = tokens[index - 1];
    if (name && (name.kind === 'word' || name.kind === 'quoted')) judgeCall(gate, tokens, index - 1, strict);
    // No grammar has a parenthesis behind a number: it may be part of a name, `shop . 1e5 ()`.
    else if (name?.kind === 'number' && strict)
      raiseUnknown(gate.findings, name, 'is not a known function of the server');
  }
}

function judgeCall(gate: Gate, tokens: readonly Token[], at: number, strict: boolean): void {
  const { engine, mode, findings, facts } = gate;
  const name = tokens[at]!;
  const qualified = tokens[at - 1]?.is === '.';
  const effect = effectOf(unquoted(name).toUpperCase());
  if (effect) {
    const what = `Calls ${unquoted(name)}, which ${effect.does}`;
    findings.raise(effect.verdict, placeOf(name), what);
    if (effect.danger) findings.danger(effect.danger, placeOf(name), `${what}.`);
    return;
  }
  if (!strict) return;
  if (name.kind === 'word' && !qualified) {
    if (name.is === 'LAST_INSERT_ID') {
      if (tokens[at + 2]?.is !== ')')
        findings.raise(
          'session',
          placeOf(name),
          'LAST_INSERT_ID with a value changes what the session remembers',
        );
      return;
    }
    const tight = mode.ignoreSpace || tokens[at + 1]!.start === name.end;
    const computes = isComputing({ engine, version: facts.version }, name.is, tight);
    if (BEFORE_PARENTHESIS.has(name.is) || computes === 'certainly' || isSyntax(tokens, at)) return;
    if (isColumnList(tokens, at)) return;
    if (computes === 'unlessStored') judgeAsked(gate, name, name.is);
    else raiseUnknown(findings, name, 'is not a known function of the server');
    return;
  }
  if (isColumnList(tokens, at)) return;
  if (isOf(tokens, at, 'SYS') && isSysHelper(unquoted(name)))
    judgeAsked(gate, name, `sys.${unquoted(name).toLowerCase()}`);
  else raiseUnknown(findings, name, 'is not a known function of the server');
}

function raiseUnknown(findings: Findings, name: Token, why: string): void {
  findings.raise('unknown', placeOf(name), `Calls ${unquoted(name)}, which ${why}`);
}

/** A call of the server's own function, unless the catalogue has another of that name. */
function judgeAsked({ findings, facts }: Gate, name: Token, asked: string): void {
  const answer = facts.volatility?.[asked];
  if (answer === 's') return;
  if (answer === undefined) findings.ask(asked);
  raiseUnknown(findings, name, 'may be a stored function');
}

/** Words that are no calls where they stand, though a function could have their name. */
function isSyntax(tokens: readonly Token[], at: number): boolean {
  const name = tokens[at]!.is;
  const before = tokens[at - 1];
  switch (name) {
    case 'AGAINST':
      return before?.is === ')' || isMatched(tokens, at - 1);
    case 'OVER':
      return before?.is === ')' || before?.is === 'NULLS';
    case 'COLUMNS':
      return before?.kind === 'string';
    case 'JSON_TABLE':
      return hasColumns(tokens, at);
    case 'DATETIME':
    case 'SIGNED':
    case 'UNSIGNED':
    case 'NCHAR':
      return before?.is === 'AS';
    case 'OF':
      return before?.is === 'MEMBER';
    case 'ANY':
    case 'SOME':
    case 'LATERAL':
      return beginsQuery(tokens, at + 2);
    // No grammar has a call right behind a parenthesis.
    case 'EXCEPT':
    case 'INTERSECT':
      return before?.is === ')' || beginsQuery(tokens, at + 2);
    default:
      return false;
  }
}

/** `MATCH a, t.b AGAINST (`: whether the columns of a MATCH without parentheses end at `at`. */
function isMatched(tokens: readonly Token[], at: number): boolean {
  let index = at;
  while (tokens[index - 1]?.is === ',' || tokens[index - 1]?.is === '.') index -= 2;
  return tokens[index - 1]?.is === 'MATCH';
}

/** Whether a query begins at `at`, and no expression can: VALUES alone may be the function VALUES(column). */
function beginsQuery(tokens: readonly Token[], at: number): boolean {
  const begin = tokens[at]?.is ?? '';
  return ['SELECT', 'WITH', 'TABLE'].includes(begin) || (begin === 'VALUES' && tokens[at + 1]?.is === 'ROW');
}

/** `JSON_TABLE(…, '…' COLUMNS (`: the grammar's own, which no call of a stored function can look like. */
function hasColumns(tokens: readonly Token[], at: number): boolean {
  let depth = 0;
  for (let index = at + 1; index < tokens.length; index++) {
    const token = tokens[index]!;
    if (token.is === '(') depth++;
    else if (token.is === ')' && --depth === 0) return false;
    else if (depth === 1 && token.is === 'COLUMNS') return tokens[index - 1]?.kind === 'string';
  }
  return false;
}

/** `name (a, b) AS (` of a common table expression, `(SELECT …) AS name (a, b)` of a derived table: the columns of either. */
function isColumnList(tokens: readonly Token[], at: number): boolean {
  const end = endOfNames(tokens, at + 2);
  if (end === undefined) return false;
  const before = tokens[at - 1]?.is;
  if (before === 'WITH' || before === 'RECURSIVE' || before === ',')
    return tokens[end]?.is === 'AS' && tokens[end + 1]?.is === '(';
  return isSubqueryBefore(tokens, before === 'AS' ? at - 2 : at - 1);
}

/** The place behind the `)` of `a, b)`; undefined where there is anything but names. */
function endOfNames(tokens: readonly Token[], at: number): number | undefined {
  for (let index = at; ; index += 2) {
    const { kind } = tokens[index] ?? {};
    if (kind !== 'word' && kind !== 'quoted') return undefined;
    const after = tokens[index + 1]?.is;
    if (after === ')') return index + 2;
    if (after !== ',') return undefined;
  }
}

/** Whether a subquery ends at `at`. No grammar has a call right behind one. */
function isSubqueryBefore(tokens: readonly Token[], at: number): boolean {
  let depth = 0;
  for (let index = at; index >= 0; index--) {
    const { is } = tokens[index]!;
    if (is === ')') depth++;
    else if (is === '(') depth--;
    if (depth === 0) return is === '(' && SUBQUERIES.has(tokens[index + 1]?.is ?? '');
  }
  return false;
}

const SUBQUERIES: ReadonlySet<string> = new Set(['SELECT', 'VALUES', 'TABLE', 'WITH', '(']);

export function unquoted({ kind, text }: Token): string {
  return kind === 'quoted' ? text.slice(1, -1) : text;
}

/**
 * What in a query is more than reading: SELECT, VALUES, TABLE, and what is made of them. Strict on purpose: a word that
 * could write is taken to write wherever it stands bare.
 */
export function judgeQuery(gate: Gate, tokens: readonly Token[]): void {
  const { findings } = gate;
  for (const [index, token] of tokens.entries()) {
    const next = tokens[index + 1];
    judgeName(gate, tokens, index);
    switch (token.is) {
      case 'INTO':
        judgeInto(findings, token, next);
        break;
      case 'FOR':
        if (next?.is === 'UPDATE' || next?.is === 'SHARE')
          findings.raise('write', placeOf(token), 'Locks the rows it reads');
        break;
      case 'LOCK':
        if (next?.is === 'IN' && tokens[index + 2]?.is === 'SHARE')
          findings.raise('write', placeOf(token), 'Locks the rows it reads');
        break;
      case ':=':
        findings.raise('session', placeOf(token), 'Assigns a variable of the session');
        break;
      case 'NEXT':
        if (next?.is === 'VALUE' && tokens[index + 2]?.is === 'FOR')
          findings.raise('write', placeOf(token), 'NEXT VALUE FOR moves a sequence on');
        break;
      case 'PROCEDURE':
        findings.raise('unknown', placeOf(token), 'PROCEDURE runs what is not looked into');
        break;
      case 'UPDATE':
      case 'DELETE':
        findings.raise('write', placeOf(token), `${token.is} writes`);
        break;
      case 'INSERT':
      case 'REPLACE':
        if (next?.is !== '(') findings.raise('write', placeOf(token), `${token.is} writes`);
        break;
      default:
    }
  }
  judgeCalls(gate, tokens, true);
}

/** Tables of information_schema that are emptied by whoever reads them (MySQL manual, "INFORMATION_SCHEMA InnoDB Tables"). */
const RESET_BY_READING = /^INNODB_\w+_RESET$/;

/** Names that act when they are read. A view over one of them is beyond a look at the text: doc/safety.md. */
function judgeName({ engine, findings }: Gate, tokens: readonly Token[], at: number): void {
  const token = tokens[at]!;
  if (token.kind !== 'word' && token.kind !== 'quoted') return;
  const name = unquoted(token).toUpperCase();
  if (RESET_BY_READING.test(name))
    findings.raise('admin', placeOf(token), `Reads ${name}, which sets the server’s counters back to 0`);
  else if (name === 'LOG_STATUS' && isOf(tokens, at, 'PERFORMANCE_SCHEMA'))
    findings.raise('admin', placeOf(token), 'Reads LOG_STATUS, for which the server stops writing its logs');
  else if (engine === 'mysql' && name === 'LOG_STATUS' && isTable(tokens, at))
    findings.raise(
      'unknown',
      placeOf(token),
      'LOG_STATUS without its database may be the one of performance_schema, for which the server stops writing its logs',
    );
}

/** Words that tables follow, and those that end their list. */
const TABLES_FOLLOW: ReadonlySet<string> = new Set(['FROM', 'JOIN', 'STRAIGHT_JOIN', 'TABLE']);
const NO_TABLES_FOLLOW: ReadonlySet<string> = new Set([
  'SELECT',
  'WHERE',
  'GROUP',
  'ORDER',
  'BY',
  'HAVING',
  'LIMIT',
  'WINDOW',
]);

/** Whether a name without a database stands where a table does. ON and USING end no list: a comma may go on with it. */
function isTable(tokens: readonly Token[], at: number): boolean {
  if (tokens[at - 1]?.is === '.' || tokens[at + 1]?.is === '.') return false;
  let inner = 0;
  for (let index = at - 1; index >= 0; index--) {
    const { is } = tokens[index]!;
    if (is === ')') inner++;
    else if (is === '(') inner = Math.max(0, inner - 1);
    else if (inner === 0 && TABLES_FOLLOW.has(is)) return true;
    else if (inner === 0 && NO_TABLES_FOLLOW.has(is)) return false;
  }
  return false;
}

/** Whether the name at `at` is qualified with a schema. */
export function isOf(tokens: readonly Token[], at: number, schema: string): boolean {
  return tokens[at - 1]?.is === '.' && unquoted(tokens[at - 2]!).toUpperCase() === schema;
}

function judgeInto(findings: Findings, token: Token, next: Token | undefined): void {
  if (next?.is === 'OUTFILE' || next?.is === 'DUMPFILE') {
    findings.raise('write', placeOf(token), `INTO ${next.is} writes a file on the server`);
    findings.danger('fileAccess', placeOf(token), `INTO ${next.is} writes a file on the server.`);
  } else if (next?.kind === 'variable' || next?.is === '@') {
    findings.raise('session', placeOf(token), 'Assigns a variable of the session');
  } else {
    findings.raise('unknown', placeOf(token), 'Has an INTO that is not understood');
  }
}
