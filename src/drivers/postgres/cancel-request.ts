import { type CancelDelivery, type CancelRefusal, notCancelled } from '../cancel-loop.ts';
import { dial, type ServerAddress } from './dial.ts';
import { failureOf } from './failure.ts';

/** BackendKeyData of the connection whose statement is to stop. */
interface BackendKey {
  readonly processId: number;
  readonly secretKey: number;
}

/** CancelRequest: Int32(16) Int32(80877102) Int32 process id, Int32 secret key (PostgreSQL manual, "Message Formats"). */
function cancelPacket({ processId, secretKey }: BackendKey): Buffer {
  const packet = Buffer.alloc(16);
  packet.writeInt32BE(16, 0);
  packet.writeInt32BE(80877102, 4);
  packet.writeInt32BE(processId, 8);
  packet.writeInt32BE(secretKey, 12);
  return packet;
}

/**
 * Sends a CancelRequest on a connection of its own and waits until the server closes it, as libpq's PQcancel does: only then has
 * the signal been passed on. What the server says there is read and thrown away. `onSent` is called as the packet leaves,
 * `onRefused` where the server can't be dialled. Never rejects; bounded by `timeoutMs`.
 */
export async function sendCancelRequest(
  address: ServerAddress,
  key: BackendKey,
  timeoutMs: number,
  onSent: () => void,
  onRefused: (refusal: CancelRefusal) => void = () => undefined,
): Promise<CancelDelivery> {
  const signal = AbortSignal.timeout(timeoutMs);
  const dialled = await dial(address, signal).catch((error: unknown) => {
    if (!signal.aborted) onRefused(notCancelled(failureOf(error)));
    return null;
  });
  if (!dialled) return 'notSent';
  const { channel } = dialled;
  const delivery = new Promise<CancelDelivery>((resolve) => {
    signal.addEventListener('abort', () => resolve('unknown'), { once: true });
    // A reset comes from the server's side as well: its process has gone, and took the request or dropped it.
    channel.on('error', ({ code }: NodeJS.ErrnoException) =>
      resolve(code === 'ECONNRESET' ? 'taken' : 'unknown'),
    );
    channel.on('end', () => resolve('taken'));
    channel.on('close', () => resolve('taken'));
  });
  channel.resume();
  onSent();
  channel.write(cancelPacket(key));
  try {
    return await delivery;
  } finally {
    channel.destroy();
  }
}
