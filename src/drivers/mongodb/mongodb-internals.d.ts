/** The package's own connection, which its types leave out (mongodb 7.9). */
declare module 'mongodb/lib/cmap/connection.js' {
  import type { EventEmitter } from 'node:events';
  import type { Socket } from 'node:net';
  import type { Transform } from 'node:stream';

  export class Connection extends EventEmitter {
    constructor(socket: Socket, options: object);
    readonly id: number | string;
    readonly address: string;
    /** The handshake is over, and with it the sign-in where there is one. */
    readonly established: boolean;
    delayedTimeoutId: NodeJS.Timeout | null;
    messageStream: Transform;
    writeCommand(command: object, options: object): Promise<void>;
    onTransformError(error: Error): void;
  }
}
