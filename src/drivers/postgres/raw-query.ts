import type { Duplex } from 'node:stream';
import type { TransactionStatus } from '../../events/connection.ts';
import type { FailureText } from '../../events/failure.ts';
import type { Column } from '../../events/result.ts';
import type { RowSink } from '../driver.ts';
import { isServerMessage, serverFailure } from './failure.ts';
import { MessageSplitter, TAG } from './row-reader.ts';
import type { FieldDescription } from './types.ts';

/** What pg's Connection offers a Submittable. Internal to pg 8.23; the contract tests hold it, TLS included. */
export interface PgWire {
  readonly stream: Duplex;
  parse(message: { text: string; name: string }): void;
  bind(message: { values: never[] }): void;
  describe(message: { type: 'P'; name: string }): void;
  execute(message: { portal: string; rows: number }): void;
  sync(): void;
  sendCopyFail(message: string): void;
}

/** How a statement's messages ended. */
export type WireEnd =
  | { readonly type: 'completed'; readonly tag: string }
  | { readonly type: 'failed'; readonly failure: FailureText; readonly fatal: boolean }
  | { readonly type: 'lost'; readonly ran: 'notRun' | 'mayHaveCompleted'; readonly failure: FailureText };

export interface RawQueryOptions {
  readonly text: string;
  readonly sink: RowSink;
  /** Names the types of a RowDescription. */
  readonly columns: (fields: readonly FieldDescription[]) => Column[];
  /** Called once. */
  readonly onEnd: (end: WireEnd) => void;
}

/** COPY … TO STDOUT as a result of one column: each CopyData is a line. */
const COPY_COLUMN: Column = { name: 'copy', type: 'text', numeric: false };

/**
 * One statement by the extended protocol (PostgreSQL manual, "Extended Query"): Parse, Bind, Describe, Execute, Sync on the
 * unnamed statement, everything as text. While it runs it stands before pg's own parser on the socket: DataRows go to the
 * sink as they are, all other messages to that parser, so that pg's state stays right. At ReadyForQuery the parser gets its
 * socket back.
 *
 * Rests on pg's internals: `Client.query(submittable)`, the parser being the socket's `data` listener, and that after an
 * ErrorResponse pg forgets its active query and calls no `handleReadyForQuery`.
 */
export class RawQuery {
  private readonly splitter: MessageSplitter;
  private wire: PgWire | null = null;
  private parserListeners: ((chunk: Buffer) => void)[] = [];
  private tag = '';
  private failure: FailureText | null = null;
  private fatal = false;
  private copying = false;
  private copyFailed = false;
  private ended = false;
  private discarding = false;
  private pausedSince: number | null = null;
  private pausedMs = 0;
  private sentBytes = false;

  constructor(private readonly options: RawQueryOptions) {
    this.splitter = new MessageSplitter({
      dataRows: (bytes, count) => this.dataRows(bytes, count),
      other: (bytes) => this.other(bytes),
      otherEnded: (tag) => {
        if (tag === TAG.readyForQuery) this.readyForQuery();
      },
    });
  }

  /** Time reading was stopped by the sink, in milliseconds. */
  get paused(): number {
    return this.pausedMs + (this.pausedSince === null ? 0 : performance.now() - this.pausedSince);
  }

  /** Called by pg when it is this query's turn. */
  submit(wire: PgWire): Error | null {
    this.wire = wire;
    const { stream } = wire;
    this.parserListeners = stream.listeners('data') as ((chunk: Buffer) => void)[];
    stream.removeAllListeners('data');
    stream.on('data', this.onData);
    this.sentBytes = stream.writable;
    stream.cork();
    wire.parse({ text: this.options.text, name: '' });
    wire.bind({ values: [] });
    wire.describe({ type: 'P', name: '' });
    wire.execute({ portal: '', rows: 0 });
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

  /** The connection is gone; nothing more will come. */
  lose(failure: FailureText): void {
    if (this.failure) this.end({ type: 'failed', failure: this.failure, fatal: this.fatal });
    else this.end({ type: 'lost', ran: this.sentBytes ? 'mayHaveCompleted' : 'notRun', failure });
  }

  handleRowDescription({ fields }: { fields: readonly FieldDescription[] }): void {
    this.options.sink.columns(this.options.columns(fields), 'postgres-datarow');
  }

  handleCommandComplete({ text }: { text: string }): void {
    this.tag = text;
  }

  handleEmptyQuery(): void {
    this.tag = '';
  }

  /** There is nothing to copy from: the server is told so, and its error is put in our words. */
  handleCopyInResponse(wire: PgWire): void {
    this.copyFailed = true;
    wire.sendCopyFail('Querytape has no data to copy from');
    // The Sync that was sent with the statement was read, and ignored, as part of the copy.
    wire.sync();
  }

  handleCopyData({ chunk }: { chunk: Buffer }): void {
    if (!this.copying) {
      this.copying = true;
      this.options.sink.columns([COPY_COLUMN], 'postgres-datarow');
    }
    this.dataRows(copyLine(chunk), 1);
  }

  handlePortalSuspended(): void {}

  /** An ErrorResponse, or pg's word that the connection is gone. */
  handleError(error: Error): void {
    if (!isServerMessage(error)) return;
    this.failure = this.copyFailed ? COPY_UNSUPPORTED : serverFailure(error);
    this.fatal = error.severity === 'FATAL' || error.severity === 'PANIC';
    // After a FATAL nothing comes but the end of the connection, which `lose` is told of.
  }

  handleReadyForQuery(): void {}

  private readonly onData = (chunk: Buffer): void => this.splitter.push(chunk);

  private dataRows(bytes: Buffer, count: number): void {
    if (this.discarding || this.ended) return;
    if (this.options.sink.rows(bytes, count) || this.discarding) return;
    this.pausedSince ??= performance.now();
    this.wire?.stream.pause();
  }

  private other(bytes: Buffer): void {
    for (const listener of this.parserListeners) listener(bytes);
  }

  private readyForQuery(): void {
    if (this.failure) this.end({ type: 'failed', failure: this.failure, fatal: false });
    else this.end({ type: 'completed', tag: this.tag });
  }

  private end(end: WireEnd): void {
    if (this.ended) return;
    this.ended = true;
    this.resume();
    const stream = this.wire?.stream;
    if (stream) {
      stream.removeListener('data', this.onData);
      for (const listener of this.parserListeners) stream.on('data', listener);
    }
    this.options.onEnd(end);
  }
}

const COPY_UNSUPPORTED: FailureText = {
  code: 'copy.unsupported',
  source: 'client',
  message: 'COPY … FROM STDIN needs a file, and Querytape sends none.',
  advice: "Use psql's \\copy, or INSERT. Nothing was copied.",
};

/** A line of COPY as a DataRow of one column, without its newline. */
function copyLine(chunk: Buffer): Buffer {
  const text = chunk.at(-1) === 0x0a ? chunk.subarray(0, -1) : chunk;
  const row = Buffer.allocUnsafe(11 + text.length);
  row[0] = TAG.dataRow;
  row.writeInt32BE(10 + text.length, 1);
  row.writeInt16BE(1, 5);
  row.writeInt32BE(text.length, 7);
  text.copy(row, 11);
  return row;
}

/** ReadyForQuery's status (PostgreSQL manual, "Message Formats"): I idle, T in a transaction, E in a failed one. */
export function transactionStatus(status: string | null): TransactionStatus {
  return status === 'T' ? 'open' : status === 'E' ? 'failed' : 'none';
}
