import { BEGINS_LATER, type Cause, cantTell, no, OPENED_BEFORE, yes } from '../cause.ts';
import { isDown, meaningOf } from '../meaning.ts';
import { hasRestarted, isSameStart } from '../server-start.ts';

const OF_STATEMENT =
  'Ask who runs the server who stopped it, and why: an administrator, or a job that ends long statements. Then run it again.';

/** An administrator, or a job of the server’s, stopped the statement or ended its connection. */
export const outsideStop: Cause = {
  name: 'outsideStop',
  title: 'Another session stopped it',
  recognised:
    'The server stopped the statement by the code, or on PostgreSQL the English message, for a request from outside, and nothing was requested here, and on MySQL, which has the same code for its max_execution_time, no such limit was set; or it ended the connection by the code for that, and still runs: another connection of the session outlived it, or the next one was opened by the same start of the server.',
  advice:
    'Ask who runs the server who ended the connection, and why. Check each statement that “may have completed”. A tab connects again by itself at its next statement.',
  query({ input, failed, lost, cancel, ended, connection }, end) {
    // What comes after its connection’s loss says what that was.
    if (lost && connection?.lost) return outsideStop.connection!(connection, end);
    if (failed === null || cancel !== null)
      return input === null && ended === null ? cantTell(BEGINS_LATER) : no('No other session stopped it.');
    const { failure } = failed;
    const meaning = meaningOf(failure, input?.engine);
    if (meaning === 'killed' || (meaning === 'stopped' && failure.stoppedBy === 'request'))
      return yes(
        'The server stopped it on request, and nothing was requested here: another session stopped it.',
        [failed],
        OF_STATEMENT,
      );
    if (meaning === 'stopped' && failure.stoppedBy === undefined)
      return cantTell('The server stopped it: on request of another session, or by a time limit.', [failed]);
    return no('No other session stopped it.', [failed]);
  },
  connection({ lost, input, session, opened, survivor, nextAttempt }) {
    if (lost === null) return input === null ? cantTell(OPENED_BEFORE) : no('It was not lost.');
    const engine = input?.engine ?? session.engine;
    if (meaningOf(lost.failure, engine) !== 'terminated')
      return lost.failure.code === 'connection.closed' && !nextAttempt?.failure
        ? cantTell('The server, or something on the way, closed it without a word.', [lost])
        : no('The server did not say so.', [lost]);
    if (nextAttempt?.failure && isDown(nextAttempt.failure, engine))
      return no('The server was down as the next connection was tried.', [lost, nextAttempt]);
    const next = nextAttempt?.server;
    if (opened && next && hasRestarted(opened.server, next, engine))
      return no('The next connection found a server that had started since.', [opened, lost, nextAttempt]);
    if (survivor)
      return yes('The server ended this connection alone, as another session had asked it to.', [
        lost,
        survivor,
      ]);
    if (opened && next && isSameStart(opened.server, next))
      return yes(
        'The server ended this connection, and was not restarted: another session had asked it to.',
        [opened, lost, nextAttempt],
      );
    return cantTell(
      'The server ended it: because an administrator ended it, or because the server shut down.',
      [lost, nextAttempt],
    );
  },
};
