import { mongodb } from '../../events/engines/mongodb.ts';
import type { Driver } from '../driver.ts';
import { ABSENCE, catalogueStatement } from './catalogue.ts';
import { openConnection } from './connection.ts';
import { editStatement } from './edit.ts';
import { operationLockWait } from './lock-wait.ts';
import { endOperations, probeConnection } from './process.ts';
import { readRole } from './role.ts';
import { parseStatement } from './statement/parse.ts';
import { StatementError } from './statement/syntax.ts';
import { MONGO_TIMES, type MongoTimes } from './times.ts';
import { transactionStatements } from './transaction.ts';

/** The driver for MongoDB 4.4 and later. Tests make `times` short. */
export function mongodbDriver(times: Partial<MongoTimes> = {}): Driver {
  return {
    engine: mongodb.name,
    capabilities: mongodb.capabilities,
    openFields: true,
    connect: (target, options) => openConnection(target, options, { ...MONGO_TIMES, ...times }),
    catalogue: catalogueStatement,
    absence: ABSENCE,
    lockedCodes: [],
    role: readRole,
    transaction: transactionStatements,
    refusal: refusalOf,
    edit: editStatement,
    probe: probeConnection,
    blockers: operationLockWait,
    terminate: endOperations,
  };
}

/** Why a statement is no call that is understood. What it is understood as depends on the database by its name alone. */
function refusalOf(text: string): { message: string; at: number } | null {
  try {
    parseStatement(text, 'test');
    return null;
  } catch (error) {
    if (error instanceof StatementError) return { message: error.message, at: error.at };
    throw error;
  }
}
