import type { FailureText } from '../../events/failure.ts';
import { MIB } from '../../events/limits.ts';
import { DriverError } from '../driver.ts';
import { ANSWER_BYTES_MAX, SIGN_IN_BYTES_MAX } from '../limits.ts';
import type { SocketReading } from '../socket-reading.ts';
import { failureText } from './failure.ts';
import { HEADER, HEADER_BYTES, PACKET_BYTES_MAX } from './protocol.ts';
import type { SignIn } from './sign-in.ts';

/** A row of several parts that is no longer is given room of its own size once it is whole. */
const COPIED_BYTES_MAX = 64 * MIB;

/** What a guard needs of mysql2's Connection (mysql2 3.24). */
export interface GuardedConnection {
  /** Number of the next packet. */
  sequenceId: number;
  /** The command that packets are for. */
  readonly _command:
    | { readonly packetBytesMax?: number; takeRows?(chunk: Buffer, at: number): number; flush?(): void }
    | null
    | undefined;
  handlePacket(packet: GuardedPacket): void;
}

/** A packet in the shape in which mysql2 hands it to a command of ours. */
interface GuardedPacket {
  sequenceId: number;
  numPackets: number;
  buffer: Buffer;
  start: number;
  end: number;
  isGiven: boolean;
}

/**
 * Stands in the place of mysql2's packet parser and cuts the server's stream into packets, within bounds: what is longer, out of
 * order, at the wrong time or of another shape ends this one connection with `protocol.violated`, before anything is made of it.
 * The sign-in's packets go on to mysql2's own parser one by one; a command's go to the command, rows where they lie.
 *
 *   greeting ─(SSLRequest)→ tls → signIn → commands
 *       └──────────────────────────↗
 */
export class PacketGuard {
  /** Why the connection was ended here; null while it was not. */
  failure: FailureText | null = null;
  private phase: 'greeting' | 'tls' | 'signIn' | 'commands' = 'greeting';
  /** A header that was cut by the end of a chunk. */
  private readonly head = Buffer.alloc(HEADER_BYTES);
  private headBytes = 0;
  /** A packet that was cut, or one of several parts: its header, and as much of its payload as is here. */
  private held: Buffer | null = null;
  private heldBytes = 0;
  /** Where the part that is being read ends in it. */
  private partEnd = 0;
  private parts = 0;
  private firstNumber = 0;
  private isLast = false;
  /** Bytes of the stream before the chunk. */
  private passed = 0;
  private readonly packet: GuardedPacket = {
    sequenceId: 0,
    numPackets: 1,
    buffer: this.head,
    start: 0,
    end: 0,
    isGiven: false,
  };

  constructor(
    private readonly connection: GuardedConnection,
    /** mysql2's own parser. */
    private readonly parser: { execute(bytes: Buffer): void },
    readonly signIn: SignIn,
    private readonly link: {
      /** TLS follows the greeting. */
      readonly isEncrypted: boolean;
      /** What is dialled, for words. */
      readonly server: string;
      /** The socket's. */
      readonly reading: SocketReading;
      /** Drops the socket, with the reason. */
      destroy(error: Error): void;
    },
  ) {}

  /** Takes what the socket gave, which is overwritten after the call. Never throws. */
  execute(chunk: Buffer): void {
    this.link.reading.work(() => this.take(chunk));
  }

  /** Stops reading until `resume`. */
  pause(): void {
    this.link.reading.pause();
  }

  resume(): void {
    this.link.reading.resume();
  }

  private take(chunk: Buffer): void {
    if (this.failure) return;
    try {
      this.read(chunk);
    } catch (error) {
      this.fail(
        error instanceof DriverError
          ? error.failure
          : failureText('protocol.violated', `${this.link.server}: ${(error as Error).message}`),
      );
    }
    this.passed += chunk.length;
    this.connection._command?.flush?.();
  }

  /** TLS stands: the sign-in goes on within it. */
  secured(): void {
    if (this.phase === 'tls') this.phase = 'signIn';
  }

  /** Ends the connection, as what the server sent is not its protocol. */
  violated(words: string, at = 0): void {
    this.fail(
      failureText(
        'protocol.violated',
        `${this.link.server} broke MySQL’s protocol at byte ${this.passed + at}: it sent ${words}.`,
      ),
    );
  }

  private fail(failure: FailureText): void {
    if (this.failure) return;
    this.failure = failure;
    this.held = null;
    this.link.destroy(new DriverError(failure));
  }

  private read(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length && !this.failure) {
      // What comes between the greeting and TLS was not encrypted, whoever sent it.
      if (this.phase === 'tls') this.violated('bytes before the encryption that was agreed on', at);
      else if (this.heldBytes < this.partEnd) at = this.fill(chunk, at);
      else if (this.headBytes > 0 || chunk.length - at < HEADER_BYTES) at = this.fillHead(chunk, at);
      else at = this.takePacket(chunk, this.takeRows(chunk, at));
    }
  }

  /** A run of rows goes to the command as it lies. Gives where it ends. */
  private takeRows(chunk: Buffer, at: number): number {
    if (this.parts > 0 || this.phase !== 'commands') return at;
    return this.connection._command?.takeRows?.(chunk, at) ?? at;
  }

  private takePacket(chunk: Buffer, at: number): number {
    if (chunk.length - at < HEADER_BYTES) return at;
    const length = chunk.readUIntLE(at, 3);
    const end = at + HEADER_BYTES + length;
    if (this.parts > 0 || length === PACKET_BYTES_MAX || end > chunk.length) {
      this.begin(length, chunk[at + 3]!, at);
      return at + HEADER_BYTES;
    }
    if (this.fits(length, at)) this.deliver(chunk, at, end, chunk[at + 3]!);
    return end;
  }

  private fillHead(chunk: Buffer, at: number): number {
    const copied = chunk.copy(this.head, this.headBytes, at);
    this.headBytes += copied;
    if (this.headBytes === HEADER_BYTES) {
      this.headBytes = 0;
      this.begin(this.head.readUIntLE(0, 3), this.head[3]!, at);
    }
    return at + copied;
  }

  /** Begins a packet that is not whole in one chunk, or the next part of one. */
  private begin(length: number, number: number, at: number): void {
    if (this.parts === 0) {
      this.firstNumber = number;
      this.heldBytes = HEADER_BYTES;
    } else if (number !== ((this.firstNumber + this.parts) & 0xff)) {
      this.violated('the parts of a packet out of order', at);
      return;
    }
    if (!this.fits(this.heldBytes - HEADER_BYTES + length, at)) return;
    this.parts++;
    this.partEnd = this.heldBytes + length;
    this.isLast = length < PACKET_BYTES_MAX;
    this.grow();
    if (length === 0) this.partHere();
  }

  private fill(chunk: Buffer, at: number): number {
    const copied = chunk.copy(this.held!, this.heldBytes, at, at + this.partEnd - this.heldBytes);
    this.heldBytes += copied;
    if (this.heldBytes === this.partEnd) this.partHere();
    return at + copied;
  }

  private partHere(): void {
    if (!this.isLast) return;
    const { partEnd, parts, firstNumber } = this;
    const held = this.held!;
    this.held = null;
    this.heldBytes = 0;
    this.partEnd = 0;
    this.parts = 0;
    const isRoomy = held.length > partEnd && partEnd <= COPIED_BYTES_MAX;
    const whole = isRoomy ? Buffer.from(held.subarray(0, partEnd)) : held;
    whole.writeUIntLE(Math.min(partEnd - HEADER_BYTES, PACKET_BYTES_MAX), 0, 3);
    whole[3] = firstNumber;
    this.deliver(whole, 0, partEnd, firstNumber, parts, true);
  }

  /**
   * Room up to the part's end. Nothing says how many parts there will be, so the second one gets all the room that there can be:
   * memory that is not written to is none, and to copy hundreds of MiB would hold up all else.
   */
  private grow(): void {
    const { held, partEnd } = this;
    if (held && held.length >= partEnd) return;
    const isSmall = this.parts === 1 && this.isLast;
    const larger = isSmall
      ? Buffer.allocUnsafe(partEnd)
      : Buffer.allocUnsafeSlow(this.parts === 1 ? partEnd : this.payloadMax() + HEADER_BYTES);
    held?.copy(larger, 0, 0, this.heldBytes);
    this.held = larger;
  }

  /** The longest payload that can come now, in bytes. */
  private payloadMax(): number {
    if (this.phase !== 'commands') return SIGN_IN_BYTES_MAX;
    return this.connection._command?.packetBytesMax ?? ANSWER_BYTES_MAX;
  }

  /** Whether a payload of that many bytes can be one now. */
  private fits(bytes: number, at: number): boolean {
    const max = this.payloadMax();
    if (bytes <= max) return true;
    this.violated(`a packet of more than ${max} bytes`, at);
    return false;
  }

  private deliver(
    buffer: Buffer,
    start: number,
    end: number,
    number: number,
    parts = 1,
    isGiven = false,
  ): void {
    const { connection } = this;
    const payload = start + HEADER_BYTES;
    const isError = end > payload && buffer[payload] === HEADER.error;
    // A server says its last words with whatever number it likes.
    if (isError) connection.sequenceId = number;
    if (number !== connection.sequenceId) this.violated('packets out of order', start);
    else if (this.phase !== 'commands') this.signInPacket(buffer, start, end);
    else if (connection._command) {
      const { packet } = this;
      packet.sequenceId = number;
      packet.numPackets = parts;
      packet.buffer = buffer;
      packet.start = start;
      packet.end = end;
      packet.isGiven = isGiven;
      connection.handlePacket(packet);
    } else if (isError && end - payload >= 3) this.passOn(buffer.subarray(start, end));
    else this.violated('a packet that nothing asked for', start);
  }

  private signInPacket(buffer: Buffer, start: number, end: number): void {
    const isGreeting = this.phase === 'greeting';
    const payload = start + HEADER_BYTES;
    const judgement = isGreeting
      ? this.signIn.greeting(buffer, payload, end)
      : this.signIn.packet(buffer, payload, end);
    if (judgement.type === 'violated') this.violated(judgement.words, start);
    else if (judgement.type === 'refused') this.fail(judgement.failure);
    else {
      if (judgement.type === 'signedIn') this.phase = 'commands';
      else if (isGreeting)
        this.phase = this.link.isEncrypted && buffer[payload] !== HEADER.error ? 'tls' : 'signIn';
      const instead = judgement.type === 'pass' ? judgement.instead : undefined;
      this.passOn(instead ? framed(instead, buffer[start + 3]!) : buffer.subarray(start, end));
    }
  }

  /** A copy, so that what reads beyond a packet finds nothing. */
  private passOn(packet: Buffer): void {
    this.parser.execute(Buffer.from(packet));
  }
}

function framed(payload: Buffer, number: number): Buffer {
  const head = Buffer.alloc(HEADER_BYTES);
  head.writeUIntLE(payload.length, 0, 3);
  head[3] = number;
  return Buffer.concat([head, payload]);
}
