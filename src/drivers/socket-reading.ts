import { connect, type NetConnectOpts, type Socket } from 'node:net';
import { PAUSED_LOOK_MS, READ_BUFFER_BYTES, TURN_MS } from './limits.ts';

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

/** Written, it sends nothing. */
const NOTHING = Buffer.alloc(0);

/** What `SocketReading` asks of a socket. */
type ReadSocket = Pick<Socket, 'pause' | 'resume' | 'writable' | 'write'>;

/**
 * Whether a server's socket is read: not while its rows' sink has no room, and not while others have their turn, however much the
 * server sends. A socket that is not read does not notice that it was reset, but a write does, of no bytes too.
 */
export class SocketReading {
  private readonly holds = new Set<'sink' | 'turn'>();
  /** Time spent on what came, since others had their turn. */
  private spentMs = 0;

  private looking: NodeJS.Timeout | undefined;

  /** `socket` gives what is read now, as TLS puts another in its place; `plain` the one below TLS, which has no bytes of its own to send. */
  constructor(
    private readonly socket: () => ReadSocket | null,
    private readonly plain = socket,
  ) {}

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
    clearInterval(this.looking);
    this.looking = setInterval(() => this.look(), PAUSED_LOOK_MS).unref();
  }

  resume(): void {
    clearInterval(this.looking);
    this.release('sink');
  }

  /** A socket that was reset ends by it. */
  private look(): void {
    const plain = this.plain();
    if (plain?.writable) plain.write(NOTHING);
    else clearInterval(this.looking);
  }

  private hold(why: 'sink' | 'turn'): void {
    this.holds.add(why);
    this.socket()?.pause();
  }

  private release(why: 'sink' | 'turn'): void {
    if (this.holds.delete(why) && this.holds.size === 0) this.socket()?.resume();
  }
}
