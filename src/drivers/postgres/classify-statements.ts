import type { DangerKind } from '../../events/judgement.ts';
import { DEFINITIONS } from './classify-definitions.ts';
import type { TreeNode } from './classify-node.ts';
import { always, isOn, list, options, type Rule } from './classify-rule.ts';
import type { Look, Tree } from './classify-tree.ts';

const read: Rule = (tree, node, look) => tree.scan(node, look);

const EXPLAIN_OPTIONS = list(
  'analyze verbose costs settings generic_plan buffers serialize wal timing summary memory format',
);

const explain: Rule = (tree, node, look) => {
  const given = options(node.options);
  const odd = [...given.keys()].find((name) => !EXPLAIN_OPTIONS.includes(name));
  if (odd) tree.findings.raise('unknown', look.place, `EXPLAIN has an option ${odd} that is not known`);
  if (isOn(given.get('analyze'))) {
    const before = tree.findings.verdict;
    judgeStatement(tree, node.query as TreeNode, look);
    const runs = tree.findings.verdict !== before && tree.findings.verdict !== 'read';
    if (runs && !tree.findings.hasDangerFrom(look.place))
      tree.findings.danger(
        'codeExecution',
        look.place,
        'EXPLAIN ANALYZE runs what it explains, which is no read.',
      );
    return;
  }
  const [name] = Object.keys((node.query ?? {}) as TreeNode);
  const planned = list(
    'SelectStmt InsertStmt UpdateStmt DeleteStmt MergeStmt DeclareCursorStmt CreateTableAsStmt',
  );
  // The parameters of an EXECUTE are computed, not only planned.
  const computed = name === 'ExecuteStmt';
  if (!computed && !planned.includes(name ?? '') && name !== 'RefreshMatViewStmt')
    tree.findings.raise('unknown', look.place, `EXPLAIN of ${name} is not known`);
  tree.scan(Object.values((node.query ?? {}) as TreeNode), {
    ...look,
    strict: computed,
    planOnly: !computed,
  });
};

const copy: Rule = (tree, node, look) => {
  const { findings } = tree;
  const { place } = look;
  if (node.query) judgeStatement(tree, node.query as TreeNode, look);
  if (node.is_program) {
    findings.raise('admin', place, 'COPY runs a program on the server');
    findings.danger('codeExecution', place, 'COPY … PROGRAM runs a program on the server.');
  } else if (node.filename !== undefined) {
    findings.raise(node.is_from ? 'write' : 'admin', place, 'COPY reaches a file of the server');
    findings.danger('fileAccess', place, 'COPY reaches a file of the server.');
  }
  if (node.is_from) findings.raise('write', place, 'COPY … FROM writes to the table');
  tree.scan(node.whereClause, { ...look, strict: false });
};

const SAFEGUARDS: Readonly<Record<string, string>> = {
  session_replication_role: 'Triggers and foreign keys are switched by session_replication_role.',
  row_security: 'Row security is switched by row_security.',
  transaction_read_only: 'Read-only is switched by transaction_read_only.',
  default_transaction_read_only: 'Read-only is switched by default_transaction_read_only.',
  ignore_checksum_failure: 'Damaged pages are read as if they were whole.',
  zero_damaged_pages: 'Damaged pages are cleared.',
  allow_system_table_mods: 'The catalogue itself may be changed.',
};

const set: Rule = (tree, node, { place }) => {
  const name = String(node.name ?? 'everything');
  tree.findings.raise('session', place, `Changes the setting ${name} of the session`);
  const elements = [...options(node.args).keys()];
  const safeguard = [name, ...elements].map((one) => SAFEGUARDS[one]).find((one) => one !== undefined);
  if (safeguard) tree.findings.danger('settings', place, safeguard);
};

const vacuum: Rule = (tree, node, { place }) => {
  const word = node.is_vacuumcmd ? 'VACUUM' : 'ANALYZE';
  tree.findings.raise('admin', place, `${word} changes what the server keeps of its tables`);
  if (isOn(options(node.options).get('full')))
    tree.findings.danger('rewrite', place, 'VACUUM FULL rewrites the table while it can’t be used.');
};

const lock: Rule = (tree, node, look) => {
  always('write', 'LOCK takes a lock that others wait for', 'lock')(tree, node, look);
};

/** Ends, or leaves behind, a transaction of no session. */
const transaction: Rule = (tree, node, look) => {
  always('transaction', 'Begins or ends a transaction')(tree, node, look);
  const why = PREPARED[String(node.kind)];
  if (why) tree.findings.danger(why[0], look.place, why[1]);
};

const PREPARED: Readonly<Record<string, readonly [DangerKind, string]>> = {
  TRANS_STMT_PREPARE: ['lock', 'A prepared transaction keeps its locks after the session has ended.'],
  TRANS_STMT_COMMIT_PREPARED: ['terminate', 'Commits what another session has prepared.'],
  TRANS_STMT_ROLLBACK_PREPARED: ['terminate', 'Throws away what another session has prepared.'],
};

/** Every statement there is a rule for, by its node's name (parsenodes.h). Any other is unknown. */
const RULES: Readonly<Record<string, Rule>> = {
  ...DEFINITIONS,
  SelectStmt: read,
  VariableShowStmt: read,
  FetchStmt: read,
  ExplainStmt: explain,
  CopyStmt: copy,
  DeclareCursorStmt: (tree, node, look) => judgeStatement(tree, node.query as TreeNode, look),
  InsertStmt: writes('InsertStmt'),
  UpdateStmt: writes('UpdateStmt'),
  DeleteStmt: writes('DeleteStmt'),
  MergeStmt: writes('MergeStmt'),
  NotifyStmt: always('write', 'NOTIFY sends a message'),
  LockStmt: lock,
  TransactionStmt: transaction,
  VariableSetStmt: set,
  DiscardStmt: always('session', 'DISCARD drops the state of the session'),
  DeallocateStmt: always('session', 'DEALLOCATE drops a prepared statement'),
  ListenStmt: always('session', 'LISTEN changes which notifications the session gets'),
  UnlistenStmt: always('session', 'UNLISTEN changes which notifications the session gets'),
  ConstraintsSetStmt: always('session', 'SET CONSTRAINTS changes when constraints are checked'),
  ClosePortalStmt: always('session', 'CLOSE drops a cursor'),
  PrepareStmt: (tree, node, look) => {
    tree.findings.raise('session', look.place, 'PREPARE leaves a statement in the session');
    judgeStatement(tree, node.query as TreeNode, look);
  },
  VacuumStmt: vacuum,
  CheckPointStmt: always(
    'admin',
    'CHECKPOINT makes the server write',
    'admin',
    'CHECKPOINT makes the server write all that is not on disk, which slows others down',
  ),
  LoadStmt: always('admin', 'LOAD loads a library into the server', 'codeExecution'),
  AlterSystemStmt: always('admin', 'ALTER SYSTEM changes the settings of the server', 'admin'),
  DoStmt: always('unknown', 'DO runs code that is not looked into', 'codeExecution'),
  CallStmt: always('unknown', 'CALL runs a procedure, which is not looked into', 'codeExecution'),
  ExecuteStmt: always('unknown', 'EXECUTE runs a statement that is not seen here', 'codeExecution'),
};

function writes(name: string): Rule {
  return (tree, node, look) => tree.scan({ [name]: node }, { ...look, strict: false });
}

/** Judges one statement: a wrapped node such as `{SelectStmt: …}`. */
export function judgeStatement(tree: Tree, wrapped: TreeNode, look: Look): void {
  const [name = '', node] = Object.entries(wrapped)[0] ?? [];
  const rule = Object.hasOwn(RULES, name) ? RULES[name] : undefined;
  if (rule) rule(tree, (node ?? {}) as TreeNode, look);
  else tree.findings.raise('unknown', look.place, `${name} is not known`);
}

/** Whether a statement ends a transaction and so keeps what came before it. */
export function commits(wrapped: TreeNode): boolean {
  const kind = (wrapped.TransactionStmt as TreeNode | undefined)?.kind;
  return (
    kind === 'TRANS_STMT_COMMIT' || kind === 'TRANS_STMT_PREPARE' || kind === 'TRANS_STMT_COMMIT_PREPARED'
  );
}
