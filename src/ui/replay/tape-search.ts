import type { EventFilter } from '../../events/replay-view.ts';
import { filterText, type TapeAnswer } from './tape-answer.ts';
import type { TimeSpan } from './time-span.ts';

/** Which way a tape is searched. */
export type SearchDirection = 'forward' | 'back';

/**
 * The nearest record from `seq` on that a filter lets pass, in the range; null where there is none, undefined where the tape
 * did not answer.
 */
export function nextRecord(
  answer: TapeAnswer,
  seq: number,
  direction: SearchDirection,
  filter: EventFilter,
  range: TimeSpan | null,
): Promise<number | null | undefined> {
  return answer(`next?from=${seq}&direction=${direction}${filterText(filter, range)}`);
}

/** What is said where a search found nothing: `There is no match after this event in the range.` */
export function noneText(name: string, direction: SearchDirection, inRange: boolean): string {
  const where = direction === 'forward' ? 'after' : 'before';
  return `There is no ${name} ${where} this event${inRange ? ' in the range' : ''}.`;
}
