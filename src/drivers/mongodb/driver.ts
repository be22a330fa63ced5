import { CANCEL_TIMES, type CancelTimes } from '../cancel-loop.ts';
import type { Driver } from '../driver.ts';
import { MONGODB_CAPABILITIES } from './capabilities.ts';
import { ABSENCE, catalogueStatement } from './catalogue.ts';
import { openConnection } from './connection.ts';
import { editStatement } from './edit.ts';
import { readRole } from './role.ts';
import { transactionStatements } from './transaction.ts';

/** The driver for MongoDB 4.4 and later. `times` are a cancel's; tests make them short. */
export function mongodbDriver(times: Partial<CancelTimes> = {}): Driver {
  return {
    engine: 'mongodb',
    capabilities: MONGODB_CAPABILITIES,
    openFields: true,
    connect: (target, options) => openConnection(target, options, { ...CANCEL_TIMES, ...times }),
    catalogue: catalogueStatement,
    absence: ABSENCE,
    lockedCodes: [],
    role: readRole,
    transaction: transactionStatements,
    edit: editStatement,
  };
}
