import { descriptorOf } from '../../events/engines/index.ts';
import { CANCEL_TIMES, type CancelTimes } from '../cancel-loop.ts';
import type { Driver } from '../driver.ts';
import { ABSENCE, catalogueStatement } from './catalogue.ts';
import { openConnection } from './connection.ts';
import { editStatement } from './edit.ts';
import { threadLockWait } from './lock-wait.ts';
import { endThread, probeThread } from './process.ts';
import { productOf } from './product.ts';
import { readRole } from './role.ts';
import { routinesStatement } from './routines.ts';
import { NOT_UNDONE, READ_ONLY_ENCLOSURE, SAVEPOINT, transactionStatements } from './transaction.ts';

/**
 * The driver for MySQL 8 and later and MariaDB 10.6 and later, which speak one protocol. `times` are a cancel's; tests make
 * them short.
 */
export function mysqlDriver(engine: 'mysql' | 'mariadb' = 'mysql', times: Partial<CancelTimes> = {}): Driver {
  return {
    engine,
    capabilities: descriptorOf(engine).capabilities,
    connect: (target, options) => openConnection(target, options, { ...CANCEL_TIMES, ...times }),
    catalogue: catalogueStatement,
    absence: ABSENCE,
    lockedCodes: ['1205'],
    volatility: (names, facts) => routinesStatement(productOf(engine, facts), names),
    role: readRole,
    transaction: transactionStatements,
    savepoint: SAVEPOINT,
    notUndone: NOT_UNDONE,
    readOnlyEnclosure: READ_ONLY_ENCLOSURE,
    edit: editStatement,
    probe: probeThread,
    blockers: threadLockWait,
    terminate: endThread,
  };
}
