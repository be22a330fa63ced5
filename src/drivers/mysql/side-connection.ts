import { type Client, connected, type Dialling, makeClient } from './client.ts';

/** How long its goodbye may take. What it was for has been answered by then. */
const GOODBYE_MS = 500;

/**
 * Does something on a connection of its own, which has closed before this settles. Rejects with mysql2's errors, or the work's own,
 * and when the signal ends it.
 */
export async function withSide<T>(
  dialling: Dialling,
  signal: AbortSignal,
  work: (side: Client) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const side = makeClient(dialling);
  const drop = (): void => void side.stream.destroy();
  signal.addEventListener('abort', drop, { once: true });
  try {
    await connected(side);
    return await work(side);
  } finally {
    await closed(side);
    signal.removeEventListener('abort', drop);
  }
}

/** Says goodbye and waits until the socket has closed; bounded. */
async function closed(side: Client): Promise<void> {
  if (side.stream.destroyed) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, GOODBYE_MS);
    side.stream.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
    side.end();
  });
  side.stream.destroy();
}
