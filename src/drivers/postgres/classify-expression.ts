import {
  type Expression,
  type From,
  joined,
  type Named,
  NO_FROM,
  type Query,
  type Relation,
} from '../narrow/expression.ts';
import { namesOf, nodesOf, type TreeNode } from './classify-node.ts';

/** libpg-query's trees as expressions and queries of either dialect, for the question which rows they leave. */
export function expressionOf(wrapped: TreeNode | undefined): Expression {
  const [name = '', node] = Object.entries(wrapped ?? {})[0] ?? [];
  const rule = Object.hasOwn(EXPRESSIONS, name) ? EXPRESSIONS[name] : undefined;
  return rule ? rule((node ?? {}) as TreeNode) : OPAQUE;
}

/** A query, or a statement whose RETURNING gives rows. */
export function queryOf(wrapped: TreeNode | undefined): Query {
  const { SelectStmt, InsertStmt, UpdateStmt, DeleteStmt } = (wrapped ?? {}) as Readonly<
    Record<string, TreeNode>
  >;
  if (SelectStmt) return selectOf(SelectStmt);
  if (InsertStmt) {
    const given = (InsertStmt.selectStmt ?? {}) as TreeNode;
    return InsertStmt.selectStmt === undefined ? { is: 'values', of: [] } : queryOf(given);
  }
  if (UpdateStmt) return changed(UpdateStmt, UpdateStmt.fromClause);
  return DeleteStmt ? changed(DeleteStmt, DeleteStmt.usingClause) : { is: 'unknown' };
}

/** The rows that RETURNING gives are those that are changed. */
function changed(node: TreeNode, others: unknown): Query {
  return {
    is: 'select',
    with: namedOf(node.withClause),
    columns: [],
    from: fromOf([{ RangeVar: node.relation }, ...nodesOf(others)]),
    where: node.whereClause === undefined ? null : expressionOf(node.whereClause as TreeNode),
    limit: null,
    folded: false,
  };
}

function selectOf(node: TreeNode): Query {
  const limit = limitOf(node);
  const withs = namedOf(node.withClause);
  const is = SET_OPERATIONS[String(node.op)];
  if (is)
    return {
      is,
      with: withs,
      limit,
      left: selectOf(node.larg as TreeNode),
      right: selectOf(node.rarg as TreeNode),
    };
  if (node.valuesLists !== undefined)
    return {
      is: 'values',
      of: nodesOf(node.valuesLists).flatMap((row) =>
        nodesOf((row.List as TreeNode)?.items).map(expressionOf),
      ),
    };
  return {
    is: 'select',
    with: withs,
    columns: nodesOf(node.targetList).map((target) =>
      expressionOf((target.ResTarget as TreeNode)?.val as TreeNode),
    ),
    from: fromOf(nodesOf(node.fromClause)),
    where: node.whereClause === undefined ? null : expressionOf(node.whereClause as TreeNode),
    limit,
    folded:
      ['groupClause', 'havingClause', 'limitOffset', 'distinctClause'].some(
        (name) => node[name] !== undefined,
      ) || limit === 0,
  };
}

const SET_OPERATIONS: Readonly<Record<string, 'union' | 'intersect' | 'except'>> = {
  SETOP_UNION: 'union',
  SETOP_INTERSECT: 'intersect',
  SETOP_EXCEPT: 'except',
};

/** WITH TIES gives more than it says. */
function limitOf({ limitCount, limitOption }: TreeNode): number | null {
  const given = expressionOf(limitCount as TreeNode);
  return limitOption === 'LIMIT_OPTION_COUNT' && given.is === 'value' && given.kind === 'number'
    ? Number(given.text)
    : null;
}

/** The common table expressions of a WITH. */
export function namedOf(withClause: unknown): Named[] {
  const { ctes, recursive } = (withClause ?? {}) as TreeNode;
  return nodesOf(ctes).map((one) => {
    const { ctename, ctequery } = (one.CommonTableExpr ?? {}) as TreeNode;
    return { name: String(ctename), query: queryOf(ctequery as TreeNode), recursive: recursive === true };
  });
}

/** What stands in a FROM or USING: joined as if by commas. */
export function fromOf(items: readonly TreeNode[]): From {
  return items.map(itemOf).reduce(joined, NO_FROM);
}

function itemOf(wrapped: TreeNode): From {
  const { RangeVar, RangeSubselect, RangeFunction, JoinExpr } = wrapped as Readonly<Record<string, TreeNode>>;
  if (RangeVar) {
    const table =
      RangeVar.schemaname === undefined
        ? String(RangeVar.relname)
        : `${RangeVar.schemaname}.${RangeVar.relname}`;
    return alone({ is: 'table', name: nameOf(RangeVar) ?? String(RangeVar.relname), table });
  }
  if (RangeSubselect) {
    const query = queryOf(RangeSubselect.subquery as TreeNode);
    const columns = columnNames(RangeSubselect);
    return alone({ is: 'query', name: nameOf(RangeSubselect) ?? '', query, ...(columns ? { columns } : {}) });
  }
  if (RangeFunction) {
    const calls = nodesOf(RangeFunction.functions).flatMap((one) =>
      nodesOf((one.List as TreeNode)?.items).slice(0, 1),
    );
    const name = nameOf(RangeFunction) ?? '';
    return alone({ is: 'call', name, of: calls.length === 1 ? expressionOf(calls[0]) : OPAQUE });
  }
  return JoinExpr ? joinOf(JoinExpr) : alone({ is: 'call', name: '', of: OPAQUE });
}

/** The names of a subquery's columns, where all of them have one. */
function columnNames({ alias, subquery }: TreeNode): string[] | null {
  const given = namesOf((alias as TreeNode | undefined)?.colnames);
  if (given.length > 0) return given;
  const targets = nodesOf(
    ((subquery as TreeNode | undefined)?.SelectStmt as TreeNode | undefined)?.targetList,
  );
  const names = targets.map(({ ResTarget }) => {
    const { name, val } = (ResTarget ?? {}) as TreeNode;
    if (name !== undefined) return String(name);
    const fields = namesOf(((val as TreeNode)?.ColumnRef as TreeNode | undefined)?.fields);
    return fields.at(-1) || null;
  });
  return names.length > 0 && !names.includes(null) ? (names as string[]) : null;
}

function joinOf(node: TreeNode): From {
  const [left, right] = [itemOf(node.larg as TreeNode), itemOf(node.rarg as TreeNode)];
  const both = joined(left, right);
  const [a, b] = [left.relations, right.relations];
  const shared = namesOf(node.usingClause).map((name): Expression => {
    const of = (relations: readonly Relation[]): Expression =>
      relations.length === 1 ? { is: 'column', relation: relations[0]!.name, name } : OPAQUE;
    return { is: 'compare', operator: '=', left: of(a), right: of(b) };
  });
  const on = [...shared, ...(node.quals === undefined ? [] : [expressionOf(node.quals as TreeNode)])];
  if (node.jointype === 'JOIN_INNER') return { ...both, on: [...both.on, ...on] };
  const lost = [
    ...(node.jointype === 'JOIN_LEFT' ? [] : [left]),
    ...(node.jointype === 'JOIN_RIGHT' ? [] : [right]),
  ];
  return {
    relations: both.relations,
    // A row that is not found is not asked by the joins within.
    on: [left, right].flatMap((side) => (lost.includes(side) ? [] : side.on)),
    outer: [...both.outer, ...on, ...lost.flatMap((side) => side.on)],
    nullable: [...both.nullable, ...lost.flatMap((side) => side.relations.map(({ name }) => name))],
  };
}

function alone(relation: Relation): From {
  return { ...NO_FROM, relations: [relation] };
}

function nameOf({ alias }: TreeNode): string | null {
  const name = (alias as TreeNode | undefined)?.aliasname;
  return name === undefined ? null : String(name);
}

const OPAQUE: Expression = { is: 'opaque' };

const EXPRESSIONS: Readonly<Record<string, (node: TreeNode) => Expression>> = {
  A_Const: constant,
  ColumnRef({ fields }) {
    const names = nodesOf(fields).map((field) =>
      'A_Star' in field ? '*' : ((field.String as TreeNode)?.sval as string),
    );
    return { is: 'column', relation: names.at(-2) ?? null, name: names.at(-1) ?? '' };
  },
  BoolExpr({ boolop, args }) {
    const of = nodesOf(args).map(expressionOf);
    return boolop === 'NOT_EXPR'
      ? { is: 'not', of: of[0] ?? OPAQUE }
      : { is: boolop === 'AND_EXPR' ? 'and' : 'or', of };
  },
  NullTest({ arg, nulltesttype }) {
    const test: Expression = { is: 'null', of: expressionOf(arg as TreeNode) };
    return nulltesttype === 'IS_NULL' ? test : { is: 'not', of: test };
  },
  BooleanTest({ arg, booltesttype }) {
    const of = expressionOf(arg as TreeNode);
    if (booltesttype === 'IS_TRUE') return { is: 'surely', of };
    return booltesttype === 'IS_FALSE' ? { is: 'surely', of: { is: 'not', of } } : OPAQUE;
  },
  A_Expr: operation,
  SubLink: subselect,
  TypeCast({ arg, typeName }) {
    const { names, typmods, arrayBounds } = (typeName ?? {}) as TreeNode;
    const type = arrayBounds === undefined ? (namesOf(names).at(-1) ?? '') : 'array';
    const inner = expressionOf(arg as TreeNode);
    if (type === 'bool' && inner.is === 'value' && inner.text !== null)
      return {
        is: 'value',
        kind: 'boolean',
        text: /^(?:t|true|y|yes|on|1)$/i.test(inner.text) ? 'true' : 'false',
      };
    return {
      is: 'call',
      name: typmods === undefined || inner.is === 'value' ? `cast ${type}` : 'cast',
      of: [inner],
    };
  },
  FuncCall({ funcname, args, over, agg_filter, agg_order, func_variadic }) {
    if (over ?? agg_filter ?? agg_order ?? func_variadic) return OPAQUE;
    return { is: 'call', name: namesOf(funcname).at(-1) ?? '', of: nodesOf(args).map(expressionOf) };
  },
  SQLValueFunction: ({ op }) => ({ is: 'call', name: String(op).slice(6).toLowerCase(), of: [] }),
  ParamRef: () => ({ is: 'call', name: '$', of: [] }),
  CollateClause: ({ arg }) => ({ is: 'call', name: 'collate', of: [expressionOf(arg as TreeNode)] }),
  RowExpr: ({ args }) => ({ is: 'row', of: nodesOf(args).map(expressionOf) }),
  A_ArrayExpr: ({ elements }) => ({ is: 'call', name: 'array', of: nodesOf(elements).map(expressionOf) }),
  CoalesceExpr: ({ args }) => ({ is: 'call', name: 'coalesce', of: nodesOf(args).map(expressionOf) }),
  MinMaxExpr: ({ args }) => ({ is: 'call', name: 'minmax', of: nodesOf(args).map(expressionOf) }),
  CurrentOfExpr: () => ({ is: 'current' }),
};

function constant(node: TreeNode): Expression {
  if (node.isnull) return { is: 'value', kind: 'string', text: null };
  const { boolval, ival, fval, sval, bsval } = node as Readonly<Record<string, TreeNode | undefined>>;
  if (boolval) return { is: 'value', kind: 'boolean', text: boolval.boolval === true ? 'true' : 'false' };
  if (ival) return { is: 'value', kind: 'number', text: String(ival.ival ?? 0) };
  if (fval) return { is: 'value', kind: 'number', text: String(fval.fval) };
  return { is: 'value', kind: 'string', text: String(sval?.sval ?? bsval?.bsval ?? '') };
}

function operation(node: TreeNode): Expression {
  const name = namesOf(node.name).at(-1) ?? '';
  const left = expressionOf(node.lexpr as TreeNode);
  const items = nodesOf(
    (node.rexpr as TreeNode)?.List ? ((node.rexpr as TreeNode).List as TreeNode).items : [],
  ).map(expressionOf);
  const right = expressionOf(node.rexpr as TreeNode);
  const negated = (is: boolean, of: Expression): Expression => (is ? { is: 'not', of } : of);
  switch (node.kind) {
    case 'AEXPR_OP': {
      const operator = name === '!=' ? '<>' : name;
      if (isComparison(operator)) return { is: 'compare', operator, left, right };
      if (name === '~') return { is: 'regexp', of: left, pattern: right };
      if (name === '@>' || name === '&&') return { is: 'contains', of: left, pattern: right };
      return { is: 'call', name, of: node.lexpr === undefined ? [right] : [left, right] };
    }
    case 'AEXPR_OP_ANY':
      return name === '=' ? elementOf(left, right) : OPAQUE;
    case 'AEXPR_IN':
      return negated(name === '<>', { is: 'in', of: left, items });
    case 'AEXPR_LIKE':
    case 'AEXPR_ILIKE':
      return negated(name.startsWith('!'), { is: 'like', of: left, pattern: right });
    case 'AEXPR_DISTINCT':
    case 'AEXPR_NOT_DISTINCT': {
      const same: Expression =
        right.is === 'value' && right.text === null
          ? { is: 'null', of: left }
          : { is: 'compare', operator: '=', left, right };
      return negated(node.kind === 'AEXPR_DISTINCT', same);
    }
    case 'AEXPR_BETWEEN':
    case 'AEXPR_NOT_BETWEEN': {
      const [low = OPAQUE, high = OPAQUE] = items;
      const both: Expression = {
        is: 'and',
        of: [
          { is: 'compare', operator: '>=', left, right: low },
          { is: 'compare', operator: '<=', left, right: high },
        ],
      };
      return negated(node.kind === 'AEXPR_NOT_BETWEEN', both);
    }
    default:
      return OPAQUE;
  }
}

/** `= ANY (…)` of an array: of its elements, or of a query's rows. */
function elementOf(left: Expression, array: Expression): Expression {
  if (array.is !== 'call') return { is: 'element', of: left, array };
  const [first] = array.of;
  if (array.name === 'array query' && first?.is === 'scalar')
    return { is: 'inQuery', of: left, query: first.query };
  return array.name === 'array'
    ? { is: 'in', of: left, items: array.of }
    : { is: 'element', of: left, array };
}

function subselect({ subLinkType, testexpr, operName, subselect }: TreeNode): Expression {
  const query = queryOf(subselect as TreeNode);
  if (subLinkType === 'EXISTS_SUBLINK') return { is: 'exists', query };
  if (subLinkType === 'EXPR_SUBLINK') return { is: 'scalar', query };
  if (subLinkType === 'ARRAY_SUBLINK')
    return { is: 'call', name: 'array query', of: [{ is: 'scalar', query }] };
  const isIn = subLinkType === 'ANY_SUBLINK' && (operName === undefined || namesOf(operName).at(-1) === '=');
  return isIn ? { is: 'inQuery', of: expressionOf(testexpr as TreeNode), query } : OPAQUE;
}

function isComparison(name: string): name is '=' | '<>' | '<' | '<=' | '>' | '>=' {
  return ['=', '<>', '<', '<=', '>', '>='].includes(name);
}
