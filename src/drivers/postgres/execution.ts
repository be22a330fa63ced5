import type pg from 'pg';
import type { FailureText } from '../../events/failure.ts';
import type { AfterCancel } from '../../events/query.ts';
import type { Column } from '../../events/result.ts';
import type { CancelObserver, ExecuteHints, Execution, ExecutionEnd } from '../driver.ts';
import { withPlaceAdvice } from '../place-advice.ts';
import { type StatementLink, StatementRun, type StatementStops } from '../statement-run.ts';
import type { Client } from './client.ts';
import type { ColumnOrigins } from './column-origins.ts';
import { commandTag } from './command-tags.ts';
import { failureText } from './failure.ts';
import type { Printing } from './printing.ts';
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
export interface ExecutionLink extends StatementLink, StatementStops {
  readonly client: Client;
  readonly types: TypeNames;
  readonly origins: ColumnOrigins;
  readonly printed: Printing;
  /** What the connection does for itself before it takes the next statement. False when it can't take one. */
  settle(ran: Ran, notice: (notice: FailureText) => void): Promise<boolean>;
  /** Drops the socket. */
  abandon(failure: FailureText): void;
}

/** A result's columns, as far as their types and tables are known. A text that may be another value when it is read again names no row. */
function columnsOf(
  { types, origins }: ExecutionLink,
  fields: readonly FieldDescription[],
  printing: ReturnType<Printing['of']>,
): Column[] {
  return types.columns(fields).map((column, place) => {
    const field = fields[place]!;
    const { printedBy, isAmbiguous } = printing(field.dataTypeID);
    const origin = isAmbiguous ? undefined : origins.of(field);
    return {
      ...column,
      ...(origin ? { origin } : {}),
      ...(printedBy ? { printedBy: [...printedBy] } : {}),
    };
  });
}

/** syntax_error (PostgreSQL manual, appendix A). */
const SYNTAX_ERROR = '42601';
/** query_canceled, and admin_shutdown, which is what a terminated process says (PostgreSQL manual, appendix A). */
const QUERY_CANCELED = '57014';
const ADMIN_SHUTDOWN = '57P01';

/**
 * `EXPLAIN (GENERIC_PLAN)`, whose placeholders have no values, while Bind wants one for each (manual, "EXPLAIN"). It has no semicolon but
 * at its end, so it is one statement however the server reads it.
 */
const GENERIC_PLAN =
  /^(?:\s|--[^\n;]*\n|\/\*[^*;]*\*\/)*explain\s*\([^();]*\bgeneric_plan\b[^();]*\)[^;]*(?:;\s*)?$/i;

/** A statement that runs on the server. */
export class PostgresExecution implements Execution {
  readonly ended: Promise<ExecutionEnd>;
  readonly query: RawQuery;
  private readonly run = new StatementRun<WireEnd>();
  private readonly text: string;

  constructor(
    private readonly link: ExecutionLink,
    { text, params, sink }: Pick<RawQueryOptions, 'text' | 'params' | 'sink'>,
    private readonly hints: ExecuteHints,
  ) {
    this.text = text;
    const printing = link.printed.of(text);
    this.query = new RawQuery({
      text,
      params,
      portalRows: hints.reads && hints.rowsMax > 0 ? hints.rowsMax + 1 : 0,
      isSimple: hints.reads && params.length === 0 && GENERIC_PLAN.test(text),
      ...(hints.copyData === undefined ? {} : { copyData: hints.copyData }),
      answerBytesMax: hints.answerBytesMax ?? Number.POSITIVE_INFINITY,
      sink,
      columns: (fields) => columnsOf(link, fields, printing),
      onEnd: (end) => this.run.settle(end),
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

  lose(failure: FailureText): void {
    this.query.lose(failure);
  }

  cancel(observer: CancelObserver): void {
    this.run.cancel(observer, this.link, {
      begin: () => this.query.discard(),
      abandon: () => {
        this.lose(ABANDONED);
        this.link.abandon(ABANDONED);
      },
    });
  }

  /**
   * A statement that reads can't catch the cancel. Any other may run a PL/pgSQL block that handles `query_canceled`, and go on
   * from there: then the server's word does not tell whether its work was cut short.
   */
  private afterCancel(): { afterCancel?: AfterCancel; rowsDiscarded?: boolean } {
    if (!this.run.isCancelled) return {};
    const { hasDiscarded: rowsDiscarded } = this.query;
    return { afterCancel: this.run.wasAsked && !this.hints.reads ? 'unknown' : 'won', rowsDiscarded };
  }

  private async end(): Promise<ExecutionEnd> {
    const { link, run, text } = this;
    const end = await run.settled;
    const isSafe = await run.channelsClosed();
    const misses = link.types.missedText !== null || link.origins.missedText !== null;
    const isRead = this.hints.reads;
    const isReady =
      isSafe && (await link.settle({ text, isRead, end }, (notice) => this.query.notice(notice)));
    if (misses) this.query.tellColumnsLearned();
    const common = run.common(link, end, isReady, this.query.paused);
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
        ? run.wasAsked && end.failure.code === QUERY_CANCELED
        : run.wasTerminated && end.failure.source === 'server' && end.failure.code === ADMIN_SHUTDOWN;
    if (end.type === 'lost' && !isStopped)
      return { type: 'lost', ran: end.ran, failure: end.failure, ...common };
    return run.failed(withPlaceAdvice(end.failure, { text, syntaxCode: SYNTAX_ERROR }), isStopped, common);
  }
}

const ABANDONED = failureText(
  'cancel.abandoned',
  'The server did not stop the statement; the connection was given up.',
  'client',
);
