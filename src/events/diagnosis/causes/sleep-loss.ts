import { durationText } from '../../duration-text.ts';
import { LOST_BY_SLEEP_MS, SLEEP_MS } from '../bounds.ts';
import { type Cause, cantTell, no, OPENED_BEFORE, yes } from '../cause.ts';
import { between } from '../mark.ts';
import { meaningOf } from '../meaning.ts';
import { sleepText, sleptMs } from '../run-facts.ts';

/** The computer slept, and its connections did not outlive that. */
export const sleepLoss: Cause = {
  name: 'sleepLoss',
  title: 'The connection was lost after the computer slept',
  recognised: `The connection was open while the process stood still for at least ${SLEEP_MS / 1000} s, as a clock that jumped shows, and was lost within ${LOST_BY_SLEEP_MS / 1000} s after that. A clock that is set forward looks as if the computer had slept.`,
  advice:
    'Most likely nothing is wrong with the server. Open transactions and temporary tables do not outlive a sleep: commit before you close the lid.',
  connection({ lost, run, input, session }) {
    if (lost === null) return input === null ? cantTell(OPENED_BEFORE) : no('It was not lost.');
    const { sleptBefore: slept, failure } = lost;
    const meaning = meaningOf(failure, input?.engine ?? session.engine);
    if (failure.source === 'client') return no('Querytape gave the connection up itself.', [lost]);
    if (meaning === 'shutdown') return no('The server was shut down.', [lost]);
    if (meaning === 'recoveryConflict')
      return no('The server ended it because of its recovery as a standby.', [lost]);
    if (meaning === 'terminated' && slept && between(slept, lost) <= LOST_BY_SLEEP_MS)
      return cantTell(`The server ended it soon after ${sleepText(slept)}, and does not say why.`, [
        slept,
        lost,
      ]);
    if (slept && between(slept, lost) <= LOST_BY_SLEEP_MS)
      return yes(
        `It was lost ${durationText(between(slept, lost))} after a gap of ${durationText(sleptMs(slept))}: ${sleepText(slept)}.`,
        [slept, lost],
      );
    if (run.watchesStalls)
      return no('The computer had not slept shortly before, while this connection was open.', [lost]);
    return cantTell('This tape does not record when the computer slept.', [lost]);
  },
};
