import { connect as connectSocket, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { CANCEL_CHANNEL_TIMEOUT_MS } from '../../events/limits.ts';

/** Where a cancel goes: the same address, and the same encryption, as the connection it is for. */
export interface CancelAddress {
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

/**
 * What became of one request. `taken`: the server closed the channel, so it has passed the signal on. `notSent`: the
 * packet never left. `unknown`: it may still be on its way, and would hit whatever the process runs then.
 */
export type CancelDelivery = 'taken' | 'notSent' | 'unknown';

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

/** Sends one CancelRequest and waits until the server closes the channel; bounded. Never rejects. */
export function sendCancelRequest(
  { host, port, tls }: CancelAddress,
  key: BackendKey,
  timeoutMs = CANCEL_CHANNEL_TIMEOUT_MS,
): Promise<CancelDelivery> {
  return new Promise((resolve) => {
    let sent = false;
    const socket = host.startsWith('/')
      ? connectSocket(`${host}/.s.PGSQL.${port}`)
      : connectSocket(port, host);
    const timer = setTimeout(() => settle(sent ? 'unknown' : 'notSent'), timeoutMs);
    const settle = (delivery: CancelDelivery): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(delivery);
    };
    /** Writes the packet on a channel and settles with its close. Also a reset is the server's close. */
    const send = (channel: Socket): void => {
      channel.on('close', () => settle('taken'));
      channel.resume();
      channel.write(cancelPacket(key), () => channel.end());
      sent = true;
    };
    socket.setNoDelay(true);
    socket.on('error', () => settle(sent ? 'taken' : 'notSent'));
    socket.on('connect', () => {
      if (!tls) return send(socket);
      socket.once('data', (answer) => {
        if (answer.length !== 1 || answer[0] !== 0x53) return settle('notSent');
        const secure = connectTls({ ...tls, socket }, () => send(secure));
        secure.on('error', () => settle(sent ? 'taken' : 'notSent'));
      });
      socket.write(SSL_REQUEST);
    });
  });
}
