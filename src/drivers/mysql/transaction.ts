import type { TransactionStep } from '../../events/transaction.ts';

/**
 * The statements of a transaction's step (MySQL manual, "START TRANSACTION" and "SET TRANSACTION"). The level is one of the
 * capabilities' own words; without SESSION it holds for the next transaction alone.
 */
export function transactionStatements(step: TransactionStep): readonly string[] {
  if (step.step !== 'begin') return [step.step === 'commit' ? 'COMMIT' : 'ROLLBACK'];
  const { isolationLevel, readOnly } = step;
  const mode = readOnly === undefined ? '' : readOnly ? ' READ ONLY' : ' READ WRITE';
  const start = `START TRANSACTION${mode}`;
  return isolationLevel === undefined
    ? [start]
    : [`SET TRANSACTION ISOLATION LEVEL ${isolationLevel}`, start];
}

/** A savepoint around an edit; the name is ours, so that none of the user's is replaced by it. */
export const SAVEPOINT = {
  set: 'SAVEPOINT querytape_edit',
  release: 'RELEASE SAVEPOINT querytape_edit',
  rollback: 'ROLLBACK TO SAVEPOINT querytape_edit',
} as const;

/** ER_WARNING_NOT_COMPLETE_ROLLBACK, and the same for temporary tables that were made or dropped. */
export const NOT_UNDONE = ['1196', '1751', '1752'] as const;

/** Refuses DDL too, which `START TRANSACTION READ ONLY` lets commit by itself (error 1792). */
export const SESSION_READ_ONLY = 'SET SESSION TRANSACTION READ ONLY';

/**
 * Around each statement of a read-only connection, whose session is read-only too. No ROLLBACK takes a SET back; should a harmless
 * one have been more than that, the wall stands again before anything else runs.
 */
export const READ_ONLY_ENCLOSURE = {
  before: ['START TRANSACTION READ ONLY'],
  after: ['ROLLBACK'],
  keepSetting: ['ROLLBACK', SESSION_READ_ONLY],
} as const;
