/** Columns by collection: `namespace.collection`, and without its namespace where a statement needs none. */
export type Names = Readonly<Record<string, readonly string[]>>;
