import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WorkLimit } from '../../../src/drivers/work-limit.ts';

describe('the limit of another thread’s work', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  /** A limit of 500 ms of CPU time and 4 s by the wall clock, for work that gets a share of one processor. */
  function limited(share: number) {
    const startedAt = Date.now();
    const wallMs = (): number => Date.now() - startedAt;
    const over = vi.fn();
    const limit = new WorkLimit({ cpuMs: 500, wallMs: 4000 }, { cpuMs: () => share * wallMs(), wallMs });
    limit.start(over);
    return { limit, over };
  }

  it.each([
    ['all of a processor', 1, 500],
    ['a quarter of it', 0.25, 2000],
    ['an eighth of it', 0.125, 4000],
    ['nothing of it', 0, 4000],
  ])('ends work that gets %s when its time is up', (_name, share, endMs) => {
    const { over } = limited(share);
    vi.advanceTimersByTime(endMs - 10);
    expect(over).not.toHaveBeenCalled();
    vi.advanceTimersByTime(20);
    expect(over).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(10_000);
    expect(over).toHaveBeenCalledTimes(1);
  });

  it('ends no work that was done before', () => {
    const { limit, over } = limited(1);
    limit.stop();
    vi.advanceTimersByTime(10_000);
    expect(over).not.toHaveBeenCalled();
  });
});

describe('the CPU time of other threads', () => {
  it('counts a thread that works, and not one that waits', { tags: ['slow'] }, async () => {
    const spins = new Worker('while (true);', { eval: true });
    const over = new Promise<void>((resolve) =>
      new WorkLimit({ cpuMs: 50, wallMs: 3_600_000 }).start(resolve),
    );
    await over;
    await spins.terminate();

    const waits = vi.fn();
    const limit = new WorkLimit({ cpuMs: 400, wallMs: 3_600_000 });
    limit.start(waits);
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(waits).not.toHaveBeenCalled();
    limit.stop();
  });
});
