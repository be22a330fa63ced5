import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { FailureText } from '../../../events/failure.ts';
import { DriverError } from '../../driver.ts';
import { firstOf } from '../../failures.ts';
import { HOP_SIGN_IN_BYTES_MAX } from '../../limits.ts';
import { type HopName, sshError } from '../failures.ts';
import { dialFailed } from './failures.ts';

/** What takes a socket while it is dialled, and knows why it was given up. */
export interface DialOptions {
  onSocket(socket: Socket): void;
  failure(): FailureText;
}

/** Dials an SSH server. @throws DriverError `ssh.*` where it is not reached */
export function dial({ hop, host }: HopName, port: number, options: DialOptions): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    options.onSocket(socket);
    socket.setNoDelay(true);
    socket.once('connect', () => {
      socket.removeAllListeners('error');
      resolve(socket);
    });
    socket.once('error', (error) => reject(dialFailed({ hop, host }, firstOf(error) as Error)));
    socket.once('close', () => reject(new DriverError(options.failure())));
  });
}

/** Reaches an SSH server by a channel of the hop before it. @throws DriverError: that it is not reached is this hop's failure, in the words of the one before */
export async function reachedThrough<T>(at: HopName, open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    if (!(error instanceof DriverError) || error.failure.code !== 'tunnel.targetRefused') throw error;
    const { detail = '' } = error.failure;
    if (/refused/i.test(detail)) throw sshError('ssh.refused', at);
    throw sshError(/name|resolve/i.test(detail) ? 'ssh.nameNotFound' : 'ssh.unreachable', at, detail);
  }
}

/** What a server sends before the sign-in is bounded, whatever it is: greetings, banners, rounds without a question. */
export function boundSignIn(transport: Duplex, signedIn: Promise<void>, tooMuch: () => void): void {
  let bytes = 0;
  const count = (chunk: Buffer): void => {
    bytes += chunk.length;
    if (bytes > HOP_SIGN_IN_BYTES_MAX) tooMuch();
  };
  transport.on('data', count);
  void signedIn.then(() => transport.off('data', count));
}
