import { durationText } from '../duration-text.ts';
import { NOTICEABLE_MS } from './bounds.ts';
import { cantTell, type Judgement } from './cause.ts';
import { between, type Mark } from './mark.ts';
import type { QueryFacts } from './query-facts.ts';
import { type Stall, sleptMs } from './run-facts.ts';

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
 * What a wait from one record to another says where the event loop was blocked, or the computer slept, in it: as `standstill`. Only the
 * part of a stall or a sleep that lies in the wait is taken off.
 */
export function waitStandstill({ run, slept }: QueryFacts, from: Mark, until: Mark): Judgement | null {
  const inWait = (stall: Stall, lastedMs: number): number =>
    Math.max(0, Math.min(until.at, stall.at) - Math.max(from.at, stall.at - lastedMs));
  const ms = between(from, until);
  const asleepMs = slept === null ? 0 : inWait(slept, sleptMs(slept));
  if (asleepMs > 0 && ms - asleepMs < NOTICEABLE_MS)
    return cantTell(
      `It waited for ${durationText(ms)}, but the computer slept, or the process was stopped, for ${durationText(asleepMs)} of that time.`,
      [slept],
    );
  const stalls = run.stalls.filter((stall) => inWait(stall, stall.loopMs) > 0);
  const stalledMs = stalls.reduce((sum, stall) => sum + inWait(stall, stall.loopMs), 0);
  if (stalledMs === 0 || ms - asleepMs - stalledMs >= NOTICEABLE_MS) return null;
  return cantTell(
    `It waited for ${durationText(ms)}, but the program stood still for ${durationText(stalledMs)} of that time.`,
    [stalls.at(-1)],
  );
}
