import type { CodeMeanings } from './code-meaning.ts';

/** Error numbers of MySQL and MariaDB (MySQL manual, "Server Error Message Reference"; MariaDB, "Error Codes"). */
export const MYSQL_CODES: CodeMeanings = {
  '1205': 'lockWait',
  '3572': 'lockWait',
  '1213': 'deadlock',
  '1020': 'conflict',
  '1053': 'shutdown',
  '1927': 'terminated',
  '3169': 'terminated',
  '4031': 'idleLimit',
  '3024': 'serverTimeout',
  '1969': 'serverTimeout',
  '1317': 'killed',
  '1820': 'passwordExpired',
  '1862': 'passwordExpired',
  '1040': 'tooManyConnections',
  '1203': 'tooManyConnections',
  '1226': 'tooManyConnections',
  '1021': 'serverDiskFull',
  '1792': 'readOnly',
  '1836': 'readOnly',
  '1290': 'option',
};
