import type { Capabilities } from '../../events/capabilities.ts';

/**
 * What MongoDB can do at best. Transactions need a replica set; what a document is changed by is one operation, which is
 * atomic by itself (MongoDB manual, "Transactions").
 */
export const MONGODB_CAPABILITIES: Capabilities = {
  transactions: true,
  isolationLevels: [],
  readOnlyTransactions: false,
  savepoints: false,
  mutations: true,
  cancel: 'server',
  streaming: true,
  multipleResultSets: false,
  explain: true,
  ssh: false,
  readOnlyEnforcement: 'classifier',
};
