import type { Driver } from '../driver.ts';
import { MONGODB_CAPABILITIES } from './capabilities.ts';
import { ABSENCE, catalogueStatement } from './catalogue.ts';
import { openConnection } from './connection.ts';
import { editStatement } from './edit.ts';
import { readRole } from './role.ts';
import { MONGO_TIMES, type MongoTimes } from './times.ts';
import { transactionStatements } from './transaction.ts';

/** The driver for MongoDB 4.4 and later. Tests make `times` short. */
export function mongodbDriver(times: Partial<MongoTimes> = {}): Driver {
  return {
    engine: 'mongodb',
    capabilities: MONGODB_CAPABILITIES,
    openFields: true,
    connect: (target, options) => openConnection(target, options, { ...MONGO_TIMES, ...times }),
    catalogue: catalogueStatement,
    absence: ABSENCE,
    lockedCodes: [],
    role: readRole,
    transaction: transactionStatements,
    edit: editStatement,
  };
}
