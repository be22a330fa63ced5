import { connect as connectSocket, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import type { CancelDelivery } from '../cancel-loop.ts';

/** Where a cancel goes: the same address, and the same encryption, as the connection it is for. */
export interface ServerAddress {
  /** A host, or the folder of a Unix-domain socket. */
  readonly host: string;
  readonly port: number;
  /** Null for a connection without encryption. */
  readonly tls: ConnectionOptions | null;
}

/** BackendKeyData of the connection whose statement is to stop. */
export interface BackendKey {
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

/** SSLRequest: Int32(8) Int32(80877103). The server answers one byte, `S` or `N`. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);
const SSL_ANSWER_YES = 0x53;

/**
 * Sends one CancelRequest on a fresh channel and waits until the server closes it, as libpq's PQcancel does: only then has
 * the signal been passed on. `onSent` is called as the packet leaves. Never rejects; bounded by `timeoutMs`.
 */
export function sendCancelRequest(
  { host, port, tls }: ServerAddress,
  key: BackendKey,
  timeoutMs: number,
  onSent: () => void,
): Promise<CancelDelivery> {
  return new Promise((resolve) => {
    let sent = false;
    const socket = host.startsWith('/')
      ? connectSocket(`${host}/.s.PGSQL.${port}`)
      : connectSocket(port, host);
    let channel: Socket = socket;
    const settle = (delivery: CancelDelivery): void => {
      clearTimeout(timer);
      channel.destroy();
      socket.destroy();
      resolve(delivery);
    };
    const timer = setTimeout(() => settle(sent ? 'unknown' : 'notSent'), timeoutMs);
    // A reset comes from the server's side as well: its process has gone, and took the request or dropped it.
    const failed = (error: NodeJS.ErrnoException): void =>
      settle(!sent ? 'notSent' : error.code === 'ECONNRESET' ? 'taken' : 'unknown');
    const closed = (): void => settle(sent ? 'taken' : 'notSent');
    const watch = (on: Socket): void => {
      on.on('error', failed);
      on.on('end', closed);
      on.on('close', closed);
    };
    const send = (): void => {
      channel.resume();
      sent = true;
      onSent();
      channel.write(cancelPacket(key));
    };
    watch(socket);
    socket.setNoDelay(true);
    socket.on('connect', () => {
      if (!tls) return send();
      socket.once('data', (answer) => {
        if (answer.length !== 1 || answer[0] !== SSL_ANSWER_YES) return settle('notSent');
        channel = connectTls({ ...tls, socket }, send);
        watch(channel);
      });
      socket.write(SSL_REQUEST);
    });
  });
}
