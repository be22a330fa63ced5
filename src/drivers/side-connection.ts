import { stoppable } from './deadline.ts';

/** How a connection beside the session's own is made and ended. */
interface SideConnection<Client> {
  dial(): Client;
  connected(client: Client): Promise<unknown>;
  /** Drops its socket. */
  drop(client: Client): void;
  /** Closes it once its work is done; bounded. Never rejects. */
  close(client: Client): Promise<void> | void;
}

/**
 * Does work on a connection of its own, which has closed before this settles. Rejects with the errors of the client and of the work,
 * and when the signal ends it.
 */
export async function onSideConnection<Client, T>(
  { dial, connected, drop, close }: SideConnection<Client>,
  signal: AbortSignal,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const client = dial();
  try {
    return await stoppable(
      signal,
      () => drop(client),
      async () => {
        await connected(client);
        return work(client);
      },
    );
  } finally {
    await close(client);
  }
}
