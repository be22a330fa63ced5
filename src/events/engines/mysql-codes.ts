import type { CodeMeanings } from './code-meaning.ts';

/** Error numbers of MySQL and MariaDB (MySQL manual, "Server Error Message Reference"; MariaDB, "Error Codes"). */
export const MYSQL_CODES: CodeMeanings = {
  '1205': 'lockWait',
  '1689': 'lockWait',
  '3572': 'lockWait',
  '1213': 'deadlock',
  '1614': 'deadlock',
  '3058': 'deadlock',
  '1020': 'conflict',
  '1053': 'shutdown',
  '1927': 'terminated',
  '3169': 'terminated',
  '4031': 'idleLimit',
  '3024': 'serverTimeout',
  '1969': 'serverTimeout',
  // Of a max_execution_time too, where InnoDB counts rows by itself as it passes (select count(*)).
  '1317': 'stopped',
  '1820': 'passwordExpired',
  '1862': 'passwordExpired',
  '1040': 'tooManyConnections',
  '1203': 'tooManyConnections',
  '1226': 'tooManyConnections',
  '20': 'serverDiskFull',
  '1021': 'serverDiskFull',
  '3': 'serverNotWritten',
  '1026': 'serverNotWritten',
  '1030': 'serverNotWritten',
  '1114': 'serverNotWritten',
  '1878': 'serverNotWritten',
  '1792': 'readOnly',
  '1836': 'readOnly',
  '1290': 'option',
};

const { '4031': _idleLimit, ...SHARED } = MYSQL_CODES;

/** The same on MariaDB, whose max_statement_time always has a code of its own, and to which 4031 is a trigger that is missing. */
export const MARIADB_CODES: CodeMeanings = { ...SHARED, '1317': 'killed' };
