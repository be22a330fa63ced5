import { LIMITED_ROWS_MAX } from '../limits.ts';
import { Comparisons } from './comparisons.ts';
import { type Column, type Condition, equalTo, type Narrowed, narrowedBy, UNSURE } from './condition.ts';
import { Constants } from './constants.ts';
import type { Dialect } from './dialect.ts';
import type { Expression, From, Named, Query, Relation } from './expression.ts';
import { FollowedColumns } from './followed-column.ts';
import { type Names, type Scope, Scopes, withNames } from './scope.ts';

/** A change of stored rows: of `targets`, by their names in `from`. */
export interface Change {
  readonly with: readonly Named[];
  readonly from: From;
  readonly where: Expression | null;
  readonly targets: readonly string[];
}

/** Judges which changes are known to leave rows of their target out. */
export class Narrowness {
  private readonly scopes = new Scopes();
  private readonly constants = new Constants(this.scopes);
  private readonly columns: FollowedColumns;
  private readonly comparisons: Comparisons;
  /** What is known of queries: one that is named may be read many times. */
  private readonly extents = new Map<Query, Extent>();

  constructor(private readonly dialect: Dialect) {
    this.columns = new FollowedColumns(dialect, this.constants);
    this.comparisons = new Comparisons(dialect, this.constants, this.columns);
  }

  /** Whether each target of a change is known to be narrowed. */
  isNarrow(change: Change, names: Names = new Map()): boolean {
    if (change.where?.is === 'current') return true;
    const inside = withNames(names, change.with);
    const scope = this.scopes.of(change.from.relations, inside, null);
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
        return query.of.every((one) => this.constants.isConstant(one, this.scopes.of([], names, null)))
          ? 'few'
          : 'all';
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
    const scope = this.scopes.of(relations, inside, null);
    if (!query.columns.every((one) => this.constants.isOwn(one, scope))) return 'all';
    if (relations.length === 0)
      return query.columns.every((one) => this.constants.isFewRows(one, scope)) ? 'few' : 'all';
    if (isFew(query.limit)) return 'few';
    if (relations.length === 1 && isItself(relations[0]!, inside)) return 'all';
    const narrowed = this.narrowed(query.from, query.where, scope);
    if (!scope.all.every((id) => narrowed.has(id))) return 'all';
    return scope.all.some((id) => narrowed.get(id)!.size > 0) ? 'sided' : 'few';
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
      return this.constants.isFewRows(relation.of, this.scopes.of([], scope.names, null)) ? 'few' : 'all';
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
        const column = this.dialect.hasBoolean ? this.columns.of(expression, scope) : null;
        return column ? equalTo(column.column, [true]) : UNSURE;
      }
      case 'null': {
        const column = this.columns.of(expression.of, scope);
        return column && !column.isPart ? { ...equalTo(column.column), absent: true } : UNSURE;
      }
      case 'compare':
        return this.comparisons.comparison(expression, scope);
      case 'like':
      case 'regexp':
      case 'contains': {
        const column = this.columns.of(expression.of, scope);
        return column && this.comparisons.isTelling(expression.is, expression.pattern, scope)
          ? equalTo(column.column)
          : UNSURE;
      }
      case 'in':
        return this.comparisons.membership(expression.of, expression.items, scope);
      case 'inQuery': {
        const sides = expression.of.is === 'row' ? expression.of.of : [expression.of];
        const column = sides.map((one) => this.columns.of(one, scope)).find((one) => one && !one.isPart);
        return column ? ofExtent(column.column, this.extentOf(expression.query, scope.names)) : UNSURE;
      }
      case 'element': {
        const column = this.columns.of(expression.of, scope);
        return column && this.constants.isFixed(expression.array) ? equalTo(column.column) : UNSURE;
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
    const inner = this.scopes.of(query.from.relations, withNames(scope.names, query.with), scope);
    group.all.push(...inner.all);
    return this.ofFrom(query.from, query.where, inner, group);
  }
}

/** Of what a query reads: all of it, for all that is known; a range of it; a part of it. */
type Extent = 'all' | 'sided' | 'few';

function ofExtent(column: Column, extent: Extent): Condition {
  if (extent === 'all') return UNSURE;
  return extent === 'few' ? equalTo(column) : { ...equalTo(column), sided: true };
}

type Group = { readonly all: string[]; readonly nullable: Set<string> };

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
