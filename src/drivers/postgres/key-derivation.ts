import { pbkdf2Sync } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { SCRAM_ITERATIONS_INLINE } from '../limits.ts';

const KEY_BYTES = 32;

/**
 * The thread's program, which is too short for a file of its own. A thread, as libuv's pool also syncs the tape: a server that
 * asks for many iterations may hold up its own sign-in and nothing else.
 */
const PROGRAM = `
const { parentPort, workerData: { password, salt, iterations } } = require('node:worker_threads');
parentPort.postMessage(require('node:crypto').pbkdf2Sync(password, salt, iterations, ${KEY_BYTES}, 'sha256'));
`;

/** One at a time, so that several such servers take one core together. */
let last: Promise<unknown> = Promise.resolve();

/** PBKDF2 with HMAC-SHA-256 (RFC 8018). Its caller bounds the iterations. Rejects once the signal has aborted. */
export function derivedKey(
  password: string,
  salt: Buffer,
  iterations: number,
  signal: AbortSignal,
): Promise<Buffer> {
  // A few milliseconds; a thread takes longer to start.
  if (iterations <= SCRAM_ITERATIONS_INLINE)
    return Promise.resolve(pbkdf2Sync(password, salt, iterations, KEY_BYTES, 'sha256'));
  const turn = last.then(() => {
    signal.throwIfAborted();
    return inThread({ password, salt, iterations });
  });
  last = turn.catch(() => undefined);
  return turn;
}

function inThread(workerData: { password: string; salt: Buffer; iterations: number }): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(PROGRAM, { eval: true, workerData, execArgv: [], env: {} });
    worker.once('message', (key: Uint8Array) => resolve(Buffer.from(key)));
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('the key was not derived')));
  });
}
