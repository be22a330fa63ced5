import type { DangerKind } from '../../events/judgement.ts';
import type { Findings, Place } from '../findings.ts';
import type { Dialect } from '../narrow/dialect.ts';
import type { Expression } from '../narrow/expression.ts';
import { Narrowness } from '../narrow/narrowness.ts';
import { type Names, withNames } from '../narrow/scope.ts';
import { expressionOf, fromOf, namedOf, queryOf } from './classify-expression.ts';
import { nodesOf, type TreeNode } from './classify-node.ts';

/** System columns: tableoid is the same in all rows of a table, xmax and its like in most (PostgreSQL manual 5.6). */
const POSTGRES: Dialect = {
  hasBoolean: true,
  hasArithmetic: true,
  alike: new Set(['tableoid', 'xmin', 'xmax', 'cmin', 'cmax']),
  places: new Set(['ctid']),
};

/** The dangers of a statement that writes rows: how many of them it may mean, and whose they are. */
export function judgeChange(
  findings: Findings,
  name: string,
  node: TreeNode,
  place: Place,
  names: Names,
): void {
  const { relname, schemaname, alias } = (node.relation ?? {}) as Readonly<Record<string, unknown>>;
  const change: Written = {
    findings,
    place,
    node,
    names,
    narrowness: new Narrowness(POSTGRES),
    table: String(relname ?? 'the table'),
    target: String((alias as TreeNode | undefined)?.aliasname ?? relname),
  };
  if (schemaname === 'pg_catalog' || (schemaname === undefined && /^pg_/.test(change.table)))
    findings.danger('admin', place, `Writes to ${change.table}, a table of the server’s own catalogue.`);
  if (name === 'UpdateStmt') judgeFiltered(change, 'UPDATE', node.fromClause);
  else if (name === 'DeleteStmt') judgeFiltered(change, 'DELETE', node.usingClause);
  else if (name === 'MergeStmt') judgeMerge(change);
  else if (name === 'InsertStmt') judgeConflict(change);
}

interface Written {
  readonly findings: Findings;
  readonly place: Place;
  readonly node: TreeNode;
  readonly names: Names;
  readonly narrowness: Narrowness;
  /** As reasons name it. */
  readonly table: string;
  /** As its columns are qualified. */
  readonly target: string;
}

const VERBS = {
  UPDATE: { all: 'updateAll', does: 'changes', may: 'change' },
  DELETE: { all: 'deleteAll', does: 'deletes', may: 'delete' },
} as const satisfies Record<string, { all: DangerKind; does: string; may: string }>;

function judgeFiltered(change: Written, verb: keyof typeof VERBS, others: unknown): void {
  const { findings, place, node, table } = change;
  const { all, does, may } = VERBS[verb];
  if (node.whereClause === undefined)
    findings.danger(all, place, `${verb} has no WHERE: it ${does} every row of ${table}.`);
  else if (!isNarrow(change, others, expressionOf(node.whereClause as TreeNode)))
    findings.danger(
      'alwaysTrue',
      place,
      `The WHERE is not known to leave any row of ${table} out: ${verb} may ${may} every row.`,
    );
}

function isNarrow({ node, narrowness, names, target }: Written, others: unknown, where: Expression): boolean {
  const from = fromOf([{ RangeVar: node.relation }, ...nodesOf(others)]);
  return narrowness.isNarrow({ with: namedOf(node.withClause), from, where, targets: [target] }, names);
}

/** MERGE that updates or deletes rows which are there already. */
function judgeMerge(change: Written): void {
  const { findings, place, node, table } = change;
  for (const one of (node.mergeWhenClauses ?? []) as { MergeWhenClause?: TreeNode }[]) {
    const { matchKind, commandType, condition } = one.MergeWhenClause ?? {};
    const verb = commandType === 'CMD_DELETE' ? 'DELETE' : commandType === 'CMD_UPDATE' ? 'UPDATE' : null;
    if (verb === null) continue;
    const { all, may } = VERBS[verb];
    const conditions = [condition]
      .filter((given) => given !== undefined)
      .map((given) => expressionOf(given as TreeNode));
    const isMatched = matchKind === 'MERGE_WHEN_MATCHED';
    // What has no match in the source is narrowed by its own condition alone.
    const joins = isMatched ? [expressionOf(node.joinCondition as TreeNode)] : [];
    const others = isMatched ? [node.sourceRelation] : [];
    if (isNarrow(change, others, { is: 'and', of: [...conditions, ...joins] })) continue;
    const which = isMatched ? 'that its source matches' : 'that its source does not have';
    findings.danger(all, place, `MERGE … ${verb} may ${may} every row of ${table} ${which}.`);
  }
}

/** INSERT … ON CONFLICT DO UPDATE of the rows that a query gives. */
function judgeConflict(change: Written): void {
  const { findings, place, node, narrowness, names, table } = change;
  const { action, whereClause } = (node.onConflictClause ?? {}) as TreeNode;
  if (action !== 'ONCONFLICT_UPDATE' || node.selectStmt === undefined) return;
  const inside = withNames(names, namedOf(node.withClause));
  if (narrowness.isBounded(queryOf(node.selectStmt as TreeNode), inside)) return;
  if (whereClause !== undefined && isNarrow(change, [], expressionOf(whereClause as TreeNode))) return;
  findings.danger(
    'updateAll',
    place,
    `ON CONFLICT DO UPDATE changes every row of ${table} that its SELECT, which has no limit of its own, gives again.`,
  );
}
