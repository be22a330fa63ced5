import { onSideConnection } from '../side-connection.ts';
import { type Client, connected, type Dialling, makeClient, quit } from './client.ts';

/** How long its COM_QUIT may take. What it was for has been answered by then. */
const QUIT_TIMEOUT_MS = 500;

/** Does work on a connection of its own, which has closed before this settles. Rejects with mysql2's errors, or the work's. */
export function withSide<T>(
  dialling: Dialling,
  signal: AbortSignal,
  work: (side: Client) => Promise<T>,
): Promise<T> {
  const dial = (): Client => makeClient(dialling);
  const drop = ({ stream }: Client): void => void stream.destroy();
  const close = (side: Client): Promise<void> => quit(side, QUIT_TIMEOUT_MS);
  return onSideConnection({ dial, connected, drop, close }, signal, work);
}
