import { durationText } from '../../duration-text.ts';
import { BEGINS_LATER, type Cause, cantTell, no, OPENED_BEFORE, yes } from '../cause.ts';
import { meaningOf } from '../meaning.ts';

const OF_TRANSACTION =
  'Commit or roll back sooner, or have the server’s limit raised: transaction_timeout. What the transaction did is undone.';

/** It took longer than a limit allows. */
export const timeout: Cause = {
  name: 'timeout',
  title: 'Stopped by a time limit',
  recognised:
    'Its timeout here passed while it ran, or the server ended it by a limit of its own, or the connection by one for whole transactions. PostgreSQL has one code for its statement_timeout and for another session’s pg_cancel_backend(): its message says which it was, where that is English. MySQL has one for KILL QUERY and for a max_execution_time that passes while InnoDB counts rows: where none was set, it was the former.',
  advice:
    'Give it more time: the timeout of the run, the policy’s, or the server’s (statement_timeout, transaction_timeout, max_execution_time, maxTimeMS). Or make it faster.',
  query({ input, deadline, failed, lost, ended, cancel }) {
    const meaning = meaningOf((failed ?? lost)?.failure, input?.engine);
    if (deadline && cancel?.seq === deadline.seq) {
      const limit = input === null ? 'its limit' : `its limit of ${durationText(input.timeoutMs)}`;
      if (ended === null || ended.outcome === 'timedOut')
        return yes(`It ran longer than ${limit}, and was stopped.`, [deadline, ended]);
      if (ended.outcome === 'succeeded' || ended.outcome === 'failed')
        return no(`It ran longer than ${limit}, but ended by itself.`, [deadline, ended]);
      return yes(`It ran longer than ${limit}; how it ended on the server is not known.`, [deadline, ended]);
    }
    if (meaning === 'serverTimeout' || failed?.failure.stoppedBy === 'limit')
      return yes('The server ended it by a time limit of its own.', [failed ?? lost]);
    if (failed && meaning === 'stopped' && failed.failure.stoppedBy === undefined && cancel === null)
      return cantTell(
        'The server stopped it, and not on request from here: by a time limit of its own, or because another session cancelled it. Its message, beside the statement and in the history, may say which.',
        [failed],
      );
    if (ended === null && input === null) return cantTell(BEGINS_LATER);
    return no('No time limit passed.', [ended]);
  },
  connection({ lost, input, session, used }) {
    if (lost === null) return input === null ? cantTell(OPENED_BEFORE) : no('It was not lost.');
    if (meaningOf(lost.failure, input?.engine ?? session.engine) !== 'serverTimeout')
      return no('The server did not say so.', [lost]);
    if (lost.idleMs === null) return no('A statement used it when it was lost.', [lost]);
    return yes(
      `The server ended the connection because its transaction took too long, by a limit of its own; the last ${durationText(lost.idleMs)} of it were idle.`,
      [used, lost],
      OF_TRANSACTION,
    );
  },
};
