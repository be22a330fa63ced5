import type { Execution, ExecutionEnd, RowSink } from '../drivers/driver.ts';
import { type FailureText, withoutWords } from '../events/failure.ts';
import { PROGRESS_INTERVAL_MS } from '../events/limits.ts';
import type { QueryFact } from '../events/query.ts';
import type { Column, RowEncoding } from '../events/result.ts';
import { resultIdOf } from '../events/result.ts';
import { rowCodec } from '../events/rows.ts';
import type { ResultPort, ResultsPort } from './ports.ts';
import type { SideStore } from './side-store.ts';

/** A pause shorter than this is the disk catching its breath and not worth a fact. */
const PAUSE_TOLD_MS = 100;

/** What a run of a statement needs. */
export interface StatementRunOptions {
  readonly queryId: string;
  /** Starts the statement. */
  readonly execute: (sink: RowSink) => Execution;
  /** Rows to keep before the statement is stopped; 0 is all. */
  readonly rowsMax: number;
  readonly results: ResultsPort;
  readonly side: SideStore;
  /** Takes the facts, in order. */
  readonly tell: (fact: QueryFact) => void;
  /** Takes what the driver, or the report of its end, throws. */
  readonly defect: (error: unknown) => void;
}

/**
 * Carries one statement's rows from its driver into the result store and says what happens as facts: the first row,
 * progress at most four times a second, pauses that last, and the end.
 */
export class StatementRun implements RowSink {
  readonly execution: Execution;
  private readonly startedAt = performance.now();
  private result: ResultPort | null = null;
  private columnCount = 0;
  private resultSets = 0;
  private encoding: RowEncoding = 'postgres-datarow';
  private rowsHere = 0;
  private bytesHere = 0;
  private notices = 0;
  private toldAt = 0;
  private limited = false;
  private pauseTimer: NodeJS.Timeout | null = null;
  private pauseTold = false;

  constructor(private readonly options: StatementRunOptions) {
    this.execution = options.execute(this);
    this.execution.ended.then((end) => this.ended(end)).catch(options.defect);
  }

  columns(columns: readonly Column[], encoding: RowEncoding): void {
    this.columnCount = Math.max(this.columnCount, columns.length);
    this.encoding = encoding;
    if (columns.length === 0) return;
    const { queryId, results } = this.options;
    this.result?.complete();
    this.resultSets++;
    this.result = results.open(resultIdOf(queryId, this.resultSets), queryId, columns, encoding);
    if (this.options.side.wantsAll(queryId)) this.result.fetchAll();
    this.result.onRoom(() => this.resume());
    this.result.onFull((code) => {
      this.limited = true;
      this.options.side.notice(queryId, fullNotice(code));
      this.options.tell({ type: 'query.resultLimitReached', bytes: this.bytesHere });
    });
  }

  moreColumns(columns: readonly Column[]): void {
    this.columnCount += columns.length;
    this.result?.moreColumns(columns);
  }

  columnsLearned(columns: readonly Column[]): void {
    this.result?.columnsLearned(columns);
  }

  /** Rows are wanted to the end, of this result and of those that follow. */
  fetchAll(): void {
    this.result?.fetchAll();
  }

  rows(bytes: Uint8Array, count: number): boolean {
    if (this.limited || !this.result) return true;
    const { rowsMax, tell } = this.options;
    const first = this.rowsHere === 0;
    const room = rowsMax > 0 ? rowsMax - this.rowsHere : count;
    const over = count > room;
    const go = over ? this.keep(this.head(bytes, room), room) : this.keep(bytes, count);
    if (first) {
      const afterMs = micros(performance.now() - this.startedAt);
      tell({ type: 'query.firstRowArrived', afterMs, columns: this.columnCount });
    }
    this.progress();
    // A statement that has exactly as many rows as asked for ends by itself; the first row too many stops it.
    if (over) {
      this.limited = true;
      tell({ type: 'query.rowLimitReached', rows: this.rowsHere });
      return true;
    }
    // A full result is being stopped: what still comes has to be read, and is thrown away.
    if (this.limited) return true;
    if (!go) this.pause();
    return go;
  }

  private keep(bytes: Uint8Array, count: number): boolean {
    this.rowsHere += count;
    this.bytesHere += bytes.length;
    return count === 0 || this.result!.write(bytes, count);
  }

  notice(notice: FailureText): void {
    this.options.side.notice(this.options.queryId, notice);
    this.notices++;
  }

  /** A notice that can't wait for the end. */
  noticeNow(notice: FailureText): void {
    this.notice(notice);
    this.options.tell({ type: 'query.noticed', notices: this.notices });
  }

  private head(bytes: Uint8Array, count: number): Uint8Array {
    const codec = rowCodec(this.encoding);
    let at = 0;
    for (let row = 0; row < count; row++) at += codec.rowLength(bytes, at);
    return bytes.subarray(0, at);
  }

  private progress(): void {
    const now = performance.now();
    if (now - this.toldAt < PROGRESS_INTERVAL_MS) return;
    this.toldAt = now;
    this.options.tell({ type: 'query.progressed', rows: this.rowsHere, bytes: this.bytesHere });
  }

  private pause(): void {
    this.pauseTimer ??= setTimeout(() => {
      this.pauseTold = true;
      this.options.tell({ type: 'query.paused', rows: this.rowsHere });
    }, PAUSE_TOLD_MS);
  }

  private resume(): void {
    if (this.pauseTimer === null) return;
    this.endPause();
    this.execution.resume();
  }

  private endPause(): void {
    if (this.pauseTimer !== null) clearTimeout(this.pauseTimer);
    this.pauseTimer = null;
    if (this.pauseTold) this.options.tell({ type: 'query.resumed', rows: this.rowsHere });
    this.pauseTold = false;
  }

  private ended(end: ExecutionEnd): void {
    const { queryId, side, tell } = this.options;
    if (this.pauseTimer !== null) clearTimeout(this.pauseTimer);
    this.pauseTimer = null;
    this.result?.complete();
    side.ended(queryId, end.type === 'completed' ? null : end.failure);
    if (this.notices > 0) tell({ type: 'query.noticed', notices: this.notices });
    const { rowsHere: rows, bytesHere: bytes, columnCount: columns, resultSets } = this;
    const { transaction, usable } = end;
    const serverMs = micros(end.serverMs);
    switch (end.type) {
      case 'completed': {
        const { command, rowsAffected } = end;
        const pausedMs = micros(end.pausedMs);
        tell({
          type: 'query.completed',
          rows,
          bytes,
          rowsAffected,
          command,
          columns,
          resultSets,
          serverMs,
          pausedMs,
          transaction,
          usable,
        });
        break;
      }
      case 'failed': {
        const failure = withoutWords(end.failure);
        const { stopped, confirmedAfterMs } = end;
        const confirmed =
          confirmedAfterMs === undefined ? {} : { confirmedAfterMs: micros(confirmedAfterMs) };
        tell({
          type: 'query.failed',
          failure,
          stopped,
          rows,
          bytes,
          serverMs,
          ...confirmed,
          transaction,
          usable,
        });
        break;
      }
      case 'lost':
        tell({ type: 'query.lost', ran: end.ran, failure: withoutWords(end.failure) });
        break;
    }
  }
}

/** Milliseconds to the microsecond, which is as exact as they are. */
export function micros(ms: number): number {
  return Math.max(0, Math.round(ms * 1000) / 1000);
}

function fullNotice(code: string): FailureText {
  return {
    code,
    source: 'client',
    severity: 'WARNING',
    message: `The result takes no more rows (${code}). The rows so far are kept; the statement is stopped on the server.`,
  };
}
