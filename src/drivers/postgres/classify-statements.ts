import type { DangerKind } from '../../events/judgement.ts';
import type { Verdict } from '../../events/query.ts';
import type { TreeNode } from './classify-node.ts';
import type { Look, Tree } from './classify-tree.ts';

/** Judges one kind of statement. */
type Rule = (tree: Tree, node: TreeNode, look: Look) => void;

const list = (names: string): string[] => names.trim().split(/\s+/);

/** A rule for statements that are what they are whatever they hold; what they hold is looked at for effects only. */
function always(verdict: Verdict, does: string, danger?: DangerKind, why = does): Rule {
  return (tree, node, look) => {
    tree.findings.raise(verdict, look.place, does);
    if (danger) tree.findings.danger(danger, look.place, `${why}.`);
    tree.scan(node, { ...look, strict: false });
  };
}

/** A definition: what is called in it runs later, if at all. */
function defines(danger?: DangerKind, why?: string): Rule {
  const rule = always('ddl', 'Changes a definition', danger, why);
  return (tree, node, look) => rule(tree, node, { ...look, runs: false });
}

const read: Rule = (tree, node, look) => tree.scan(node, look);

/** Options by name, as `WITH (…)` and `(…)` lists have them; the last of a name wins. */
function options(nodes: unknown): Map<string, TreeNode> {
  const elements = ((nodes ?? []) as { DefElem?: TreeNode }[]).map((one) => one.DefElem ?? {});
  return new Map(elements.map((element) => [String(element.defname), element]));
}

/** As defGetBoolean (defrem.c): nothing is true; 0, off and false are false; what it would refuse is taken for true. */
function isOn(element: TreeNode | undefined): boolean {
  if (!element) return false;
  const arg = element.arg as Record<string, { sval?: string; ival?: number; boolval?: boolean }> | undefined;
  if (!arg) return true;
  if (arg.Integer) return (arg.Integer.ival ?? 0) !== 0;
  if (arg.Boolean) return arg.Boolean.boolval === true;
  return !['off', 'false'].includes((arg.String?.sval ?? '').toLowerCase());
}

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

const LOSING = list(
  'AT_DropColumn AT_AlterColumnType AT_DropConstraint AT_DetachPartition AT_SetLogged AT_SetUnLogged AT_SetTableSpace AT_SetAccessMethod AT_DropExpression AT_DropIdentity AT_DropInherit',
);
const UNGUARDING = list(
  'AT_DisableTrig AT_DisableTrigAll AT_DisableTrigUser AT_DisableRowSecurity AT_NoForceRowSecurity AT_DisableRule',
);

const alterTable: Rule = (tree, node, look) => {
  tree.findings.raise('ddl', look.place, 'ALTER changes a definition');
  const commands = ((node.cmds ?? []) as { AlterTableCmd?: { subtype?: string } }[]).map(
    (one) => one.AlterTableCmd?.subtype ?? '',
  );
  const losing = commands.find((one) => LOSING.includes(one));
  const place = tree.placeOf((node.relation ?? { location: -1 }) as TreeNode, look.place);
  if (losing) {
    const what = losing
      .slice(3)
      .replace(/(?<=[a-z])(?=[A-Z])/g, ' ')
      .toUpperCase();
    tree.findings.danger(
      'alter',
      place,
      `ALTER … ${what} loses or rewrites what is there, and locks it while it runs.`,
    );
  }
  if (commands.some((one) => UNGUARDING.includes(one)))
    tree.findings.danger('settings', place, 'Triggers, rules or row security are switched off.');
  if (commands.includes('AT_ChangeOwner')) tree.findings.danger('grant', place, 'The owner changes.');
  tree.scan(node, { ...look, strict: false });
};

function rewrites(what: string, concurrently: (node: TreeNode) => boolean): Rule {
  return (tree, node, look) => {
    always('ddl', `${what} changes a definition`)(tree, node, look);
    if (!concurrently(node))
      tree.findings.danger(
        'rewrite',
        look.place,
        `${what} without CONCURRENTLY: others wait until it is done.`,
      );
  };
}

const vacuum: Rule = (tree, node, { place }) => {
  const word = node.is_vacuumcmd ? 'VACUUM' : 'ANALYZE';
  tree.findings.raise('admin', place, `${word} changes what the server keeps of its tables`);
  if (isOn(options(node.options).get('full')))
    tree.findings.danger('rewrite', place, 'VACUUM FULL rewrites the table while it can’t be used.');
};

const truncate: Rule = (tree, node, look) => {
  const others = node.behavior === 'DROP_CASCADE' ? ', and all tables that refer to it' : '';
  always(
    'ddl',
    'TRUNCATE empties what it names',
    'truncate',
    `TRUNCATE empties what it names${others}`,
  )(tree, node, look);
};

const lock: Rule = (tree, node, look) => {
  always('write', 'LOCK takes a lock that others wait for', 'lock')(tree, node, look);
};

const GRANTS = list(
  'GrantStmt GrantRoleStmt AlterDefaultPrivilegesStmt CreateRoleStmt AlterRoleStmt AlterRoleSetStmt DropRoleStmt AlterOwnerStmt',
);
/** Statements that define something new, or change what no data and no rights depend on. */
const DEFINES = list(`
  AlterCollationStmt AlterDatabaseRefreshCollStmt AlterFdwStmt AlterFunctionStmt AlterObjectDependsStmt AlterOpFamilyStmt
  AlterOperatorStmt AlterStatsStmt AlterTSConfigurationStmt AlterTSDictionaryStmt AlterTableSpaceOptionsStmt AlterTypeStmt
  CommentStmt CompositeTypeStmt CreateAmStmt CreateCastStmt CreateConversionStmt CreateDomainStmt CreateEnumStmt
  CreateFdwStmt CreateForeignServerStmt CreateForeignTableStmt CreateOpClassStmt CreateOpFamilyStmt CreatePublicationStmt
  CreateRangeStmt CreateSchemaStmt CreateSeqStmt CreateStatsStmt CreateStmt CreateTransformStmt CreateUserMappingStmt
  CreatedbStmt DefineStmt ImportForeignSchemaStmt SecLabelStmt ViewStmt`);

/** Definitions that destroy, hide code or switch something off, and what the user is shown of them. */
const DANGEROUS: readonly (readonly [names: string, danger: DangerKind, why: string])[] = [
  ['CreateTrigStmt', 'codeExecution', 'A trigger runs its function with every later write to its table'],
  ['RuleStmt', 'codeExecution', 'A rule makes other statements of what is sent to its table'],
  [
    'CreateEventTrigStmt',
    'codeExecution',
    'An event trigger runs its function with the definitions that others change',
  ],
  [
    'CreateExtensionStmt CreatePLangStmt',
    'codeExecution',
    'Runs a script, or loads a library, of the server’s files',
  ],
  ['AlterExtensionStmt', 'codeExecution', 'Runs the update script of an extension'],
  ['AlterExtensionContentsStmt', 'alter', 'Changes what is dropped with an extension'],
  ['AlterEventTrigStmt', 'settings', 'Switches an event trigger on or off'],
  ['CreatePolicyStmt AlterPolicyStmt', 'grant', 'Changes which rows its users may see and write'],
  ['AlterDatabaseStmt AlterDatabaseSetStmt', 'settings', 'Changes settings of a database for all who use it'],
  [
    'AlterForeignServerStmt AlterUserMappingStmt',
    'alter',
    'Foreign tables are read and written elsewhere from then on',
  ],
  [
    'CreateSubscriptionStmt AlterSubscriptionStmt',
    'admin',
    'A subscription writes another server’s changes into tables here',
  ],
  ['AlterPublicationStmt', 'alter', 'Changes what subscribers are sent'],
  ['CreateTableSpaceStmt', 'fileAccess', 'A tablespace reaches a folder of the server'],
  ['AlterTableMoveAllStmt', 'rewrite', 'Rewrites every table of a tablespace while others wait'],
  ['AlterObjectSchemaStmt', 'alter', 'What uses it by its old schema fails'],
  ['RenameStmt', 'alter', 'What uses the old name fails, or finds something else by it'],
  ['AlterSeqStmt', 'alter', 'A sequence may give the same numbers again'],
  ['AlterDomainStmt', 'alter', 'Changes what columns of the domain may hold, and looks at all of them'],
];

const DROPS: Readonly<Record<string, string>> = {
  DropStmt: 'DROP removes what it names',
  DropdbStmt: 'DROP DATABASE removes the database with all that it holds',
  DropOwnedStmt: 'DROP OWNED removes all that a role owns, and its rights',
  DropSubscriptionStmt: 'DROP SUBSCRIPTION removes a subscription and what its publisher kept for it',
  DropTableSpaceStmt: 'DROP TABLESPACE removes a folder of the server',
  DropUserMappingStmt: 'DROP USER MAPPING removes what signs in to another server',
};

/** A routine that is there already may be what triggers, indexes and defaults run. */
const createFunction: Rule = (tree, node, look) => {
  defines()(tree, node, look);
  if (node.replace === true)
    tree.findings.danger(
      'alter',
      look.place,
      'OR REPLACE changes what triggers, defaults and other routines run from then on.',
    );
};

/** A value that is added changes nothing that is there. */
const alterEnum: Rule = (tree, node, look) => {
  const renames = node.oldVal !== undefined;
  defines(renames ? 'alter' : undefined, 'What uses the value by its old name fails')(tree, node, look);
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
  ...Object.fromEntries(DEFINES.map((name) => [name, defines()])),
  ...Object.fromEntries(
    DANGEROUS.flatMap(([names, danger, why]) => list(names).map((name) => [name, defines(danger, why)])),
  ),
  ...Object.fromEntries(Object.entries(DROPS).map(([name, why]) => [name, always('ddl', why, 'drop')])),
  ...Object.fromEntries(
    GRANTS.map((name) => [name, always('ddl', 'Changes roles, rights or owners', 'grant')]),
  ),
  ReassignOwnedStmt: always(
    'ddl',
    'Changes roles, rights or owners',
    'grant',
    'REASSIGN OWNED gives all that a role owns to another',
  ),
  AlterEnumStmt: alterEnum,
  CreateFunctionStmt: createFunction,
  CreateTableAsStmt: always('ddl', 'Changes a definition'),
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
  TruncateStmt: truncate,
  AlterTableStmt: alterTable,
  IndexStmt: rewrites('CREATE INDEX', (node) => node.concurrent === true),
  ReindexStmt: rewrites('REINDEX', (node) => isOn(options(node.params).get('concurrently'))),
  RefreshMatViewStmt: rewrites('REFRESH', (node) => node.concurrent === true),
  ClusterStmt: always('ddl', 'CLUSTER rewrites the table while it can’t be used', 'rewrite'),
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
