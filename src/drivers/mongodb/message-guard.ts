import { Transform, type TransformCallback } from 'node:stream';
import type { FailureText } from '../../events/failure.ts';
import { DriverError } from '../driver.ts';
import { numberAt } from './bson-reader.ts';
import { isDocument } from './bson-shape.ts';
import { failureText } from './failure.ts';

/** Opcodes (MongoDB manual, "MongoDB Wire Protocol"). */
export const OP = { reply: 1, message: 2013 } as const;

/** Length, request id, id of the request that is answered, opcode. */
const HEADER_BYTES = 16;
/** OP_REPLY: flags, cursor id, first number, count of documents. */
const REPLY_HEAD_BYTES = HEADER_BYTES + 20;
/** OP_MSG: flags and the kind of the section that follows. */
const MESSAGE_HEAD_BYTES = HEADER_BYTES + 5;
/** Longer errors are no server's. */
const ERROR_BYTES_MAX = 1024 * 1024;

/** The reply that is waited for. */
export interface Expected {
  readonly requestId: number;
  readonly opcode: (typeof OP)[keyof typeof OP];
  readonly bytesMax: number;
}

/** What a guard learns from, and asks of, the connection that it stands in. */
export interface GuardedBy {
  /** The server, for words. */
  readonly server: string;
  /** Looks into a whole reply; null where nothing is wrong with it. */
  fault(document: Uint8Array): string | null;
  /** Bytes have come. */
  onBytes(): void;
}

/** The end of a connection whose server does not keep to the protocol. Its cause is the failure; what was sent may have run. */
class Violation extends Error {
  constructor(failure: FailureText) {
    super(failure.message, { cause: new DriverError(failure) });
  }
}

/**
 * Cuts the server's stream into messages, within bounds, in the place of the package's own stream: one reply at a time, the one
 * that was asked for, of the shape that the protocol gives it, down to the last length in its document. Anything else is an error
 * with `protocol.violated`, with which the package destroys this one connection.
 */
export class MessageGuard extends Transform {
  private expected: Expected | null = null;
  private readonly head = Buffer.alloc(HEADER_BYTES);
  private headBytes = 0;
  /** A message that was cut, and how much of it is here. */
  private held: Buffer | null = null;
  private heldBytes = 0;
  private passed = 0;

  constructor(private readonly by: GuardedBy) {
    super({ readableObjectMode: true });
  }

  /** A request leaves; null for one that has no reply. */
  expects(expected: Expected | null): void {
    this.expected = expected;
  }

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    try {
      this.by.onBytes();
      this.cut(chunk);
      this.passed += chunk.length;
      done();
    } catch (error) {
      this.held = null;
      done(error instanceof Violation ? error : this.violation((error as Error).message, 0));
    }
  }

  private cut(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.held) {
        const copied = chunk.copy(this.held, this.heldBytes, at);
        this.heldBytes += copied;
        at += copied;
        if (this.heldBytes === this.held.length) {
          const message = this.held;
          this.held = null;
          this.pass(message, at);
        }
      } else if (this.headBytes > 0 || chunk.length - at < HEADER_BYTES) {
        const copied = chunk.copy(this.head, this.headBytes, at);
        this.headBytes += copied;
        at += copied;
        if (this.headBytes === HEADER_BYTES) {
          this.headBytes = 0;
          this.hold(this.lengthOf(this.head, 0, at), this.head, 0);
        }
      } else {
        const length = this.lengthOf(chunk, at, at);
        if (at + length <= chunk.length) this.pass(chunk.subarray(at, at + length), at);
        else this.hold(length, chunk, at);
        at = Math.min(chunk.length, at + (this.held ? HEADER_BYTES : length));
      }
    }
  }

  /** The length of the message whose header is there. @throws Violation for a header that no reply of ours has */
  private lengthOf(bytes: Buffer, from: number, at: number): number {
    const { expected } = this;
    const length = bytes.readInt32LE(from);
    const opcode = bytes.readInt32LE(from + 12);
    if (!expected) throw this.violation('a message that nothing asked for', at);
    if (opcode !== expected.opcode) throw this.violation(`a message with the opcode ${opcode}`, at);
    if (bytes.readInt32LE(from + 8) !== expected.requestId)
      throw this.violation('the reply to another request', at);
    const least = opcode === OP.reply ? REPLY_HEAD_BYTES : MESSAGE_HEAD_BYTES;
    if (length < least + 5 || length > expected.bytesMax)
      throw this.violation(
        `a message of ${length} bytes, where ${least + 5} to ${expected.bytesMax} are taken`,
        at,
      );
    return length;
  }

  private hold(length: number, header: Buffer, from: number): void {
    this.held = Buffer.allocUnsafeSlow(length);
    this.heldBytes = header.copy(this.held, 0, from, from + HEADER_BYTES);
  }

  private pass(message: Buffer, at: number): void {
    const fault = this.faultOf(message);
    if (fault) throw this.violation(fault, at);
    this.expected = null;
    this.push(message);
  }

  /** What is wrong with a message, its header apart. */
  private faultOf(message: Buffer): string | null {
    const isReply = message.readInt32LE(12) === OP.reply;
    const start = isReply ? REPLY_HEAD_BYTES : MESSAGE_HEAD_BYTES;
    if (isReply) {
      if (message.readInt32LE(32) !== 1) return 'a reply of more or fewer than one document';
      // A checksum or more messages come only to who asks for them, and this client does not.
    } else if ((message.readUInt32LE(16) & 0xffff) !== 0)
      return 'a message with flags that were not asked for';
    else if (message[20] !== 0) return 'a message that does not begin with its body';
    if (!isDocument(message, start, message.length)) return 'a document whose lengths do not add up';
    const document = message.subarray(start);
    if (document.length > ERROR_BYTES_MAX && numberAt(document, 'ok') !== 1)
      return 'an error of more than 1 MiB';
    return this.by.fault(document);
  }

  private violation(words: string, at: number): Violation {
    return new Violation(
      failureText(
        'protocol.violated',
        `${this.by.server} broke MongoDB’s protocol at byte ${this.passed + at}: it sent ${words}.`,
      ),
    );
  }
}
