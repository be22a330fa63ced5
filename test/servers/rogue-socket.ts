import type { Server, Socket } from 'node:net';

/** What has come over a connection of a rogue server, and what is sent on it: the part that all engines' kits share. */
export class RogueSocket {
  private bytes = Buffer.alloc(0);
  private wake: () => void = () => {};
  private hasEnded = false;

  constructor(readonly socket: Socket) {
    // A flood, a reader and TLS may wait on it at once.
    socket.setMaxListeners(0);
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      this.bytes = Buffer.concat([this.bytes, chunk]);
      this.wake();
    });
    socket.on('close', () => {
      this.hasEnded = true;
      this.wake();
    });
  }

  /**
   * Takes the next message once it is here as a whole. `length` says how long it is by its first bytes; infinite while these are
   * too few. @throws Error when the client has gone
   */
  async take(length: (bytes: Buffer) => number): Promise<Buffer> {
    for (;;) {
      const end = length(this.bytes);
      if (this.bytes.length >= end) {
        const message = this.bytes.subarray(0, end);
        this.bytes = this.bytes.subarray(end);
        return message;
      }
      if (this.hasEnded) throw new Error('the client has gone');
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  /** Gives the socket to whoever reads it next, TLS: with what has come and was not taken. */
  handOver(): Socket {
    const { socket } = this;
    socket.pause();
    socket.removeAllListeners('data');
    if (this.bytes.length > 0) socket.unshift(this.bytes);
    return socket;
  }

  send(...parts: readonly Buffer[]): void {
    if (!this.socket.destroyed) this.socket.write(Buffer.concat(parts));
  }

  /** Sends the same bytes until the client has gone, as fast as it reads, or `mib` of them. Returns how many were sent. */
  async flood(block: Buffer, mib = Number.POSITIVE_INFINITY): Promise<number> {
    let sent = 0;
    while (sent < mib * 1024 * 1024 && !this.socket.destroyed) {
      sent += block.length;
      if (this.socket.write(block)) continue;
      await new Promise<void>((resolve) => {
        const goOn = (): void => {
          this.socket.off('drain', goOn).off('close', goOn);
          resolve();
        };
        this.socket.on('drain', goOn).on('close', goOn);
      });
    }
    return sent;
  }

  end(): void {
    this.socket.destroy();
  }
}

/** A rogue server that listens. */
export interface Listening {
  readonly port: number;
  /** Connections that came so far. */
  readonly connections: number;
  close(): Promise<void>;
}

/** Has a server listen on a free port of 127.0.0.1 and serves each connection; what `serve` throws ends that connection. */
export async function listening(
  server: Server,
  event: 'connection' | 'secureConnection',
  serve: (socket: Socket) => Promise<unknown>,
): Promise<Listening> {
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on(event, (socket: Socket) => {
    connections++;
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => sockets.delete(socket));
    // The client has gone, mostly.
    serve(socket).catch(() => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as { port: number }).port,
    get connections() {
      return connections;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
