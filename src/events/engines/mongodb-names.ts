/** A collection as mongosh reads it. `current` is the database that `db` stands for. */
export function mongoCollection(namespace: string, collection: string, current: string): string {
  const db = namespace === current ? 'db' : `db.getSiblingDB(${JSON.stringify(namespace)})`;
  const plain = /^[A-Za-z_$][\w$]*$/.test(collection) && !DB_METHODS.has(collection);
  return plain ? `${db}.${collection}` : `${db}.getCollection(${JSON.stringify(collection)})`;
}

/** What `db` itself answers to, so that a collection by such a name needs `getCollection`. */
const DB_METHODS = new Set(
  `getCollection getSiblingDB getName getMongo getCollectionNames getCollectionInfos createCollection createView dropDatabase
  runCommand adminCommand aggregate stats version serverStatus currentOp killOp hostInfo isMaster hello watch commandHelp
  constructor prototype __proto__ toString valueOf hasOwnProperty`.split(/\s+/),
);
