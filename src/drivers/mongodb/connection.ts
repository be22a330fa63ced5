import { BSON } from 'mongodb';
import type { Server, TransactionStatus } from '../../events/connection.ts';
import { mongodb } from '../../events/engines/mongodb.ts';
import type { FailureText } from '../../events/failure.ts';
import type { Target } from '../../events/profile.ts';
import type { SessionState } from '../../events/session-state.ts';
import { ConnectionLife, lifeWords } from '../connection-life.ts';
import { stoppable } from '../deadline.ts';
import {
  type Connection,
  type ConnectOptions,
  DriverError,
  type Execution,
  type Params,
  type RowSink,
} from '../driver.ts';
import { CancelChannel, maySeeOperations } from './cancel-channel.ts';
import { diallingOf } from './client.ts';
import { type ExecutionLink, MongoExecution } from './execution.ts';
import { driverError, failureOf, failureText } from './failure.ts';
import { serverIdOf, startedAt } from './process.ts';
import { Session } from './session.ts';
import type { MongoTimes } from './times.ts';
import { Wire } from './wire.ts';

/** The database of a target that names none, as in mongosh. */
const DEFAULT_DATABASE = 'test';

/** Opens a connection. @throws DriverError */
export async function openConnection(
  target: Target,
  options: ConnectOptions,
  times: MongoTimes,
): Promise<Connection> {
  const { signal } = options;
  let wire: Wire | null = null;
  const destroy = (): void => wire?.destroy();
  try {
    return await stoppable(signal, destroy, async () => {
      const dialling = await diallingOf(target, options);
      signal.throwIfAborted();
      wire = await Wire.open(dialling, signal);
      signal.throwIfAborted();
      const server = await identity(wire, dialling.tls !== null);
      return new MongoConnection(wire, server, target.database || DEFAULT_DATABASE, options, times);
    });
  } catch (error) {
    destroy();
    if (error instanceof DriverError) throw error;
    throw signal.aborted ? new DriverError(WORDS.aborted, { cause: error }) : driverError(error);
  }
}

/** Who answers and what it can do. */
async function identity(wire: Wire, encrypted: boolean): Promise<Server> {
  const { hello } = wire;
  const { version } = BSON.deserialize(await wire.command('admin', { buildInfo: 1 })) as { version?: string };
  const seesOperations = await maySeeOperations(wire);
  const isReplicated = hello.setName !== undefined || hello.msg === 'isdbgrid';
  return {
    process: {
      processId: hello.connectionId ?? 0,
      startedAt: await startedAt(wire),
      serverId: serverIdOf(wire),
    },
    flavour: 'MongoDB',
    version: `${version ?? ''}`.slice(0, 64),
    encrypted,
    ...(wire.signedInBySha1 && !encrypted ? { weakSignIn: 'sha1' as const } : {}),
    capabilities: {
      ...mongodb.capabilities,
      transactions: isReplicated && hello.logicalSessionTimeoutMinutes != null,
      probe: seesOperations,
      cancel: seesOperations ? 'server' : 'bestEffort',
    },
  };
}

/** One connection to MongoDB: one socket, one server session on it, and the database that is the current one. */
class MongoConnection implements Connection, ExecutionLink {
  /** A document's meaning depends on nothing. */
  readonly facts = {};
  readonly session: Session;
  readonly channel: CancelChannel;
  private current: string;
  private readonly life: ConnectionLife<MongoExecution>;

  constructor(
    readonly wire: Wire,
    readonly server: Server,
    /** The current database of a connection on which nothing was said of it. */
    private readonly home: string,
    private readonly options: Pick<ConnectOptions, 'onLost' | 'onState' | 'restore'>,
    readonly times: MongoTimes,
  ) {
    this.life = new ConnectionLife(WORDS, options.onLost);
    this.life.opened = true;
    this.current = options.restore?.database ?? home;
    this.session = new Session(wire.hello.logicalSessionTimeoutMinutes != null);
    this.channel = new CancelChannel(wire.dialling, times.channelMs, server.capabilities.cancel === 'server');
    wire.onClosed(() => this.socketClosed());
  }

  get transaction(): TransactionStatus {
    return this.life.isGone ? 'none' : this.session.transaction;
  }

  /** The current database, which no server knows of: each command names its own. */
  get database(): string {
    return this.current;
  }

  set database(database: string) {
    if (database === this.current) return;
    this.current = database;
    this.options.onState?.(this.state);
  }

  get state(): SessionState {
    const { current, home } = this;
    const isMoved = current !== home;
    return {
      database: current,
      schema: null,
      searchPath: null,
      role: null,
      settings: isMoved ? [{ kind: 'database', name: 'database', value: current }] : [],
      held: isMoved ? [{ kind: 'database', names: [current] }] : [],
    };
  }

  get hasTransactions(): boolean {
    return this.server.capabilities.transactions;
  }

  get isGone(): boolean {
    return this.life.isGone || this.wire.isClosed;
  }

  get goneBy(): FailureText | null {
    return this.isGone ? (this.life.lastWords ?? this.wire.closedBy ?? WORDS.closed) : null;
  }

  /** A statement has its values in it as literals, so it leaves none open. */
  execute(text: string, sink: RowSink, params: Params = []): Execution {
    this.life.mustBeIdle();
    if (params.length > 0) throw new DriverError(NO_PARAMS);
    const execution = new MongoExecution(this, text, sink);
    this.life.runs(execution);
    return execution;
  }

  async ping(signal: AbortSignal): Promise<void> {
    await this.life.signOfLife(signal, {
      goneBy: this.goneBy,
      ask: () => this.wire.command('admin', { ping: 1 }),
      giveUp: (failure) => this.abandon(failure),
      failureOf,
    });
  }

  async close(): Promise<void> {
    this.life.leave();
    this.channel.close();
    const { running } = this.life;
    // A statement that still runs holds the connection; the goodbye would wait behind it.
    if (running) this.wire.destroy();
    else await this.wire.close(this.session.lsid);
    await running?.ended;
  }

  destroy(): void {
    this.life.leave();
    this.channel.close();
    this.wire.destroy();
  }

  abandon(failure: FailureText): void {
    this.life.endsBy(failure);
    this.wire.destroy();
  }

  private socketClosed(): void {
    if (this.wire.closedBy) this.life.endsBy(this.wire.closedBy);
    this.channel.close();
    this.wire.destroy();
    this.life.end();
  }
}

const WORDS = lifeWords(failureText);
const NO_PARAMS: FailureText = {
  code: 'statement.params',
  source: 'client',
  message: 'A MongoDB statement has its values in it and takes no others.',
};
