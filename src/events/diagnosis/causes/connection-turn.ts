import { durationText } from '../../duration-text.ts';
import { NOTICEABLE_MS } from '../bounds.ts';
import { BEGINS_LATER, type Cause, cantTell, no, yes } from '../cause.ts';
import { between } from '../mark.ts';
import { sleepPart, waitStandstill } from '../standstill.ts';

/** Other statements of the tab came first: a connection runs one at a time. */
export const connectionTurn: Cause = {
  name: 'connectionTurn',
  title: 'Waited for its turn on its connection',
  recognised: `At least ${NOTICEABLE_MS / 1000} s passed from the moment that it was submitted and its connection was open until it was granted that connection.`,
  advice: 'Run it in another tab, which has a connection of its own, or cancel the statement before it.',
  query(query, end) {
    const { input, submitted, granted, behind, connection, ended } = query;
    if (input === null || submitted === null) return cantTell(BEGINS_LATER);
    if (input.granted) return no('Its connection was free.', [submitted]);
    const opened = connection?.opened ?? null;
    if (opened === null) return no('Its connection was not open yet.', [submitted]);
    const from = opened.seq > submitted.seq ? opened : submitted;
    const until = granted ?? ended ?? end;
    const ms = between(from, until);
    const waited = durationText(ms);
    if (ms < NOTICEABLE_MS) return no(`It waited for its connection for ${waited} only.`, [from, granted]);
    const blurred = waitStandstill(query, from, until);
    if (blurred) return blurred;
    const asleep = sleepPart(query, from, until);
    if (granted === null && ended === null)
      return yes(
        `It has waited for ${waited} until now, because another statement runs on its tab’s connection.${asleep}`,
        [submitted, connection!.lease],
      );
    return yes(`It waited for ${waited} until the statements before it in its tab had ended.${asleep}`, [
      submitted,
      behind,
      until,
    ]);
  },
};
