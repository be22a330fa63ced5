import { postgres } from '../../events/engines/postgres.ts';
import { CANCEL_TIMES, type CancelTimes } from '../cancel-loop.ts';
import type { Driver } from '../driver.ts';
import { ABSENCE, catalogueStatement } from './catalogue.ts';
import { openConnection } from './connection.ts';
import { editStatement } from './edit.ts';
import { backendLockWait } from './lock-wait.ts';
import { endBackend, probeBackend } from './process.ts';
import { readRole } from './role.ts';
import { READ_ONLY_ENCLOSURE, SAVEPOINT, transactionStatements } from './transaction.ts';
import { volatilityStatement } from './volatility.ts';

/** The driver for PostgreSQL 14 and later. `times` are a cancel's; tests make them short. */
export function postgresDriver(times: Partial<CancelTimes> = {}): Driver {
  return {
    engine: postgres.name,
    capabilities: postgres.capabilities,
    connect: (target, options) => openConnection(target, options, { ...CANCEL_TIMES, ...times }),
    catalogue: catalogueStatement,
    absence: ABSENCE,
    lockedCodes: ['55P03'],
    role: readRole,
    transaction: transactionStatements,
    savepoint: SAVEPOINT,
    readOnlyEnclosure: READ_ONLY_ENCLOSURE,
    volatility: volatilityStatement,
    edit: editStatement,
    probe: probeBackend,
    blockers: backendLockWait,
    terminate: endBackend,
  };
}
