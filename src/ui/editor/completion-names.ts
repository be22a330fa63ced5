/** Columns by collection: `namespace.collection`, and without its namespace where a statement needs none. */
export type CompletionNames = Readonly<Record<string, readonly string[]>>;
