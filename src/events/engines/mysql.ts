import type { EngineDescriptor } from './engine.ts';
import { PRODUCTS } from './engine-name.ts';
import { MARIADB_CODES, MYSQL_CODES } from './mysql-codes.ts';
import { MYSQL_DIALECT, quoted, readableName } from './mysql-dialect.ts';
import { mysqlRows } from './mysql-rows.ts';
import { mysqlLexicalMode } from './mysql-sql-mode.ts';
import { readMysql } from './mysql-statements.ts';
import { SQL_WORDS } from './sql-words.ts';

const qualified = (namespace: string, collection: string): string =>
  `${readableName(namespace)}.${readableName(collection)}`;

/** MySQL 8 and later, or MariaDB 10.6 and later, which speak one protocol and are distinguished by name. */
function descriptor(name: 'mysql' | 'mariadb'): EngineDescriptor {
  return {
    name,
    aliases: [name],
    // A procedure gives several result sets (MySQL manual, "CALL Statement"); a script is still one statement a message. Levels:
    // "SET TRANSACTION Statement".
    capabilities: {
      transactions: true,
      isolationLevels: ['REPEATABLE READ', 'READ COMMITTED', 'SERIALIZABLE', 'READ UNCOMMITTED'],
      readOnlyTransactions: true,
      savepoints: true,
      mutations: true,
      cancel: 'server',
      streaming: true,
      multipleResultSets: true,
      explain: true,
      probe: true,
      ssh: false,
      readOnlyEnforcement: 'server',
    },
    address: {
      port: 3306,
      schemes: [name],
      hasMembers: false,
      socket: { folder: '/var/run/mysqld', hasPort: false },
      pinsServerKey: name === 'mysql',
    },
    codes: name === 'mysql' ? MYSQL_CODES : MARIADB_CODES,
    // MySQL manual, "CONNECTION_ID()".
    countsConnections: true,
    words: {
      ...SQL_WORDS,
      noNamespace: 'No databases visible to you.',
      noCollection: 'This database is empty.',
      processNumber: 'connection',
      process: 'connection',
      errorCode: 'Error',
    },
    encoding: 'mysql-text',
    rows: mysqlRows,
    dialect: MYSQL_DIALECT,
    documents: null,
    namespaceIs: 'database',
    homeNamespace: '',
    readScript: (text, facts) => readMysql(text, { flavour: PRODUCTS[name], ...facts }),
    lexicalMode: mysqlLexicalMode,
    qualified,
    openText: (namespace, collection) => `select * from ${qualified(namespace, collection)}`,
    readOnlyRole: (database) => ({
      words: 'As a user who may create users; choose a password.',
      code: `CREATE USER 'reader'@'%' IDENTIFIED BY '…';\nGRANT SELECT, SHOW VIEW ON ${quoted(database || 'database')}.* TO 'reader'@'%';`,
    }),
  };
}

export const mysql = descriptor('mysql');
export const mariadb = descriptor('mariadb');
