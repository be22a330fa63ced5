import type { Capabilities } from '../../events/capabilities.ts';

/** What PostgreSQL can do. One statement a message, so one result set a statement; a script is several. */
export const POSTGRES_CAPABILITIES: Capabilities = {
  transactions: true,
  savepoints: true,
  cancel: 'server',
  streaming: true,
  multipleResultSets: false,
};
