import { expect, it } from 'vitest';
import type { SpanSummary, Step } from '../../../../src/events/replay-view.ts';
import { differenceOf } from '../../../../src/ui/replay/span-difference.ts';

const shape = (name: string, p95Ms: number) => ({
  shape: name,
  count: 1,
  unsuccessful: 0,
  p50Ms: 1,
  p95Ms,
  maxMs: p95Ms,
  totalMs: p95Ms,
});
/** A step of a query that runs; its record is its place in the span. */
const step = (seq: number, event: string, to: string, ...words: Step['words'][number][]): Step => ({
  ...{ machine: 'query', from: 'running', event, to, words, times: 2, seq },
});
const cause = (title: string) => ({ title }) as SpanSummary['causes'][number];
const span: SpanSummary = {
  from: 0,
  to: 1,
  records: 1,
  marks: { failure: 0, cancel: 0, ignored: 0 },
  outcomes: {},
  shapes: [],
  slowest: [],
  hits: [],
  steps: [],
  stepsCut: false,
  causes: [],
};

it('sets counts, durations, steps and causes of two spans side by side', () => {
  const good = {
    ...span,
    outcomes: { succeeded: 9 },
    shapes: [shape('select a', 10), shape('select b', 50)],
    steps: [step(1, 'query.completed', 'succeeded'), step(2, 'query.paused', 'paused')],
    causes: [cause('Slow disk')],
  };
  const bad = {
    ...span,
    outcomes: { failed: 2, succeeded: 4 },
    shapes: [shape('select a', 900), shape('select c', 20)],
    steps: [step(31, 'query.completed', 'succeeded'), step(32, 'query.failed', 'failed')],
    causes: [cause('Slow disk'), cause('Waited for a lock')],
  };
  const { outcomes, shapes, differences, onlyGood, causes } = differenceOf(good, bad);
  expect(outcomes).toEqual([
    { name: 'failed', good: 0, bad: 2 },
    { name: 'succeeded', good: 9, bad: 4 },
  ]);
  expect(shapes.map((one) => [one.shape, one.good?.p95Ms ?? null, one.bad?.p95Ms ?? null])).toEqual([
    ['select a', 10, 900],
    ['select b', 50, null],
    ['select c', null, 20],
  ]);
  // Another place on the tape is no difference.
  expect(differences.map(({ bad: { event } }) => event)).toEqual(['query.failed']);
  expect(onlyGood.map(({ event }) => event)).toEqual(['query.paused']);
  expect(causes).toEqual(['Waited for a lock']);
});

it('finds differences in the order of the bad span, each beside what the good one has in its place', () => {
  const good = {
    ...span,
    steps: [
      step(1, 'query.completed', 'succeeded', ['transaction', 'none']),
      step(2, 'query.failed', 'failed', ['failure.code', '42601'], ['usable', 'true']),
      step(3, 'query.cancel', 'cancelling', ['reason', 'user']),
    ],
  };
  const bad = {
    ...span,
    steps: [
      step(10, 'query.completed', 'succeeded', ['transaction', 'none']),
      step(11, 'query.failed', 'failed', ['failure.code', '57014'], ['usable', 'true']),
      step(12, 'query.cancel', 'cancelling', ['reason', 'timeout']),
      step(13, 'query.failed', 'lost', ['failure.code', '42601'], ['usable', 'false']),
      { ...step(14, 'query.resumed', 'running'), from: 'paused' },
      step(15, 'query.abandoned', 'lost'),
    ],
  };
  const { differences } = differenceOf(good, bad);
  expect(differences.map(({ bad, good, differs }) => [bad.seq, good?.seq ?? null, differs])).toEqual([
    [11, 2, ['failure.code']],
    [12, 3, ['reason']],
    [13, 2, ['state', 'usable']],
    [14, null, []],
    [15, 1, ['event', 'state']],
  ]);
});

it('finds no difference between a span and itself', () => {
  const same = { ...span, steps: [step(1, 'e', 'b', ['reason', 'user'])], outcomes: { succeeded: 1 } };
  expect(differenceOf(same, same)).toMatchObject({ differences: [], onlyGood: [], causes: [] });
});
