import type { Capabilities } from '../../events/capabilities.ts';

/**
 * What MySQL and MariaDB can do. A procedure gives several result sets (MySQL manual, "CALL Statement"); a script is still
 * one statement a message. Levels: "SET TRANSACTION Statement".
 */
export const MYSQL_CAPABILITIES: Capabilities = {
  transactions: true,
  isolationLevels: ['REPEATABLE READ', 'READ COMMITTED', 'SERIALIZABLE', 'READ UNCOMMITTED'],
  readOnlyTransactions: true,
  savepoints: true,
  mutations: true,
  cancel: 'server',
  streaming: true,
  multipleResultSets: true,
  explain: true,
  ssh: false,
  readOnlyEnforcement: 'server',
};
