import { isExtreme, isPast } from './bounds.ts';

/** A field of stored rows. The relation is '' where it is not known whose it is. */
export interface Column {
  readonly relation: string;
  readonly name: string;
}

/**
 * What a condition says of the rows it is true of, as far as that decides whether it leaves most of them out. `equal`: a column is one
 * of a few values that are not stored in the row; `above`, `below`: a range that is open on its other side; `joined`: columns of
 * two relations are equal; `surely`: holds no longer when it is negated; `unsure`: may be true of every row.
 */
export type Condition =
  | { readonly is: 'and' | 'or'; readonly of: readonly Condition[] }
  | { readonly is: 'not' | 'surely'; readonly of: Condition }
  | {
      readonly is: 'equal' | 'unequal';
      readonly column: Column;
      /** The truth values among those that are compared: true and false together are every value of a flag. */
      readonly truths?: readonly boolean[];
      /** The values are those of a range, so that another range may be all the rest. */
      readonly sided?: true;
      /** It is compared with NULL, which a row that an outer join did not find has everywhere. */
      readonly absent?: true;
    }
  | { readonly is: 'above' | 'below'; readonly column: Column; readonly bound: Bound }
  | { readonly is: 'joined'; readonly left: string; readonly right: string }
  | { readonly is: 'unsure' };

/** Where a range begins or ends. */
export interface Bound {
  /** A literal's; null where it is a time near the clock. */
  readonly text: string | null;
  /** It is in the range itself. */
  readonly inclusive: boolean;
  /** Of a clock: it lies back, so that what has happened since is left out. */
  readonly isBack?: boolean;
}

export const UNSURE: Condition = { is: 'unsure' };

/** The relations among which a condition is looked at. */
export interface Relations {
  readonly all: readonly string[];
  /** Those whose columns may be NULL because an outer join found no row. */
  readonly nullable: ReadonlySet<string>;
}

/**
 * The relations of which a condition is known not to be true of every row: a column of theirs is compared with what is not stored in
 * it, or is equal to a column of a relation of which that is so.
 */
export function narrowedBy(condition: Condition, relations: Relations): Narrowed {
  const positive = withoutNot(condition, false);
  const joins = joinsOf(positive);
  const found = closed(narrowed(positive, [], relations), joins);
  // Whichever relation has the column, all of them are as narrow when each is joined to the others.
  const sides = found.get('');
  if (sides && isConnected(relations.all, joins))
    for (const relation of relations.all) if (!found.has(relation)) found.set(relation, rest(sides));
  return found;
}

/** Negations pushed down to the comparisons. */
function withoutNot(condition: Condition, negated: boolean): Condition {
  switch (condition.is) {
    case 'not':
      return withoutNot(condition.of, !negated);
    case 'surely':
      return negated ? UNSURE : withoutNot(condition.of, false);
    case 'and':
    case 'or': {
      const is = negated ? (condition.is === 'and' ? 'or' : 'and') : condition.is;
      const of = condition.of.map((one) => withoutNot(one, negated));
      return { is, of: is === 'and' ? of.flatMap((one) => (one.is === 'and' ? one.of : [one])) : of };
    }
    case 'joined':
      return negated ? UNSURE : condition;
    case 'unsure':
      return condition;
    case 'equal':
    case 'unequal':
      return negated ? { ...condition, is: condition.is === 'equal' ? 'unequal' : 'equal' } : condition;
    default: {
      const { column, bound, is } = condition;
      if (!negated) return condition;
      return {
        is: is === 'above' ? 'below' : 'above',
        column,
        bound: { ...bound, inclusive: !bound.inclusive },
      };
    }
  }
}

type Joins = readonly (readonly [string, string])[];
/**
 * By relation, what is left of its columns' values by one-sided comparisons: `a>`, `a<`, `a+`, `a-`, and `~` where it is not known
 * what the rest of them is.
 */
export type Narrowed = Map<string, ReadonlySet<string>>;

function joinsOf(condition: Condition): Joins {
  const parts = condition.is === 'and' ? condition.of : [condition];
  return parts.flatMap((one) => (one.is === 'joined' ? [[one.left, one.right] as const] : []));
}

function narrowed(condition: Condition, outer: Joins, relations: Relations): Narrowed {
  switch (condition.is) {
    case 'equal': {
      const { column, truths = [], absent, sided } = condition;
      if (absent && (column.relation === '' || relations.nullable.has(column.relation))) return new Map();
      return only(
        column.relation,
        sided ? ['~'] : truths.map((truth) => `${column.name}${truth ? '+' : '-'}`),
      );
    }
    case 'above':
    case 'below': {
      const { column, is, bound } = condition;
      return leavesNothingOut(is, column, bound)
        ? new Map()
        : only(column.relation, [`${column.name}${is === 'above' ? '>' : '<'}`]);
    }
    case 'and': {
      const joins = [...outer, ...joinsOf(condition)];
      return closed(every(condition.of.map((one) => narrowed(one, joins, relations))), joins);
    }
    case 'or':
      return some(condition.of.map((one) => closed(narrowed(one, outer, relations), outer)));
    default:
      return new Map();
  }
}

function leavesNothingOut(
  is: 'above' | 'below',
  { name }: Column,
  { text, inclusive, isBack }: Bound,
): boolean {
  if (text !== null) return isExtreme(is, text, inclusive, name);
  return is === 'below' && !isBack && isPast(name);
}

/** True and false at once, or both directions from a value, are everything. */
function isEverything(sides: ReadonlySet<string>): boolean {
  return [...sides].some((side) => {
    const column = side.slice(0, -1);
    return (side.endsWith('>') && sides.has(`${column}<`)) || (side.endsWith('+') && sides.has(`${column}-`));
  });
}

function only(relation: string, sides: readonly string[]): Narrowed {
  const one = new Set(sides);
  return isEverything(one) ? new Map() : new Map([[relation, one]]);
}

/** All hold at once: of the comparisons of a relation the one that leaves the fewest doubts counts. */
function every(parts: readonly Narrowed[]): Narrowed {
  const found: Narrowed = new Map();
  for (const part of parts)
    for (const [relation, sides] of part) {
      const before = found.get(relation);
      const between = before && isEverything(new Set([...before, ...sides]));
      if (between) found.set(relation, new Set());
      else if (!before || sides.size < before.size) found.set(relation, sides);
    }
  return found;
}

/** One of them holds: what narrows has to be there in each of them, and must not be everything together. */
function some(parts: readonly Narrowed[]): Narrowed {
  const found: Narrowed = new Map();
  for (const relation of parts[0]?.keys() ?? []) {
    if (!parts.every((part) => part.has(relation))) continue;
    const sides = new Set(parts.flatMap((part) => [...part.get(relation)!]));
    const mayBeAll = sides.has('~') && parts.length > 1;
    if (!mayBeAll && !isEverything(sides)) found.set(relation, sides);
  }
  return found;
}

/** What is narrowed by way of equal columns too. */
function closed(found: Narrowed, joins: Joins): Narrowed {
  const all = new Map(found);
  for (let grew = true; grew; ) {
    grew = false;
    for (const [left, right] of joins)
      for (const [from, to] of [
        [left, right],
        [right, left],
      ] as const) {
        const sides = all.get(from);
        if (!sides || all.has(to) || to === '' || from === '') continue;
        all.set(to, rest(sides));
        grew = true;
      }
  }
  return all;
}

/** What is known of a relation by another one's sides. */
function rest(sides: ReadonlySet<string>): ReadonlySet<string> {
  return new Set(sides.size > 0 ? ['~'] : []);
}

function isConnected(relations: readonly string[], joins: Joins): boolean {
  const [first] = relations;
  if (first === undefined) return false;
  return closed(new Map([[first, new Set()]]), joins).size >= relations.length;
}

/** That a column has one value; of a truth, which ones. */
export function equalTo(column: Column, truths: readonly boolean[] = []): Condition & { is: 'equal' } {
  return { is: 'equal', column, truths };
}
