import type { TransactionStep } from '../../events/transaction.ts';

/** The statements of a transaction's step (PostgreSQL manual, "BEGIN"). The level is one of the capabilities' own words. */
export function transactionStatements(step: TransactionStep): readonly string[] {
  if (step.step !== 'begin') return [step.step === 'commit' ? 'COMMIT' : 'ROLLBACK'];
  const { isolationLevel, readOnly } = step;
  const level = isolationLevel === undefined ? '' : ` ISOLATION LEVEL ${isolationLevel}`;
  return [`BEGIN${level}${readOnly === undefined ? '' : readOnly ? ' READ ONLY' : ' READ WRITE'}`];
}

/** A savepoint around an edit; the name is ours, so that none of the user's is hidden by it. */
export const SAVEPOINT = {
  set: 'SAVEPOINT querytape_edit',
  release: 'RELEASE SAVEPOINT querytape_edit',
  rollback: 'ROLLBACK TO SAVEPOINT querytape_edit',
} as const;

/**
 * Around each statement of a read-only connection. One statement a message can't end the transaction and go on; once its
 * snapshot is taken it can't be made read-write either (manual, "SET TRANSACTION"). A ROLLBACK takes a SET back, so a harmless one is
 * committed; should it have been more than that, the wall stands again before anything else runs.
 */
export const READ_ONLY_ENCLOSURE = {
  before: ['BEGIN READ ONLY'],
  after: ['ROLLBACK'],
  keepSetting: ['COMMIT', 'SET default_transaction_read_only = on'],
} as const;
