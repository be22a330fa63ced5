import type { Column } from './condition.ts';
import type { Expression, Named, Query, Relation } from './expression.ts';

/** The common table expressions that a place of a statement sees. A query that is being defined knows itself as `itself`. */
export type Names = ReadonlyMap<string, { readonly query: Query; readonly names: Names } | 'itself'>;

/** Names with those of a WITH added, each of which sees the ones before it, and itself where it is recursive. */
export function withNames(names: Names, named: readonly Named[]): Names {
  let all = names;
  for (const { name, query, recursive } of named) {
    const inside = recursive ? new Map([...all, [name, 'itself' as const]]) : all;
    all = new Map([...all, [name, { query, names: inside }]]);
  }
  return all;
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
