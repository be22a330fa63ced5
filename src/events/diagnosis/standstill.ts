import { durationText } from '../duration-text.ts';
import { NOTICEABLE_MS } from './bounds.ts';
import { cantTell, type Judgement } from './cause.ts';
import { between, type Mark } from './mark.ts';
import type { QueryFacts } from './query-facts.ts';
import { sleptMs } from './run-facts.ts';

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

/**
 * What a wait from one record to another says where the event loop was blocked, or the computer slept, in it: as `standstill`. The wall
 * clock counts a sleep; only the part of it that lies in the wait is taken off.
 */
export function waitStandstill(query: QueryFacts, from: Mark, until: Mark): Judgement | null {
  const ms = between(from, until);
  const { slept } = query;
  if (slept === null) return standstill(query, ms);
  const inWait = Math.min(until.at, slept.at) - Math.max(from.at, slept.at - sleptMs(slept));
  if (inWait <= 0 || ms - inWait >= NOTICEABLE_MS) return standstill(query, ms);
  return cantTell(
    `It waited for ${durationText(ms)}, but the computer slept, or the process was stopped, for ${durationText(inWait)} of that time.`,
    [slept],
  );
}
