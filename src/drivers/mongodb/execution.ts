import { randomBytes } from 'node:crypto';
import { type Binary, MongoServerError } from 'mongodb';
import type { FailureText } from '../../events/failure.ts';
import type { CancelDelivery } from '../cancel-loop.ts';
import { within } from '../deadline.ts';
import {
  type CancelObserver,
  DriverError,
  type Execution,
  type ExecutionEnd,
  type RowSink,
} from '../driver.ts';
import { type StatementLink, StatementRun } from '../statement-run.ts';
import type { CancelChannel, OnRefused } from './cancel-channel.ts';
import { DocumentOutput } from './document-output.ts';
import { failureOf, failureText, statementFailure } from './failure.ts';
import type { OpenCursor, OperationEnd, OperationLink } from './operation-link.ts';
import { runOperation } from './operation-run.ts';
import type { Session } from './session.ts';
import { commandName, type Document, type DocumentOrigin, type Operation } from './statement/operation.ts';
import { parseStatement } from './statement/parse.ts';
import { StatementError } from './statement/syntax.ts';
import type { MongoTimes } from './times.ts';
import { transactionStep } from './transaction.ts';
import type { Wire } from './wire.ts';

/** What a statement needs of its connection. */
export interface ExecutionLink extends StatementLink {
  readonly wire: Wire;
  readonly session: Session;
  readonly channel: CancelChannel;
  readonly times: MongoTimes;
  /** The current database. */
  database: string;
  readonly hasTransactions: boolean;
  /** Why the connection was lost; null while it is open. */
  readonly goneBy: FailureText | null;
  /** Drops the socket. */
  abandon(failure: FailureText): void;
}

type WireEnd =
  | ({ readonly type: 'completed' } & OperationEnd)
  | { readonly type: 'failed'; readonly failure: FailureText }
  | { readonly type: 'lost'; readonly ran: 'notRun' | 'mayHaveCompleted'; readonly failure: FailureText };

/** Interrupted, CursorKilled and CursorNotFound: what a killed operation says (MongoDB manual, "Error Codes"). */
const STOPPED_CODES: ReadonlySet<string> = new Set(['11601', '237', '43']);
/** CursorNotFound and CursorKilled: where no cancel was sent, the server closed the cursor by itself. */
const CURSOR_CODES: ReadonlySet<string> = new Set(['43', '237']);
const STOPPED: FailureText = {
  code: '11601',
  source: 'server',
  message: 'The statement was stopped as asked: the server has closed its cursor.',
};
const STOPPED_BETWEEN: FailureText = {
  code: '11601',
  source: 'server',
  message: 'The statement was stopped as asked, between two of its commands. What they had done stays.',
};
const TRANSACTION_FAILED: FailureText = {
  ...failureText('251', 'The transaction has failed; nothing but its abort can follow.', 'client'),
  advice: 'Run session.abortTransaction().',
};

/** A statement that runs on the server: one command after the other, and none but when the last has been answered. */
export class MongoExecution implements Execution, OperationLink {
  readonly ended: Promise<ExecutionEnd>;
  private readonly run = new StatementRun<WireEnd>();
  private readonly tag = `querytape ${randomBytes(8).toString('hex')}`;
  private pausedMs = 0;
  private sent = 0;
  private inFlight = false;
  private cursor: OpenCursor | null = null;
  hasEnough = false;
  private closing: Promise<boolean> | null = null;
  /** The last sign that the session is still used; nothing else may be sent before it is answered. */
  private refreshed: Promise<void> = Promise.resolve();
  private wake: (() => void) | null = null;

  constructor(
    private readonly link: ExecutionLink,
    private readonly text: string,
    private readonly sink: RowSink,
  ) {
    void this.perform()
      .catch((error: unknown) => this.broken(error))
      .then((end) => this.run.settle(end));
    this.ended = this.end();
  }

  get database(): string {
    return this.link.database;
  }

  resume(): void {
    this.wake?.();
  }

  enough(): void {
    this.hasEnough = true;
  }

  /** While a batch is handed over nothing is on its way, so only this says that there will be no other. The last one is here. */
  lose(failure: FailureText): void {
    if (!this.wake || !this.cursor) return;
    this.run.settle({ type: 'lost', ran: 'mayHaveCompleted', failure });
    this.wake();
  }

  cancel(observer: CancelObserver): void {
    const { link } = this;
    const stops = {
      times: link.times,
      requestCancel: (onSent: () => void, onRefused: OnRefused) =>
        this.closing
          ? this.closed(onSent, this.closing)
          : link.channel.kill({ tag: this.tag, session: this.sessionId }, onSent, onRefused),
      terminate: (signal: AbortSignal, onRefused: OnRefused) =>
        link.channel.terminate(this.sessionId, signal, onRefused),
    };
    this.run.cancel(observer, stops, {
      begin: () => {
        // Between two batches nothing runs that could be killed: what is open is the cursor.
        if (!this.inFlight && this.cursor) this.closing = this.closeCursor(this.cursor);
        this.wake?.();
      },
      abandon: () => {
        this.run.settle({ type: 'lost', ran: 'mayHaveCompleted', failure: ABANDONED });
        link.abandon(ABANDONED);
      },
    });
  }

  private get sessionId(): Binary | null {
    return this.link.session.lsid?.id ?? null;
  }

  output(origin: DocumentOrigin | null): DocumentOutput {
    return new DocumentOutput(this.guarded(), origin, () => this.room());
  }

  notice(notice: FailureText): void {
    this.guarded().notice(notice);
  }

  async cursorIs(cursor: OpenCursor | null): Promise<void> {
    this.cursor = cursor;
    if (!cursor || !this.run.isCancelled) return;
    this.closing ??= this.closeCursor(cursor);
    if (await this.closing) throw new DriverError(STOPPED);
    throw new DriverError(ABANDONED);
  }

  async closeOpenCursor(): Promise<void> {
    const { cursor } = this;
    if (!cursor) return;
    this.cursor = null;
    if (!(await this.closeCursor(cursor)) && this.link.goneBy) throw new DriverError(this.link.goneBy);
  }

  async send(database: string, command: Document): Promise<Uint8Array> {
    if (this.run.isCancelled && this.sent > 0) throw new DriverError(STOPPED_BETWEEN);
    const { session } = this.link;
    const tagged =
      command.has('comment') || UNTAGGED.has(commandName(command)) ? command : this.tagged(command);
    try {
      return await this.sendRaw(database, session.decorated(tagged));
    } catch (error) {
      if (error instanceof MongoServerError) session.failed();
      throw error;
    }
  }

  /** Sends what is ready to be sent. */
  async sendRaw(database: string, command: object): Promise<Uint8Array> {
    this.sent++;
    this.inFlight = true;
    try {
      return await this.link.wire.command(database, command, 'statement');
    } finally {
      this.inFlight = false;
    }
  }

  /** The comment by which a cancel finds what runs. It is text, as older servers and FerretDB take no other type. */
  private tagged(command: Document): Document {
    return new Map([...command, ['comment', this.tag]]);
  }

  private async perform(): Promise<WireEnd> {
    const { link } = this;
    if (link.goneBy) return { type: 'lost', ran: 'notRun', failure: link.goneBy };
    try {
      const operation = parseStatement(this.text, link.database);
      return { type: 'completed', ...(await this.performed(operation)) };
    } catch (error) {
      if (error instanceof StatementError)
        return { type: 'failed', failure: statementFailure(error, this.text) };
      const failure = failureOf(error);
      if (error instanceof MongoServerError || error instanceof DriverError) {
        // A failed write is reported in a reply that is otherwise well.
        if (failure.source === 'server' && failure !== STOPPED) link.session.failed();
        return { type: 'failed', failure };
      }
      return this.broken(error);
    }
  }

  /** The end of a statement that nothing foresaw: it stays the statement's own. */
  private broken(error: unknown): WireEnd {
    const { link } = this;
    // Nothing is on its way, so the connection is as it was.
    if (this.sent === 0 && !link.wire.isClosed) return { type: 'failed', failure: DEFECT };
    const isDefect = error instanceof TypeError || error instanceof ReferenceError;
    const failure = isDefect ? DEFECT_AFTER : failureOf(error);
    // What was read wrong can't be read on.
    if (!link.wire.isClosed) link.abandon(failure);
    const ran = this.sent > 0 ? 'mayHaveCompleted' : 'notRun';
    return { type: 'lost', ran, failure: link.goneBy ?? failure };
  }

  private async performed(operation: Operation): Promise<OperationEnd> {
    const { link } = this;
    switch (operation.type) {
      case 'use':
        link.database = operation.database;
        return { command: 'USE', rowsAffected: null };
      case 'transaction':
        return transactionStep(operation, link, (command) => this.sendRaw('admin', command), this);
      default:
        if (link.session.transaction === 'failed') throw new DriverError(TRANSACTION_FAILED);
        return runOperation(operation, this);
    }
  }

  /** What became of the request to close the cursor, as a cancel tells it. Bounded. */
  private async closed(onSent: () => void, closing: Promise<boolean>): Promise<CancelDelivery> {
    onSent();
    return (await within(closing, this.link.times.channelMs)) === true ? 'taken' : 'notSent';
  }

  /** The server's word that a cursor is closed. False where it gave none. */
  private async closeCursor({ id, database, collection }: OpenCursor): Promise<boolean> {
    const { session, wire } = this.link;
    const command = new Map<string, unknown>([
      ['killCursors', collection],
      ['cursors', [id]],
    ]) as unknown as Document;
    await this.refreshed;
    return wire.command(database, session.decorated(command)).then(
      () => true,
      () => false,
    );
  }

  /** Waits until the sink takes more, or nothing is to be handed over any more. */
  private async room(): Promise<void> {
    if (!this.run.isCancelled) {
      const pausedAt = performance.now();
      const refreshing = setInterval(() => this.refreshSession(), this.link.times.sessionRefreshMs);
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
      clearInterval(refreshing);
      this.wake = null;
      this.pausedMs += performance.now() - pausedAt;
      await this.refreshed;
    }
    await this.cursorIs(this.cursor);
  }

  /** A cursor lives as long as its session, and a session ends where it is not used (MongoDB manual, "refreshSessions"). */
  private refreshSession(): void {
    const { session, wire } = this.link;
    if (session.lsid === null) return;
    const command = { refreshSessions: [session.lsid] };
    // Where it is refused, the loss of the cursor is reported as the next batch is asked for.
    this.refreshed = this.refreshed.then(() =>
      wire.command('admin', command).then(
        () => undefined,
        () => undefined,
      ),
    );
  }

  /** The sink, which hears nothing once the statement has been given up. */
  private guarded(): RowSink {
    const { sink } = this;
    const go = (): boolean => !this.run.isSettled();
    return {
      columns: (columns, encoding) => void (go() && sink.columns(columns, encoding)),
      moreColumns: (columns) => void (go() && sink.moreColumns(columns)),
      columnsLearned: (columns) => void (go() && sink.columnsLearned(columns)),
      rows: (bytes, count, isGiven) => !go() || sink.rows(bytes, count, isGiven),
      notice: (notice) => void (go() && sink.notice(notice)),
    };
  }

  private async end(): Promise<ExecutionEnd> {
    const { link, run } = this;
    const end = await run.settled;
    const common = run.common(link, end, await run.channelsClosed(), this.pausedMs);
    if (end.type === 'completed')
      return { ...end, ...common, ...(run.isCancelled ? { afterCancel: 'won' as const } : {}) };
    if (end.type === 'lost') return { ...end, ...common };
    const { failure } = end;
    const stopped = run.isCancelled && failure.source === 'server' && STOPPED_CODES.has(failure.code);
    const cursorLost = !stopped && failure.source === 'server' && CURSOR_CODES.has(failure.code);
    return { ...run.failed(failure, stopped, common), ...(cursorLost ? { cursorLost } : {}) };
  }
}

/** Commands that take no comment, or none in older versions. */
const UNTAGGED: ReadonlySet<string> = new Set(['hello', 'killCursors', 'endSessions', 'killSessions']);

const DEFECT = failureText(
  'statement.defect',
  'Querytape could not run this statement because of a defect of its own. Nothing was sent. Please report it.',
  'client',
);
const DEFECT_AFTER = failureText(
  'statement.defect',
  'Querytape could not read the reply because of a defect of its own, so the connection was closed. Please report it.',
  'client',
);
const ABANDONED = failureText(
  'cancel.abandoned',
  'The server did not stop the statement; the connection was given up.',
  'client',
);
