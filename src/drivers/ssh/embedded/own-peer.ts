import { Socket } from 'node:net';
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';

/** A socket of ours knows its port a moment after the other end has it: most often by the next turns of the event loop. */
const TURNS = 5;
const LOOKS = 20;
const LOOK_MS = 10;

/** Node lists its open handles by this alone (DEP0161), sockets within TLS included, on every platform. */
const handles = (): readonly unknown[] =>
  (process as unknown as { _getActiveHandles(): readonly unknown[] })._getActiveHandles();

/**
 * Whether the other end of a loopback connection is a socket of this process. Any user of the machine can dial a port of 127.0.0.1,
 * and would be let through a tunnel that they have not signed in to.
 */
export async function isOwnPeer(accepted: Socket): Promise<boolean> {
  const { localPort, remotePort } = accepted;
  const isOther = (handle: unknown): boolean =>
    handle instanceof Socket &&
    handle !== accepted &&
    !handle.connecting &&
    handle.localPort === remotePort &&
    handle.remotePort === localPort;
  for (let look = 0; look < TURNS + LOOKS && !accepted.destroyed; look += 1) {
    if (handles().some(isOther)) return true;
    await (look < TURNS ? nextTurn() : wait(LOOK_MS));
  }
  return false;
}
