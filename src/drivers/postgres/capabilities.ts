import type { Capabilities } from '../../events/capabilities.ts';

/** What PostgreSQL can do. One statement a message, so one result set a statement; a script is several (manual, "SET TRANSACTION"). */
export const POSTGRES_CAPABILITIES: Capabilities = {
  transactions: true,
  isolationLevels: ['READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE', 'READ UNCOMMITTED'],
  readOnlyTransactions: true,
  savepoints: true,
  mutations: true,
  cancel: 'server',
  streaming: true,
  multipleResultSets: false,
  explain: true,
  ssh: false,
  readOnlyEnforcement: 'server',
};
