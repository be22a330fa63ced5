import { durationText } from '../../duration-text.ts';
import { DEAD_WITHIN_MS, FORGOTTEN_AFTER_MS, LOST_BY_SLEEP_MS } from '../bounds.ts';
import { type Cause, cantTell, type Judgement, no, OPENED_BEFORE, yes } from '../cause.ts';
import type { Lost } from '../connection-facts.ts';
import { between } from '../mark.ts';
import { meaningOf } from '../meaning.ts';

/** Something closed the connection while nothing used it. */
export const idleClose: Cause = {
  name: 'idleClose',
  title: 'The connection was closed while it was idle',
  recognised: `The connection was lost while no statement used it, or failed within ${DEAD_WITHIN_MS / 1000} s after a statement was sent on it that came after at least ${FORGOTTEN_AFTER_MS / 1000} s of idleness.`,
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
  connection({ lost, input, used, session }) {
    if (lost === null) return input === null ? cantTell(OPENED_BEFORE) : no('It was not lost.');
    if (lost.idleMs === null) return no('A statement used it when it was lost.', [lost]);
    return idleLoss(
      lost,
      lost.idleMs,
      used?.seq ?? null,
      meaningOf(lost.failure, input?.engine ?? session.engine),
    );
  },
};

function idleLoss(lost: Lost, idleMs: number, used: number | null, meaning: string | null): Judgement {
  const idle = durationText(idleMs);
  const proof = [used, lost];
  if (meaning === 'idleLimit')
    return yes(`The server closed it after ${idle} of idleness, by its own limit.`, proof);
  if (meaning === 'shutdown') return no('The server was shut down.', [lost]);
  if (lost.sleptBefore && between(lost.sleptBefore, lost) < LOST_BY_SLEEP_MS)
    return cantTell(`It was lost after ${idle} of idleness in which the computer slept.`, [
      ...proof,
      lost.sleptBefore,
    ]);
  if (meaning === 'terminated')
    return cantTell(
      `The server ended it after ${idle} of idleness: by an administrator, or shutting down.`,
      proof,
    );
  return yes(`It was closed after ${idle} of idleness.`, proof);
}
