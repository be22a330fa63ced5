import { connect, type NetConnectOpts, type Socket } from 'node:net';
import { READ_BUFFER_BYTES, TURN_MS } from './limits.ts';

/**
 * Opens a socket that is read into one buffer, so that what streams through it leaves nothing for the garbage collector. `take` is
 * lent each chunk: the next one overwrites it. A socket that is encrypted later can't be opened so: TLS hands out buffers of its own
 * (Node.js manual, "tls.connect", `onread`).
 */
export function openSocket(where: NetConnectOpts, take: (bytes: Buffer) => void): Socket {
  const buffer = Buffer.allocUnsafeSlow(READ_BUFFER_BYTES);
  const callback = (length: number): boolean => {
    take(buffer.subarray(0, length));
    // False would stop reading, which is `SocketReading`'s to do.
    return true;
  };
  return connect({ ...where, onread: { buffer, callback } });
}

/**
 * Whether a server's socket is read: not while its rows' sink has no room, and not while others have their turn, however much the
 * server sends.
 */
export class SocketReading {
  private readonly holds = new Set<'sink' | 'turn'>();
  /** Time spent on what came, since others had their turn. */
  private spentMs = 0;

  /** `socket` gives what is read now: TLS puts another in its place. */
  constructor(private readonly socket: () => Pick<Socket, 'pause' | 'resume'> | null) {}

  /** Works on what came, and lets others have their turn after TURN_MS of it. */
  work(work: () => void): void {
    const begun = performance.now();
    work();
    this.spentMs += performance.now() - begun;
    if (this.spentMs <= TURN_MS) return;
    this.spentMs = 0;
    this.hold('turn');
    setImmediate(() => this.release('turn'));
  }

  /** Stops reading until `resume`: the sink has no room. */
  pause(): void {
    this.hold('sink');
  }

  resume(): void {
    this.release('sink');
  }

  private hold(why: 'sink' | 'turn'): void {
    this.holds.add(why);
    this.socket()?.pause();
  }

  private release(why: 'sink' | 'turn'): void {
    if (this.holds.delete(why) && this.holds.size === 0) this.socket()?.resume();
  }
}
