import { expect, it } from 'vitest';
import type { SpanSummary } from '../../../../src/events/replay-view.ts';
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
const hit = (machine: string, event: string, to: string) => ({ machine, from: 'a', event, to, times: 2 });
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
  causes: [],
};

it('sets counts, durations, transitions and causes of two spans side by side', () => {
  const good = {
    ...span,
    outcomes: { succeeded: 9 },
    shapes: [shape('select a', 10), shape('select b', 50)],
    hits: [hit('query@11', 'query.completed', 'succeeded'), hit('query@11', 'query.paused', 'paused')],
    causes: [cause('Slow disk')],
  };
  const bad = {
    ...span,
    outcomes: { failed: 2, succeeded: 4 },
    shapes: [shape('select a', 900), shape('select c', 20)],
    hits: [hit('query@12', 'query.completed', 'succeeded'), hit('query@12', 'query.failed', 'failed')],
    causes: [cause('Slow disk'), cause('Waited for a lock')],
  };
  const { outcomes, shapes, onlyBad, onlyGood, causes } = differenceOf(good, bad);
  expect(outcomes).toEqual([
    { name: 'failed', good: 0, bad: 2 },
    { name: 'succeeded', good: 9, bad: 4 },
  ]);
  expect(shapes.map((one) => [one.shape, one.good?.p95Ms ?? null, one.bad?.p95Ms ?? null])).toEqual([
    ['select a', 10, 900],
    ['select b', 50, null],
    ['select c', null, 20],
  ]);
  // Another version of a machine is no difference.
  expect(onlyBad.map(({ event }) => event)).toEqual(['query.failed']);
  expect(onlyGood.map(({ event }) => event)).toEqual(['query.paused']);
  expect(causes).toEqual(['Waited for a lock']);
});

it('finds no difference between a span and itself', () => {
  const same = { ...span, hits: [hit('query@1', 'e', 'b')], outcomes: { succeeded: 1 } };
  expect(differenceOf(same, same)).toMatchObject({ onlyBad: [], onlyGood: [], causes: [] });
});
