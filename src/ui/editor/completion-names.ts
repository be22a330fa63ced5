/** A collection whose name and columns an editor completes. */
export interface NamedCollection {
  readonly name: string;
  /** What it is, in words: `table`, `materialized view`. */
  readonly kind: string;
  readonly columns: readonly string[];
}

/** Marks names that are a part of the catalogue: what is typed next may name others. */
export const PART = Symbol();

/** Collections by `namespace.collection`, and without its namespace where a statement needs none. */
export type CompletionNames = Readonly<Record<string, NamedCollection>> & { readonly [PART]?: true };

/** A name or the beginning of one, in a statement, where a collection is named; its namespace is null where the statement has none. */
export interface NamedPlace {
  readonly namespace: string | null;
  readonly name: string;
}

/** Detail of `qt-learn`: a statement, and the names to complete in it, with its collections' columns once these are read. */
export interface Learning {
  readonly text: string;
  readonly places: readonly NamedPlace[];
  names?: Promise<CompletionNames>;
}

/** Gives the names to complete in a statement, with the columns of the collections in it. The same object until they change. */
export type Learn = (text: string, places: readonly NamedPlace[]) => Promise<CompletionNames>;

/** The collections that a statement may name, whatever the case: those of `home` by their name alone, others with their namespace. */
export function namedIn<T extends { readonly namespace: string; readonly name: string }>(
  text: string,
  collections: readonly T[],
  home: string,
): T[] {
  const words = new Set(text.toLowerCase().match(/[\p{L}\p{N}_$]+/gu));
  const names = (name: string): boolean =>
    words.has(name.toLowerCase()) || (/[^\p{L}\p{N}_$]/u.test(name) && text.includes(name));
  return collections.filter(({ namespace, name }) => names(name) && (namespace === home || names(namespace)));
}

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
