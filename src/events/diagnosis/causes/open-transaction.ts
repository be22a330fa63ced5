import { durationText } from '../../duration-text.ts';
import { IDLE_TRANSACTION_MS } from '../bounds.ts';
import { type Cause, cantTell, no, OPENED_BEFORE, yes } from '../cause.ts';
import { sleepPart } from '../standstill.ts';

/** A transaction stayed open with nothing running in it. */
export const openTransaction: Cause = {
  name: 'openTransaction',
  title: 'A transaction was left open',
  recognised: `A connection was in a transaction and ran nothing for at least ${IDLE_TRANSACTION_MS / 1000} s.`,
  advice:
    'Commit or roll back. An open transaction keeps its locks, so that others wait, and keeps the server from cleaning up.',
  connection({ idleTransaction, input, opened, run }, end) {
    if (idleTransaction) {
      const { from, to, ms } = idleTransaction;
      const was = to === null ? 'has been' : 'was';
      return yes(
        `Its transaction ${was} open and unused for ${durationText(ms)}.${sleepPart({ run }, from, to ?? end)}`,
        [from, to],
      );
    }
    if (input === null) return cantTell(OPENED_BEFORE);
    return no('No transaction of it was unused for long.', [opened]);
  },
};
