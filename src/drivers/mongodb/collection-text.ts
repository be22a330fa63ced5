/** A collection by its database and its name. */
export type InCollection = { readonly namespace: string; readonly collection: string };

/** A database as a statement names it, whatever database is the current one. */
export function databaseText(namespace: string): string {
  return `db.getSiblingDB(${JSON.stringify(namespace)})`;
}

/** A collection as a statement names it. */
export function collectionText({ namespace, collection }: InCollection): string {
  return `${databaseText(namespace)}.getCollection(${JSON.stringify(collection)})`;
}
