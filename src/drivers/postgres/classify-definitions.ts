import type { DangerKind } from '../../events/judgement.ts';
import type { TreeNode } from './classify-node.ts';
import { always, isOn, list, options, type Rule } from './classify-rule.ts';

/** A definition: what is called in it runs later, if at all. */
function defines(danger?: DangerKind, why?: string): Rule {
  const rule = always('ddl', 'Changes a definition', danger, why);
  return (tree, node, look) => rule(tree, node, { ...look, runs: false });
}

const LOSING = list(`
  AT_DropColumn AT_AlterColumnType AT_DropConstraint AT_DetachPartition AT_SetLogged AT_SetUnLogged AT_SetTableSpace
  AT_SetAccessMethod AT_DropExpression AT_DropIdentity AT_DropInherit`);
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

const truncate: Rule = (tree, node, look) => {
  const others = node.behavior === 'DROP_CASCADE' ? ', and all tables that refer to it' : '';
  always(
    'ddl',
    'TRUNCATE empties what it names',
    'truncate',
    `TRUNCATE empties what it names${others}`,
  )(tree, node, look);
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

/** The rules of what defines, changes, empties or drops, and of who may what, by its node's name (parsenodes.h). */
export const DEFINITIONS: Readonly<Record<string, Rule>> = {
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
  TruncateStmt: truncate,
  AlterTableStmt: alterTable,
  IndexStmt: rewrites('CREATE INDEX', (node) => node.concurrent === true),
  ReindexStmt: rewrites('REINDEX', (node) => isOn(options(node.params).get('concurrently'))),
  RefreshMatViewStmt: rewrites('REFRESH', (node) => node.concurrent === true),
  ClusterStmt: always('ddl', 'CLUSTER rewrites the table while it can’t be used', 'rewrite'),
};
