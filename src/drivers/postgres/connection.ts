import type { ConnectionOptions } from 'node:tls';
import pg from 'pg';
import type { Server, TransactionStatus } from '../../events/connection.ts';
import type { FailureText } from '../../events/failure.ts';
import { CLIENT_CHECK_INTERVAL_MS, CLOSE_TIMEOUT_MS } from '../../events/limits.ts';
import type { Target } from '../../events/profile.ts';
import {
  type CancelObserver,
  type Connection,
  type ConnectOptions,
  DriverError,
  type Execution,
  type ExecutionEnd,
  type RowSink,
} from '../driver.ts';
import { type CancelTimes, cancelUntilSettled } from './cancel.ts';
import { sendCancelRequest } from './cancel-request.ts';
import { POSTGRES_CAPABILITIES } from './capabilities.ts';
import { failureOf, isServerMessage, type ServerMessage, serverFailure } from './failure.ts';
import { type PgWire, RawQuery, transactionStatus, type WireEnd } from './raw-query.ts';
import { tlsOptions } from './tls.ts';
import { TypeNames } from './types.ts';

/** pg.Client with the internals that this driver rests on (pg 8.23). */
type Client = pg.Client & {
  readonly connection: PgWire;
  readonly processID: number;
  readonly secretKey: number;
  getTransactionStatus(): string | null;
};

/** When this backend started, in one spelling whatever DateStyle and TimeZone say. */
const STARTED_AT = `pg_catalog.to_char(backend_start at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

const IDENTITY = `select ${STARTED_AT}, pg_catalog.current_setting('server_version'),
  pg_catalog.current_setting('server_version_num')
  from pg_catalog.pg_stat_activity where pid = pg_catalog.pg_backend_pid()`;

/** Version 14 brought the setting; the systems that can't watch a socket refuse it, which hurts nobody. */
const CLIENT_CHECK_SINCE = 140_000;

const TERMINATE = `select pg_catalog.pg_terminate_backend(pid) from pg_catalog.pg_stat_activity
  where pid = $1 and ${STARTED_AT} = $2 and state = 'active'`;

/** Commands after which there may be types that were not there before. */
const MAKES_TYPES = /^(CREATE|ALTER) (TYPE|DOMAIN|EXTENSION)|^DO$|^ROLLBACK$/;

function makeClient(target: Target, tls: ConnectionOptions | null, options: ConnectOptions): Client {
  const { host, port, user, database } = target;
  return new pg.Client({
    host,
    port,
    user,
    database,
    password: () => options.password() ?? '',
    ssl: tls ?? false,
    application_name: options.applicationName,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  }) as Client;
}

/** Runs a statement of ours while nothing else runs, and gives its rows as text. */
async function readText(client: Client, text: string, values: string[] = []): Promise<string[][]> {
  const types = { getTypeParser: () => (value: string) => value };
  const { rows } = await client.query<string[]>({ text, values, rowMode: 'array', types });
  return rows;
}

/** Opens a connection. @throws DriverError */
export async function openConnection(
  target: Target,
  options: ConnectOptions,
  times: CancelTimes,
): Promise<PostgresConnection> {
  const tls = await tlsOptions(target);
  const client = makeClient(target, tls, options);
  const connection = new PostgresConnection(client, target, tls, options, times);
  const abort = (): void => connection.destroy();
  options.signal.addEventListener('abort', abort, { once: true });
  try {
    options.signal.throwIfAborted();
    await client.connect();
    await connection.begin();
    return connection;
  } catch (error) {
    connection.destroy();
    throw error instanceof DriverError ? error : new DriverError(failureOf(error), { cause: error });
  } finally {
    options.signal.removeEventListener('abort', abort);
  }
}

/** One connection to PostgreSQL. */
export class PostgresConnection implements Connection {
  server!: Server;
  private readonly types = new TypeNames();
  private running: { readonly query: RawQuery; readonly sink: RowSink } | null = null;
  private lastWords: FailureText | null = null;
  private leaving = false;
  private opened = false;
  private gone = false;

  constructor(
    private readonly client: Client,
    private readonly target: Target,
    private readonly tls: ConnectionOptions | null,
    private readonly options: ConnectOptions,
    private readonly times: CancelTimes,
  ) {
    client.on('error', (error) => {
      this.lastWords ??= failureOf(error);
    });
    client.on('end', () => this.ended());
    client.on('notice', (notice) => this.running?.sink.notice(serverFailure(notice as ServerMessage)));
  }

  get transaction(): TransactionStatus {
    return transactionStatus(this.client.getTransactionStatus());
  }

  /** Learns who answers, and asks the server to notice when we are gone. */
  async begin(): Promise<void> {
    const [identity] = await readText(this.client, IDENTITY);
    const [startedAt = '', version = '', number = '0'] = identity ?? [];
    if (Number(number) >= CLIENT_CHECK_SINCE)
      await readText(
        this.client,
        `select pg_catalog.set_config('client_connection_check_interval', '${CLIENT_CHECK_INTERVAL_MS}', false)`,
      ).catch((error: unknown) => {
        if (!isServerMessage(error)) throw error;
      });
    await this.readTypes();
    this.server = {
      process: { processId: this.client.processID, startedAt },
      flavour: 'PostgreSQL',
      version: version.split(' ')[0] ?? version,
      encrypted: this.tls !== null,
      capabilities: POSTGRES_CAPABILITIES,
    };
    this.opened = true;
  }

  execute(text: string, sink: RowSink): Execution {
    const { client } = this;
    const startedAt = performance.now();
    let settled = false;
    let cancelledAt: number | null = null;
    let channels: Promise<boolean> = Promise.resolve(true);
    let settle: (end: WireEnd) => void = () => {};
    const wireEnd = new Promise<WireEnd>((resolve) => {
      settle = resolve;
    });
    let endedAt = startedAt;
    const query = new RawQuery({
      text,
      sink,
      columns: (fields) => this.types.columns(fields),
      onEnd: (end) => {
        settled = true;
        endedAt = performance.now();
        this.running = null;
        settle(end);
      },
    });
    this.running = { query, sink };
    if (this.gone) query.lose(this.lastWords ?? CLOSED);
    else client.query(query as unknown as pg.Submittable);
    const ended = wireEnd.then(async (end): Promise<ExecutionEnd> => {
      const safe = await channels;
      await this.readNewTypes(end);
      return this.executionEnd(end, {
        safe,
        pausedMs: query.paused,
        serverMs: endedAt - startedAt - query.paused,
        confirmedAfterMs: cancelledAt === null ? null : endedAt - cancelledAt,
      });
    });
    return {
      ended,
      resume: () => query.resume(),
      cancel: (observer) => {
        if (cancelledAt !== null || settled) return;
        cancelledAt = performance.now();
        query.discard();
        channels = this.cancel(observer, wireEnd, () => settled);
      },
    };
  }

  async ping(signal: AbortSignal): Promise<void> {
    const abort = (): void => this.destroy();
    signal.addEventListener('abort', abort, { once: true });
    try {
      await readText(this.client, 'select 1');
    } catch (error) {
      throw new DriverError(failureOf(error), { cause: error });
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  async close(): Promise<void> {
    this.leaving = true;
    if (this.gone) return;
    const timer = setTimeout(() => this.destroy(), CLOSE_TIMEOUT_MS);
    await this.client.end().catch(() => undefined);
    clearTimeout(timer);
    this.destroy();
  }

  destroy(): void {
    this.leaving = true;
    this.client.connection.stream.destroy();
  }

  private cancel(
    observer: CancelObserver,
    wireEnd: Promise<WireEnd>,
    isSettled: () => boolean,
  ): Promise<boolean> {
    const { client, target, tls, times } = this;
    const key = { processId: client.processID, secretKey: client.secretKey };
    const address = { host: target.host, port: target.port, tls };
    return cancelUntilSettled(
      {
        settled: wireEnd,
        isSettled,
        request: () => sendCancelRequest(address, key, times.channelMs),
        terminate: (signal) => this.terminate(signal),
        abandon: () => client.connection.stream.destroy(),
      },
      observer,
      times,
    );
  }

  /** Ends our own backend from another connection, after checking that it is still ours and still runs. */
  private async terminate(signal: AbortSignal): Promise<void> {
    const side = makeClient(this.target, this.tls, { ...this.options, applicationName: 'querytape cancel' });
    side.on('error', () => undefined);
    const abort = (): void => void side.connection.stream.destroy();
    signal.addEventListener('abort', abort, { once: true });
    try {
      await side.connect();
      const { processId, startedAt } = this.server.process;
      await readText(side, TERMINATE, [String(processId), startedAt]);
    } catch {
      // The next step is to give the connection up, which needs nobody's consent.
    } finally {
      signal.removeEventListener('abort', abort);
      side.connection.stream.destroy();
    }
  }

  /** Told by pg once, when the socket has closed. */
  private ended(): void {
    if (this.gone) return;
    this.gone = true;
    const failure = this.lastWords ?? CLOSED;
    this.running?.query.lose(failure);
    if (this.opened && !this.leaving) this.options.onLost(failure);
  }

  private executionEnd(
    end: WireEnd,
    {
      safe,
      ...times
    }: { safe: boolean; serverMs: number; pausedMs: number; confirmedAfterMs: number | null },
  ): ExecutionEnd {
    const { serverMs, pausedMs, confirmedAfterMs } = times;
    const usable = safe && !this.gone;
    const common = { serverMs, pausedMs, usable, transaction: usable ? this.transaction : 'none' } as const;
    switch (end.type) {
      case 'completed':
        return { type: 'completed', ...common, ...commandTag(end.tag) };
      case 'failed': {
        // 57014 is also what the server's own statement_timeout says; 57P01 is our own terminate.
        const { code } = end.failure;
        const stopped = confirmedAfterMs !== null && (code === '57014' || (end.fatal && code === '57P01'));
        if (end.fatal && !stopped)
          return { type: 'lost', ran: 'mayHaveCompleted', failure: end.failure, ...common };
        const confirmed = stopped ? { confirmedAfterMs } : {};
        return { type: 'failed', failure: end.failure, stopped, ...confirmed, ...common };
      }
      case 'lost':
        return { type: 'lost', ran: end.ran, failure: end.failure, ...common, usable: false };
    }
  }

  private async readTypes(): Promise<void> {
    this.types.read(await readText(this.client, TypeNames.query));
  }

  /** Before the next statement gets its turn: part of this one's time on the connection. */
  private async readNewTypes(end: WireEnd): Promise<void> {
    const made = end.type === 'completed' && MAKES_TYPES.test(end.tag);
    if (this.gone || this.transaction === 'failed' || !(made || this.types.missed)) return;
    await this.readTypes().catch(() => undefined);
  }
}

const CLOSED: FailureText = {
  code: 'connection.closed',
  source: 'connection',
  message: 'The server closed the connection without a word.',
  advice: 'Check whether the server still runs, then open the connection again.',
};

/** CommandComplete's tag: `INSERT 0 5`, `SELECT 3`, `CREATE TABLE` (PostgreSQL manual, "Message Formats"). */
export function commandTag(tag: string): { command: string; rowsAffected: number | null } {
  const [, command = '', count] = /^([A-Z ]*?)(?: \d+)?(?: (\d+))?$/.exec(tag) ?? [];
  return { command, rowsAffected: count === undefined ? null : Number(count) };
}
