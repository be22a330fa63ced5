import type { Expression, Query } from './expression.ts';
import { ELEMENTS } from './functions.ts';
import { type Names, type Scope, type Scopes, withNames } from './scope.ts';

/** Judges which expressions depend on no row, or on the rows of their own query alone. */
export class Constants {
  constructor(private readonly scopes: Scopes) {}

  /** Whether nothing of any row is in an expression, of whatever query around it. */
  isConstant(expression: Expression, scope: Scope): boolean {
    return this.isMadeOf(expression, scope, () => false);
  }

  /** Whether an expression is as it stands: no query finds its values. */
  isFixed(expression: Expression): boolean {
    if (expression.is === 'value') return true;
    return expression.is === 'call' && expression.of.every((one) => this.isFixed(one));
  }

  /** Whether all columns in an expression are of its own query. */
  isOwn(expression: Expression, scope: Scope): boolean {
    return this.isMadeOf(
      expression,
      scope,
      (column) => column.name === '*' || scope.resolve(column) !== null,
    );
  }

  private isMadeOf(
    expression: Expression,
    scope: Scope,
    mayBe: (column: Extract<Expression, { is: 'column' }>) => boolean,
  ): boolean {
    const all = (parts: readonly Expression[]): boolean =>
      parts.every((one) => this.isMadeOf(one, scope, mayBe));
    switch (expression.is) {
      case 'value':
        return true;
      case 'column':
        return mayBe(expression);
      case 'and':
      case 'or':
      case 'row':
      case 'call':
        return all(expression.of);
      case 'not':
      case 'null':
      case 'surely':
        return all([expression.of]);
      case 'compare':
        return all([expression.left, expression.right]);
      case 'like':
      case 'regexp':
      case 'contains':
        return all([expression.of, expression.pattern]);
      case 'in':
        return all([expression.of, ...expression.items]);
      case 'element':
        return all([expression.of, expression.array]);
      case 'inQuery':
        return all([expression.of]) && this.isClosed(expression.query, scope.names);
      case 'exists':
      case 'scalar':
        return this.isClosed(expression.query, scope.names);
      default:
        return false;
    }
  }

  /** Whether a query means nothing of the one around it. */
  private isClosed(query: Query, names: Names): boolean {
    switch (query.is) {
      case 'values':
        return query.of.every((one) => this.isConstant(one, this.scopes.of([], names, null)));
      case 'select': {
        const inside = withNames(names, query.with);
        const scope = this.scopes.of(query.from.relations, inside, null);
        const { from, where, columns } = query;
        const parts = [...columns, ...from.on, ...from.outer, ...(where ? [where] : [])];
        return (
          parts.every((one) => this.isOwn(one, scope)) &&
          from.relations.every(
            (one) =>
              one.is === 'table' ||
              (one.is === 'query' ? this.isClosed(one.query, inside) : this.isConstant(one.of, scope)),
          )
        );
      }
      case 'unknown':
        return false;
      default:
        return this.isClosed(query.left, names) && this.isClosed(query.right, names);
    }
  }

  /** A value, or the elements of a literal. Functions that make rows of two numbers make as many as the numbers say. */
  isFewRows(expression: Expression, scope: Scope): boolean {
    if (!this.isConstant(expression, scope)) return false;
    if (expression.is !== 'call') return true;
    if (ELEMENTS.has(expression.name)) return this.isFixed(expression);
    return !/^generate_|_to_table$|each|elements/.test(expression.name);
  }
}
