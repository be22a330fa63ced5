import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { STATE_SETTLES_MS } from '../../../src/events/limits.ts';
import { settled } from '../../../src/main/served-app.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('waits for what was recorded, and a second at most for a disk that hangs', async () => {
  const waited: number[] = [];
  let isSettled = false;
  const tape = {
    lastSeq: 7,
    durable(seq: number) {
      waited.push(seq);
      return new Promise<void>(() => undefined);
    },
  };
  const over = settled(tape).then(() => {
    isSettled = true;
  });
  await vi.advanceTimersByTimeAsync(STATE_SETTLES_MS - 1);
  expect({ waited, isSettled }).toEqual({ waited: [7], isSettled: false });
  await vi.advanceTimersByTimeAsync(2);
  await over;
});

it('does not wait for what can’t be written', async () => {
  await settled({ lastSeq: 7, durable: () => Promise.reject(new Error('ENOSPC')) });
});
