import type { DangerKind } from '../../events/judgement.ts';
import type { Verdict } from '../../events/query.ts';
import { type Gate, judgeCalls, judgeQuery, placeOf } from './classify-gate.ts';
import type { Token } from './classify-lexer.ts';
import { judgeSet } from './classify-set.ts';
import { depthsOf } from './classify-split.ts';

/** Judges a statement by its tokens, the first of which says which rule it is. */
export type Rule = (gate: Gate, tokens: readonly Token[]) => void;

const list = (names: string): string[] => names.trim().split(/\s+/);

function always(verdict: Verdict, what: string, danger?: DangerKind): Rule {
  return ({ findings, ...gate }, tokens) => {
    const place = placeOf(tokens[0]!);
    findings.raise(verdict, place, what);
    if (danger) findings.danger(danger, place, `${what}.`);
    judgeCalls({ findings, ...gate }, tokens, false);
  };
}

const admin = (word: string): Rule => always('admin', `${word} changes the server`, 'admin');

const transaction = always('transaction', 'Begins or ends a transaction');

/** UPDATE and DELETE, also behind a WITH: `verb` is where it stands. */
function judgeWhere({ findings }: Gate, tokens: readonly Token[], verb: Token): void {
  const depths = depthsOf(tokens);
  const from = tokens.indexOf(verb);
  const filtered = tokens.some(
    (token, index) => index > from && depths[index] === depths[from] && token.is === 'WHERE',
  );
  if (filtered) return;
  const kind = verb.is === 'UPDATE' ? 'updateAll' : 'deleteAll';
  const does = verb.is === 'UPDATE' ? 'changes' : 'deletes';
  findings.danger(kind, placeOf(verb), `${verb.is} has no WHERE: it ${does} every row.`);
}

const write: Rule = (gate, tokens) => {
  const verb = tokens[0]!;
  gate.findings.raise('write', placeOf(verb), `${verb.is} writes`);
  if (verb.is === 'UPDATE' || verb.is === 'DELETE') judgeWhere(gate, tokens, verb);
  judgeCalls(gate, tokens, false);
};

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

const handler: Rule = (gate, tokens) => {
  const verb = tokens.slice(2, 6).find(({ is }) => ['READ', 'OPEN', 'CLOSE'].includes(is));
  if (verb?.is === 'READ') judgeQuery(gate, tokens);
  else gate.findings.raise('session', placeOf(tokens[0]!), 'HANDLER opens or closes a table for the session');
};

const ROLES = list('USER ROLE');

const create: Rule = (gate, tokens) => {
  const grants = tokens.slice(1, 4).some(({ is }) => ROLES.includes(is));
  always('ddl', `${tokens[0]!.is} changes a definition`, grants ? 'grant' : undefined)(gate, tokens);
  const library = tokens.find(({ is }) => is === 'SONAME');
  if (library)
    gate.findings.danger('codeExecution', placeOf(library), 'SONAME loads a library into the server.');
};

const LOSING = list(
  'DROP MODIFY CHANGE ENGINE DISCARD IMPORT TRUNCATE EXCHANGE REORGANIZE COALESCE REMOVE CONVERT ROW_FORMAT TABLESPACE ORDER',
);

const alter: Rule = (gate, tokens) => {
  if (tokens[1]?.is === 'INSTANCE') return admin('ALTER INSTANCE')(gate, tokens);
  create(gate, tokens);
  const depths = depthsOf(tokens);
  const losing = tokens.find(({ is }, index) => index > 1 && depths[index] === 0 && LOSING.includes(is));
  if (losing)
    gate.findings.danger(
      'alter',
      placeOf(losing),
      `ALTER … ${losing.is} loses or rewrites what is there, and may lock it meanwhile.`,
    );
};

const drop: Rule = (gate, tokens) => {
  const place = placeOf(tokens[0]!);
  if (tokens[1]?.is === 'PREPARE')
    return gate.findings.raise('session', place, 'DROP PREPARE drops a prepared statement');
  always('ddl', 'DROP removes what it names', 'drop')(gate, tokens);
  if (ROLES.includes(tokens[1]?.is ?? ''))
    gate.findings.danger('grant', place, 'Removes an account or a role.');
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

const unknown = always('unknown', 'What this does can’t be told', 'unknown');
const code = (word: string): Rule =>
  always('unknown', `${word} runs what is not looked into`, 'codeExecution');
const session =
  (word: string): Rule =>
  (gate, tokens) => {
    gate.findings.raise('session', placeOf(tokens[0]!), `${word} changes the state of the session`);
    judgeQuery(gate, tokens);
  };

const ADMIN = list(
  'STOP CHANGE PURGE RESET FLUSH OPTIMIZE REPAIR CHECK CACHE INSTALL UNINSTALL BINLOG BACKUP SHUTDOWN RESTART CLONE IMPORT',
);

const RULES: Readonly<Record<string, Rule>> = {
  ...Object.fromEntries(ADMIN.map((word) => [word, admin(word)])),
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
  XA: byNext({ RECOVER: query }, transaction),
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
  CREATE: create,
  ALTER: alter,
  DROP: drop,
  RENAME: create,
  TRUNCATE: always('ddl', 'TRUNCATE empties what it names', 'truncate'),
  GRANT: always('ddl', 'GRANT changes rights', 'grant'),
  REVOKE: always('ddl', 'REVOKE changes rights', 'grant'),
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
