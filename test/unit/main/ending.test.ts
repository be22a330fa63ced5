import { expect, it } from 'vitest';
import { Ending, endInOrder } from '../../../src/main/ending.ts';

it('takes each step after the one before has settled', async () => {
  const seen: string[] = [];
  await endInOrder([
    async () => {
      await new Promise(setImmediate);
      seen.push('first');
    },
    () => seen.push('second'),
  ]);
  expect(seen).toEqual(['first', 'second']);
});

it('takes the later steps where one fails, and reports the first error at the end', async () => {
  const seen: string[] = [];
  const ending = endInOrder([
    () => {
      throw new Error('the instance file');
    },
    () => Promise.reject(new Error('the tape')),
    () => seen.push('history'),
    async () => seen.push('log'),
  ]);
  await expect(ending).rejects.toThrow('the instance file');
  expect(seen).toEqual(['history', 'log']);
});

it('ends the parts that have begun in the program’s order, whatever order they began in', async () => {
  const seen: string[] = [];
  const ending = new Ending();
  for (const part of ['log', 'tape', 'server', 'timers', 'workspace'] as const)
    ending.add(part, () => seen.push(part));
  ending.add('timers', () => seen.push('another timer'));
  await ending.end();
  expect(seen).toEqual(['timers', 'another timer', 'workspace', 'server', 'tape', 'log']);
});
