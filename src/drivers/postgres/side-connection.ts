import { type Client, makeClient } from './client.ts';
import type { Dialling } from './dial.ts';

/**
 * Does something on a connection of its own, which is dropped before this settles. Rejects with pg's errors, or the work's own, and
 * when the signal ends it.
 */
export async function withSide<T>(
  dialling: Dialling,
  signal: AbortSignal,
  work: (side: Client) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const side = makeClient(dialling);
  // Without a listener an error of a connection that is being dropped would end the process.
  side.on('error', () => {});
  const drop = (): void => void side.connection.stream.destroy();
  signal.addEventListener('abort', drop, { once: true });
  try {
    await side.connect();
    return await work(side);
  } finally {
    signal.removeEventListener('abort', drop);
    drop();
  }
}
