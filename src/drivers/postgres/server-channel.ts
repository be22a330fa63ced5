import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { OWN_ROWS_BYTES_MAX } from '../../events/limits.ts';
import type { WeakSignIn } from '../../events/weak-sign-in.ts';
import { DriverError } from '../driver.ts';
import { HANDSHAKE_BYTES_MAX } from '../limits.ts';
import { SocketReading } from '../socket-reading.ts';
import { HEADER_BYTES, type Phase, TAG } from './backend-messages.ts';
import { channelBinding } from './channel-binding.ts';
import { type Dialled, type Dialling, dial, type ServerAddress } from './dial.ts';
import { failureText } from './failure.ts';
import { MessageSplitter, type Violation } from './message-splitter.ts';
import { SignIn } from './sign-in.ts';

/** What a running statement of the user's receives. */
export interface RunningStatement {
  /** Whole, checked DataRow messages, lent as in `RowSink.rows`. */
  dataRows(bytes: Buffer, count: number, isGiven: boolean): void;
  /** Whole, checked CopyData. */
  copyData(chunk: Buffer): void;
  /** ReadyForQuery, which pg has been given. */
  readyForQuery(): void;
}

const LOOPBACK = /^(?:127\.|::1$|::ffff:127\.)/;
/** Bytes that a server may send in one phase; those of a statement have their bounds where they go. */
const BYTES_MAX: Readonly<Partial<Record<Phase, number>>> = {
  signingIn: HANDSHAKE_BYTES_MAX,
  starting: HANDSHAKE_BYTES_MAX,
  asking: OWN_ROWS_BYTES_MAX,
};
/** Messages to the backend that begin no statement: Terminate and PasswordMessage. */
const NO_STATEMENT: ReadonlySet<number> = new Set([0x58, 0x70]);

/**
 * The socket of one connection as pg's Client sees it, and the wall between the two: it dials, encrypts and signs in by itself, so
 * that pg has no password, and hands pg nothing but whole messages that may come now and whose parts add up. What pg, or what
 * listens to it, throws at one of them ends this connection and nothing else.
 *
 *   socket → MessageSplitter ┬ Authentication → SignIn → socket
 *                            ├ rows of a running statement → its sink
 *                            └ the rest → pg's parser
 *
 * Rests on what pg 8.23 asks of its `stream`; the contract tests hold it.
 */
export class ServerChannel extends EventEmitter {
  private socket: Socket | null = null;
  /** The one below TLS; the same without. */
  private plain: Socket | null = null;
  private signIn: SignIn | null = null;
  private readonly splitter: MessageSplitter;
  private readonly aborting = new AbortController();
  private running: RunningStatement | null = null;
  private phase: Phase = 'signingIn';
  /** Bytes that came in this phase, and the most that may. */
  private phaseBytes = 0;
  private phaseBytesMax = HANDSHAKE_BYTES_MAX;
  private readonly reading = new SocketReading(
    () => this.socket,
    () => this.plain,
  );

  constructor(private readonly dialling: Dialling) {
    super();
    this.splitter = new MessageSplitter({
      dataRows: (bytes, count, isGiven) => this.dataRows(bytes, count, isGiven),
      message: (tag, bytes) => this.message(tag, bytes),
      violated: (violation) => this.destroy(new DriverError(this.violated(violation))),
    });
  }

  /** What is weak about how it signed in; null for nothing. */
  get weakness(): WeakSignIn | null {
    return this.signIn?.weakness ?? null;
  }

  /** The address that the socket is connected to: a name may stand for several servers. */
  get address(): ServerAddress {
    const { address, tls } = this.dialling;
    const host = address.host.startsWith('/') ? address.host : (this.socket?.remoteAddress ?? address.host);
    return { host, port: this.socket?.remotePort ?? address.port, tls };
  }

  get writable(): boolean {
    return this.socket?.writable ?? false;
  }

  /** Dials. pg's own idea of the address is that of the target. */
  connect(): void {
    const { address, tls } = this.dialling;
    dial({ ...address, tls }, this.aborting.signal, (bytes) => this.read(bytes)).then(
      (opened) => this.opened(opened),
      (error: unknown) => {
        this.emit('error', error);
        this.emit('close');
      },
    );
  }

  write(bytes: Buffer, done?: (error?: Error | null) => void): boolean {
    if (this.phase === 'idle' && !NO_STATEMENT.has(bytes[0]!)) this.enter('asking');
    return this.socket?.write(bytes, done) ?? false;
  }

  end(): void {
    if (this.socket) this.socket.end();
    else this.destroy();
  }

  /** Drops the socket, and with an error says why. */
  destroy(error?: Error): void {
    this.splitter.end();
    this.aborting.abort();
    this.socket?.destroy(error);
  }

  cork(): void {
    this.socket?.cork();
  }

  uncork(): void {
    this.socket?.uncork();
  }

  /** From now on the answers are a statement's, until `giveBack`; more than `bytesMax` of them end the connection. */
  take(running: RunningStatement, bytesMax: number): void {
    this.running = running;
    this.enter('running');
    this.phaseBytesMax = bytesMax;
  }

  giveBack(): void {
    this.running = null;
    this.enter('idle');
  }

  /** Stops reading. */
  pause(): void {
    this.reading.pause();
  }

  resume(): void {
    this.reading.resume();
  }

  // What pg asks of a socket and is done here already.
  setNoDelay(): void {}
  setKeepAlive(): void {}
  ref(): void {}
  unref(): void {}

  private opened({ channel: socket, plain }: Dialled): void {
    this.socket = socket;
    this.plain = plain;
    const { target, trust } = this.dialling;
    this.signIn = new SignIn({
      user: target.user,
      trust,
      // A tunnel's end is one of this machine's own; the server is not.
      isLoopback: !this.dialling.isRouted && LOOPBACK.test(socket.remoteAddress ?? ''),
      binding: channelBinding(socket),
      password: this.dialling.password,
      signal: this.aborting.signal,
    });
    socket.on('error', (error) => this.emit('error', error));
    socket.on('end', () => this.emit('end'));
    socket.on('close', () => this.emit('close'));
    if (this.dialling.tls) socket.on('data', (chunk: Buffer) => this.read(chunk));
    this.emit('connect');
  }

  private enter(phase: Phase): void {
    this.phase = phase;
    this.phaseBytes = 0;
    this.phaseBytesMax = BYTES_MAX[phase] ?? Number.POSITIVE_INFINITY;
    this.splitter.enter(phase);
  }

  private read(chunk: Buffer): void {
    this.reading.work(() => this.push(chunk));
  }

  private push(chunk: Buffer): void {
    this.phaseBytes += chunk.length;
    try {
      this.splitter.push(chunk);
    } catch (error) {
      this.destroy(error instanceof DriverError ? error : new DriverError(UNREADABLE, { cause: error }));
      return;
    }
    if (this.phaseBytes > this.phaseBytesMax) this.destroy(new DriverError(ENDLESS));
  }

  private dataRows(bytes: Buffer, count: number, isGiven: boolean): void {
    if (this.running) this.running.dataRows(bytes, count, isGiven);
    else this.emit('data', bytes);
  }

  private message(tag: number, bytes: Buffer): void {
    const { running } = this;
    if (tag === TAG.authentication) this.authenticate(bytes);
    else if (tag === TAG.copyData) running?.copyData(bytes.subarray(HEADER_BYTES));
    else {
      // pg may send its next statement as it reads this.
      if (tag === TAG.readyForQuery && !running) this.enter('idle');
      this.emit('data', bytes);
      if (tag === TAG.readyForQuery) running?.readyForQuery();
    }
  }

  private authenticate(message: Buffer): void {
    const { signIn } = this;
    const answer = signIn!.take(message);
    if (answer instanceof Promise)
      answer.then(
        (bytes) => this.write(bytes),
        (error: Error) => this.destroy(error),
      );
    else if (answer) this.write(answer);
    if (!signIn!.isDone) return;
    this.enter('starting');
    this.emit('data', message);
  }

  private violated({ kind, offset, what }: Violation) {
    const { host, port } = this.dialling.target;
    return failureText(
      'protocol.violated',
      `The server at ${host}, port ${port}, broke PostgreSQL’s protocol: ${kind} at byte ${offset} ${what}. The connection was closed.`,
    );
  }
}

const ENDLESS = failureText(
  'protocol.violated',
  'The server sent more than there can be to say to what Querytape asked by itself. The connection was closed.',
);
const UNREADABLE = failureText(
  'protocol.violated',
  'A message of the server could not be read. The connection was closed.',
);
