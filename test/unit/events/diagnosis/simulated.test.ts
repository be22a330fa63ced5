import fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Step, step } from '../../actors/play.ts';
import { FAKED } from './stage.ts';
import { answersAreTrue, killIsTrue, reportOf, tapeIsTrue, WatchedPlay } from './watched-play.ts';

/** The plays of each test run; `QUERYTAPE_RUNS` plays as many others. */
const SEED = 28_11_2026;

/** Steps in which more waits than usually. */
const pressing: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: step },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Step>({ kind: 'wait', ms: 5000 }, { kind: 'hold' }, { kind: 'dangerous' }),
  },
);

/** Causes that need a server's code, or a fact, that no step of these plays brings. */
const NEVER = ['tlsFailure', 'tooManyConnections', 'lockWait', 'sleepLoss', 'blockedLoop'];

beforeEach(() => {
  vi.useFakeTimers({ toFake: [...FAKED] });
});
afterEach(() => {
  vi.useRealTimers();
});

it('agrees with whatever user, server, disk and clock do', { tags: ['slow'], timeout: 600_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(pressing, { minLength: 5, maxLength: 25 }),
      fc.double({ min: 0.1, max: 0.9, noNaN: true }),
      async (steps, where) => {
        const play = new WatchedPlay();
        await play.open();
        for (const one of steps) await play.take(one);
        const tape = [...play.world.tape.envelopes];
        killIsTrue(tape, Math.max(1, Math.floor(tape.length * where)));
        await play.finish();
        answersAreTrue(play, play.accepted.keys());
        tapeIsTrue(play);
        const report = reportOf(play.world.tape.envelopes);
        for (const cause of NEVER) expect([cause, report[cause]!.counts.yes]).toEqual([cause, 0]);
      },
    ),
    process.env.QUERYTAPE_RUNS
      ? { numRuns: Number(process.env.QUERYTAPE_RUNS), endOnFailure: true }
      : { numRuns: 15, seed: SEED },
  );
});
