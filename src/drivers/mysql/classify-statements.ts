import type { DangerKind } from '../../events/judgement.ts';
import { judgeFiltered, judgeInsert } from './classify-changes.ts';
import { DEFINITIONS } from './classify-definitions.ts';
import { type Gate, isOf, judgeCalls, judgeQuery, placeOf } from './classify-gate.ts';
import type { Token } from './classify-lexer.ts';
import { admin, always, list, type Rule } from './classify-rule.ts';
import { judgeSet } from './classify-set.ts';
import { depthsOf } from './classify-split.ts';

const transaction = always('transaction', 'Begins or ends a transaction');

/** UPDATE and DELETE, also behind a WITH: `verb` is where it stands. */
function judgeWhere({ findings }: Gate, tokens: readonly Token[], verb: Token): void {
  const depths = depthsOf(tokens);
  const from = tokens.indexOf(verb);
  const hasWhere = tokens.some(
    (token, index) => index > from && depths[index] === depths[from] && token.is === 'WHERE',
  );
  judgeFiltered(findings, tokens, verb, hasWhere);
}

const write: Rule = (gate, tokens) => {
  const verb = tokens[0]!;
  const { findings } = gate;
  findings.raise('write', placeOf(verb), `${verb.is} writes`);
  if (verb.is === 'UPDATE' || verb.is === 'DELETE') judgeWhere(gate, tokens, verb);
  else judgeInsert(findings, tokens, verb);
  if (tokens.some((_, at) => isOf(tokens, at, 'MYSQL')))
    findings.danger(
      'grant',
      placeOf(verb),
      `${verb.is} reaches the server’s own tables, of accounts and rights.`,
    );
  judgeCalls(gate, withoutNames(tokens), true);
};

/** An INSERT without the names that columns in parentheses follow: its table, and those of its rows (`AS new (a, b)`). */
function withoutNames(tokens: readonly Token[]): readonly Token[] {
  const open = tokens.findIndex(({ is }) => is === '(');
  const isInsert = tokens[0]!.is === 'INSERT' || tokens[0]!.is === 'REPLACE';
  const named = tokens.slice(0, open).some(({ is }) => ['VALUES', 'VALUE', 'SET', 'SELECT'].includes(is));
  return tokens.filter(
    (_, at) => !(tokens[at - 1]?.is === 'AS' || (isInsert && !named && at === open - 1 && at > 0)),
  );
}

const query: Rule = (gate, tokens) => {
  judgeQuery(gate, tokens);
  if (tokens[0]!.is !== 'WITH') return;
  const depths = depthsOf(tokens);
  const verb = tokens.find(({ is }, index) => depths[index] === 0 && (is === 'UPDATE' || is === 'DELETE'));
  if (verb && tokens[tokens.indexOf(verb) - 1]?.is !== 'FOR') judgeWhere(gate, tokens, verb);
};

/** Past `FORMAT = JSON`, EXTENDED and PARTITIONS. */
function pastFormat(tokens: readonly Token[], from: number): number {
  let at = from;
  while (tokens[at]?.is === 'EXTENDED' || tokens[at]?.is === 'PARTITIONS') at++;
  return tokens[at]?.is === 'FORMAT' && tokens[at + 1]?.is === '=' ? at + 3 : at;
}

const QUERIES = list('SELECT WITH VALUES TABLE (');

/** Runs what it explains: the verdict is that of the inner statement, and a danger where that is no read. */
function runs(gate: Gate, word: Token, inner: readonly Token[]): void {
  const before = gate.findings.verdict;
  judgeStatement(gate, inner);
  if (gate.findings.verdict === before || gate.findings.verdict === 'read') return;
  const what = `${word.is} runs what it explains, which is no read.`;
  gate.findings.danger('codeExecution', placeOf(word), what);
}

const explain: Rule = (gate, tokens) => {
  let at = pastFormat(tokens, 1);
  if (tokens[at]?.is === 'ANALYZE') {
    at = pastFormat(tokens, at + 1);
    runs(gate, tokens[0]!, tokens.slice(at));
    return;
  }
  const inner = tokens.slice(at);
  const [first] = inner;
  if (!first || !PLANNED.includes(first.is)) return judgeQuery(gate, inner);
  const what = `${tokens[0]!.is} ${first.is} opens what it names for writing`;
  gate.findings.raise(
    'write',
    placeOf(first),
    `${what}, which the server refuses where only reading is allowed`,
  );
  judgeCalls(gate, inner, false);
};

/** They are only planned by EXPLAIN, yet no read-only transaction takes them (error 1792). */
const PLANNED = list('INSERT REPLACE UPDATE DELETE');

const analyze: Rule = (gate, tokens) => {
  const words = tokens.slice(1, 3).map(({ is }) => is);
  if (words.includes('TABLE') || words.includes('TABLES')) return admin('ANALYZE TABLE')(gate, tokens);
  runs(gate, tokens[0]!, tokens.slice(pastFormat(tokens, 1)));
};

/** READ stands right behind one name; before an OPEN it may be the name itself (`HANDLER shop.read OPEN`). */
const handler: Rule = (gate, tokens) => {
  const [, name, verb] = tokens;
  if (name?.is !== '.' && verb?.is === 'READ') judgeQuery(gate, tokens);
  else gate.findings.raise('session', placeOf(tokens[0]!), 'HANDLER opens or closes a table for the session');
};

const lock: Rule = (gate, tokens) => {
  const whole = tokens[1]?.is === 'INSTANCE';
  always(whole ? 'admin' : 'write', 'LOCK takes a lock that others wait for', 'lock')(gate, tokens);
};

/** A rule by the word that follows, else another. */
function byNext(rules: Readonly<Record<string, Rule>>, otherwise: Rule): Rule {
  return (gate, tokens) => {
    const next = tokens[1]?.is ?? '';
    (Object.hasOwn(rules, next) ? rules[next]! : otherwise)(gate, tokens);
  };
}

const unknown = always('unknown', 'What this does can’t be determined', 'unknown');
const code = (word: string): Rule =>
  always('unknown', `${word} runs what is not looked into`, 'codeExecution');
const session =
  (word: string): Rule =>
  (gate, tokens) => {
    gate.findings.raise('session', placeOf(tokens[0]!), `${word} changes the state of the session`);
    judgeQuery(gate, tokens);
  };

/** Statements that change the server, and what the user is shown of them. */
const ADMIN: readonly (readonly [words: string, why?: string, danger?: DangerKind])[] = [
  ['STOP', 'stops replication, or another part of the server'],
  ['CHANGE', 'makes the server follow another one, or none'],
  ['PURGE', 'deletes binary logs, which replicas and restores may still need', 'drop'],
  ['RESET', 'deletes all binary logs, or where a replica stands, or persisted settings', 'drop'],
  ['FLUSH', 'closes tables, logs or statistics of the server; with a lock it stops all writes'],
  ['OPTIMIZE', 'rewrites tables while others wait', 'rewrite'],
  ['REPAIR', 'rewrites tables, and may lose rows that it can’t read', 'rewrite'],
  ['CHECK CACHE'],
  ['INSTALL', 'loads a library into the server', 'codeExecution'],
  ['UNINSTALL', 'takes a library, and what it does, out of the server', 'drop'],
  ['BINLOG', 'applies changes that are written in bytes', 'codeExecution'],
  ['BACKUP', 'holds others up while a backup is made', 'lock'],
  ['SHUTDOWN RESTART', 'stops the server for everybody', 'terminate'],
  ['CLONE', 'copies a whole server, and may replace this one’s data', 'drop'],
  ['IMPORT', 'takes tables in from files of the server', 'fileAccess'],
];

/** XA of what another session has prepared. */
const xa: Rule = (gate, tokens) => {
  transaction(gate, tokens);
  const why = 'Ends, or leaves behind, a transaction that is of no session and keeps its locks.';
  if (['COMMIT', 'ROLLBACK', 'PREPARE'].includes(tokens[1]?.is ?? ''))
    gate.findings.danger('terminate', placeOf(tokens[0]!), why);
};

const RULES: Readonly<Record<string, Rule>> = {
  ...Object.fromEntries(
    ADMIN.flatMap(([words, why, danger]) => list(words).map((word) => [word, admin(word, why, danger)])),
  ),
  ...Object.fromEntries(QUERIES.map((word) => [word, query])),
  ...Object.fromEntries(list('HELP CHECKSUM DO').map((word) => [word, query])),
  SHOW: (gate, tokens) =>
    judgeQuery(
      gate,
      tokens.filter(({ is }) => is !== 'PROCEDURE'),
    ),
  ...Object.fromEntries(list('EXPLAIN DESCRIBE DESC').map((word) => [word, explain])),
  ...Object.fromEntries(list('INSERT REPLACE UPDATE DELETE').map((word) => [word, write])),
  ...Object.fromEntries(list('COMMIT ROLLBACK SAVEPOINT').map((word) => [word, transaction])),
  ...Object.fromEntries(list('CALL EXECUTE').map((word) => [word, code(word)])),
  ANALYZE: analyze,
  HANDLER: handler,
  BEGIN: (gate, tokens) =>
    (tokens.length === 1 || tokens[1]?.is === 'WORK' ? transaction : unknown)(gate, tokens),
  START: byNext({ TRANSACTION: transaction }, admin('START')),
  RELEASE: byNext({ SAVEPOINT: transaction }, unknown),
  XA: byNext({ RECOVER: query }, xa),
  SET: judgeSet((gate, tokens) => judgeStatement(gate, tokens)),
  USE: session('USE'),
  PREPARE: session('PREPARE'),
  DEALLOCATE: session('DEALLOCATE'),
  UNLOCK: byNext({ INSTANCE: admin('UNLOCK INSTANCE') }, session('UNLOCK')),
  LOCK: lock,
  LOAD: byNext(
    { INDEX: admin('LOAD INDEX') },
    always('write', 'LOAD writes a table from a file', 'fileAccess'),
  ),
  KILL: always('admin', 'KILL stops what others do', 'terminate'),
  ...DEFINITIONS,
};

/** Judges one statement. Anything that does not begin with a known word is unknown. */
export function judgeStatement(gate: Gate, tokens: readonly Token[]): void {
  const first = tokens[0];
  if (!first) {
    gate.findings.raise('unknown', null, 'Has a statement without words');
    return;
  }
  // Parentheses that are too deep raise a doubt.
  depthsOf(tokens);
  const rule = Object.hasOwn(RULES, first.is) ? RULES[first.is]! : unknown;
  rule(gate, tokens);
}
