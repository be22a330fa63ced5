import { durationText } from '../duration-text.ts';
import { NOTICEABLE_MS } from './bounds.ts';
import { cantTell, type Judgement } from './cause.ts';
import { between, type Mark } from './mark.ts';
import type { QueryFacts } from './query-facts.ts';
import { isSleep, type Stall, sleptMs } from './run-facts.ts';

/**
 * What a time of `ms` between two records, by a clock that does not count a sleep, says where the program stood still in it: nothing,
 * where little of it is left. Null where the program did not stand still, or the time is long without that too.
 */
export function standstill({ run }: QueryFacts, ms: number, from: Mark, until: Mark): Judgement | null {
  const { lastedMs, last } = within(run.stalls, ({ loopMs }) => loopMs, from, until);
  if (last === null || ms - lastedMs >= NOTICEABLE_MS) return null;
  return cantTell(
    `It took ${durationText(ms)}, but the program stood still for ${durationText(lastedMs)} in the meantime.`,
    [last],
  );
}

/** What a wait from one record to another, by the wall clock, says where the event loop was blocked or the computer slept in it: as `standstill`. */
export function waitStandstill({ run }: QueryFacts, from: Mark, until: Mark): Judgement | null {
  const ms = between(from, until);
  const asleep = within(run.stalls.filter(isSleep), sleptMs, from, until);
  if (asleep.last !== null && ms - asleep.lastedMs < NOTICEABLE_MS)
    return cantTell(
      `It waited for ${durationText(ms)}, but the computer slept, or the process was stopped, for ${durationText(asleep.lastedMs)} of that time.`,
      [asleep.last],
    );
  const busy = ({ loopMs }: Stall): number => loopMs;
  const blocked = within(
    run.stalls.filter((stall) => !isSleep(stall)),
    busy,
    from,
    until,
  );
  if (blocked.last === null || ms - asleep.lastedMs - blocked.lastedMs >= NOTICEABLE_MS) return null;
  return cantTell(
    `It waited for ${durationText(ms)}, but the program stood still for ${durationText(blocked.lastedMs)} of that time.`,
    [blocked.last],
  );
}

/** How long stalls lasted together, by `msOf`, of what lies between two moments; and the last of them. */
function within(
  stalls: readonly Stall[],
  msOf: (stall: Stall) => number,
  from: Mark,
  until: Mark,
): { readonly lastedMs: number; readonly last: Stall | null } {
  let [lastedMs, last]: [number, Stall | null] = [0, null];
  for (const stall of stalls) {
    const ms = Math.min(until.at, stall.at) - Math.max(from.at, stall.at - msOf(stall));
    if (ms <= 0) continue;
    lastedMs += ms;
    last = stall;
  }
  return { lastedMs, last };
}
