import { durationText } from '../duration-text.ts';
import { STALL_LOOK_MS } from '../limits.ts';
import { NOTICEABLE_MS } from './bounds.ts';
import { cantTell, type Judgement } from './cause.ts';
import { between, type Mark } from './mark.ts';
import type { QueryFacts } from './query-facts.ts';
import { isSleep, type Stall, sleepText, sleptMs } from './run-facts.ts';

/**
 * What a time of `ms` between two records, by a clock that does not count a sleep, says where the program stood still in it: nothing,
 * where little of it is left. Null where the program did not stand still, or the time is long without that too.
 */
export function standstill({ run }: QueryFacts, ms: number, from: Mark, until: Mark): Judgement | null {
  const { atMostMs, lastedMs, last } = within(run.stalls, loopOf, from, until);
  if (last === null || ms - atMostMs >= NOTICEABLE_MS) return null;
  return cantTell(
    `It took ${durationText(ms)}, but the program stood still for ${durationText(lastedMs)} in the meantime.`,
    [last],
  );
}

/** For a time that is long without it too: how much of it the program stood still, as a sentence; empty if it did not. */
export function standstillPart({ run }: QueryFacts, from: Mark, until: Mark): string {
  const { lastedMs, last } = within(run.stalls, loopOf, from, until);
  return last === null ? '' : ` For ${durationText(lastedMs)} of that time the program itself stood still.`;
}

/** What a wait from one record to another, by the wall clock, says where the event loop was blocked or the computer slept in it: as `standstill`. */
export function waitStandstill({ run }: QueryFacts, from: Mark, until: Mark): Judgement | null {
  const ms = between(from, until);
  const asleep = within(run.stalls.filter(isSleep), sleptMs, from, until);
  if (asleep.last !== null && ms - asleep.atMostMs < NOTICEABLE_MS)
    return cantTell(
      `It waited for ${durationText(ms)}, but ${sleepText(asleep.last)}, for ${durationText(asleep.lastedMs)} of that time.`,
      [asleep.last],
    );
  const blocked = within(
    run.stalls.filter((stall) => !isSleep(stall)),
    loopOf,
    from,
    until,
  );
  if (blocked.last === null || ms - asleep.atMostMs - blocked.atMostMs >= NOTICEABLE_MS) return null;
  return cantTell(
    `It waited for ${durationText(ms)}, but the program stood still for ${durationText(blocked.lastedMs)} of that time.`,
    [blocked.last],
  );
}

/** For a wait that is long without it too, by the wall clock: how much of it the computer slept, as a sentence; empty if it did not. */
export function sleepPart({ run }: Pick<QueryFacts, 'run'>, from: Mark, until: Mark): string {
  const { lastedMs, last } = within(run.stalls.filter(isSleep), sleptMs, from, until);
  return last === null ? '' : ` For ${durationText(lastedMs)} of that time ${sleepText(last)}.`;
}

const loopOf = ({ loopMs }: Stall): number => loopMs;

/**
 * How long stalls lasted together, by `msOf`, of what lies between two moments, and the last of them. A stall is how late a look at the
 * clock came: `atMostMs` counts the time before that look too, in which the program may have stood still already.
 */
function within(
  stalls: readonly Stall[],
  msOf: (stall: Stall) => number,
  from: Mark,
  until: Mark,
): { readonly lastedMs: number; readonly atMostMs: number; readonly last: Stall | null } {
  let [lastedMs, atMostMs, last]: [number, number, Stall | null] = [0, 0, null];
  for (const stall of stalls) {
    const shared = (ms: number): number => Math.min(until.at, stall.at) - Math.max(from.at, stall.at - ms);
    const ms = shared(msOf(stall));
    if (ms <= 0) continue;
    lastedMs += ms;
    atMostMs += shared(msOf(stall) + STALL_LOOK_MS);
    last = stall;
  }
  return { lastedMs, atMostMs, last };
}
