import type { EngineDescriptor } from './engine.ts';
import { POSTGRES_CODES } from './postgres-codes.ts';
import { POSTGRES_DIALECT, quoted, readableName } from './postgres-dialect.ts';
import { postgresRows } from './postgres-rows.ts';
import { postgresLexicalMode, readPostgres } from './postgres-statements.ts';
import { SQL_WORDS } from './sql-words.ts';

const qualified = (namespace: string, collection: string): string =>
  `${readableName(namespace)}.${readableName(collection)}`;

/** PostgreSQL 14 and later. */
export const postgres: EngineDescriptor = {
  name: 'postgres',
  aliases: ['postgres', 'postgresql', 'psql', 'cockroachdb'],
  // One statement a message, so one result set a statement; a script is several (manual, "SET TRANSACTION").
  capabilities: {
    transactions: true,
    isolationLevels: ['READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE', 'READ UNCOMMITTED'],
    readOnlyTransactions: true,
    savepoints: true,
    mutations: true,
    cancel: 'server',
    streaming: true,
    multipleResultSets: false,
    explain: true,
    probe: true,
    ssh: false,
    readOnlyEnforcement: 'server',
  },
  address: {
    port: 5432,
    schemes: ['postgresql', 'postgres'],
    hasMembers: false,
    socket: { folder: '/var/run/postgresql', hasPort: true },
    pinsServerKey: false,
  },
  codes: POSTGRES_CODES,
  words: { ...SQL_WORDS, noDatabase: 'same as the user' },
  encoding: 'postgres-datarow',
  rows: postgresRows,
  dialect: POSTGRES_DIALECT,
  documents: null,
  namespaceIs: 'schema',
  homeNamespace: 'public',
  readScript: readPostgres,
  lexicalMode: postgresLexicalMode,
  qualified,
  openText: (namespace, collection) => `select * from ${qualified(namespace, collection)}`,
  readOnlyRole: (database) => ({
    words: 'As a superuser, PostgreSQL 14 or later; then set its password with \\password.',
    code: `CREATE ROLE reader LOGIN;\nGRANT CONNECT ON DATABASE ${quoted(database || 'database')} TO reader;\nGRANT pg_read_all_data TO reader;`,
  }),
};
