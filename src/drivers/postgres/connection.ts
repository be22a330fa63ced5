import type { Server, TransactionStatus } from '../../events/connection.ts';
import { postgres } from '../../events/engines/postgres.ts';
import type { FailureText } from '../../events/failure.ts';
import type { StatementFacts } from '../../events/judgement.ts';
import { CLOSE_TIMEOUT_MS } from '../../events/limits.ts';
import type { Target } from '../../events/profile.ts';
import { momentOf, versionOf } from '../../events/server-words.ts';
import type { SessionState } from '../../events/session-state.ts';
import type { CancelDelivery, CancelRefusal, CancelTimes } from '../cancel-loop.ts';
import { ConnectionLife, lifeWords, opened, unsent } from '../connection-life.ts';
import { renewed } from '../dialling.ts';
import type { Termination } from '../driver.ts';
import {
  type Connection,
  type ConnectOptions,
  DriverError,
  type ExecuteHints,
  type Execution,
  NO_HINTS,
  type Params,
  type RowSink,
} from '../driver.ts';
import { CLIENT_CHECK_INTERVAL_MS } from '../limits.ts';
import { BetweenStatements, type BetweenStatementsLink } from './between-statements.ts';
import { sendCancelRequest } from './cancel-request.ts';
import { type Client, makeClient, readText } from './client.ts';
import { ColumnOrigins } from './column-origins.ts';
import { type Dialling, diallingOf } from './dial.ts';
import { type ExecutionLink, PostgresExecution, type Ran } from './execution.ts';
import { driverError, failureOf, failureText, isServerMessage, serverFailure } from './failure.ts';
import { Printing } from './printing.ts';
import { transactionStatus } from './raw-query.ts';
import { SessionStateWatch } from './session-state.ts';
import {
  activityOf,
  SERVER_PLACE,
  SERVER_STARTED_AT,
  STARTED_AT,
  serverIdOf,
  terminateBackend,
} from './terminate.ts';
import { TypeNames } from './types.ts';
import { OVERLOADS } from './volatility.ts';

/** Who answers, asked as a connection opens. */
const IDENTITY = `select pg_catalog.pg_backend_pid(), ${STARTED_AT}, pg_catalog.current_setting('server_version'),
  pg_catalog.current_setting('server_version_num'), ${SERVER_STARTED_AT},
  ${SERVER_PLACE} from ${activityOf('pg_catalog.pg_backend_pid()')}`;

/**
 * Transactions of the connection are read-only unless they say otherwise, which only what the classifier lets through could. Not
 * set behind a pooler, where it would stay on a connection that other clients write on; BEGIN READ ONLY stands around each statement.
 */
const READ_ONLY = ['default_transaction_read_only', 'on'] as const;

/** The version that brought client_connection_check_interval. */
const CLIENT_CHECK_SINCE = 140_000;
const CLIENT_CHECK = ['client_connection_check_interval', String(CLIENT_CHECK_INTERVAL_MS)] as const;

/** Opens a connection. @throws DriverError */
export async function openConnection(
  target: Target,
  options: ConnectOptions,
  times: CancelTimes,
): Promise<Connection> {
  const dialling = diallingOf(target, options, options.readOnly);
  const make = (found: Dialling) => new PostgresConnection(found, options, times);
  return opened(options.signal, WORDS, driverError, dialling, make);
}

/**
 * The routine by which a server process says why it quits at once: an immediate shutdown, or the crash of another one (postgres.c). It
 * does so by a warning, and closes the connection without an error. A function's own warning may have the same code.
 */
const QUITTING = 'quickdie';

/** One connection to PostgreSQL. */
class PostgresConnection implements Connection, ExecutionLink, BetweenStatementsLink {
  server!: Server;
  readonly client: Client;
  readonly types = new TypeNames();
  readonly origins = new ColumnOrigins();
  readonly watch: SessionStateWatch;
  private readonly betweenStatements: BetweenStatements;
  readonly printed: Printing;
  /** As the server last reported them (ParameterStatus). */
  private standardConformingStrings = 'on';
  /** Names of pg_catalog's functions that volatile ones of users have too. */
  private overloads: Readonly<Record<string, 'v'>> = {};
  private readonly life: ConnectionLife<PostgresExecution>;
  /** A pooler stands between. */
  pooled = false;

  constructor(
    private readonly dialling: Dialling,
    private readonly options: Pick<ConnectOptions, 'onLost' | 'onState' | 'restore'>,
    readonly times: CancelTimes,
  ) {
    this.life = new ConnectionLife(WORDS, options.onLost);
    const client = makeClient(dialling);
    this.client = client;
    this.watch = new SessionStateWatch(client, (state) => options.onState?.(state));
    this.betweenStatements = new BetweenStatements(this);
    this.printed = new Printing(client, this.watch);
    client.connection.on('errorMessage', (said) => {
      this.life.lastWords = serverFailure(said);
    });
    client.connection.on('readyForQuery', () => {
      this.life.lastWords = null;
    });
    client.connection.on('parameterStatus', ({ parameterName, parameterValue }) => {
      if (parameterName === 'standard_conforming_strings') this.standardConformingStrings = parameterValue;
    });
    client.on('error', (error) => {
      // What was found out here stands above what the server said last.
      if (error instanceof DriverError) this.life.lastWords = error.failure;
      else this.life.endsBy(failureOf(error));
    });
    client.on('end', () => this.life.end());
    client.on('notice', (notice) => {
      const said = serverFailure(notice);
      if (notice.routine === QUITTING) this.life.endsBy(said);
      this.life.running?.query.notice(said);
    });
  }

  get transaction(): TransactionStatus {
    return transactionStatus(this.client.getTransactionStatus());
  }

  get facts(): StatementFacts {
    const { standardConformingStrings } = this;
    return {
      standardConformingStrings,
      clientEncoding: this.betweenStatements.clientEncoding,
      volatility: this.overloads,
    };
  }

  get printing(): readonly string[] {
    return this.printed.settings;
  }

  get state(): SessionState {
    return this.watch.state;
  }

  get isGone(): boolean {
    return this.life.isGone;
  }

  /** Connects, learns who answers, and asks the server to notice when we are gone. */
  async open(): Promise<void> {
    await this.client.connect();
    await this.betweenStatements.begin();
    const [identity = []] = await readText(this.client, IDENTITY);
    const [backendId, startedAt, version, versionNumber, serverStartedAt, address, port] = identity;
    const { start, place } = serverIdOf(serverStartedAt ?? '', address ?? null, port ?? null);
    // A pooler gives its clients keys of its own: the process that answers is not the one that the greeting named.
    this.pooled = backendId != null && Number(backendId) !== this.client.processID;
    if (!this.pooled && Number(versionNumber) >= CLIENT_CHECK_SINCE) {
      await this.watch.setOurs(...CLIENT_CHECK).catch((error: unknown) => {
        // Systems that can't watch a socket refuse it; the connection is as good without.
        if (!isServerMessage(error)) throw error;
      });
    }
    if (this.dialling.readOnly) {
      if (!this.pooled) await this.watch.setOurs(...READ_ONLY);
      this.overloads = Object.fromEntries(
        (await readText(this.client, OVERLOADS)).map(([name]) => [name!, 'v'] as const),
      );
    }
    this.types.learn(await readText(this.client, TypeNames.allText));
    await this.takeUp();
    const { weakness } = this.client.connection.stream;
    this.server = {
      // Behind a pooler the number is the pooler's own, which only a CancelRequest takes; no process of the server has it.
      process: this.pooled
        ? { processId: 0, startedAt: '' }
        : {
            processId: Math.max(0, this.client.processID),
            startedAt: momentOf(startedAt ?? ''),
            ...(serverStartedAt ? { serverId: start + place } : {}),
          },
      // Behind a pooler the next connection may be to another server.
      ...(this.pooled ? {} : { startedAt: momentOf(serverStartedAt ?? '') }),
      flavour: 'PostgreSQL',
      // Packagers add theirs: `15.18 (Debian 15.18-0+deb12u1)`.
      version: versionOf(version ?? ''),
      // Dialling goes on only over TLS once TLS was asked for.
      encrypted: this.dialling.tls !== null,
      ...(weakness ? { weakSignIn: weakness } : {}),
      capabilities: this.pooled
        ? { ...postgres.capabilities, probe: false, pooler: true }
        : postgres.capabilities,
    };
    this.life.opened = true;
  }

  /** Learns what the session has at first, and sets again what the tab's last connection held; the wall stands in any case. */
  private async takeUp(): Promise<void> {
    await this.watch.begin();
    const { restore } = this.options;
    if (!restore) return;
    await this.watch.restore(restore, this.pooled);
    if (this.dialling.readOnly && !this.pooled) await this.watch.setOurs(...READ_ONLY);
  }

  execute(text: string, sink: RowSink, params: Params = [], hints: ExecuteHints = NO_HINTS): Execution {
    this.life.mustBeIdle();
    if (
      [text, hints.copyData ?? null, ...params].some(
        (part) => part !== null && (part.includes('\0') || /\p{Surrogate}/u.test(part)),
      )
    )
      return unsent(
        failureText(
          'statement.malformed',
          'The text holds a character that PostgreSQL can’t take.',
          'client',
        ),
        this.transaction,
      );
    const execution = new PostgresExecution(this, { text, params, sink }, hints);
    this.life.runs(execution);
    if (this.isGone) execution.lose(this.life.failure);
    else execution.start();
    return execution;
  }

  async ping(signal: AbortSignal): Promise<void> {
    await this.life.signOfLife(signal, {
      goneBy: this.isGone ? this.life.failure : null,
      ask: () => readText(this.client, 'select 1'),
      giveUp: (failure) => this.abandon(failure),
      failureOf,
    });
  }

  async close(): Promise<void> {
    const { isGone } = this.life;
    this.life.leave();
    if (isGone) return;
    const timer = setTimeout(() => this.destroy(), CLOSE_TIMEOUT_MS);
    await this.client.end().catch(() => {});
    clearTimeout(timer);
    this.destroy();
  }

  destroy(): void {
    this.life.leave();
    this.client.connection.stream.destroy();
  }

  async requestCancel(
    onSent: () => void,
    onRefused?: (refusal: CancelRefusal) => void,
  ): Promise<CancelDelivery> {
    const { processID: processId, secretKey } = this.client;
    const { tls } = await renewed(this.dialling);
    return sendCancelRequest(
      { ...this.client.connection.stream.address, tls },
      { processId, secretKey },
      this.times.channelMs,
      onSent,
      onRefused,
    );
  }

  abandon(failure: FailureText = WORDS.noSign): void {
    this.life.endsBy(failure);
    this.client.connection.stream.destroy();
  }

  terminate(
    signal: AbortSignal,
    onRefused: (refusal: CancelRefusal) => void,
    isSettled: () => boolean,
  ): Promise<Termination> {
    // Behind a pooler the process that runs the statement is not known, and any other may serve another client.
    if (this.pooled) return Promise.resolve('notDone');
    const { dialling } = this;
    const { host, port } = this.client.connection.stream.address;
    return terminateBackend(
      { ...dialling, address: { host, port } },
      this.server.process,
      isSettled,
      signal,
      onRefused,
    );
  }

  settle(ran: Ran, notice: (notice: FailureText) => void): Promise<boolean> {
    return this.betweenStatements.after(ran, notice);
  }
}

const WORDS = lifeWords(failureText);
