import { readFileSync } from 'node:fs';

/** Processor time that this thread has had, in milliseconds, which a busy machine does not lengthen; elsewhere than on Linux the time. */
export function threadMs(): number {
  if (process.platform !== 'linux') return performance.now();
  return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]) / 1e6;
}
