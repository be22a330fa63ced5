import { BEGINS_LATER, type Cause, cantTell, no, yes } from '../cause.ts';

/** The vault was locked, and what ran in production was stopped with its session. */
export const lockedVault: Cause = {
  name: 'lockedVault',
  title: 'The vault was locked during work',
  recognised:
    'The statement was stopped because its session closed, and that session closed because the vault was locked, as the causes on the tape show.',
  advice: 'Unlock the vault and open the session again. How soon it locks by itself is set by the policy.',
  query({ input, cancel, lost, connection, run, ended, recording, recorded }) {
    const closed = connection?.session.closed ?? null;
    const locked = run.vaultLocked;
    if (input === null) return cantTell(BEGINS_LATER);
    if (closed === null) return no('Its session was not closed while it ran.');
    const ends = cancel?.reason === 'sessionClosed' || (lost !== null && lost.seq > closed.seq);
    if (!ends || (ended && ended.seq < closed.seq)) return no('It was not stopped by its session’s end.');
    if (locked && closed.cause === locked.seq)
      return yes(
        (recording ?? recorded)
          ? 'The vault was locked while it ran, so its session in production was closed and it was stopped.'
          : 'The vault was locked while it waited, so its session in production was closed. It was not sent.',
        [locked, closed, cancel ?? lost],
      );
    if (run.started === null || !closed.isCauseThere)
      return cantTell('The tape does not have what closed its session.', [closed]);
    return no('Its session was closed for another reason.', [closed]);
  },
};
