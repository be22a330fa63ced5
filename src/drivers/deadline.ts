/**
 * Calls `over` after so many milliseconds, unless the function it returns is called before. What has come by then is read first: after a
 * standstill of the program its timers are over before any answer is read that was there all along.
 */
export function deadline(ms: number, over: () => void): () => void {
  let reading: NodeJS.Immediate | undefined;
  const timer = setTimeout(() => {
    reading = setImmediate(over);
  }, ms);
  return () => {
    clearTimeout(timer);
    clearImmediate(reading);
  };
}

/** Waits for work, at most so many milliseconds: `late` where it is not done by then. The work goes on; its rejection is passed on. */
export async function within<T>(work: Promise<T>, ms: number): Promise<T | 'late'> {
  let met: (() => void) | undefined;
  const late = new Promise<'late'>((resolve) => {
    met = deadline(ms, () => resolve('late'));
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    met?.();
  }
}

/** Does work that the signal ends by calling `stop`. Rejects as the work does, or with the signal's reason where it came before. */
export async function stoppable<T>(
  signal: AbortSignal,
  stop: () => void,
  work: () => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await work();
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
