import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { ClientChannel } from 'ssh2';
import type { FailureText } from '../../../events/failure.ts';
import { DriverError } from '../../driver.ts';
import { TUNNEL_CONNECTIONS_MAX, TUNNEL_WAITING_BYTES_MAX } from '../../limits.ts';
import type { TunnelTarget } from '../../tunnel.ts';
import type { Hop } from './hop.ts';
import { isOwnPeer } from './own-peer.ts';

/**
 * The local end of a tunnel: a port of 127.0.0.1 whose connections are channels of the last hop. Each is read no faster than its other
 * end takes it, so memory is flat whatever flows. Only sockets of this process are served.
 */
export class Forward {
  private readonly sockets = new Set<Socket>();
  private readonly server: Server;
  private refused: { readonly failure: FailureText; readonly at: number } | null = null;

  constructor(
    private readonly hop: Hop,
    private readonly target: TunnelTarget,
  ) {
    this.server = createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true }, (socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
      socket.on('error', () => {});
      void this.serve(socket);
    });
    this.server.maxConnections = TUNNEL_CONNECTIONS_MAX;
  }

  /** Begins to listen. @returns the port of 127.0.0.1 */
  async listen(): Promise<number> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return (this.server.address() as AddressInfo).port;
  }

  /** Why a connection was last not opened, at `since` or later by `performance.now()`; null where each was. */
  refusal(since: number): FailureText | null {
    return this.refused && this.refused.at >= since ? this.refused.failure : null;
  }

  /** Ends the listener, and all connections by a reset: an orderly end would say that all bytes have come. */
  close(): void {
    this.server.close();
    for (const socket of this.sockets) socket.resetAndDestroy();
  }

  private async serve(socket: Socket): Promise<void> {
    try {
      if (!(await isOwnPeer(socket))) return void socket.destroy();
      const channel = await this.hop.channel(this.target, socket.remotePort ?? 0);
      if (socket.destroyed) return void channel.destroy();
      join(socket, channel, this.hop);
    } catch (error) {
      const failure = error instanceof DriverError ? error.failure : this.hop.failure;
      this.refused = { failure, at: performance.now() };
      socket.resetAndDestroy();
    }
  }
}

/** Joins a local connection and its channel: each end of a direction ends it on the other side, each error ends both. */
function join(socket: Socket, channel: ClientChannel, hop: Hop): void {
  channel.pipe(socket);
  const resume = (): void => void (channel.writable && socket.resume());
  socket.on('data', (chunk) => {
    if (!channel.write(chunk)) {
      socket.pause();
      channel.once('drain', resume);
    } else if (hop.waitingBytes() > TUNNEL_WAITING_BYTES_MAX) {
      // The server lets the channel send more than the network takes.
      socket.pause();
      hop.onDrain(resume);
    }
  });
  socket.once('end', () => channel.end());
  socket.once('close', () => {
    channel.unpipe(socket);
    channel.destroy();
    // What it still sends is thrown away: a channel is closed once it was read.
    channel.resume();
  });
  channel.on('error', () => socket.resetAndDestroy());
  channel.once('close', () => socket.destroySoon());
  socket.resume();
}
