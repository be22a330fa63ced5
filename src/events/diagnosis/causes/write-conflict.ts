import { BEGINS_LATER, type Cause, cantTell, no, yes } from '../cause.ts';
import { meaningOf } from '../meaning.ts';

/** Another transaction came first. */
export const writeConflict: Cause = {
  name: 'writeConflict',
  title: 'Another transaction changed the same data',
  recognised:
    'The server ended the statement because its transaction, at its isolation level, can’t go on after what another one did: a serialization failure or a write conflict.',
  advice: 'Roll back, and run the whole transaction again. Keep transactions short.',
  query({ input, failed, ended, lost, recorded }) {
    if (failed && meaningOf(failed.failure, input?.engine) === 'conflict')
      return yes('The server ended it because another transaction changed the same data.', [
        recorded,
        failed,
      ]);
    if (recorded === null)
      return input === null ? cantTell(BEGINS_LATER) : no('It was not sent to the server.');
    if (ended === null) return cantTell('It has not ended yet.', [recorded]);
    return lost
      ? cantTell('It was lost before the server answered.', [lost])
      : no('The server did not say so.', [ended]);
  },
};
