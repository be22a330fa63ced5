import { LIMITED_ROWS_MAX } from '../limits.ts';
import { isTellingContent, isTellingLike, isTellingRegexp } from './bounds.ts';
import { type Column, type Condition, type Narrowed, narrowedBy, UNSURE } from './condition.ts';
import type { Expression, From, Named, Query, Relation } from './expression.ts';
import { CASTS, ELEMENTS, KEEPING, KEEPING_LAST, PARTS, PARTS_OF_TIME } from './functions.ts';
import { boundOf, literalOf, truthOf, unit } from './literal.ts';
import { type Names, Scope, withNames } from './scope.ts';

/** What a dialect means by what both can write. */
export interface Dialect {
  /** A column alone is a condition of the type boolean; else a number of which any but 0 is true. */
  readonly hasBoolean: boolean;
  /** Numbers may be added to a column: strings are no numbers. */
  readonly hasArithmetic: boolean;
  /** Columns of the system's that are alike in all rows. */
  readonly alike: ReadonlySet<string>;
  /** Columns of the system's of which only single values mean something. */
  readonly places: ReadonlySet<string>;
}

/** A change of stored rows: of `targets`, by their names in `from`. */
export interface Change {
  readonly with: readonly Named[];
  readonly from: From;
  readonly where: Expression | null;
  readonly targets: readonly string[];
}

/** Judges which changes are known to leave rows of their target out. */
export class Narrowness {
  private lastId = 0;
  /** What is known of queries: one that is named may be read many times. */
  private readonly extents = new Map<Query, Extent>();

  constructor(private readonly dialect: Dialect) {}

  /** Whether each target of a change is known to be narrowed. */
  isNarrow(change: Change, names: Names = new Map()): boolean {
    if (change.where?.is === 'current') return true;
    const inside = withNames(names, change.with);
    const scope = this.scope(change.from.relations, inside, null);
    const narrowed = this.narrowed(change.from, change.where, scope);
    return (
      change.targets.length > 0 &&
      change.targets.every((target) => {
        const id = scope.idOf(target);
        return id !== null && narrowed.has(id);
      })
    );
  }

  /** Whether a query is known to give not all rows of what it reads. */
  isBounded(query: Query, names: Names = new Map()): boolean {
    return this.extentOf(query, names) !== 'all';
  }

  private extentOf(query: Query, names: Names): Extent {
    const known = this.extents.get(query);
    if (known !== undefined) return known;
    const found = this.extent(query, names);
    this.extents.set(query, found);
    return found;
  }

  private extent(query: Query, names: Names): Extent {
    switch (query.is) {
      case 'values':
        return query.of.every((one) => this.isConstant(one, this.scope([], names, null))) ? 'few' : 'all';
      case 'union':
      case 'intersect':
      case 'except': {
        const inside = withNames(names, query.with);
        if (isFew(query.limit)) return 'few';
        const [left, right] = [this.extentOf(query.left, inside), this.extentOf(query.right, inside)];
        // Two ranges may be everything together.
        if (query.is === 'union') return left === 'few' && right === 'few' ? 'few' : 'all';
        return query.is === 'except' || left !== 'all' ? left : right;
      }
      case 'select':
        return this.extentOfSelect(query, names);
      default:
        return 'all';
    }
  }

  private extentOfSelect(query: Extract<Query, { is: 'select' }>, names: Names): Extent {
    const inside = withNames(names, query.with);
    const { relations } = query.from;
    const scope = this.scope(relations, inside, null);
    if (!query.columns.every((one) => this.isOwn(one, scope))) return 'all';
    if (relations.length === 0)
      return query.columns.every((one) => this.isFewRows(one, scope)) ? 'few' : 'all';
    if (isFew(query.limit)) return 'few';
    if (relations.length === 1 && isItself(relations[0]!, inside)) return 'all';
    const narrowed = this.narrowed(query.from, query.where, scope);
    if (!scope.all.every((id) => narrowed.has(id))) return 'all';
    return scope.all.some((id) => narrowed.get(id)!.size > 0) ? 'sided' : 'few';
  }

  private scope(relations: readonly Relation[], names: Names, parent: Scope | null): Scope {
    return new Scope(relations, names, parent, () => String(++this.lastId));
  }

  /** The relations that a WHERE and its joins narrow. */
  private narrowed(from: From, where: Expression | null, scope: Scope): Narrowed {
    const relations: Group = { all: [...scope.all], nullable: new Set() };
    const condition = this.ofFrom(from, where, scope, relations);
    return narrowedBy(condition, relations);
  }

  private ofFrom(from: From, where: Expression | null, scope: Scope, group: Group): Condition {
    for (const name of from.nullable) group.nullable.add(scope.idOf(name) ?? '');
    const conditions = [...(where ? [where] : []), ...from.on].map((one) =>
      this.condition(one, scope, group),
    );
    const bounded = from.relations.flatMap((one): Condition[] => {
      const id = scope.idOf(one.name);
      return id === null ? [] : [ofExtent({ relation: id, name: '*' }, this.extentOfRelation(one, scope))];
    });
    const outer = from.outer.flatMap((one) => joinsIn(this.condition(one, scope, group)));
    return { is: 'and', of: [...conditions, ...bounded, ...outer] };
  }

  private extentOfRelation(relation: Relation, scope: Scope): Extent {
    if (relation.is === 'query') return this.extentOf(relation.query, scope.names);
    if (relation.is === 'call')
      return this.isFewRows(relation.of, this.scope([], scope.names, null)) ? 'few' : 'all';
    const named = scope.names.get(relation.table);
    if (named === undefined) return 'all';
    return named === 'itself' ? 'few' : this.extentOf(named.query, named.names);
  }

  private condition(expression: Expression, scope: Scope, group: Group): Condition {
    switch (expression.is) {
      case 'and':
      case 'or':
        return { is: expression.is, of: expression.of.map((one) => this.condition(one, scope, group)) };
      case 'not':
      case 'surely':
        return { is: expression.is, of: this.condition(expression.of, scope, group) };
      case 'column': {
        const column = this.dialect.hasBoolean ? this.column(expression, scope) : null;
        return column ? equalTo(column.column, [true]) : UNSURE;
      }
      case 'null': {
        const column = this.column(expression.of, scope);
        return column && !column.isPart ? { ...equalTo(column.column), absent: true } : UNSURE;
      }
      case 'compare':
        return this.comparison(expression, scope);
      case 'like':
      case 'regexp':
      case 'contains': {
        const column = this.column(expression.of, scope);
        return column && this.isTelling(expression.is, expression.pattern, scope)
          ? equalTo(column.column)
          : UNSURE;
      }
      case 'in':
        return this.membership(expression.of, expression.items, scope);
      case 'inQuery': {
        const sides = expression.of.is === 'row' ? expression.of.of : [expression.of];
        const column = sides.map((one) => this.column(one, scope)).find((one) => one && !one.isPart);
        return column ? ofExtent(column.column, this.extentOf(expression.query, scope.names)) : UNSURE;
      }
      case 'element': {
        const column = this.column(expression.of, scope);
        return column && this.isFixed(expression.array) ? equalTo(column.column) : UNSURE;
      }
      case 'exists':
        return { is: 'surely', of: this.existence(expression.query, scope, group) };
      default:
        return UNSURE;
    }
  }

  /** Rows of another query exist that belong to the row: its relations are joined as if they stood in FROM. */
  private existence(query: Query, scope: Scope, group: Group): Condition {
    if (query.is !== 'select' || query.folded || query.from.relations.length === 0) return UNSURE;
    if (!query.columns.every((one) => one.is === 'column' || one.is === 'value')) return UNSURE;
    const inner = this.scope(query.from.relations, withNames(scope.names, query.with), scope);
    group.all.push(...inner.all);
    return this.ofFrom(query.from, query.where, inner, group);
  }

  private comparison(
    { operator, left, right }: Extract<Expression, { is: 'compare' }>,
    scope: Scope,
  ): Condition {
    if (left.is === 'row' && right.is === 'row') return this.rows(operator, left.of, right.of, scope);
    const [a, b] = [this.column(left, scope), this.column(right, scope)];
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
    { column, isPart }: PartOfColumn,
    constant: Expression,
    scope: Scope,
  ): Condition {
    if (!this.isConstant(constant, scope)) return UNSURE;
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

  private membership(of: Expression, items: readonly Expression[], scope: Scope): Condition {
    if (of.is === 'row') {
      const rows = items.map(
        (item): Condition => (item.is === 'row' ? this.rows('=', of.of, item.of, scope) : UNSURE),
      );
      return { is: 'or', of: rows };
    }
    const column = this.column(of, scope);
    if (!column || !items.every((item) => this.isConstant(item, scope))) return UNSURE;
    if (column.isPart && items.length > 1) return UNSURE;
    const truths = items.map(truthOf);
    return equalTo(column.column, truths.includes(null) ? [] : (truths as boolean[]));
  }

  /** The column that an expression follows, and whether it follows it in part only. */
  private column(expression: Expression, scope: Scope): PartOfColumn | null {
    if (expression.is === 'column') {
      const column = scope.resolve(expression);
      return column && !this.dialect.alike.has(column.name) ? { column, isPart: false } : null;
    }
    const [first, ...rest] = expression.is === 'call' ? expression.of : [];
    if (expression.is !== 'call' || !first) return null;
    const { name, of } = expression;
    const last = of.at(-1)!;
    if (name.startsWith('cast ')) return CASTS.has(name.slice(5)) ? this.column(first, scope) : null;
    if (PARTS.has(name)) {
      const isNamed = rest.length === 0 || (first.is === 'value' && PARTS_OF_TIME.has(unit(first)));
      const found = isNamed ? this.column(last, scope) : null;
      return found && { ...found, isPart: true };
    }
    const constants = (parts: readonly Expression[]): boolean =>
      parts.every((one) => this.isConstant(one, scope));
    if (KEEPING_LAST.has(name) && rest.length > 0 && constants(of.slice(0, -1)))
      return this.isKept(first) ? this.column(last, scope) : null;
    return this.isKeeping(name, rest) && constants(rest) ? this.column(first, scope) : null;
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

  private isTelling(kind: 'like' | 'regexp' | 'contains', pattern: Expression, scope: Scope): boolean {
    const text = literalOf(pattern);
    if (text === null)
      return (
        kind === 'contains' &&
        pattern.is === 'call' &&
        pattern.name === 'array' &&
        pattern.of.length > 0 &&
        this.isConstant(pattern, scope)
      );
    return kind === 'like'
      ? isTellingLike(text)
      : kind === 'regexp'
        ? isTellingRegexp(text)
        : isTellingContent(text);
  }

  /** Whether nothing of any row is in an expression, of whatever query around it. */
  private isConstant(expression: Expression, scope: Scope): boolean {
    return this.isMadeOf(expression, scope, () => false);
  }

  /** Whether an expression is as it stands: no query finds its values. */
  private isFixed(expression: Expression): boolean {
    if (expression.is === 'value') return true;
    return expression.is === 'call' && expression.of.every((one) => this.isFixed(one));
  }

  /** Whether all columns in an expression are of its own query. */
  private isOwn(expression: Expression, scope: Scope): boolean {
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
        return query.of.every((one) => this.isConstant(one, this.scope([], names, null)));
      case 'select': {
        const inside = withNames(names, query.with);
        const scope = this.scope(query.from.relations, inside, null);
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
  private isFewRows(expression: Expression, scope: Scope): boolean {
    if (!this.isConstant(expression, scope)) return false;
    if (expression.is !== 'call') return true;
    if (ELEMENTS.has(expression.name)) return this.isFixed(expression);
    return !/^generate_|_to_table$|each|elements/.test(expression.name);
  }
}

/** Of what a query reads: all of it, for all that is known; a range of it; a part of it. */
type Extent = 'all' | 'sided' | 'few';

function ofExtent(column: Column, extent: Extent): Condition {
  if (extent === 'all') return UNSURE;
  return extent === 'few' ? equalTo(column) : { ...equalTo(column), sided: true };
}

type Operator = Extract<Expression, { is: 'compare' }>['operator'];
type PartOfColumn = { readonly column: Column; readonly isPart: boolean };
type Group = { readonly all: string[]; readonly nullable: Set<string> };

const MIRRORED = { '=': '=', '<>': '<>', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const;

function equalTo(column: Column, truths: readonly boolean[] = []): Condition & { is: 'equal' } {
  return { is: 'equal', column, truths };
}

function joinsIn(condition: Condition): Condition[] {
  if (condition.is === 'and') return condition.of.flatMap(joinsIn);
  return condition.is === 'joined' ? [condition] : [];
}

function isFew(limit: number | null): boolean {
  return limit !== null && limit <= LIMITED_ROWS_MAX;
}

function isItself(relation: Relation, names: Names): boolean {
  return relation.is === 'table' && names.get(relation.table) === 'itself';
}
