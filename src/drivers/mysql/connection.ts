import type { Server, TransactionStatus } from '../../events/connection.ts';
import { mysql } from '../../events/engines/mysql.ts';
import type { FailureText } from '../../events/failure.ts';
import type { StatementFacts } from '../../events/judgement.ts';
import type { LexicalFacts } from '../../events/lexical-facts.ts';
import { CLOSE_TIMEOUT_MS } from '../../events/limits.ts';
import type { Target } from '../../events/profile.ts';
import type { SessionState } from '../../events/session-state.ts';
import type { CancelDelivery, CancelRefusal, CancelTimes } from '../cancel-loop.ts';
import { ConnectionLife, lifeWords, opened, unsent } from '../connection-life.ts';
import { within } from '../deadline.ts';
import {
  type Connection,
  type ConnectOptions,
  DriverError,
  type ExecuteHints,
  type Execution,
  NO_HINTS,
  type Params,
  type RowSink,
  type Termination,
} from '../driver.ts';
import { SERVER_WRITE_TIMEOUT_MS, SIGN_OF_LIFE_TIMEOUT_MS } from '../limits.ts';
import { BetweenStatements, type BetweenStatementsLink, upkeepMs } from './between-statements.ts';
import {
  type Client,
  connected,
  type Dialling,
  diallingOf,
  makeClient,
  quit,
  readText,
  settled,
} from './client.ts';
import { type ExecutionLink, MysqlExecution, type Ran } from './execution.ts';
import { driverError, failureOf, failureText, isServerError } from './failure.ts';
import { KeepAlive } from './keep-alive.ts';
import { type Kill, killConnection, killQuery, THREAD_COLUMNS, type Thread } from './kill-connection.ts';
import { withParams } from './params.ts';
import { STATUS } from './protocol.ts';
import { SessionStateWatch } from './session-state.ts';
import { SessionVariables } from './session-variables.ts';
import { ping } from './text-query.ts';
import { SESSION_READ_ONLY } from './transaction.ts';

/** Who answers, asked as a connection opens. A connection's own time is in no table, so the clock of the server is asked now. */
const IDENTITY = `SELECT ${THREAD_COLUMNS}, VERSION(), DATE_FORMAT(UTC_TIMESTAMP(6), '%Y-%m-%dT%H:%i:%s.%fZ'), @@max_allowed_packet`;

/** Opens a connection. @throws DriverError */
export async function openConnection(
  target: Target,
  options: ConnectOptions,
  times: CancelTimes,
): Promise<Connection> {
  const make = (dialling: Dialling) => new MysqlConnection(dialling, options.readOnly, options, times);
  return opened(options.signal, WORDS, driverError, diallingOf(target, options), make);
}

/** One connection to MySQL or MariaDB. */
class MysqlConnection implements Connection, ExecutionLink, BetweenStatementsLink {
  server!: Server;
  readonly client: Client;
  readonly variables = new SessionVariables();
  private readonly hasPassword: boolean;
  readonly watch: SessionStateWatch;
  readonly keepAlive = new KeepAlive(() => this.signOfLife());
  private readonly betweenStatements = new BetweenStatements(this);
  /** Side connections go to the address that the socket is connected to: a name may stand for several servers. */
  private side: Dialling;
  /** Null behind a proxy with numbers of its own. */
  private thread: Thread | null = null;
  private packetBytesMax = Number.POSITIVE_INFINITY;
  /** The status flags as the protocol last said them. */
  private flags = 0;
  private readonly life: ConnectionLife<MysqlExecution>;
  /** The server takes nothing but a new password. */
  private isExpired = false;

  constructor(
    private readonly dialling: Dialling,
    private readonly readOnly: boolean,
    private readonly options: Pick<ConnectOptions, 'onLost' | 'onState' | 'restore'>,
    readonly times: CancelTimes,
  ) {
    this.life = new ConnectionLife(WORDS, options.onLost);
    this.side = dialling;
    this.client = makeClient(dialling);
    this.hasPassword = Boolean(dialling.password());
    this.watch = new SessionStateWatch(this.client, readOnly, (state) => options.onState?.(state));
    this.client.on('error', (error) => {
      this.life.endsBy(failureOf(error));
    });
  }

  get transaction(): TransactionStatus {
    return this.flags & STATUS.inTransaction ? 'open' : 'none';
  }

  get autocommits(): boolean {
    return (this.flags & STATUS.autocommit) !== 0;
  }

  /** On MySQL information_schema is made of InnoDB's tables. */
  get catalogueDisturbs(): boolean {
    const { server, transaction, autocommits, watch } = this;
    return (
      server.flavour === 'MySQL' && transaction === 'none' && (!autocommits || watch.setsNextTransaction)
    );
  }

  get state(): SessionState {
    return this.watch.state;
  }

  get facts(): StatementFacts {
    const { flavour, version } = this.server;
    return { ...this.variables.facts, flavour, version };
  }

  get printing(): readonly string[] {
    return this.variables.printing;
  }

  /** For texts of ours that were written under the facts as they are now: every packet says whether a backslash escapes. */
  private get lexicalFacts(): LexicalFacts {
    const { sqlMode = '' } = this.variables.facts;
    const isPlain = (this.flags & STATUS.noBackslashEscapes) !== 0;
    return { ...this.facts, sqlMode: isPlain ? `${sqlMode},NO_BACKSLASH_ESCAPES` : sqlMode };
  }

  /** A socket that was dropped tells so a little later. */
  get isGone(): boolean {
    return this.life.isGone || this.client.stream.destroyed;
  }

  status(flags: number): void {
    this.flags = flags;
  }

  /** Connects, sets what values need to come whole, and learns who answers. */
  async open(): Promise<void> {
    const { client } = this;
    await connected(client);
    client.stream.on('close', () => this.socketClosed());
    this.side = sideOf(this.dialling, client);
    if (client.stream.destroyed) throw new DriverError(this.life.failure);
    await this.setUp();
    this.life.opened = true;
    this.keepAlive.idle();
  }

  /**
   * With an expired password the server takes nothing but its change (MySQL manual, "Server Handling of Expired Passwords"). The
   * connection opens all the same, as that change is made on it, and is set up after it.
   */
  private async setUp(): Promise<void> {
    this.isExpired = false;
    try {
      await this.prepare();
    } catch (error) {
      if (!isServerError(error) || error.failure.code !== PASSWORD_EXPIRED) throw error;
      this.isExpired = true;
      this.identified([]);
    }
  }

  private async prepare(): Promise<void> {
    const { client } = this;
    await readText(client, 'SET NAMES utf8mb4');
    if (this.readOnly) await readText(client, SESSION_READ_ONLY);
    const [identity = []] = await readText(client, IDENTITY);
    this.identified(identity);
    await this.watch.begin(this.server.flavour === 'MariaDB' ? 'MariaDB' : 'MySQL');
    await readText(client, SETTINGS).catch((error: unknown) => {
      // A proxy may refuse it; the connection is usable without, except for long pauses.
      if (!isServerError(error)) throw error;
    });
    if (this.options.restore) {
      await this.watch.restore(this.options.restore);
      if (this.readOnly) await readText(client, SESSION_READ_ONLY);
    }
    await this.variables.ask(client);
    await this.keepAlive.ask(client).catch((error: unknown) => {
      // A proxy may refuse it; the connection is usable without.
      if (!isServerError(error)) throw error;
    });
  }

  private identified(identity: readonly (string | null)[]): void {
    const [id, port, server, reported, startedAt, packetBytesMax] = identity;
    const version = reported ?? this.client._handshakePacket?.serverVersion ?? '';
    const processId = Number(id ?? this.client.threadId);
    // A proxy that gives its clients numbers of its own: the connection that answers is not the one that the greeting named.
    const pooled = id != null && this.client.threadId !== Number(BigInt.asUintN(32, BigInt(id)));
    this.thread = pooled ? null : { processId, port: port ?? null, server: server ?? '' };
    this.packetBytesMax = Number(packetBytesMax) || Number.POSITIVE_INFINITY;
    const { weakness } = this.client.packetParser.signIn;
    this.server = {
      process: pooled
        ? { processId: 0, startedAt: '' }
        : { processId, startedAt: startedAt ?? '', serverId: server ?? '' },
      flavour: /mariadb/i.test(version) ? 'MariaDB' : 'MySQL',
      // Packagers add theirs: `10.11.19-MariaDB-0+deb12u1`; MariaDB's greeting begins with `5.5.5-`.
      version: version.replace(/^5\.5\.5-/, '').split('-')[0]!,
      // The client goes on only over TLS once TLS was asked for.
      encrypted: this.dialling.tls !== null,
      ...(weakness && this.hasPassword ? { weakSignIn: weakness } : {}),
      capabilities: pooled
        ? { ...mysql.capabilities, cancel: 'bestEffort', probe: false, pooler: true }
        : mysql.capabilities,
    };
  }

  /** The protocol can't end a statement after so many rows, so that hint is of no use. */
  execute(text: string, sink: RowSink, params: Params = [], { reads }: ExecuteHints = NO_HINTS): Execution {
    this.life.mustBeIdle();
    const sent = this.sendable(text, params);
    if (typeof sent !== 'string') return sent;
    const execution = new MysqlExecution(this, { text, sent, isRead: reads }, sink);
    this.life.runs(execution);
    this.keepAlive.busy();
    void execution.ended.then(() => this.keepAlive.idle());
    if (this.isGone) execution.lose(this.life.failure);
    else execution.start();
    return execution;
  }

  /** The text as it is sent, or the end of a statement that can't be. */
  private sendable(text: string, params: Params): string | Execution {
    const { transaction } = this;
    if ([text, ...params].some((part) => part !== null && /\p{Surrogate}/u.test(part)))
      return unsent(
        failureText(
          'statement.malformed',
          'The text holds half a character, which no server can take.',
          'client',
        ),
        transaction,
      );
    const sent = params.length === 0 ? text : withParams(text, params, this.lexicalFacts);
    if (sent === null)
      return unsent(
        failureText(
          'statement.params',
          `The statement has not ${params.length} places for its values.`,
          'client',
        ),
        transaction,
      );
    // The server would hang up on it, and the transaction with it.
    const bytes = Buffer.byteLength(sent) + 1;
    if (bytes > this.packetBytesMax)
      return unsent(
        failureText(
          'statement.tooLarge',
          `The statement has ${bytes} bytes, and the server takes ${this.packetBytesMax} (max_allowed_packet).`,
          'client',
        ),
        transaction,
      );
    return sent;
  }

  async ping(signal: AbortSignal): Promise<void> {
    await this.life.signOfLife(signal, {
      goneBy: this.isGone ? this.life.failure : null,
      ask: () => settled(this.client, ping, { status: (flags) => this.status(flags) }),
      giveUp: (failure) => this.abandon(failure),
      failureOf: (error) => this.life.lastWords ?? failureOf(error),
    });
  }

  /** While a statement runs, the server knows of us. A server that does not answer in time is lost, which the socket's end tells. */
  private async signOfLife(): Promise<void> {
    if (this.life.running || this.isGone) return;
    await this.ping(AbortSignal.timeout(SIGN_OF_LIFE_TIMEOUT_MS)).catch(() => undefined);
  }

  /** A server goes on with what it runs when its client has gone, so a running statement is ended there first. */
  async close(): Promise<void> {
    const { isGone } = this.life;
    this.life.leave();
    this.keepAlive.stop();
    if (isGone) return;
    if (this.life.running) {
      this.destroy();
      const signal = AbortSignal.timeout(this.times.channelMs);
      await killConnection(this.kill(() => false, signal));
      return;
    }
    await quit(this.client, CLOSE_TIMEOUT_MS);
  }

  destroy(): void {
    this.life.leave();
    this.client.stream.destroy();
  }

  requestCancel(
    onSent: () => void,
    onRefused: (refusal: CancelRefusal) => void,
    isSettled: () => boolean,
  ): Promise<CancelDelivery> {
    const signal = AbortSignal.timeout(this.times.channelMs);
    return killQuery({ ...this.kill(isSettled, signal), onSent, onRefused });
  }

  terminate(
    signal: AbortSignal,
    onRefused: (refusal: CancelRefusal) => void,
    isSettled: () => boolean,
  ): Promise<Termination> {
    return killConnection({ ...this.kill(isSettled, signal), onRefused });
  }

  abandon(failure: FailureText = WORDS.noSign): void {
    this.life.endsBy(failure);
    this.client.stream.destroy();
  }

  get stoppedBy(): FailureText['stoppedBy'] {
    return this.betweenStatements.stoppedBy;
  }

  async settle(ran: Ran, notice: (notice: FailureText) => void): Promise<boolean> {
    if (this.isExpired && ran.end.type === 'completed') await this.setUpInTime();
    return this.isExpired || this.betweenStatements.after(ran, notice);
  }

  /** Gives the connection up where it can't be set up, or the server does not answer. */
  private async setUpInTime(): Promise<void> {
    const done = this.setUp().catch((error: unknown) => this.abandon(failureOf(error)));
    if ((await within(done, upkeepMs(this.times))) === 'late') this.abandon();
  }

  private kill(isSettled: () => boolean, signal: AbortSignal): Kill {
    return { dialling: this.side, thread: this.thread, isSettled, signal };
  }

  /** Called once, when the socket has closed. */
  private socketClosed(): void {
    this.keepAlive.stop();
    this.life.end();
  }
}

function sideOf(dialling: Dialling, { stream }: Client): Dialling {
  const { remoteAddress: host, remotePort: port } = stream;
  return host && port ? { ...dialling, address: { host, port } } : dialling;
}

/** ER_MUST_CHANGE_PASSWORD */
const PASSWORD_EXPIRED = '1820';

/**
 * A server gives up on a client that reads nothing for net_write_timeout seconds, and a paused result reads nothing. MySQL
 * remembers the statistics of information_schema for a day, so that a table's rows would be yesterday's. Both are harmless to
 * whoever a pool gives the connection to.
 */
const SETTINGS = `SET SESSION net_write_timeout = ${SERVER_WRITE_TIMEOUT_MS / 1000}/*!80003 , SESSION information_schema_stats_expiry = 0 */`;

const WORDS = lifeWords(failureText);
