import { Subject } from 'rxjs';
import { expect, it, onTestFinished } from 'vitest';
import type { Envelope } from '../../../src/events/envelope.ts';
import { MEASURE_IDLE_MS, MEASURE_MS } from '../../../src/events/limits.ts';
import type { TapeFact } from '../../../src/events/tape.ts';
import { ProcessMeter } from '../../../src/main/process-meter.ts';

function metering() {
  const facts: TapeFact[] = [];
  const late = new Subject<number>();
  const committed = new Subject<readonly Envelope[]>();
  const synced = new Subject<number>();
  const at = { now: 1_000_000, rss: 5000 };
  const meter = new ProcessMeter(
    (fact) => facts.push(fact),
    { late, committed, synced },
    { now: () => at.now, memory: () => ({ rss: at.rss, heapUsed: at.rss / 2 }) },
  );
  onTestFinished(() => meter.stop());
  return {
    facts,
    late,
    synced,
    meter,
    at,
    /** Records are on disk that were made so long ago, the last one first; with their types where they differ. */
    commit: (types: string | readonly string[], ...agesMs: number[]) =>
      committed.next(
        agesMs.map((age, index) => {
          const type = typeof types === 'string' ? types : types[index];
          return { at: at.now - age, event: { type } } as unknown as Envelope;
        }),
      ),
    /** It looks after so much time. */
    after(ms: number): void {
      at.now += ms;
      meter.measure();
    },
  };
}

it('records memory, event-loop delay, tape lag and disk sync of the time since it last did', () => {
  const { facts, late, synced, commit, after } = metering();
  for (const ms of [1, 1, 40]) late.next(ms);
  synced.next(7);
  commit('query.recorded', 12, 3);
  after(MEASURE_MS);
  expect(facts).toEqual([
    {
      type: 'process.measured',
      rssBytes: 5000,
      heapBytes: 2500,
      loopMs: { count: 3, p50: 1, p99: 40, max: 40 },
      lagMs: { count: 1, p50: 12, p99: 12, max: 12 },
      syncMs: { count: 1, p50: 7, p99: 7, max: 7 },
    },
  ]);
  commit('query.recorded', 2);
  after(MEASURE_MS);
  expect(facts[1]).toMatchObject({ loopMs: { count: 0 }, lagMs: { max: 2 }, syncMs: null });
});

it('leaves the disk alone while nothing else is recorded, but for once in a long time', () => {
  const { facts, commit, after } = metering();
  commit('tape.opened', 1);
  after(MEASURE_MS);
  expect(facts).toHaveLength(1);
  for (let at = MEASURE_MS; at < MEASURE_IDLE_MS; at += MEASURE_MS) {
    commit('process.measured', 1);
    after(MEASURE_MS);
  }
  expect(facts).toHaveLength(1);
  after(MEASURE_MS);
  expect(facts).toHaveLength(2);
});

it('counts as recorded what shares a batch with its own record', () => {
  const { facts, commit, after } = metering();
  commit(['process.measured', 'query.recorded'], 1, 1);
  after(MEASURE_MS);
  expect(facts).toHaveLength(1);
});

it('has the longest delay of a quiet time in the next record', () => {
  const { facts, late, after } = metering();
  late.next(900);
  after(MEASURE_MS);
  expect(facts).toEqual([]);
  after(MEASURE_IDLE_MS);
  expect(facts[0]).toMatchObject({ loopMs: { max: 900 }, lagMs: null, syncMs: null });
});

it('records nothing more once it was stopped', () => {
  const { facts, commit, late, meter, after } = metering();
  meter.stop();
  late.next(5);
  commit('tape.opened', 1);
  after(MEASURE_MS);
  expect(facts).toEqual([]);
});
