import { durationText } from '../../duration-text.ts';
import { DEAD_WITHIN_MS, FORGOTTEN_AFTER_MS, LOST_BY_SLEEP_MS, NOTICEABLE_MS } from '../bounds.ts';
import { type Cause, cantTell, type Judgement, no, OPENED_BEFORE, yes } from '../cause.ts';
import type { ConnectionFacts, Lost } from '../connection-facts.ts';
import { between } from '../mark.ts';
import { isDown, isOfTunnel, meaningOf, OF_ONE_CONNECTION } from '../meaning.ts';
import { sleepText } from '../run-facts.ts';

/** Something closed the connection while nothing used it. */
export const idleClose: Cause = {
  name: 'idleClose',
  title: 'The connection was closed while it was idle',
  recognised: `The connection was lost while no statement used it, or failed within ${DEAD_WITHIN_MS / 1000} s after a statement was sent on it that came after at least ${FORGOTTEN_AFTER_MS / 1000} s of idleness. Where the server does not report a limit of its own, the connection had to be idle for at least ${FORGOTTEN_AFTER_MS / 1000} s. It was not closed for its idleness where the server was down right after, or where other connections of its session were lost with it.`,
  advice:
    'If it is always about the same time, something has a limit: the server (idle_session_timeout, wait_timeout) or a firewall, load balancer or VPN on the way. Raise that limit. A tab connects again by itself at its next statement.',
  query({ lost, input, recorded, idleBeforeMs, firstRow, connection }) {
    if (lost === null) return no('Its connection was not lost.');
    if (input === null) return cantTell('The tape begins after this was submitted.', [lost]);
    if (recorded === null || firstRow) return no('Its connection was not lost as it was sent.', [lost]);
    const idle = durationText(idleBeforeMs);
    if (idleBeforeMs < FORGOTTEN_AFTER_MS)
      return no(`Its connection had been idle for ${idle} only.`, [lost]);
    const ms = between(recorded, lost);
    const proof = [connection?.used, recorded, lost];
    if (ms <= DEAD_WITHIN_MS && lost.failure.source === 'connection')
      return yes(
        `Its connection had been idle for ${idle} and was found dead as the statement was sent.`,
        proof,
      );
    return cantTell(
      `Its connection had been idle for ${idle}, and failed ${durationText(ms)} after the statement was sent.`,
      proof,
    );
  },
  connection(connection) {
    const { lost, input } = connection;
    if (lost === null) return input === null ? cantTell(OPENED_BEFORE) : no('It was not lost.');
    if (lost.idleMs === null) return no('A statement used it when it was lost.', [lost]);
    return idleLoss(connection, lost, lost.idleMs);
  },
};

function idleLoss(connection: ConnectionFacts, lost: Lost, idleMs: number): Judgement {
  const { input, session, used, nextAttempt, survivor, lostTogether } = connection;
  const engine = input?.engine ?? session.engine;
  const meaning = meaningOf(lost.failure, engine);
  const idle = durationText(idleMs);
  const proof = [used, lost];
  if (meaning === 'idleLimit')
    return yes(`The server closed it after ${idle} of idleness, by its own limit.`, proof);
  if (meaning === 'shutdown') return no('The server was shut down.', [lost]);
  if (meaning === 'recoveryConflict')
    return no('The server ended it because of its recovery as a standby.', [lost]);
  if (OF_ONE_CONNECTION.has(meaning)) return no('The server ended it by a limit on its transaction.', [lost]);
  if (isOfTunnel(lost.failure)) return no('It was lost with its tunnel.', [lost]);
  if (lost.failure.source === 'client') return no('Querytape gave it up itself.', [lost]);
  if (nextAttempt?.failure && isDown(nextAttempt.failure, engine))
    return no('The server was down as the next connection was tried.', [lost, nextAttempt]);
  const slept = lost.sleptBefore;
  if (slept && slept.seq > (used?.seq ?? 0) && between(slept, lost) < LOST_BY_SLEEP_MS)
    return cantTell(`It was lost after ${idle} of idleness in which ${sleepText(slept)}.`, [...proof, slept]);
  if (meaning === 'terminated')
    return cantTell(
      `The server ended it after ${idle} of idleness: by an administrator, or shutting down.`,
      proof,
    );
  if (lostTogether)
    return cantTell(
      `It was lost after ${idle} of idleness, together with another connection of its session: by the server or the network rather than by a limit.`,
      [...proof, lostTogether],
    );
  // Limits on idleness count in seconds, and what is on the way forgets after minutes.
  if (idleMs < NOTICEABLE_MS) return no(`It had been idle for ${idle} only.`, proof);
  if (idleMs < FORGOTTEN_AFTER_MS)
    return cantTell(
      `It was lost after ${idle} of idleness: by a short limit of the server, by another session there, or by the network.`,
      [...proof, nextAttempt ?? survivor],
    );
  return yes(`It was closed after ${idle} of idleness.`, [...proof, nextAttempt ?? survivor]);
}
