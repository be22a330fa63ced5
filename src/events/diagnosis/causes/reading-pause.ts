import { durationText } from '../../duration-text.ts';
import { NOTICEABLE_MS } from '../bounds.ts';
import { BEGINS_LATER, type Cause, cantTell, no, yes } from '../cause.ts';
import { pausedMs } from '../query-facts.ts';

/** Reading paused because enough unread rows were here. */
export const readingPause: Cause = {
  name: 'readingPause',
  title: 'Paused by the reader',
  recognised: `Reading its rows was paused for at least ${NOTICEABLE_MS / 1000} s because as many bytes were here unread as are fetched ahead.`,
  advice:
    'Scroll to the end of the result, or export it, to fetch the rest. While it is paused, it keeps its locks and its snapshot on the server; after 15 minutes it is stopped.',
  query({ input, pauses: { budget }, ended }, end) {
    if (budget === null) return input === null ? cantTell(BEGINS_LATER) : no('Reading was not paused.');
    const ms = pausedMs(budget, end);
    const proof = [budget.first, budget.since ?? ended];
    if (ms < NOTICEABLE_MS) return no(`Reading was paused for ${durationText(ms)} only.`, proof);
    return yes(
      `Reading ${budget.since ? 'has been' : 'was'} paused for ${durationText(ms)}, because the rows that were here had not been looked at.`,
      proof,
    );
  },
};
