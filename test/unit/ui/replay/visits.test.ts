import { expect, it } from 'vitest';
import { charts } from '../../../../src/actors/chart.ts';
import { visitsOf } from '../../../../src/ui/replay/visits.ts';

it('counts how often a box is entered, and what stays within one as no entry', () => {
  const [machine, chart] = Object.entries(charts()).find(([name]) => name.startsWith('query@'))!;
  const way = (from: string | null, to: string, times: number, of = machine) => ({
    machine: of,
    from,
    event: 'e',
    to,
    times,
  });
  const visits = visitsOf(chart, machine, [
    way(null, 'queued.onConnection', 5),
    way('queued.onConnection', 'queued.inSession', 4),
    way('queued.inSession', 'classifying', 4),
    way('running.streaming', 'succeeded', 2),
    way('running.executing', 'succeeded', 1),
    way('running.executing', 'succeeded', 9, 'query@1'),
  ]);
  expect(visits.get('queued')).toBe(5);
  expect(visits.get('classifying')).toBe(4);
  expect(visits.get('succeeded')).toBe(3);
  expect(visits.get('failed')).toBeUndefined();
});
