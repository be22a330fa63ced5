import { durationText } from '../../duration-text.ts';
import { type Cause, cantTell, no, OPENED_BEFORE, yes } from '../cause.ts';
import { meaningOf } from '../meaning.ts';

const LIMIT_OF_SERVER =
  'Commit or roll back sooner, or have the server’s limit raised: idle_in_transaction_session_timeout on PostgreSQL, transactionLifetimeLimitSeconds on MongoDB. What the transaction did is undone.';

/** A transaction was rolled back because it was idle for too long. */
export const idleRollback: Cause = {
  name: 'idleRollback',
  title: 'An idle transaction was rolled back',
  recognised:
    'The transaction was idle for as long as the policy allows and was then rolled back, or the server closed the connection by its own limit for idle transactions.',
  advice:
    'Commit or roll back sooner, or allow more time: policy, idleInTransactionMs; on PostgreSQL idle_in_transaction_session_timeout. What the transaction did is undone.',
  connection({ idleLimit, idleRolledBack, used, lost, closed, input }) {
    if (idleLimit && idleRolledBack)
      return yes('Its transaction was idle for as long as the policy allows, and was rolled back.', [
        idleLimit,
        idleRolledBack,
      ]);
    if (lost && meaningOf(lost.failure, input?.engine) === 'idleTransactionLimit')
      return yes(
        `The server ended the connection because its transaction was idle for too long${lost.idleMs === null ? '' : ` (${durationText(lost.idleMs)})`}, by a limit of its own.`,
        [used, lost],
        LIMIT_OF_SERVER,
      );
    if (idleLimit)
      return cantTell(
        'Its transaction reached the limit, and no rollback was confirmed: the connection ended first, or it still tries.',
        [idleLimit, lost ?? closed],
      );
    return input === null && lost === null
      ? cantTell(OPENED_BEFORE)
      : no('No transaction of it was idle for too long.');
  },
};
