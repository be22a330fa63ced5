import type { CodeMeanings } from './code-meaning.ts';

/** Error numbers of MongoDB (src/mongo/base/error_codes.yml). */
export const MONGODB_CODES: CodeMeanings = {
  '24': 'lockWait',
  '46': 'lockWait',
  '112': 'conflict',
  '91': 'shutdown',
  '11600': 'shutdown',
  '251': 'transactionAborted',
  '290': 'idleTransactionLimit',
  '50': 'serverTimeout',
  '11601': 'killed',
  '14031': 'serverDiskFull',
  '189': 'readOnly',
  '10107': 'readOnly',
  '11602': 'readOnly',
};
