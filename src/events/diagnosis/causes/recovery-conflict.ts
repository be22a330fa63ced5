import { type Cause, cantTell, no, OPENED_BEFORE, otherEnd, yes } from '../cause.ts';
import { meaningOf } from '../meaning.ts';

/** A standby replays what its primary did, and that does not wait for the statements that read there. */
export const recoveryConflict: Cause = {
  name: 'recoveryConflict',
  title: 'A standby needed what it read',
  recognised:
    'The server ended the statement, or the connection of an idle transaction, because it is a standby and could not replay its primary’s changes beside it. PostgreSQL has the codes of a serialization failure and of a deadlock for that; the place in the server that reports it tells them apart.',
  advice:
    'Run it again, or on the primary. If it happens often, ask who runs the standby for hot_standby_feedback or a longer max_standby_streaming_delay.',
  query(query) {
    const { input, failed, lost, recorded } = query;
    const stopped = failed ?? lost;
    if (stopped && meaningOf(stopped.failure, input?.engine) === 'recoveryConflict')
      return yes('The server is a standby, and ended it to replay its primary’s changes.', [
        recorded,
        stopped,
      ]);
    return otherEnd(query);
  },
  connection({ lost, input, session, used }) {
    if (lost === null) return input === null ? cantTell(OPENED_BEFORE) : no('It was not lost.');
    return meaningOf(lost.failure, input?.engine ?? session.engine) === 'recoveryConflict'
      ? yes('The server is a standby, and ended the connection to replay its primary’s changes.', [
          used,
          lost,
        ])
      : no('The server did not say so.', [lost]);
  },
};
