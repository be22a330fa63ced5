import type { TransactionStatus } from '../../events/connection.ts';
import type { FailureText } from '../../events/failure.ts';
import type { Column } from '../../events/result.ts';
import type { Params, RowSink } from '../driver.ts';
import { COPY_UNSUPPORTED, copyChunks, copyColumn, copyRow, NOTHING_TO_COPY } from './copy.ts';
import { isServerMessage, serverFailure } from './failure.ts';
import type { RunningStatement, ServerChannel } from './server-channel.ts';
import type { FieldDescription } from './types.ts';

/** What pg's Connection offers a Submittable. Internal to pg 8.23; the contract tests hold it. */
export interface PgWire {
  readonly stream: ServerChannel;
  /** Simple Query. */
  query(text: string): void;
  parse(message: { text: string; name: string }): void;
  bind(message: { values: readonly (string | null)[] }): void;
  describe(message: { type: 'P'; name: string }): void;
  execute(message: { portal: string; rows: number }): void;
  sync(): void;
  close(message: { type: 'P'; name: string }): void;
  sendCopyFail(message: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
  on(event: 'copyOutResponse', listener: (message: { binary: boolean }) => void): void;
  on(
    event: 'parameterStatus',
    listener: (message: { parameterName: string; parameterValue: string }) => void,
  ): void;
  on(event: 'errorMessage' | 'readyForQuery' | 'closeComplete', listener: (message: Error) => void): void;
  off(event: 'closeComplete', listener: () => void): void;
  off(event: 'copyOutResponse', listener: (message: { binary: boolean }) => void): void;
}

/** How a statement's messages ended. */
export type WireEnd =
  | { readonly type: 'completed'; readonly tag: string }
  | { readonly type: 'failed'; readonly failure: FailureText }
  | { readonly type: 'lost'; readonly ran: 'notRun' | 'mayHaveCompleted'; readonly failure: FailureText };

export interface RawQueryOptions {
  readonly text: string;
  /** The values of `$1`, `$2` …, as text; their types are what the server infers. */
  readonly params: Params;
  /** Rows after which the portal is suspended and closed, for a statement that only reads; 0 is all. */
  readonly portalRows: number;
  /** It goes by the simple protocol, which takes no values, no limit and any number of statements. */
  readonly isSimple: boolean;
  /** What a `COPY … FROM STDIN` reads; it is refused the data where there is none. */
  readonly copyData?: string;
  /** Bytes of its answer beyond which the connection is ended. */
  readonly answerBytesMax: number;
  readonly sink: RowSink;
  /** Names the types of a RowDescription. */
  readonly columns: (fields: readonly FieldDescription[]) => Column[];
  /** Called once. */
  readonly onEnd: (end: WireEnd) => void;
}

/**
 * One statement by the extended protocol (PostgreSQL manual, "Extended Query"): Parse, Bind, Describe, Execute, Sync on the
 * unnamed statement, everything as text; or by the simple one ("Simple Query"). While it runs, DataRows go from the channel to the sink as they are, all other messages
 * to pg's parser, so that pg's state stays right.
 *
 *   submit → [rows ⇄ paused] → ReadyForQuery → completed · failed
 *                  └ connection gone before it → lost
 *
 * Only ReadyForQuery ends a statement: CommandComplete comes before the commit, which may still fail.
 *
 * Rests on pg's internals (8.23): `Client.query(submittable)` calls `submit` and then the `handle…` methods; after an
 * ErrorResponse it forgets its active query and calls no `handleReadyForQuery`; it has sent no Sync of its own by then.
 */
export class RawQuery implements RunningStatement {
  private wire: PgWire | null = null;
  private fields: readonly FieldDescription[] = [];
  private tag = '';
  private failure: FailureText | null = null;
  /** CopyInResponse came, and the last ReadyForQuery that follows from it has not. */
  private copyingIn = false;
  private copyClosed = false;
  private copyingOut: { readonly binary: boolean } | null = null;
  private ended = false;
  private discarding = false;
  private discarded = false;
  private pausedSince: number | null = null;
  private pausedMs = 0;
  private sent = false;
  /** The statement gives rows, if only none. */
  hasColumns = false;

  constructor(private readonly options: RawQueryOptions) {}

  /** Rows came after `discard`. */
  get hasDiscarded(): boolean {
    return this.discarded;
  }

  /** Time reading was stopped by the sink, in milliseconds. */
  get paused(): number {
    return this.pausedMs + (this.pausedSince === null ? 0 : performance.now() - this.pausedSince);
  }

  /** Called by pg when it is this query's turn. */
  submit(wire: PgWire): null {
    const { stream } = wire;
    this.wire = wire;
    stream.take(this, this.options.answerBytesMax);
    wire.on('copyOutResponse', this.onCopyOut);
    // pg writes nothing on a stream that is not writable, so nothing leaves.
    this.sent = stream.writable;
    if (this.options.isSimple) {
      wire.query(this.options.text);
      return null;
    }
    stream.cork();
    wire.parse({ text: this.options.text, name: '' });
    wire.bind({ values: this.options.params });
    wire.describe({ type: 'P', name: '' });
    const { portalRows } = this.options;
    wire.execute({ portal: '', rows: portalRows });
    // A suspended portal holds its snapshot until it is closed.
    if (portalRows > 0) wire.close({ type: 'P', name: '' });
    wire.sync();
    stream.uncork();
    return null;
  }

  /** Reads on after the sink said false. */
  resume(): void {
    if (this.pausedSince === null) return;
    this.pausedMs += performance.now() - this.pausedSince;
    this.pausedSince = null;
    this.wire?.stream.resume();
  }

  /**
   * From now on rows are read and thrown away. A backend that waits for us to read does not see a cancel, so a paused
   * stream goes on.
   */
  discard(): void {
    this.discarding = true;
    this.resume();
  }

  /** The connection is gone before the server's last word on this statement. */
  lose(failure: FailureText): void {
    this.end({ type: 'lost', ran: this.sent ? 'mayHaveCompleted' : 'notRun', failure });
  }

  notice(notice: FailureText): void {
    this.options.sink.notice(notice);
  }

  handleRowDescription({ fields }: { fields: readonly FieldDescription[] }): void {
    this.hasColumns = true;
    this.fields = fields;
    this.options.sink.columns(this.options.columns(fields), 'postgres-datarow');
  }

  /** Names are known now that were not when the columns were first said. */
  tellColumnsLearned(): void {
    if (this.fields.length > 0) this.options.sink.columnsLearned(this.options.columns(this.fields));
  }

  handleCommandComplete({ text }: { text: string }): void {
    this.tag = text;
  }

  handleEmptyQuery(): void {
    this.tag = '';
  }

  /**
   * The data lines are sent, or a CopyFail where there are none, and the server's error is put in our words. While it copies it
   * ignores the Sync that came with the statement, so it needs another ("COPY Operations"); but it may have failed before it began
   * to read, and then it answers both. So a Close follows, and what is ready after its CloseComplete is the end.
   */
  handleCopyInResponse(wire: PgWire): void {
    this.copyingIn = true;
    this.sendCopy(wire);
    wire.sync();
    wire.on('closeComplete', this.onCloseComplete);
    wire.close({ type: 'P', name: '' });
    wire.sync();
  }

  private sendCopy(wire: PgWire): void {
    const { copyData } = this.options;
    if (copyData === undefined) {
      wire.sendCopyFail(NOTHING_TO_COPY);
      return;
    }
    for (const chunk of copyChunks(copyData)) wire.sendCopyFromChunk(chunk);
    wire.endCopyFrom();
  }

  handlePortalSuspended(): void {}

  /** An ErrorResponse. pg also calls it when the connection was lost, which `lose` handles. */
  handleError(error: Error): void {
    if (!isServerMessage(error)) return;
    const isOurs =
      this.copyingIn && this.options.copyData === undefined && error.message.includes(NOTHING_TO_COPY);
    this.failure = isOurs ? COPY_UNSUPPORTED : serverFailure(error);
  }

  handleReadyForQuery(): void {}

  private readonly onCloseComplete = (): void => {
    this.copyClosed = true;
  };

  private readonly onCopyOut = (message: { binary: boolean }): void => {
    this.hasColumns = true;
    this.copyingOut = message;
    this.options.sink.columns([copyColumn(message.binary)], 'postgres-datarow');
  };

  copyData(chunk: Buffer): void {
    this.dataRows(copyRow(chunk, this.copyingOut?.binary ?? false), 1, true);
  }

  dataRows(bytes: Buffer, count: number, isGiven: boolean): void {
    if (this.discarding) this.discarded = true;
    if (this.discarding || this.ended) return;
    if (this.options.sink.rows(bytes, count, isGiven) || this.discarding || this.ended) return;
    this.pausedSince ??= performance.now();
    this.wire?.stream.pause();
  }

  readyForQuery(): void {
    if (this.copyingIn && !this.copyClosed) return;
    if (this.failure) this.end({ type: 'failed', failure: this.failure });
    else this.end({ type: 'completed', tag: this.tag });
  }

  private end(end: WireEnd): void {
    if (this.ended) return;
    this.ended = true;
    this.resume();
    if (this.wire) {
      this.wire.off('copyOutResponse', this.onCopyOut);
      this.wire.off('closeComplete', this.onCloseComplete);
      this.wire.stream.giveBack();
    }
    this.options.onEnd(end);
  }
}

/** ReadyForQuery's status (PostgreSQL manual, "Message Formats"): I idle, T in a transaction, E in a failed one. */
export function transactionStatus(status: string | null): TransactionStatus {
  return status === 'T' ? 'open' : status === 'E' ? 'failed' : 'none';
}
