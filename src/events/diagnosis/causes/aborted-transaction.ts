import { type Cause, otherEnd, yes } from '../cause.ts';
import { meaningOf } from '../meaning.ts';

/** An earlier statement failed, and the transaction takes nothing more. */
export const abortedTransaction: Cause = {
  name: 'abortedTransaction',
  title: 'Its transaction had been aborted',
  recognised:
    'It was refused because its transaction had already failed or ended. The statement that made it fail is the proof where it is on the tape.',
  advice: 'Roll back, then run the whole transaction again. Look at the first error, not at this one.',
  query(query) {
    const { input, failed, connection } = query;
    if (failed && meaningOf(failed.failure, input?.engine) === 'transactionAborted')
      return yes('It was refused because its transaction had failed or ended before.', [
        connection?.failedBy,
        failed,
      ]);
    return otherEnd(query);
  },
};
