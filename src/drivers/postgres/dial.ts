import { connect as connectSocket, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import type { Target } from '../../events/profile.ts';
import { type Address, type Dialling as AnyDialling, diallingOf as anyDiallingOf } from '../dialling.ts';
import { DriverError, type SideOptions } from '../driver.ts';
import { KEEPALIVE_DELAY_MS } from '../limits.ts';
import { openSocket } from '../socket-reading.ts';
import { failureText } from './failure.ts';

/** What dials a PostgreSQL server. */
export interface Dialling extends AnyDialling {
  /** Its transactions are read-only unless they say otherwise. */
  readonly readOnly: boolean;
}

/** What dials a target. @throws DriverError `tls.*` for files that can't be used */
export async function diallingOf(target: Target, options: SideOptions, readOnly: boolean): Promise<Dialling> {
  return { ...(await anyDiallingOf(target, options, socketFile)), readOnly };
}

/** Where a server is, and how the way to it is encrypted. */
export interface ServerAddress extends Address {
  /** Null for a connection without encryption. */
  readonly tls: ConnectionOptions | null;
}

/** The file of the Unix-domain socket in a folder; null where the host is none. */
export function socketFile({ host, port }: Address): string | null {
  return host.startsWith('/') ? `${host}/.s.PGSQL.${port}` : null;
}

/** A socket to a server, and the one below its TLS; the same without TLS. */
export interface Dialled {
  readonly channel: Socket;
  readonly plain: Socket;
}

/** SSLRequest: Int32(8) Int32(80877103). The server answers one byte, `S` or `N`. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);
const YES = 0x53;
const NO = 0x4e;

/**
 * Opens a socket to a server, inside TLS where that is asked for (PostgreSQL manual, "SSL Session Encryption"). The answer to
 * SSLRequest is exactly one byte: what comes with it was not encrypted, and would be read as if it had been. Without TLS `take` is
 * lent what comes, where it is given (`openSocket`); a socket inside TLS has `data` events.
 * @throws DriverError `tls.notOffered`, `tls.failed`, `protocol.violated`; errors of the socket and of TLS as they are
 */
export function dial(
  { host, port, tls }: ServerAddress,
  signal: AbortSignal,
  take?: (bytes: Buffer) => void,
): Promise<Dialled> {
  return new Promise((resolve, reject) => {
    const file = socketFile({ host, port });
    const where = file ? { path: file } : { host, port };
    const socket = take && !tls ? openSocket(where, take) : connectSocket(where);
    let channel = socket;
    const abort = (): void => fail(new DriverError(NOT_IN_TIME));
    const fail = (error: Error): void => {
      signal.removeEventListener('abort', abort);
      channel.destroy();
      socket.destroy();
      reject(error);
    };
    const closed = (): void => fail(new DriverError(CLOSED));
    const opened = (): void => {
      signal.removeEventListener('abort', abort);
      for (const one of new Set([socket, channel])) one.off('close', closed);
      channel.off('error', fail);
      resolve({ channel, plain: socket });
    };
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    socket.on('error', fail);
    socket.on('close', closed);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEPALIVE_DELAY_MS);
    socket.once('connect', () => {
      if (!tls) return opened();
      socket.once('data', (answer: Buffer) => {
        const failure = answerFailure(answer);
        if (failure) return fail(new DriverError(failure));
        try {
          channel = connectTls({ ...tls, socket }, opened);
        } catch (error) {
          // Certificates and keys that OpenSSL can't read.
          return fail(error as Error);
        }
        channel.on('error', fail);
        channel.on('close', closed);
      });
      socket.write(SSL_REQUEST);
    });
  });
}

function answerFailure(answer: Buffer) {
  if (answer[0] === NO) return NOT_OFFERED;
  if (answer[0] !== YES) return NO_TLS;
  return answer.length === 1 ? null : STUFFED;
}

const NOT_IN_TIME = failureText('connect.aborted', 'The connection was not made in time.', 'client');
const CLOSED = failureText('connection.closed', 'The server closed the connection without a word.');
const NOT_OFFERED = failureText('tls.notOffered', 'The server does not support TLS.');
const NO_TLS = failureText('tls.failed', 'What answers there does not speak PostgreSQL’s TLS.');
const STUFFED = failureText(
  'protocol.violated',
  'The server sent more than its answer before encryption began, as whoever reads along might. The connection was closed.',
);
