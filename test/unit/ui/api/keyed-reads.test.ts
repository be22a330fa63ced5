import { expect, it, vi } from 'vitest';
import { KeyedReads } from '../../../../src/ui/api/keyed-reads.ts';

const settled = () => new Promise((resolve) => setImmediate(resolve));

it('reads each version of an id once, and has another map after each change', async () => {
  const read = vi.fn(async (id: string) => `${id} ${read.mock.calls.length}`);
  const changed = vi.fn();
  const reads = new KeyedReads(read, changed);
  const before = reads.values;
  for (const version of ['1', '1', '2']) {
    reads.want('a', version);
    await settled();
  }
  expect(read).toHaveBeenCalledTimes(2);
  expect(changed).toHaveBeenCalledTimes(2);
  expect(reads.values.get('a')).toBe('a 2');
  expect(before.size).toBe(0);
});

it('keeps the answer to the latest read, whichever comes last', async () => {
  const answers: ((value: string) => void)[] = [];
  const reads = new KeyedReads<string>(
    () => new Promise((resolve) => answers.push(resolve)),
    () => {},
  );
  reads.want('a', 'old');
  reads.want('a', 'new');
  answers[1]!('new');
  answers[0]!('old');
  await settled();
  expect(reads.values.get('a')).toBe('new');
});

it('reads again after a failure, and keeps the value of before', async () => {
  let fails = false;
  const read = vi.fn(async () => {
    if (fails) throw new Error('link lost');
    return 'value';
  });
  const reads = new KeyedReads(read, () => {});
  reads.want('a', '1');
  await settled();
  fails = true;
  for (let times = 0; times < 2; times++) {
    reads.want('a', '2');
    await settled();
  }
  expect(read).toHaveBeenCalledTimes(3);
  expect(reads.values.get('a')).toBe('value');
});

it('forgets ids that are no longer of interest, and drops what is still read of them', async () => {
  const changed = vi.fn();
  const reads = new KeyedReads(async (id: string) => id, changed);
  reads.want('a', '1');
  await settled();
  reads.want('b', '1');
  reads.keepOnly(new Set());
  await settled();
  expect([...reads.values.keys()]).toEqual([]);
  expect(changed).toHaveBeenCalledTimes(1);
});
