import { expect, it } from 'vitest';
import { threadMs } from './thread-time.ts';

it.runIf(process.platform === 'linux')(
  'counts work that is shorter than a tick of the system, and no waiting',
  () => {
    const spent = (): number => {
      const from = threadMs();
      const until = performance.now() + 1;
      while (performance.now() < until);
      return threadMs() - from;
    };
    for (let round = 0; round < 20; round++) expect(spent()).toBeGreaterThan(0);
    const from = threadMs();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
    expect(threadMs() - from).toBeLessThan(150);
  },
);
