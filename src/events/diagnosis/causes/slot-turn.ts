import { durationText } from '../../duration-text.ts';
import { NOTICEABLE_MS } from '../bounds.ts';
import { BEGINS_LATER, type Cause, cantTell, no, yes } from '../cause.ts';
import { between } from '../mark.ts';
import { sleepPart, waitStandstill } from '../standstill.ts';

/** As many statements of the session ran as may. */
export const slotTurn: Cause = {
  name: 'slotTurn',
  title: 'Waited for one of the session’s slots',
  recognised: `At least ${NOTICEABLE_MS / 1000} s passed from the request for a slot of the session until it was granted.`,
  advice:
    'Cancel a statement of another tab of this session, or let more of them run at once: policy, concurrentQueriesMax.',
  query(query, end) {
    const { input, slotRequested, slotGranted, ended } = query;
    if (slotRequested === null)
      return input === null ? cantTell(BEGINS_LATER) : no('It did not have to wait for a slot.');
    const until = slotGranted ?? ended ?? end;
    const ms = between(slotRequested, until);
    const proof = [slotRequested, slotGranted ?? ended];
    if (ms < NOTICEABLE_MS) return no(`It waited for a slot for ${durationText(ms)} only.`, proof);
    const blurred = waitStandstill(query, slotRequested, until);
    if (blurred) return blurred;
    const most = input === null ? 'as many statements' : statements(input.concurrentQueriesMax);
    return yes(
      `It waited for ${durationText(ms)}${until === end ? ' until now' : ''}: ${most} of its session ran already, which is as many as the policy allows at once.${sleepPart(query, slotRequested, until)}`,
      proof,
    );
  },
};

function statements(count: number): string {
  return count === 1 ? 'one statement' : `${count} statements`;
}
