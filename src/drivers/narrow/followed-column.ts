import type { Column } from './condition.ts';
import type { Constants } from './constants.ts';
import type { Dialect } from './dialect.ts';
import type { Expression } from './expression.ts';
import { CASTS, KEEPING, KEEPING_LAST, PARTS, PARTS_OF_TIME } from './functions.ts';
import { unit } from './literal.ts';
import type { Scope } from './scope.ts';

/** The column that an expression follows: where `isPart`, different values of the column may be one of the expression. */
export interface FollowedColumn {
  readonly column: Column;
  readonly isPart: boolean;
}

/** Finds the columns that expressions follow. */
export class FollowedColumns {
  constructor(
    private readonly dialect: Dialect,
    private readonly constants: Constants,
  ) {}

  /** The column that an expression follows, and whether it follows it in part only. */
  of(expression: Expression, scope: Scope): FollowedColumn | null {
    if (expression.is === 'column') {
      const column = scope.resolve(expression);
      return column && !this.dialect.alike.has(column.name) ? { column, isPart: false } : null;
    }
    const [first, ...rest] = expression.is === 'call' ? expression.of : [];
    if (expression.is !== 'call' || !first) return null;
    const { name, of } = expression;
    const last = of.at(-1)!;
    if (name.startsWith('cast ')) return CASTS.has(name.slice(5)) ? this.of(first, scope) : null;
    if (PARTS.has(name)) {
      const isNamed = rest.length === 0 || (first.is === 'value' && PARTS_OF_TIME.has(unit(first)));
      const found = isNamed ? this.of(last, scope) : null;
      return found && { ...found, isPart: true };
    }
    const constants = (parts: readonly Expression[]): boolean =>
      parts.every((one) => this.constants.isConstant(one, scope));
    if (KEEPING_LAST.has(name) && rest.length > 0 && constants(of.slice(0, -1)))
      return this.isKept(first) ? this.of(last, scope) : null;
    return this.isKeeping(name, rest) && constants(rest) ? this.of(first, scope) : null;
  }

  /** Whether a function or operator keeps the values of its first part apart. */
  private isKeeping(name: string, rest: readonly Expression[]): boolean {
    if (name === '+' || name === '-') {
      const [other] = rest;
      const isTime = other?.is === 'call' && other.name === 'interval';
      return rest.length === 1 && (this.dialect.hasArithmetic || isTime);
    }
    // With a second part it takes away what it names.
    return KEEPING.has(name) && !(name.endsWith('trim') && rest.length > 0);
  }

  /** A unit of date_trunc by which rows of different times stay apart. */
  private isKept(given: Expression): boolean {
    return given.is !== 'value' || !/^(?:dec|cent|mil)/.test(unit(given));
  }
}
