import type { AfterCancel } from '../../events/query.ts';
import { commandWord } from './command-word.ts';

/**
 * Functions that a KILL QUERY ends with a value instead of error 1317 (MySQL manual, "Miscellaneous Functions", "Locking
 * Functions", "Position-Based Synchronization Functions"; MariaDB documentation of the same).
 */
const INTERRUPTIBLE =
  /\b(?:sleep|benchmark|get_lock|(?:master|source)_(?:pos|gtid)_wait|wait_for_executed_gtid_set|wait_until_sql_thread_after_gtids)\s*\(/i;
const SLEEPS = /\bsleep\s*\(/i;
/** Statements that give what they have by then, or report an interruption as a row, and those whose text is elsewhere. */
const PARTIAL = new Set([
  'ANALYZE',
  'CALL',
  'CHECK',
  'DESC',
  'DESCRIBE',
  'DO',
  'EXECUTE',
  'EXPLAIN',
  'OPTIMIZE',
  'REPAIR',
]);

/**
 * What a KILL QUERY did to a statement that completed after it. Any other statement than these fails with 1317 where the KILL
 * reaches it, so it had finished.
 */
export function afterKill(
  text: string,
  said: {
    /** A warning 1317 came with it. */
    readonly isInterrupted: boolean;
    /** The value of its only row, where that is one digit. */
    readonly lastDigit: string | null;
  },
): AfterCancel {
  if (said.isInterrupted) return 'endedEarly';
  const word = commandWord(text);
  // SLEEP() gives 1 where it was interrupted, 0 where it was not.
  if (SLEEPS.test(text) && word === 'SELECT' && said.lastDigit === '1') return 'endedEarly';
  if (SLEEPS.test(text) && word === 'SELECT' && said.lastDigit === '0') return 'won';
  return PARTIAL.has(word) || INTERRUPTIBLE.test(text) ? 'unknown' : 'won';
}
