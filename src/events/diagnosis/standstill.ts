import { durationText } from '../duration-text.ts';
import { NOTICEABLE_MS } from './bounds.ts';
import { cantTell, type Judgement } from './cause.ts';
import type { QueryFacts } from './query-facts.ts';

/**
 * What a time that was measured while the program stood still says of anything else: nothing, where little of it is left. Null where
 * enough is.
 *
 * @param ms the time
 */
export function standstill({ blocked, stalledMs }: QueryFacts, ms: number): Judgement | null {
  if (blocked === null || ms - stalledMs >= NOTICEABLE_MS) return null;
  return cantTell(
    `It took ${durationText(ms)}, but the program stood still for ${durationText(stalledMs)} in the meantime.`,
    [blocked],
  );
}
