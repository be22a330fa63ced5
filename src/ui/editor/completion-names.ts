/** A collection whose name and columns an editor completes. */
export interface NamedCollection {
  readonly name: string;
  /** What it is, in words: `table`, `materialized view`. */
  readonly kind: string;
  readonly columns: readonly string[];
}

/** Collections by `namespace.collection`, and without its namespace where a statement needs none. */
export type CompletionNames = Readonly<Record<string, NamedCollection>>;

/** The columns of each, by the same names. */
export function columnsByName(names: CompletionNames): Record<string, string[]> {
  return Object.fromEntries(Object.entries(names).map(([name, { columns }]) => [name, [...columns]]));
}

/** What a name is, in words: of collections that share it, all that they are. */
export function kindsByName(names: CompletionNames): ReadonlyMap<string, string> {
  const kinds = new Map<string, string>();
  for (const { name, kind } of Object.values(names)) {
    const known = kinds.get(name);
    if (known === undefined) kinds.set(name, kind);
    else if (!known.split(', ').includes(kind)) kinds.set(name, `${known}, ${kind}`);
  }
  return kinds;
}
