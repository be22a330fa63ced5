import { createServer, connect as dial, type Server, type Socket } from 'node:net';

/** One connection through the proxy, numbered from 0 in the order in which they came. */
export interface ProxiedConnection {
  readonly number: number;
  /** Cuts both sides with a reset. */
  cut(): void;
}

export interface ProxyOptions {
  /** Called for each piece that comes from the server; gives the pieces to send instead, one write each. */
  readonly fromServer?: (bytes: Buffer, connection: ProxiedConnection) => Iterable<Buffer>;
  /** Shown each piece that comes from the client. */
  readonly fromClient?: (bytes: Buffer, connection: ProxiedConnection) => void;
  /** The connection's bytes are held back until this resolves, as a slow network would. */
  readonly hold?: (number: number) => Promise<unknown> | undefined;
  /** What the server sends from now on is held back until this resolves. */
  readonly holdAnswer?: (number: number) => Promise<unknown> | undefined;
}

export interface TcpProxy {
  readonly port: number;
  /** Connections that came so far. */
  readonly connections: number;
  /** Lets nothing through any more, without a word to its clients, as a network does that is cut. */
  silence(): void;
  /** Lets new connections through again, and ends those that were silenced. */
  restore(): void;
  close(): Promise<void>;
}

/** Stands between a client and a server on 127.0.0.1 and does to their bytes what networks do. */
export async function tcpProxy(to: { host: string; port: number }, options: ProxyOptions): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  const upstreams = new Set<Socket>();
  let connections = 0;
  let isSilent = false;
  const server: Server = createServer((client) => {
    const number = connections++;
    if (isSilent) {
      sockets.add(client);
      client.on('error', () => {}).resume();
      return;
    }
    const upstream = dial({ ...to, noDelay: true });
    client.setNoDelay(true);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        upstream.destroy();
        if (isSilent) sockets.add(client.resume());
        else client.destroy();
      });
    }
    const connection = { number, cut: () => void client.resetAndDestroy() };
    client.pause();
    void (async () => {
      await options.hold?.(number);
      if (options.fromClient) client.on('data', (bytes: Buffer) => options.fromClient?.(bytes, connection));
      client.pipe(upstream);
    })();
    upstreams.add(upstream);
    upstream.once('close', () => upstreams.delete(upstream));
    const pieces = async (bytes: Buffer): Promise<Iterable<Buffer>> => {
      await options.holdAnswer?.(number);
      return options.fromServer?.(bytes, connection) ?? [bytes];
    };
    void passOn(upstream, client, pieces).catch(() => {
      if (!isSilent) client.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as { port: number }).port,
    get connections() {
      return connections;
    },
    silence() {
      isSilent = true;
      for (const upstream of upstreams) upstream.destroy();
    },
    restore() {
      isSilent = false;
      for (const socket of sockets) socket.destroy();
    },
    close: () =>
      new Promise((resolve) => {
        isSilent = false;
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** Each piece is a write of its own, and the reader gets its turn between two of them. Rejects where `from` breaks off. */
async function passOn(
  from: Socket,
  to: Socket,
  pieces: (bytes: Buffer) => Promise<Iterable<Buffer>>,
): Promise<void> {
  for await (const bytes of from) {
    for (const piece of await pieces(bytes as Buffer)) {
      if (to.destroyed) return;
      if (!to.write(piece)) await new Promise((resolve) => to.once('drain', resolve).once('close', resolve));
      // The first turn may come before the reader's, and then two pieces would be read as one.
      await new Promise((resolve) => setImmediate(resolve));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  to.end();
}
