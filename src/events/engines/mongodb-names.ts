/** A collection as mongosh reads it. `current` is the database that `db` stands for. */
export function mongoCollection(namespace: string, collection: string, current: string): string {
  const db = namespace === current ? 'db' : `db.getSiblingDB(${JSON.stringify(namespace)})`;
  const plain = /^[A-Za-z]\w*$/.test(collection) && !DB_METHOD.test(collection);
  return plain ? `${db}.${collection}` : `${db}.getCollection(${JSON.stringify(collection)})`;
}

/**
 * What `db` itself answers to in mongosh, so that a collection by such a name needs `getCollection`: a few words, and a verb with what
 * it is done to.
 */
const DB_METHOD =
  /^(?:(?:admin|change|check|clone|command|copy|create|current|drop|fsync|get|grant|has|host|is|kill|list|print|property|revoke|rotate|run|server|set|shutdown|to|update|value)[A-Z]\w*|aggregate|auth|constructor|hello|help|logout|sql|stats|version|watch)$/;

/** Why no server takes a database of such a name (MongoDB manual, "Naming Restrictions"); null where one may. Only Windows refuses more. */
export function mongoDatabaseFault(name: string): string | null {
  if (new TextEncoder().encode(name).length > 63) return 'MongoDB’s database names have at most 63 bytes.';
  return /[/\\. "$\0]/.test(name) ? 'MongoDB’s database names have none of / \\ . " $ and no spaces.' : null;
}
