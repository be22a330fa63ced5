/**
 * An expression of either SQL dialect, as far as it decides which rows a condition leaves. What a dialect has beyond it is a `call` of
 * its parts, of which nothing is known but which columns it is made of.
 */
export type Expression =
  /** `text` is null for NULL. */
  | { readonly is: 'value'; readonly text: string | null; readonly kind: 'string' | 'number' | 'boolean' }
  | { readonly is: 'column'; readonly relation: string | null; readonly name: string }
  | { readonly is: 'and' | 'or' | 'row'; readonly of: readonly Expression[] }
  /** `surely`: IS TRUE, of which the opposite is more than NOT. */
  | { readonly is: 'not' | 'null' | 'surely'; readonly of: Expression }
  | {
      readonly is: 'compare';
      readonly operator: '=' | '<>' | '<' | '<=' | '>' | '>=';
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly is: 'like' | 'regexp' | 'contains';
      readonly of: Expression;
      readonly pattern: Expression;
    }
  | { readonly is: 'in'; readonly of: Expression; readonly items: readonly Expression[] }
  /** `= ANY (array)` */
  | { readonly is: 'element'; readonly of: Expression; readonly array: Expression }
  | { readonly is: 'inQuery'; readonly of: Expression; readonly query: Query }
  | { readonly is: 'exists' | 'scalar'; readonly query: Query }
  /** A function by its name in small letters, an operator, `cast TYPE`; a parameter or variable is one without parts. */
  | { readonly is: 'call'; readonly name: string; readonly of: readonly Expression[] }
  /** A part that is not understood: it may be made of anything. */
  | { readonly is: 'opaque' }
  /** The row that a cursor stands on. */
  | { readonly is: 'current' };

/** A relation of a FROM, by the name that columns are qualified with. */
export type Relation =
  | { readonly name: string; readonly is: 'table'; readonly table: string }
  /** `columns`: what they are called, where that is known of all of them. */
  | {
      readonly name: string;
      readonly is: 'query';
      readonly query: Query;
      readonly columns?: readonly string[];
    }
  /** A function in FROM. */
  | { readonly name: string; readonly is: 'call'; readonly of: Expression };

/** Relations and what joins them. */
export interface From {
  readonly relations: readonly Relation[];
  /** The conditions of inner joins, which are as good as a WHERE. */
  readonly on: readonly Expression[];
  /** Those of outer joins, which only say which rows belong together. */
  readonly outer: readonly Expression[];
  /** Relations of which an outer join may find no row. */
  readonly nullable: readonly string[];
}

export const NO_FROM: From = { relations: [], on: [], outer: [], nullable: [] };

/** A common table expression; one of WITH RECURSIVE may read itself. */
export interface Named {
  readonly name: string;
  readonly recursive: boolean;
  readonly query: Query;
}

/** What gives rows. */
export type Query =
  | {
      readonly is: 'select';
      readonly with: readonly Named[];
      readonly columns: readonly Expression[];
      readonly from: From;
      readonly where: Expression | null;
      /** A literal LIMIT; null where there is none, or none that is a number. */
      readonly limit: number | null;
      /** GROUP BY, HAVING, DISTINCT, LIMIT or OFFSET: how many rows it gives is not only its WHERE's matter. */
      readonly folded: boolean;
      /** What its columns are called, where that is said of all of them. */
      readonly names?: readonly string[];
    }
  | { readonly is: 'values'; readonly of: readonly Expression[] }
  | {
      readonly is: 'union' | 'intersect' | 'except';
      readonly with: readonly Named[];
      readonly left: Query;
      readonly right: Query;
      readonly limit: number | null;
    }
  | { readonly is: 'unknown' };

/** Joins of two FROMs, as by a comma. */
export function joined(left: From, right: From): From {
  return {
    relations: [...left.relations, ...right.relations],
    on: [...left.on, ...right.on],
    outer: [...left.outer, ...right.outer],
    nullable: [...left.nullable, ...right.nullable],
  };
}
