import type { Socket } from 'node:net';
import { Connection } from 'mongodb/lib/cmap/connection.js';
import { ANSWER_BYTES_MAX, MONGODB_MESSAGE_BYTES_MAX, SIGN_IN_BYTES_MAX } from '../limits.ts';
import { MessageGuard, OP } from './message-guard.ts';
import { ScramCheck } from './scram-check.ts';

/** What the package is about to send (mongodb 7.9: OpMsgRequest, OpQueryRequest). */
interface OutgoingCommand {
  readonly requestId: number;
  readonly command?: object;
  readonly query?: object;
  /** Only an OP_QUERY has it. */
  readonly numberToReturn?: number;
  /** No reply comes to it. */
  readonly moreToCome?: boolean;
}

/** How the package calls its monitor's connections, which are never signed in. */
const MONITOR = '<monitor>';

/**
 * Every connection that the package makes, with a guard between its socket and its reader: those of the pool, of the monitor and
 * of its measuring of round trips, over TLS or not. It is given to the package as `connectionType`, which all of them go through
 * (doc/decisions/0014).
 */
export class GuardedConnection extends Connection {
  private readonly guard: MessageGuard;
  private readonly scram = new ScramCheck();
  /** A statement's reply may be as long as the protocol allows; those of Querytape's own are short. */
  takesLongReply = false;

  constructor(socket: Socket, options: { readonly hostAddress?: { toString(): string } }) {
    super(socket, options);
    const { messageStream: unguarded } = this;
    socket.unpipe(unguarded);
    unguarded.destroy();
    this.guard = new MessageGuard({
      server: `${options.hostAddress ?? this.address}`,
      fault: (document) => (this.established ? null : this.scram.fault(document)),
      onBytes: () => {
        // The package waits a moment for bytes after a time limit of its own.
        if (this.delayedTimeoutId !== null) clearTimeout(this.delayedTimeoutId);
        this.delayedTimeoutId = null;
      },
    });
    this.messageStream = socket.pipe(this.guard).on('error', (error) => this.onTransformError(error));
    this.messageStream.pause();
  }

  /** Whether it signed in by SCRAM-SHA-1. */
  get signsInBySha1(): boolean {
    return this.scram.isSha1;
  }

  override writeCommand(command: OutgoingCommand, options: object): Promise<void> {
    const { requestId, numberToReturn, moreToCome = false } = command;
    if (!this.established) this.scram.sent(command.command ?? command.query ?? {});
    this.guard.expects(
      moreToCome
        ? null
        : {
            requestId,
            opcode: numberToReturn === undefined ? OP.message : OP.reply,
            bytesMax: this.bytesMax,
          },
    );
    return super.writeCommand(command, options);
  }

  private get bytesMax(): number {
    if (!this.established || this.id === MONITOR) return SIGN_IN_BYTES_MAX;
    return this.takesLongReply ? MONGODB_MESSAGE_BYTES_MAX : ANSWER_BYTES_MAX;
  }
}
