import type { Connection, Driver } from '../drivers/driver.ts';
import type { FailureText } from '../events/failure.ts';

/** Whether statements of ours would release locks of the user: on MySQL a transaction that begins does (`LOCK TABLES`). */
export function releasesLocks(driver: Driver, { state }: Connection, texts: readonly string[]): boolean {
  if (!state.held.some(({ releasedByBegin }) => releasedByBegin)) return false;
  const begins = [...driver.transaction({ step: 'begin' }), ...(driver.readOnlyEnclosure?.before ?? [])];
  return texts.some((text) => begins.includes(text));
}

/** Why such a statement is not sent. */
export const LOCKS_HELD: FailureText = {
  code: 'locks.held',
  source: 'client',
  message:
    'This tab holds locks of LOCK TABLES, and the transaction that has to begin first would release them. Nothing was sent.',
  advice:
    'Run UNLOCK TABLES first. In autocommit, statements of your own run under the locks; an edit of a row and a manual commit need a transaction.',
};
