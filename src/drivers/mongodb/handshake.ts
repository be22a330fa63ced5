import { connect as connectSocket, isIP, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { BSON } from 'mongodb';
import { type MongoHost, mongoSocketFile } from '../../events/engines/mongodb-hosts.ts';
import { within } from '../deadline.ts';
import { DriverError } from '../driver.ts';
import { MONGODB_MESSAGE_BYTES_MAX } from '../limits.ts';
import { failureText } from './failure.ts';

const OP_MSG = 2013;
const HEADER_BYTES = 16;
const REQUEST_ID = 1;

/** OP_MSG: header (length, request id, 0, opcode), flags, section kind 0, document (MongoDB manual, "MongoDB Wire Protocol"). */
function helloMessage(): Buffer {
  const body = BSON.serialize({ hello: 1, $db: 'admin' });
  const head = Buffer.alloc(HEADER_BYTES + 5);
  head.writeInt32LE(head.length + body.length, 0);
  head.writeInt32LE(REQUEST_ID, 4);
  head.writeInt32LE(OP_MSG, 12);
  return Buffer.concat([head, body]);
}

/** Whether bytes begin as the answer to that message does. */
function isAnswer(header: Buffer): boolean {
  const length = header.readInt32LE(0);
  return (
    length > HEADER_BYTES &&
    length <= MONGODB_MESSAGE_BYTES_MAX &&
    header.readInt32LE(8) === REQUEST_ID &&
    header.readInt32LE(12) === OP_MSG
  );
}

/** How long servers that answer later than the first are waited for, in milliseconds. */
const OTHERS_MS = 250;

/**
 * The servers of a target that answer as MongoDB does, as soon as one has and the others had a moment to.
 * @throws DriverError `protocol.violated`, or the socket's own error of the first one, where none answers
 */
export async function answering(
  hosts: readonly MongoHost[],
  tls: ConnectionOptions | null,
  signal: AbortSignal,
): Promise<readonly MongoHost[]> {
  const [first] = hosts;
  if (hosts.length === 1) {
    await contact(first!, tls, signal);
    return hosts;
  }
  const giveUp = new AbortController();
  const either = AbortSignal.any([signal, giveUp.signal]);
  const found: MongoHost[] = [];
  const contacts = hosts.map((host) => contact(host, tls, either).then(() => void found.push(host)));
  const all = Promise.allSettled(contacts);
  try {
    await Promise.any(contacts);
    await within(all, OTHERS_MS);
    return [...found];
  } catch (error) {
    throw error instanceof AggregateError ? error.errors[0] : error;
  } finally {
    giveUp.abort();
  }
}

/**
 * Makes sure that a MongoDB server answers there, on a socket of its own. One of another kind, such as MySQL with its greeting, fails
 * at once and in words, where the package would try again until its time is up.
 * @throws DriverError `protocol.violated`, or the socket's own error
 */
function contact(
  { host, port }: MongoHost,
  tls: ConnectionOptions | null,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = host.startsWith('/')
      ? connectSocket(mongoSocketFile({ host, port }))
      : connectSocket(port, host);
    let channel: Socket = socket;
    let seen = Buffer.alloc(0);
    const settle = (error?: unknown): void => {
      signal.removeEventListener('abort', aborted);
      channel.destroy();
      socket.destroy();
      if (error === undefined) resolve();
      else reject(error);
    };
    const aborted = (): void => settle(signal.reason ?? new Error('aborted'));
    const closed = (): void =>
      settle(new DriverError(seen.length > 0 ? NO_MONGODB : tls ? CLOSED_ENCRYPTED : CLOSED));
    const speak = (): void => {
      channel.on('data', (bytes: Buffer) => {
        seen = Buffer.concat([seen, bytes]);
        if (seen.length >= HEADER_BYTES) settle(isAnswer(seen) ? undefined : new DriverError(NO_MONGODB));
      });
      channel.write(helloMessage());
    };
    const watch = (on: Socket): void => {
      on.on('error', settle);
      on.on('close', closed);
    };
    signal.addEventListener('abort', aborted, { once: true });
    watch(socket);
    socket.once('connect', () => {
      if (!tls) return speak();
      // A name for SNI must not be an address (RFC 6066, section 3).
      const name = isIP(host) === 0 ? { servername: host } : {};
      channel = connectTls({ host, ...name, ...tls, socket }, speak);
      watch(channel);
    });
    if (signal.aborted) aborted();
  });
}

const NO_MONGODB = failureText('protocol.violated', 'What answers there does not speak MongoDB’s protocol.');
const CLOSED = failureText(
  'connection.closed',
  'The server closed the connection at once. It may take only encrypted connections.',
);
/** Before encryption is agreed on, Node has an error of its own. */
const CLOSED_ENCRYPTED = failureText(
  'connection.closed',
  'The server closed the encrypted connection at once. It may want a client certificate, or not accept the one of the TLS settings.',
);
