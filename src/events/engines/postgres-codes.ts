import type { CodeMeanings } from './code-meaning.ts';

/** SQLSTATEs (PostgreSQL manual, appendix A). */
export const POSTGRES_CODES: CodeMeanings = {
  '55P03': 'lockWait',
  '40P01': 'deadlock',
  '40001': 'conflict',
  '57P01': 'terminated',
  '57P02': 'shutdown',
  '57P03': 'starting',
  '57P05': 'idleLimit',
  '25P03': 'idleTransactionLimit',
  '25P02': 'transactionAborted',
  '25P04': 'serverTimeout',
  '57014': 'stopped',
  '53300': 'tooManyConnections',
  '53100': 'serverDiskFull',
  '25006': 'readOnly',
};
