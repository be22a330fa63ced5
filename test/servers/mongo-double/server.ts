import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { Binary, Long, ObjectId, Timestamp } from 'mongodb';
import { ADMIN_COMMANDS } from './admin-commands.ts';
import { type Doc, numeric, typeName } from './bson.ts';
import type { Command, Shared } from './command.ts';
import { CommandError } from './command-error.ts';
import { CRUD_COMMANDS } from './crud-commands.ts';
import { Cursors } from './cursors.ts';
import { MessageReader, type Request, replyTo } from './messages.ts';
import { Operations } from './operations.ts';
import { SCRAM_HASHES, Scram } from './scram.ts';
import { Sessions, sessionId } from './sessions.ts';
import { Storage } from './storage.ts';

export interface DoubleOptions {
  readonly user: string;
  readonly password: string;
  /** Where it listens; a free one by default. */
  readonly port?: number;
  /** Null is a standalone server, which has no transactions. */
  readonly replicaSet?: string | null;
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** Commands, and stages such as `$currentOp`, that no user may use. */
  readonly denied?: readonly string[];
  /** A comment may be text only, as on FerretDB 1. */
  readonly commentIsText?: boolean;
  /** Called with each command as it comes. */
  readonly onCommand?: (command: Doc) => void;
  /** Its place in a replica set of several; read with each hello, as members know their ports once all listen. */
  readonly member?: () => {
    readonly me: string;
    readonly hosts: readonly string[];
    readonly primary: string;
  };
  /** Listens on a Unix-domain socket instead. */
  readonly socketFile?: string;
  /** When it says that it was started, in seconds since 1970; by default that is now. */
  readonly startedAt?: number;
}

/** A server that speaks as much of MongoDB's protocol as the tests need, in this process. */
export interface MongoDouble {
  readonly host: string;
  readonly port: number;
  /** Cursors that are open. */
  readonly openCursors: number;
  /** Closes all cursors, as a server does with those that were idle for too long. */
  dropCursors(): void;
  /** Ends a connection, by its number. */
  endConnection(connectionId: number): void;
  /** Commands that it was sent by users who had signed in. */
  readonly commands: number;
  close(): Promise<void>;
}

const VERSION = '7.0.0';
const VERSIONS = { minWireVersion: 0, maxWireVersion: 21 };

/** Starts the double on a free port of 127.0.0.1. */
export async function startMongoDouble(options: DoubleOptions): Promise<MongoDouble> {
  const running = new DoubleServer(options);
  return running.listen();
}

/** Commands that only a primary takes. */
const WRITES = new Set([
  'insert',
  'update',
  'delete',
  'findAndModify',
  'create',
  'drop',
  'dropDatabase',
  'createIndexes',
]);

/** What the server knows of one connection. */
interface Peer {
  readonly connectionId: number;
  applicationName: string;
  user: string | null;
  scram: Scram | null;
}

class DoubleServer implements Shared {
  readonly storage = new Storage();
  readonly cursors = new Cursors();
  readonly operations = new Operations();
  readonly sessions: Sessions;
  private readonly peers = new Map<Socket, Peer>();
  private readonly processId: ObjectId;
  private nextConnection = 1;
  private address = '';

  constructor(private readonly options: DoubleOptions) {
    const { startedAt } = options;
    this.processId = startedAt === undefined ? new ObjectId() : ObjectId.createFromTime(startedAt);
    this.sessions = new Sessions(this.storage, this.replicaSet !== null);
  }

  private get isPrimary(): boolean {
    const { member } = this.options;
    return member === undefined || member().me === member().primary;
  }

  private get replicaSet(): string | null {
    return this.options.replicaSet === undefined ? 'rs0' : this.options.replicaSet;
  }

  async listen(): Promise<MongoDouble> {
    const { tls } = this.options;
    const accept = (socket: Socket): void => this.accept(socket);
    const server: Server = tls
      ? createTlsServer({ cert: tls.certificate, key: tls.key }, accept)
      : createServer(accept);
    const { socketFile } = this.options;
    await new Promise<void>((resolve) => {
      if (socketFile) server.listen(socketFile, resolve);
      else server.listen(this.options.port ?? 0, '127.0.0.1', resolve);
    });
    const port = socketFile ? 0 : (server.address() as { port: number }).port;
    this.address = `127.0.0.1:${port}`;
    const { cursors, operations, peers } = this;
    return {
      host: '127.0.0.1',
      port,
      get commands() {
        return operations.begun;
      },
      get openCursors() {
        return cursors.size;
      },
      dropCursors: () => cursors.drop(),
      endConnection(connectionId) {
        for (const [socket, peer] of peers) if (peer.connectionId === connectionId) socket.destroy();
      },
      close: () =>
        new Promise((resolve) => {
          server.close(() => resolve());
          for (const socket of peers.keys()) socket.destroy();
        }),
    };
  }

  connections(): Iterable<Peer> {
    return this.peers.values();
  }

  private accept(socket: Socket): void {
    const peer: Peer = { connectionId: this.nextConnection++, applicationName: '', user: null, scram: null };
    this.peers.set(socket, peer);
    const reader = new MessageReader();
    let last: Promise<void> = Promise.resolve();
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.on('close', () => {
      this.peers.delete(socket);
      const gone = new CommandError(
        279,
        'ClientDisconnect',
        'operation was interrupted because a client disconnected',
      );
      for (const operation of this.operations.running.values())
        if (operation.client === peer) operation.kill(gone);
    });
    socket.on('data', (bytes) => {
      try {
        for (const request of reader.take(bytes)) last = last.then(() => this.serve(socket, peer, request));
      } catch {
        socket.destroy();
      }
    });
  }

  private async serve(socket: Socket, peer: Peer, request: Request): Promise<void> {
    const reply = await this.run(peer, request).catch((error: unknown) => {
      if (error instanceof CommandError) return error.reply;
      return new CommandError(8, 'UnknownError', (error as Error).stack ?? `${error}`).reply;
    });
    if (request.isSilent || socket.destroyed) return;
    socket.write(replyTo(request, { ...reply, ...this.clock() }));
  }

  /** What every member of a replica set tells with every reply. */
  private clock(): object {
    if (this.replicaSet === null) return {};
    const clusterTime = new Timestamp({ t: Math.floor(Date.now() / 1000), i: this.storage.clock });
    const signature = { hash: new Binary(Buffer.alloc(20)), keyId: Long.ZERO };
    return { operationTime: clusterTime, $clusterTime: { clusterTime, signature } };
  }

  private async run(peer: Peer, request: Request): Promise<object> {
    const { command, database, sequences } = request;
    const name = [...command.keys()][0] ?? '';
    this.options.onCommand?.(command);
    const open = OPEN_COMMANDS[name];
    if (open) return open.call(this, peer, command);
    if (peer.user === null)
      throw new CommandError(13, 'Unauthorized', `Command ${name} requires authentication`);
    this.mustBeAllowed(name, command);
    if (!this.isPrimary && WRITES.has(name))
      throw new CommandError(10107, 'NotWritablePrimary', 'not primary');
    const comment = command.get('comment');
    if (this.options.commentIsText && comment !== undefined && typeof comment !== 'string')
      throw new CommandError(
        14,
        'TypeMismatch',
        `BSON field '${name}.comment' is the wrong type '${typeName(comment)}', expected type 'string'`,
      );
    const maxTimeMs = name === 'getMore' ? 0 : (numeric(command.get('maxTimeMS')) ?? 0);
    const operation = this.operations.begin(command, peer, sessionId(command), maxTimeMs);
    try {
      const transaction = this.sessions.transactionOf(command);
      operation.transaction = transaction;
      if (name === 'commitTransaction' || name === 'abortTransaction') {
        if (name === 'commitTransaction') transaction?.commit();
        transaction?.end();
        return { ok: 1 };
      }
      const run: Command | undefined = CRUD_COMMANDS[name] ?? ADMIN_COMMANDS[name];
      if (!run) throw new CommandError(59, 'CommandNotFound', `no such command: '${name}'`);
      return await run({ ...this.shared(), database, command, sequences, operation });
    } catch (error) {
      // An error of one of its commands ends a transaction.
      operation.transaction?.end();
      throw error;
    } finally {
      this.operations.end(operation);
    }
  }

  private shared(): Shared {
    const { storage, cursors, operations, sessions } = this;
    return { storage, cursors, operations, sessions, connections: () => this.connections() };
  }

  private mustBeAllowed(name: string, command: Doc): void {
    const stages = ((command.get('pipeline') ?? []) as Doc[]).flatMap((stage) => [...stage.keys()]);
    const denied = [name, ...stages].find((one) => this.options.denied?.includes(one));
    if (denied)
      throw new CommandError(
        13,
        'Unauthorized',
        `not authorized on admin to execute command { ${denied}: 1 }`,
      );
  }

  hello(peer: Peer, command: Doc): object {
    const client = command.get('client') as Doc | undefined;
    const application = client?.get('application') as Doc | undefined;
    if (application) peer.applicationName = `${application.get('name')}`;
    const { address, replicaSet, isPrimary } = this;
    const place = this.options.member?.() ?? { me: address, hosts: [address], primary: address };
    const member =
      replicaSet === null ? {} : { setName: replicaSet, setVersion: 1, ...place, secondary: !isPrimary };
    return {
      helloOk: true,
      ismaster: isPrimary,
      isWritablePrimary: isPrimary,
      ...member,
      topologyVersion: { processId: this.processId, counter: Long.ZERO },
      maxBsonObjectSize: 16 * 1024 * 1024,
      maxMessageSizeBytes: 48_000_000,
      maxWriteBatchSize: 100_000,
      localTime: new Date(),
      logicalSessionTimeoutMinutes: 30,
      connectionId: peer.connectionId,
      ...VERSIONS,
      readOnly: false,
      ...(command.has('saslSupportedMechs') ? { saslSupportedMechs: ['SCRAM-SHA-256'] } : {}),
      ok: 1,
    };
  }

  saslStart(peer: Peer, command: Doc): object {
    const mechanism = String(command.get('mechanism'));
    if (!Object.hasOwn(SCRAM_HASHES, mechanism))
      throw new CommandError(334, 'MechanismUnavailable', `Unsupported mechanism '${mechanism}'`);
    const { user, password } = this.options;
    peer.scram = new Scram(new Map([[user, password]]), SCRAM_HASHES[mechanism as keyof typeof SCRAM_HASHES]);
    return saslReply(peer.scram.start(textOf(command.get('payload'))), false);
  }

  saslContinue(peer: Peer, command: Doc): object {
    const payload = textOf(command.get('payload'));
    if (!peer.scram) throw new CommandError(17, 'ProtocolError', 'No SASL session state found');
    if (peer.user !== null) return saslReply('', true);
    const said = peer.scram.finish(payload);
    peer.user = peer.scram.name;
    return saslReply(said, true);
  }
}

function textOf(payload: unknown): string {
  return Buffer.from((payload as Binary).value()).toString('utf8');
}

function saslReply(payload: string, done: boolean): object {
  return { conversationId: 1, done, payload: new Binary(Buffer.from(payload, 'utf8')), ok: 1 };
}

function privileges({ user }: Peer): object[] {
  return user === null
    ? []
    : [{ resource: { db: '', collection: '' }, actions: ['find', 'insert', 'update'] }];
}

/** Commands that need no user. */
const OPEN_COMMANDS: Readonly<Record<string, (this: DoubleServer, peer: Peer, command: Doc) => object>> = {
  hello(peer, command) {
    return this.hello(peer, command);
  },
  ismaster(peer, command) {
    return this.hello(peer, command);
  },
  isMaster(peer, command) {
    return this.hello(peer, command);
  },
  connectionStatus: (peer, command) => ({
    authInfo: {
      authenticatedUsers: peer.user === null ? [] : [{ user: peer.user, db: 'admin' }],
      authenticatedUserRoles: peer.user === null ? [] : [{ role: 'root', db: 'admin' }],
      ...(command.get('showPrivileges') === true ? { authenticatedUserPrivileges: privileges(peer) } : {}),
    },
    ok: 1,
  }),
  ping: () => ({ ok: 1 }),
  buildInfo: () => ({ version: VERSION, versionArray: [7, 0, 0, 0], ok: 1 }),
  saslStart(peer, command) {
    return this.saslStart(peer, command);
  },
  saslContinue(peer, command) {
    return this.saslContinue(peer, command);
  },
};
