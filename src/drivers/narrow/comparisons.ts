import { isTellingContent, isTellingLike, isTellingRegexp } from './bounds.ts';
import { type Condition, equalTo, UNSURE } from './condition.ts';
import type { Constants } from './constants.ts';
import type { Dialect } from './dialect.ts';
import type { Expression } from './expression.ts';
import type { FollowedColumn, FollowedColumns } from './followed-column.ts';
import { boundOf, literalOf, truthOf } from './literal.ts';
import type { Scope } from './scope.ts';

type Operator = Extract<Expression, { is: 'compare' }>['operator'];

const MIRRORED = { '=': '=', '<>': '<>', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const;

/** Judges comparisons of columns with constants, and with each other. */
export class Comparisons {
  constructor(
    private readonly dialect: Dialect,
    private readonly constants: Constants,
    private readonly columns: FollowedColumns,
  ) {}

  comparison({ operator, left, right }: Extract<Expression, { is: 'compare' }>, scope: Scope): Condition {
    if (left.is === 'row' && right.is === 'row') return this.rows(operator, left.of, right.of, scope);
    const [a, b] = [this.columns.of(left, scope), this.columns.of(right, scope)];
    if (a && b) {
      const isJoin = operator === '=' && a.column.relation !== b.column.relation;
      return isJoin && !a.isPart && !b.isPart
        ? { is: 'joined', left: a.column.relation, right: b.column.relation }
        : UNSURE;
    }
    if (a) return this.toConstant(operator, a, right, scope);
    return b ? this.toConstant(MIRRORED[operator], b, left, scope) : UNSURE;
  }

  /** `(a, b) = (1, 2)`: all of them; `(a, b) < (1, 2)`: the first decides. */
  private rows(
    operator: Operator,
    left: readonly Expression[],
    right: readonly Expression[],
    scope: Scope,
  ): Condition {
    if (left.length !== right.length || left.length === 0) return UNSURE;
    const pairs = left.map(
      (one, at): Condition =>
        this.comparison({ is: 'compare', operator, left: one, right: right[at]! }, scope),
    );
    if (operator === '=') return { is: 'and', of: pairs };
    return operator === '<>' ? UNSURE : { is: 'surely', of: pairs[0]! };
  }

  private toConstant(
    operator: Operator,
    { column, isPart }: FollowedColumn,
    constant: Expression,
    scope: Scope,
  ): Condition {
    if (!this.constants.isConstant(constant, scope)) return UNSURE;
    const truth = truthOf(constant);
    if (operator === '=') return equalTo(column, truth === null ? [] : [truth]);
    if (operator === '<>') return { is: 'not', of: equalTo(column, truth === null ? [] : [truth]) };
    const bound = boundOf(constant);
    const inclusive = operator.endsWith('=');
    const isTruth = constant.is === 'value' && constant.kind === 'boolean';
    if (isPart || isTruth || bound === null || this.dialect.places.has(column.name)) return UNSURE;
    const is = operator.startsWith('<') ? 'below' : 'above';
    return { is, column, bound: { ...bound, inclusive } };
  }

  membership(of: Expression, items: readonly Expression[], scope: Scope): Condition {
    if (of.is === 'row') {
      const rows = items.map(
        (item): Condition => (item.is === 'row' ? this.rows('=', of.of, item.of, scope) : UNSURE),
      );
      return { is: 'or', of: rows };
    }
    const column = this.columns.of(of, scope);
    if (!column || !items.every((item) => this.constants.isConstant(item, scope))) return UNSURE;
    if (column.isPart && items.length > 1) return UNSURE;
    const truths = items.map(truthOf);
    return equalTo(column.column, truths.includes(null) ? [] : (truths as boolean[]));
  }

  /** Whether a pattern leaves texts out. */
  isTelling(kind: 'like' | 'regexp' | 'contains', pattern: Expression, scope: Scope): boolean {
    const text = literalOf(pattern);
    if (text === null)
      return (
        kind === 'contains' &&
        pattern.is === 'call' &&
        pattern.name === 'array' &&
        pattern.of.length > 0 &&
        this.constants.isConstant(pattern, scope)
      );
    return kind === 'like'
      ? isTellingLike(text)
      : kind === 'regexp'
        ? isTellingRegexp(text)
        : isTellingContent(text);
  }
}
