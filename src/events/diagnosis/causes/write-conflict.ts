import { type Cause, otherEnd, yes } from '../cause.ts';
import { meaningOf } from '../meaning.ts';

/** Another transaction came first. */
export const writeConflict: Cause = {
  name: 'writeConflict',
  title: 'Another transaction changed the same data',
  recognised:
    'The server ended the statement because its transaction, at its isolation level, can’t go on after what another one did: a serialization failure or a write conflict.',
  advice: 'Roll back, and run the whole transaction again. Keep transactions short.',
  query(query) {
    const { input, failed, recorded } = query;
    if (failed && meaningOf(failed.failure, input?.engine) === 'conflict')
      return yes('The server ended it because another transaction changed the same data.', [
        recorded,
        failed,
      ]);
    return otherEnd(query);
  },
};
