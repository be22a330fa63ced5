import { MongoServerError } from 'mongodb';
import type { TransactionStep } from '../../events/transaction.ts';
import { DriverError } from '../driver.ts';
import { failureText } from './failure.ts';
import { type OperationEnd, type OperationLink, tellWriteConcern } from './operation-link.ts';
import type { Session } from './session.ts';
import type { Operation } from './statement/operation.ts';

/** The statements of a transaction's step, as mongosh has them. */
export function transactionStatements({ step }: TransactionStep): readonly string[] {
  if (step === 'begin') return ['session.startTransaction()'];
  return [step === 'commit' ? 'session.commitTransaction()' : 'session.abortTransaction()'];
}

/** What a server answers to the abort of a transaction that has ended by itself: NoSuchTransaction, TransactionTooOld and the like. */
const NOTHING_TO_ABORT: ReadonlySet<unknown> = new Set([251, 225, 20, 263]);
/** TransactionCommitted: the reply to a commit was an error, and the server had committed all the same. */
const COMMITTED = 256;

/** Starts, commits or aborts. Nothing of it is ever tried again. @throws DriverError, MongoServerError */
export async function transactionStep(
  operation: Extract<Operation, { type: 'transaction' }>,
  { session, hasTransactions }: { readonly session: Session; readonly hasTransactions: boolean },
  send: (command: object) => Promise<Uint8Array>,
  link: Pick<OperationLink, 'notice'>,
): Promise<OperationEnd> {
  if (!hasTransactions) throw refused('transaction.unsupported', 'This server has no transactions.');
  const isOpen = session.transaction !== 'none';
  if (operation.step === 'start') {
    if (isOpen) throw refused('transaction.open', 'A transaction is open on this connection.');
    session.start(operation.options);
    return { command: 'START TRANSACTION', rowsAffected: null };
  }
  const command = operation.step === 'commit' ? 'COMMIT TRANSACTION' : 'ABORT TRANSACTION';
  if (!isOpen) throw refused('transaction.none', 'No transaction is open on this connection.');
  if (operation.step === 'commit' && session.transaction === 'failed')
    throw refused('251', 'The transaction has failed and can’t be committed.');
  const ending = session.ending(operation.step);
  if (ending) {
    try {
      tellWriteConcern(await send(ending), link);
    } catch (error) {
      if (!(error instanceof MongoServerError)) throw error;
      const isAbort = operation.step === 'abort';
      if (!(isAbort && NOTHING_TO_ABORT.has(error.code))) {
        if (isAbort && error.code === COMMITTED) session.ended();
        else session.failed();
        throw error;
      }
    }
  }
  session.ended();
  return { command, rowsAffected: null };
}

function refused(code: string, message: string): DriverError {
  return new DriverError(failureText(code, message, 'client'));
}
