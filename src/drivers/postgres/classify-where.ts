import { namesOf, type TreeNode } from './classify-node.ts';

/**
 * Why a WHERE is true of every row, in a few words, or null. Knows constants, a column compared with itself, AND, OR and
 * NOT of these, and a subselect of the same table without a WHERE of its own.
 */
export function alwaysTrue(where: TreeNode, relation: TreeNode): string | null {
  const [name, node] = only(where);
  switch (name) {
    case 'A_Const':
      return constant(where) === 'true' ? 'a constant' : null;
    case 'A_Expr':
      return comparison(node);
    case 'BoolExpr':
      return boolean(node, relation);
    case 'SubLink':
      return subselect(node, relation);
    case 'TypeCast':
      return constant(where) === 'true' ? 'a constant' : null;
    default:
      return null;
  }
}

function boolean(node: TreeNode, relation: TreeNode): string | null {
  const args = (node.args ?? []) as TreeNode[];
  const whys = args.map((arg) => alwaysTrue(arg, relation));
  if (node.boolop === 'OR_EXPR') return whys.find((why) => why !== null) ?? null;
  if (node.boolop === 'AND_EXPR') return whys.every((why) => why !== null) ? (whys[0] ?? null) : null;
  return args[0] && constant(args[0]) === 'false' ? 'a constant' : null;
}

function comparison(node: TreeNode): string | null {
  const left = node.lexpr as TreeNode | undefined;
  const right = node.rexpr as TreeNode | undefined;
  if (!left || !right) return null;
  switch (node.kind) {
    case 'AEXPR_LIKE':
      return constant(right) === '%' ? 'LIKE anything' : null;
    case 'AEXPR_IN': {
      const items = ((right.List as TreeNode | undefined)?.items ?? right) as TreeNode[];
      return Array.isArray(items) && items.some((item) => same(left, item)) ? 'a value among itself' : null;
    }
    case 'AEXPR_OP':
      return operation(namesOf(node.name).at(-1) ?? '', left, right);
    default:
      return null;
  }
}

function operation(operator: string, left: TreeNode, right: TreeNode): string | null {
  const [a, b] = [constant(left), constant(right)];
  if (['=', '<=', '>='].includes(operator) && same(left, right))
    return a === null ? 'a column is itself' : 'equal constants';
  if (a === null || b === null) return null;
  if (operator === '<>' && a !== b) return 'different constants';
  const [less, more] = operator.startsWith('<') ? [Number(a), Number(b)] : [Number(b), Number(a)];
  return /^[<>]=?$/.test(operator) && less < more ? 'constants' : null;
}

/** `id IN (SELECT id FROM t)` and `EXISTS (SELECT … FROM t)` where `t` is the table itself, unfiltered. */
function subselect(node: TreeNode, relation: TreeNode): string | null {
  const select = (node.subselect as { SelectStmt?: TreeNode } | undefined)?.SelectStmt;
  if (!select || select.whereClause || select.havingClause || select.limitCount || select.op !== 'SETOP_NONE')
    return null;
  const from = (select.fromClause ?? []) as { RangeVar?: TreeNode }[];
  const itself = from.length === 1 && from[0]?.RangeVar?.relname === relation.relname;
  if (node.subLinkType === 'EXISTS_SUBLINK')
    return from.length === 0 || itself ? 'a subselect that always has rows' : null;
  if (node.subLinkType !== 'ANY_SUBLINK' || !itself) return null;
  const target = (select.targetList as { ResTarget?: { val?: TreeNode } }[] | undefined)?.[0]?.ResTarget?.val;
  return target && lastName(target) === lastName(node.testexpr as TreeNode)
    ? 'the table is looked up in itself'
    : null;
}

function lastName(node: TreeNode | undefined): string | null {
  const fields = (node?.ColumnRef as TreeNode | undefined)?.fields as
    | { String?: { sval?: string } }[]
    | undefined;
  return fields?.at(-1)?.String?.sval ?? null;
}

/** A constant's text, or null for what is none. */
function constant(node: TreeNode): string | null {
  const [name, inner] = only(node);
  if (name === 'TypeCast') return constant((inner.arg ?? {}) as TreeNode);
  if (name !== 'A_Const' || inner.isnull) return null;
  const [kind, value] = only(Object.fromEntries(Object.entries(inner).filter(([key]) => key !== 'location')));
  if (kind === 'boolval') return value.boolval === true ? 'true' : 'false';
  if (kind === 'ival') return String(value.ival ?? 0);
  return String(value[kind] ?? '');
}

/** Whether two nodes are the same but for their places. Calls are not: they may answer differently each time. */
function same(a: TreeNode, b: TreeNode): boolean {
  const text = (node: TreeNode): string =>
    JSON.stringify(node, (key, value) => (key === 'location' ? undefined : value));
  if (constant(a) !== null) return constant(a) === constant(b);
  return 'ColumnRef' in a && text(a) === text(b);
}

function only(node: TreeNode): [string, TreeNode] {
  const [name, inner] = Object.entries(node)[0] ?? ['', {}];
  return [name, (inner ?? {}) as TreeNode];
}
