/** Waits for work, at most so many milliseconds: `late` where it is not done by then. The work goes on; its rejection is passed on. */
export async function within<T>(work: Promise<T>, ms: number): Promise<T | 'late'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
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
