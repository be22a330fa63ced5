import type pg from 'pg';
import type { TransactionStatus } from '../../events/connection.ts';
import type { FailureText } from '../../events/failure.ts';
import type { AfterCancel } from '../../events/query.ts';
import type { Column } from '../../events/result.ts';
import {
  type CancelDelivery,
  type CancelRefusal,
  type CancelTimes,
  cancelUntilSettled,
} from '../cancel-loop.ts';
import type { CancelObserver, ExecuteHints, Execution, ExecutionEnd, Termination } from '../driver.ts';
import type { Client } from './client.ts';
import type { ColumnOrigins } from './column-origins.ts';
import { commandTag } from './command-tags.ts';
import { failureText } from './failure.ts';
import { RawQuery, type RawQueryOptions, type WireEnd } from './raw-query.ts';
import type { FieldDescription, TypeNames } from './types.ts';

/** A statement that has ended on the wire. */
export interface Ran {
  readonly text: string;
  /** It was proven to read. */
  readonly isRead: boolean;
  readonly end: WireEnd;
}

/** What a statement needs of its connection. */
export interface ExecutionLink {
  readonly client: Client;
  readonly types: TypeNames;
  readonly origins: ColumnOrigins;
  readonly times: CancelTimes;
  readonly transaction: TransactionStatus;
  readonly isGone: boolean;
  /** What the connection does for itself before it takes the next statement. False when it can't take one. */
  settle(ran: Ran, notice: (notice: FailureText) => void): Promise<boolean>;
  /** Sends one CancelRequest and waits until its channel has closed. */
  requestCancel(onSent: () => void): Promise<CancelDelivery>;
  terminate(
    isSettled: () => boolean,
    signal: AbortSignal,
    onRefused: (refusal: CancelRefusal) => void,
  ): Promise<Termination>;
  /** Drops the socket. */
  abandon(): void;
}

/** A result's columns, as far as their types and tables are known. */
function columnsOf({ types, origins }: ExecutionLink, fields: readonly FieldDescription[]): Column[] {
  return types.columns(fields).map((column, place) => {
    const origin = origins.of(fields[place]!);
    return origin ? { ...column, origin } : column;
  });
}

/** query_canceled, and admin_shutdown, which is what a terminated process says (PostgreSQL manual, appendix A). */
const QUERY_CANCELED = '57014';
const ADMIN_SHUTDOWN = '57P01';

/** A statement that runs on the server. */
export class PostgresExecution implements Execution {
  readonly ended: Promise<ExecutionEnd>;
  readonly query: RawQuery;
  private readonly text: string;
  private readonly wireEnd: Promise<WireEnd>;
  private readonly startedAt = performance.now();
  private endedAt: number | null = null;
  private cancelledAt: number | null = null;
  /** A cancel has left before the end, so the server's word that it stopped may be the answer to it. */
  private asked = false;
  private terminated = false;
  private channels: Promise<boolean> = Promise.resolve(true);

  constructor(
    private readonly link: ExecutionLink,
    { text, params, sink }: Pick<RawQueryOptions, 'text' | 'params' | 'sink'>,
    private readonly hints: ExecuteHints,
  ) {
    this.text = text;
    let settle: (end: WireEnd) => void = () => {};
    this.wireEnd = new Promise((resolve) => {
      settle = resolve;
    });
    this.query = new RawQuery({
      text,
      params,
      portalRows: hints.reads && hints.rowsMax > 0 ? hints.rowsMax + 1 : 0,
      ...(hints.copyData === undefined ? {} : { copyData: hints.copyData }),
      answerBytesMax: hints.answerBytesMax ?? Number.POSITIVE_INFINITY,
      sink,
      columns: (fields) => columnsOf(link, fields),
      onEnd: (end) => {
        this.endedAt = performance.now();
        settle(end);
      },
    });
    this.ended = this.end();
  }

  /** Hands the statement to pg, which sends it at once, as nothing else runs. */
  start(): void {
    this.link.client.query(this.query as unknown as pg.Submittable);
  }

  resume(): void {
    this.query.resume();
  }

  /** The portal was given its limit as the statement was sent. */
  enough(): void {}

  cancel(observer: CancelObserver): void {
    if (this.cancelledAt !== null || this.isSettled()) return;
    this.cancelledAt = performance.now();
    this.query.discard();
    const { link } = this;
    const means = {
      settled: this.wireEnd,
      isSettled: this.isSettled,
      request: (onSent: () => void) =>
        link.requestCancel(() => {
          if (!this.isSettled()) this.asked = true;
          onSent();
        }),
      terminate: async (signal: AbortSignal, onRefused: (refusal: CancelRefusal) => void) => {
        this.terminated = true;
        return link.terminate(this.isSettled, signal, onRefused);
      },
      abandon: () => this.abandon(),
    };
    this.channels = cancelUntilSettled(means, observer, link.times);
  }

  private readonly isSettled = (): boolean => this.endedAt !== null;

  /**
   * A statement that reads can't catch the cancel. Any other may run a PL/pgSQL block that handles `query_canceled`, and go on
   * from there: then the server's word does not tell whether its work was cut short.
   */
  private afterCancel(): { afterCancel?: AfterCancel; rowsDiscarded?: boolean } {
    if (this.cancelledAt === null) return {};
    const { hasDiscarded: rowsDiscarded } = this.query;
    return { afterCancel: this.asked && !this.hints.reads ? 'unknown' : 'won', rowsDiscarded };
  }

  private abandon(): void {
    this.query.lose(
      failureText(
        'cancel.abandoned',
        'The server did not stop the statement; the connection was given up.',
        'client',
      ),
    );
    this.link.abandon();
  }

  private async end(): Promise<ExecutionEnd> {
    const end = await this.wireEnd;
    const isSafe = await this.channels;
    const { types, origins } = this.link;
    const misses = types.missedText !== null || origins.missedText !== null;
    const { text } = this;
    const isRead = this.hints.reads;
    const isReady =
      isSafe && (await this.link.settle({ text, isRead, end }, (notice) => this.query.notice(notice)));
    if (misses) this.query.tellColumnsLearned();
    const usable = isReady && end.type !== 'lost' && !this.link.isGone;
    const pausedMs = this.query.paused;
    const common = {
      serverMs: Math.max(0, this.endedAt! - this.startedAt - pausedMs),
      pausedMs,
      usable,
      transaction: usable ? this.link.transaction : 'none',
    } as const;
    if (end.type === 'completed')
      return {
        type: 'completed',
        ...common,
        ...commandTag(end.tag, this.query.hasColumns),
        ...this.afterCancel(),
      };
    // statement_timeout has the same code; only our own cancel can have been what stopped it when we asked.
    const isStopped =
      end.type === 'failed'
        ? this.asked && end.failure.code === QUERY_CANCELED
        : this.terminated && end.failure.source === 'server' && end.failure.code === ADMIN_SHUTDOWN;
    if (end.type === 'lost' && !isStopped)
      return { type: 'lost', ran: end.ran, failure: end.failure, ...common };
    const confirmed = isStopped ? { confirmedAfterMs: this.endedAt! - this.cancelledAt! } : {};
    return { type: 'failed', failure: end.failure, stopped: isStopped, ...confirmed, ...common };
  }
}
