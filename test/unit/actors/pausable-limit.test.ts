import { expect, it, onTestFinished, vi } from 'vitest';
import { PausableLimit } from '../../../src/actors/pausable-limit.ts';

function limited(ms: number) {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  onTestFinished(() => void vi.useRealTimers());
  let over = 0;
  const limit = new PausableLimit(ms, () => over++);
  const ask = limit.pausedDuring(
    (forMs: number) => new Promise<void>((resolve) => setTimeout(resolve, forMs)),
  );
  return { limit, ask, over: () => over, after: (forMs: number) => vi.advanceTimersByTimeAsync(forMs) };
}

it('does not run while the user is asked, and goes on with what was left, however often', async () => {
  const { limit, ask, over, after } = limited(100);
  limit.start();
  for (let i = 0; i < 3; i++) {
    await after(30);
    void ask(1000);
    await after(1000);
  }
  expect(over()).toBe(0);
  await after(9);
  expect(over()).toBe(0);
  await after(1);
  expect(over()).toBe(1);
});

it('goes on after a question that failed, and ends nothing once it was stopped, not by a later answer either', async () => {
  const { limit, ask, over, after } = limited(100);
  limit.start();
  await expect(limit.pausedDuring(() => Promise.reject(new Error('dismissed')))()).rejects.toThrow(
    'dismissed',
  );
  void ask(1000);
  await after(500);
  limit.stop();
  await after(10_000);
  expect(over()).toBe(0);
});
