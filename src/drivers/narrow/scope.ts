import type { Column } from './condition.ts';
import type { Expression, Named, Query, Relation } from './expression.ts';

/** A common table expression with what it sees itself. A query that is being defined knows itself as `itself`. */
type Seen = { readonly query: Query; readonly names: Names } | 'itself';

/** The common table expressions that a place of a statement sees. */
export interface Names {
  get(name: string): Seen | undefined;
}

/** Names with those of a WITH added, each of which sees the ones before it, and itself where it is recursive. */
export function withNames(names: Names, named: readonly Named[]): Names {
  return named.reduce((all, { name, query, recursive }) => {
    const inside = recursive ? new OneMore(name, 'itself', all) : all;
    return new OneMore(name, { query, names: inside }, all);
  }, names);
}

/** Names and one more, which hides the one of the same name. Nothing is copied: each query of a WITH has names of its own. */
class OneMore implements Names {
  constructor(
    private readonly name: string,
    private readonly seen: Seen,
    private readonly others: Names,
  ) {}

  get(name: string): Seen | undefined {
    let names: Names = this;
    while (names instanceof OneMore) {
      if (names.name === name) return names.seen;
      names = names.others;
    }
    return names.get(name);
  }
}

/** The relations of one FROM and, around it, those of the statement it stands in. */
export class Scope {
  /** By the name that they are qualified with: an id that no other relation of the statement has. */
  private readonly ids = new Map<string, string>();
  private readonly relations = new Map<string, Relation>();
  /** Two relations go by one name, as far as it is known whose case counts. */
  private readonly isAmbiguous: boolean;

  constructor(
    relations: readonly Relation[],
    readonly names: Names,
    private readonly parent: Scope | null,
    newId: () => string,
  ) {
    for (const relation of relations) {
      this.ids.set(relation.name, newId());
      this.relations.set(relation.name, relation);
    }
    this.isAmbiguous = this.ids.size < relations.length;
  }

  /** The id of a relation of this FROM. */
  idOf(name: string): string | null {
    return this.isAmbiguous ? null : (this.ids.get(name) ?? null);
  }

  get all(): readonly string[] {
    return [...this.ids.values()];
  }

  /** Whose column it is: of the innermost FROM that can have it; null where it is of none, or no column at all. */
  resolve({ relation, name }: Extract<Expression, { is: 'column' }>): Column | null {
    if (this.isAmbiguous) return null;
    if (relation !== null) {
      const id = this.ids.get(relation);
      return id === undefined
        ? (this.parent?.resolve({ is: 'column', relation, name }) ?? null)
        : { relation: id, name };
    }
    // A relation's own name is its whole row.
    if (this.ids.has(name)) return null;
    const having = [...this.relations.values()].filter((one) => mayHave(one, name));
    if (having.length === 0) return this.parent?.resolve({ is: 'column', relation, name }) ?? null;
    return { relation: having.length === 1 ? this.ids.get(having[0]!.name)! : '', name };
  }
}

/** Whether a relation may have a column of that name: of a table nothing is known, a query's columns are those it names. */
function mayHave(relation: Relation, name: string): boolean {
  return relation.is !== 'query' || relation.columns === undefined || relation.columns.includes(name);
}

/** Makes the scopes of one judgement, in which each relation has an id of its own. */
export class Scopes {
  private lastId = 0;

  of(relations: readonly Relation[], names: Names, parent: Scope | null): Scope {
    return new Scope(relations, names, parent, () => String(++this.lastId));
  }
}
