import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { SOCKETS_MAX, SOCKETS_UNKNOWN_MAX } from './limits.ts';

/**
 * The open sockets. Those that have shown no secret yet share a limit of their own, of which the oldest goes first: whoever opens
 * sockets without end closes only their own, and a page finds room.
 */
export class Sockets {
  /** In the order in which they came. */
  readonly #unknown = new Set<Socket>();
  readonly #refused = new WeakSet<Socket>();

  constructor(server: Server) {
    server.maxConnections = SOCKETS_MAX;
    server.on('connection', (socket) => {
      this.#unknown.add(socket);
      socket.once('close', () => this.#unknown.delete(socket));
      const [oldest] = this.#unknown;
      if (this.#unknown.size > SOCKETS_UNKNOWN_MAX) oldest!.destroy();
    });
  }

  /** It has shown a secret of this run. */
  know(socket: Socket): void {
    this.#unknown.delete(socket);
  }

  /** Marks a socket that is closed once its refusal is written. */
  refuse(socket: Socket): void {
    this.#refused.add(socket);
  }

  /** Whether a request came behind one that was refused, on the same socket: it is neither answered nor counted. */
  isRefused(socket: Socket): boolean {
    return this.#refused.has(socket);
  }
}
