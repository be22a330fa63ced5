import { expect, it, onTestFinished } from 'vitest';
import { STALL_LOOK_MS, STALL_MS } from '../../../src/events/limits.ts';
import type { TapeFact } from '../../../src/events/tape.ts';
import { StallWatch } from '../../../src/main/stall-watch.ts';

function watching() {
  const facts: TapeFact[] = [];
  const woken: number[] = [];
  const at = { loop: 1_000_000, wall: 5_000_000, cpu: 100 };
  const watch = new StallWatch(
    (fact) => facts.push(fact),
    () => woken.push(at.wall),
    { loop: () => at.loop, wall: () => at.wall, cpu: () => at.cpu },
  );
  onTestFinished(() => watch.stop());
  return {
    facts,
    woken,
    /** It looks again after so much time by each clock, in which it had so much of the processor. */
    look(loopMs: number, wallMs = loopMs, cpuMs = 0): void {
      at.cpu += cpuMs;
      at.loop += loopMs;
      at.wall += wallMs;
      watch.look();
    },
  };
}

it('says from the start that it watches, and nothing while the process runs', () => {
  const { facts, look } = watching();
  for (let times = 0; times < 100; times++) look(STALL_LOOK_MS + STALL_MS - 1);
  expect(facts).toEqual([{ type: 'process.watched', stallMs: STALL_MS }]);
});

it('records a blocked event loop, and a sleep by the clock that goes on', () => {
  const { facts, look } = watching();
  look(STALL_LOOK_MS + 3000);
  expect(facts.at(-1)).toEqual({ type: 'process.stalled', loopMs: 3000, clockMs: 3000, cpuMs: 0 });
  look(STALL_LOOK_MS, STALL_LOOK_MS + 3_600_000);
  expect(facts.at(-1)).toMatchObject({ type: 'process.stalled', clockMs: 3_600_000 });
});

it('records each of several stalls at its end, however soon they follow one another', () => {
  const { facts, woken, look } = watching();
  const stalls = [2000, 1500, 4000, 1200];
  for (const [index, loopMs] of stalls.entries()) {
    look(STALL_LOOK_MS);
    expect(facts).toHaveLength(1 + index);
    look(STALL_LOOK_MS + loopMs);
    expect(facts.at(-1)).toMatchObject({ type: 'process.stalled', loopMs });
  }
  expect(woken).toHaveLength(stalls.length);
});

it('records the processor time of the stall: a process that was stopped had none', () => {
  const { facts, look } = watching();
  look(STALL_LOOK_MS + 3000, STALL_LOOK_MS + 3000, 2900);
  expect(facts.at(-1)).toMatchObject({ loopMs: 3000, cpuMs: 2900 });
  look(STALL_LOOK_MS + 4000, STALL_LOOK_MS + 4000, 12.4);
  expect(facts.at(-1)).toMatchObject({ loopMs: 4000, cpuMs: 12 });
});

it('takes a clock that is set back for no stall', () => {
  const { facts, look } = watching();
  look(STALL_LOOK_MS, -3_600_000);
  expect(facts).toHaveLength(1);
});
