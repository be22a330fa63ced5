import type { Engine } from '../../engines/engine-name.ts';
import { DOWN_WITHIN_MS } from '../bounds.ts';
import { type Cause, cantTell, type Judgement, no, OPENED_BEFORE, yes } from '../cause.ts';
import type { ConnectionFacts, Lost } from '../connection-facts.ts';
import { between } from '../mark.ts';
import { isDown, isOfTunnel, meaningOf, OF_ONE_CONNECTION } from '../meaning.ts';
import { hasRestarted, isForwarderDown, isSameStart, otherServerAfter } from '../server-start.ts';
import { isNoAnswer } from '../silence.ts';

/** The server was shut down, or crashed, and started again. */
export const serverRestart: Cause = {
  name: 'serverRestart',
  title: 'The server was restarted',
  recognised: `The connection was lost with the server’s own report that it shuts down or crashed, or the next attempt to connect found a server that had started since, or, within ${DOWN_WITHIN_MS / 60_000} minutes, found nothing that listens there or a server that starts. PostgreSQL says when it started; MySQL and MariaDB count their connections from each start on. A connection that another one of its session outlives was not lost by a restart, and neither was one after which the same start of the server answers once something listens again. Where another server answers at the address, as its start or its checksum shows, the tape does not say what became of the first.`,
  advice: 'Ask who runs the server what happened then. Check each statement that “may have completed”.',
  connection(connection) {
    const { lost, notOpened, opened, input, session, nextAttempt, survivor, lostTogether, closed } =
      connection;
    const engine = input?.engine ?? session.engine;
    if (notOpened) return unopened(notOpened, engine);
    if (lost === null) {
      if (opened === null && input === null && closed === null) return cantTell(OPENED_BEFORE);
      return no('It was not lost.', [closed]);
    }
    const meaning = meaningOf(lost.failure, engine);
    if (meaning === 'shutdown') return yes('The server reported that it shuts down or has crashed.', [lost]);
    if (lost.failure.source === 'client') return no('Querytape gave the connection up itself.', [lost]);
    if (isOfTunnel(lost.failure)) return no('It was lost with its tunnel.', [lost]);
    if (OF_ONE_CONNECTION.has(meaning))
      return no('The server ended this connection alone, for what it did or did not do.', [lost]);
    if (isForwarderDown(connection))
      return no(
        'Nothing listened then, but the next connection was opened by the same start of the server.',
        [opened, lost, nextAttempt, connection.nextOpened],
      );
    if (lostTogether && meaningOf(lostTogether.failure, engine) === 'shutdown')
      return yes('The server reported at the same time that it shuts down or has crashed.', [
        lost,
        lostTogether,
      ]);
    const other = otherServerAfter(connection);
    if (other)
      return cantTell(
        'The connection was lost, and the next one was opened by another server, or by the same one with another name: after a failover, or because what stands in front of several servers chose another. What became of the first one is not known.',
        [opened, lost, nextAttempt, other],
      );
    if (
      nextAttempt?.failure &&
      isDown(nextAttempt.failure, engine) &&
      between(lost, nextAttempt) <= DOWN_WITHIN_MS
    )
      return yes(
        'The connection was lost, and the next attempt found the server down or starting, or what forwards to it.',
        [lost, nextAttempt],
      );
    if (opened && nextAttempt?.server && hasRestarted(opened.server, nextAttempt.server, engine))
      return yes('The connection was lost, and the next one found a server that had started since.', [
        opened,
        lost,
        nextAttempt,
      ]);
    if (survivor) return no('Another connection of its session outlived it.', [lost, survivor]);
    if (isNoAnswer(lost.failure))
      return cantTell('Nothing came from the server any more, so it, its host or the network failed.', [
        lost,
        nextAttempt,
      ]);
    // A crash of one of its processes restarts PostgreSQL’s others and not the one that reports its start.
    const isSame = opened && nextAttempt?.server && isSameStart(opened.server, nextAttempt.server);
    if (isSame && meaning === 'terminated')
      return no('The next connection was opened by the same start of the server.', [
        opened,
        lost,
        nextAttempt,
      ]);
    return unclear(lost, meaning === 'terminated', nextAttempt);
  },
};

function unopened(notOpened: NonNullable<ConnectionFacts['notOpened']>, engine: Engine | null): Judgement {
  const meaning = meaningOf(notOpened.failure, engine);
  return meaning === 'starting' || meaning === 'shutdown'
    ? yes('The server was there, but was starting or shutting down.', [notOpened])
    : no('Its opening failed for another reason.', [notOpened]);
}

function unclear(lost: Lost, isTerminated: boolean, next: ConnectionFacts['nextAttempt']) {
  const what = isTerminated
    ? 'The server ended the connection: because it shut down, or because an administrator ended it.'
    : 'The connection was lost: the server was restarted, another session ended it there, or the network on the way failed.';
  return cantTell(
    next === null ? what : `${what} The next attempt to connect came when the server answered again.`,
    [lost, next],
  );
}
