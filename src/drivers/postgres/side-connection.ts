import { onSideConnection } from '../side-connection.ts';
import { type Client, makeClient } from './client.ts';
import type { Dialling } from './dial.ts';

/** Does work on a connection of its own, which is dropped before this settles. Rejects with pg's errors, or the work's. */
export function withSide<T>(
  dialling: Dialling,
  signal: AbortSignal,
  work: (side: Client) => Promise<T>,
): Promise<T> {
  const dial = (): Client => {
    const side = makeClient(dialling);
    // Without a listener an error of a connection that is being dropped would end the process.
    side.on('error', () => {});
    return side;
  };
  const drop = ({ connection }: Client): void => void connection.stream.destroy();
  return onSideConnection({ dial, connected: (side) => side.connect(), drop, close: drop }, signal, work);
}
