import { BSON, type MongoClient, ReadPreference } from 'mongodb';
import type { FailureText } from '../../events/failure.ts';
import { CLOSE_TIMEOUT_MS } from '../../events/limits.ts';
import { locate, numberAt } from './bson-reader.ts';
import { type Dialling, type Hello, openClient, type PooledConnection } from './client.ts';
import { failureOf, failureText } from './failure.ts';

/** A time and a signature of it. */
const CLUSTER_TIME_BYTES_MAX = 1024;

/** A reply as its bytes, in the shape that the driver's connection asks of a reply. */
class RawReply {
  constructor(readonly bytes: Uint8Array) {}

  static make(bytes: Uint8Array): RawReply {
    return new RawReply(bytes);
  }

  get ok(): number {
    return numberAt(this.bytes, 'ok') ? 1 : 0;
  }

  /** Sent back to the server with each command, as a cluster's members learn the time from each other by it. */
  get $clusterTime(): unknown {
    const place = locate(this.bytes, '$clusterTime');
    if (place?.type !== 3 || place.end - place.start > CLUSTER_TIME_BYTES_MAX) return null;
    return BSON.deserialize(this.bytes.subarray(place.start, place.end), { promoteValues: false });
  }

  /** What an error is made of. */
  toObject(): unknown {
    return BSON.deserialize(this.bytes);
  }
}

/**
 * One connection to one server, on which commands go as BSON and come back as bytes. It stands below the driver's pool and
 * retries: a command is sent once, on this connection or not at all.
 */
export class Wire {
  readonly hello: Hello;
  private closed = false;
  private readonly readPreference: ReadPreference;

  private constructor(
    private readonly client: MongoClient,
    private readonly connection: PooledConnection,
    /** Where it leads: the server that was found. */
    readonly dialling: Dialling,
  ) {
    this.hello = connection.hello ?? {};
    this.readPreference = new ReadPreference(dialling.target.mongo?.readPreference ?? 'primary');
  }

  /** Whether the password was proved by SHA-1, which whoever sees it can guess from. */
  get signedInBySha1(): boolean {
    return this.connection.signsInBySha1;
  }

  /** Dials. @throws the driver's errors, DriverError */
  static async open(dialling: Dialling, signal: AbortSignal): Promise<Wire> {
    const open = await openClient(dialling, signal);
    return new Wire(open.client, open.connection, open.dialling);
  }

  get isPrimary(): boolean {
    return (this.hello.isWritablePrimary ?? this.hello.ismaster) === true;
  }

  get isClosed(): boolean {
    return this.connection.closed;
  }

  /** Why it was closed: null for no reason but that it was. */
  get closedBy(): FailureText | null {
    const { error } = this.connection;
    // The package's monitor had no sign of life in time, and cut what was in use.
    if (error?.name === 'PoolClearedOnNetworkError') return SILENT;
    const failure = error ? failureOf(error) : null;
    return failure && /^(?:E[A-Z]+|protocol\.violated)$/.test(failure.code) ? failure : null;
  }

  /** The members that a read prefers, for a router; refused in a transaction. */
  private isRouted(command: object): boolean {
    const { msg } = this.hello;
    const name = command instanceof Map ? command.keys().next().value : Object.keys(command)[0];
    return msg === 'isdbgrid' && READS.has(name) && !('autocommit' in command);
  }

  onClosed(listener: () => void): void {
    if (this.connection.closed) queueMicrotask(listener);
    else this.connection.once('close', listener);
  }

  /**
   * Sends a command and waits for its reply, which is short where it is not a statement's. @throws MongoServerError for `ok: 0`;
   * anything else for a lost connection
   */
  async command(database: string, command: object, of: 'statement' | 'own' = 'own'): Promise<Uint8Array> {
    this.connection.takesLongReply = of === 'statement';
    // A member that is not the primary takes reads only from who says so; in a transaction the word is refused.
    const options = {
      directConnection: !this.isPrimary,
      raw: true,
      ...(this.isRouted(command) ? { readPreference: this.readPreference } : {}),
    };
    const reply = await this.connection.command({ db: database }, command, options, RawReply);
    return (reply as RawReply).bytes;
  }

  /** Says goodbye to the session and closes; bounded. Never rejects. */
  async close(session: object | null): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    const timer = setTimeout(() => this.destroy(), CLOSE_TIMEOUT_MS);
    if (session && !this.connection.closed)
      await this.command('admin', { endSessions: [session] }).catch(() => {});
    clearTimeout(timer);
    this.destroy();
  }

  /** Drops the socket now. */
  destroy(): void {
    this.closed = true;
    this.connection.socket.destroy();
    void this.client.close().catch(() => {});
  }
}

/** Commands that read what members hold. */
const READS: ReadonlySet<string> = new Set(['find', 'aggregate', 'count', 'distinct', 'explain']);

const SILENT = failureText(
  'connection.silent',
  'The server gave no sign of life, so the connection was cut.',
);
