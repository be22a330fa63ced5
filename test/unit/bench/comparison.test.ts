import { expect, it } from 'vitest';
import { comparison } from '../../../bench/comparison.ts';

const figure = (name: string, value: number, aim: number | null = null): string =>
  JSON.stringify({ name, value, unit: 'ms', aim, how: '' });

it('shows two runs side by side, and what moved by more than noise', () => {
  const before = [
    '> querytape@0.1.0 build',
    figure('start', 300),
    figure('cancel', 10),
    figure('page', 50, 60),
  ];
  const after = [figure('start', 310), figure('cancel', 20), figure('page', 70, 60), figure('replay', 5)];
  expect(comparison(before.join('\n'), after.join('\n'))).toBe(
    [
      '| figure | before | after | ratio | |',
      '|---|---:|---:|---:|---|',
      '| start | 300 ms | 310 ms | 1.03 |  |',
      '| cancel | 10.0 ms | 20.0 ms | 2.00 | more |',
      '| page | 50.0 ms | 70.0 ms | 1.40 | more, aim 60 missed |',
      '| replay |  | 5.00 ms |  | new |',
      '',
    ].join('\n'),
  );
});
