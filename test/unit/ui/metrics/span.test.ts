import { expect, it } from 'vitest';
import { tickLabels } from '../../../../src/ui/metrics/span.ts';

const HOUR_MS = 3_600_000;

it('has words below every tick of a chart but one that is too near to the axis of values', () => {
  const from = 480_000 * HOUR_MS;
  const at = (minutes: number): number => from / 1000 + minutes * 60;
  const labels = tickLabels([at(2), at(15), at(30), at(45)], from, from + HOUR_MS);
  expect(labels.map((label) => label !== '')).toEqual([false, true, true, true]);
  expect(new Set(labels).size).toBe(4);
});
