import { beforeAll, describe } from 'vitest';
import { type MysqlProduct, makeUser, outside, PRODUCTS } from './mysql-engine.ts';
import { type SessionEngine, sessionContract } from './session-contract.ts';

/** MySQL or MariaDB in the session contract's words. */
function sessionEngine({ mysqlEngine, provided }: MysqlProduct): SessionEngine {
  const engine = mysqlEngine(provided());
  return {
    ...engine,
    namespace: provided().database,
    key: 'id',
    unknownDatabase: { target: { ...engine.target, database: 'nowhere' }, code: '1049' },
    words: {
      make: (collection) => `CREATE TABLE ${collection} (id INT PRIMARY KEY, name TEXT)`,
      drop: (collection) => `DROP TABLE IF EXISTS ${collection}`,
      add: (collection, key, name) => `INSERT INTO ${collection} VALUES (${key}, '${name}')`,
      all: (collection) => `SELECT id, name FROM ${collection} ORDER BY id`,
      rename: (collection, name) => `UPDATE ${collection} SET name = '${name}'`,
    },
    cell: { number: String, text: (value) => value },
    async outside(...texts) {
      await outside(provided(), ...texts);
    },
  };
}

describe.each(PRODUCTS)('$product', (one) => {
  beforeAll(() => makeUser(one.provided()));
  sessionContract(one.product, () => sessionEngine(one));
});
