import type { CancelObserver, Execution, ExecutionEnd, RowSink } from '../drivers/driver.ts';
import type { FailureText } from '../events/failure.ts';
import type { CancelReason, QueryFact } from '../events/query.ts';
import type { Column, Cut, RowEncoding } from '../events/result.ts';
import { resultIdOf } from '../events/result.ts';
import { rowCodec } from '../events/rows.ts';
import { type ConfirmedEnd, endFact } from './end-fact.ts';
import { DISK_WAIT_MAX_MS, PAUSE_RECORDED_MS, PROGRESS_INTERVAL_MS } from './limits.ts';
import { micros } from './micros.ts';
import type { ResultPort, ResultsPort } from './ports.ts';
import { cutAtEnd, cutByRefusal, cutNotice } from './result-cut.ts';
import type { SideStore } from './side-store.ts';

/** What a run of a statement needs. */
interface StatementRunOptions {
  readonly queryId: string;
  /** Starts the statement. */
  readonly execute: (sink: RowSink) => Execution;
  /** Rows to keep; 0 is all. */
  readonly rowsMax: number;
  /** Bytes to fetch though the reader has not come to them. */
  readonly fetchAheadBytes: number;
  /** It is proven to only read. */
  readonly reads: boolean;
  /**
   * It may wait for its reader, and be stopped where its rows are too many: it only reads, and no transaction would fail with
   * it. Any other statement is read to its end, whatever becomes of its rows.
   */
  readonly harmless: boolean;
  /** Whether another statement waits for its connection. */
  readonly isAwaited: () => boolean;
  readonly results: ResultsPort;
  readonly side: SideStore;
  /** Takes the facts, in order. */
  readonly tell: (fact: QueryFact) => void;
  /** Takes what the driver, or the report of its end, throws. */
  readonly defect: (error: unknown) => void;
}

/**
 * Carries one statement's rows from its driver into the result store and says what happens as facts: the first row, progress at
 * most four times a second, pauses that last, limits that are reached, and the end.
 *
 *   rows → result ─ over a limit, the disk refuses ─→ thrown away: `cut`
 *            ⇅ beyond `fetchAheadBytes`, where the statement is harmless and no other one waits for its connection
 *          paused
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
  /** When progress was last reported; the first row is a report of its own. */
  private toldAt = this.startedAt;
  /** Why rows are thrown away from now on. */
  private cut: Cut | null = null;
  /** Rows of the last result were thrown away. */
  private thrownAway = false;
  /** Rows of any result were. */
  private everThrownAway = false;
  /** Why the statement was asked to stop. */
  private reason: CancelReason | null = null;
  private pauseTimer: NodeJS.Timeout | null = null;
  private diskTimer: NodeJS.Timeout | undefined;
  private progressTimer: NodeJS.Timeout | undefined;
  private pauseTold = false;
  private everPaused = false;

  constructor(private readonly options: StatementRunOptions) {
    this.execution = options.execute(this);
    this.execution.ended.then((end) => this.ended(end)).catch(options.defect);
  }

  /** Asks the server to stop the statement. */
  cancel(reason: CancelReason, observer: CancelObserver): void {
    this.reason ??= reason;
    this.execution.cancel(observer);
  }

  columns(columns: readonly Column[], encoding: RowEncoding): void {
    this.columnCount = Math.max(this.columnCount, columns.length);
    this.encoding = encoding;
    const { queryId, results } = this.options;
    this.completeResult(null);
    this.resultSets++;
    this.result = results.open(resultIdOf(queryId, this.resultSets), queryId, columns, encoding);
    this.result.fetchAhead(this.aheadBytes);
    this.result.onRoom(() => this.resume());
    this.result.onFull((code) => this.throwAway(cutByRefusal(code), code));
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
    this.result?.fetchAhead(Number.POSITIVE_INFINITY);
    if (this.pauseTimer !== null) this.armDiskLimit();
  }

  rows(bytes: Uint8Array, count: number, isGiven = false): boolean {
    if (!this.result) return true;
    if (this.cut !== null) {
      this.rowsLacking();
      return true;
    }
    const { rowsMax, tell } = this.options;
    const first = this.rowsHere === 0;
    const room = rowsMax > 0 ? rowsMax - this.rowsHere : count;
    const over = count > room;
    const go = over ? this.keep(this.head(bytes, room), room, false) : this.keep(bytes, count, isGiven);
    if (first) {
      const afterMs = micros(performance.now() - this.startedAt);
      tell({ type: 'query.firstRowArrived', afterMs, columns: this.columnCount });
    }
    this.progress();
    // A statement that has exactly as many rows as asked for ends by itself; the first row too many cuts its result.
    if (over && this.cut === null) this.throwAway('rowLimit');
    // These are among those that are thrown away.
    if (this.cut !== null) this.rowsLacking();
    if (go || this.cut !== null) return true;
    return this.pause();
  }

  private keep(bytes: Uint8Array, count: number, isGiven: boolean): boolean {
    if (count === 0) return true;
    const go = this.result!.write(bytes, count, isGiven);
    // A result that is full by now has not taken them.
    if (this.cut === null) {
      this.rowsHere += count;
      this.bytesHere += bytes.length;
    }
    return go;
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

  private get aheadBytes(): number {
    const { harmless, isAwaited, side, queryId, fetchAheadBytes } = this.options;
    const all = !harmless || side.wantsAll(queryId) || isAwaited();
    return all ? Number.POSITIVE_INFINITY : fetchAheadBytes;
  }

  private head(bytes: Uint8Array, count: number): Uint8Array {
    const codec = rowCodec(this.encoding);
    let at = 0;
    for (let row = 0; row < count; row++) at += codec.rowLength(bytes, at);
    return bytes.subarray(0, at);
  }

  /** Reports the rows at once or, after a report, when its interval is over: the server may send no more for a long time. */
  private progress(): void {
    const leftMs = this.toldAt + PROGRESS_INTERVAL_MS - performance.now();
    if (leftMs > 0) {
      this.progressTimer ??= setTimeout(() => this.tellProgress(), leftMs);
      return;
    }
    this.tellProgress();
  }

  private tellProgress(): void {
    this.endProgress();
    this.toldAt = performance.now();
    this.options.tell({ type: 'query.progressed', rows: this.rowsHere, bytes: this.bytesHere });
  }

  private endProgress(): void {
    clearTimeout(this.progressTimer);
    this.progressTimer = undefined;
  }

  /**
   * From now on rows are thrown away. A harmless statement is stopped on the server, which the fact asks for; any other is read
   * to its end, unless its protocol can end it without an error.
   */
  private throwAway(cut: Cut, code: string = cut): void {
    if (this.cut !== null) return;
    const { harmless, reads, tell } = this.options;
    const readOn = harmless ? {} : ({ readOn: true } as const);
    this.cut = cut;
    if (cut === 'rowLimit') tell({ type: 'query.rowLimitReached', rows: this.rowsHere, ...readOn });
    else {
      this.notice(cutNotice(cut, code, harmless));
      tell({ type: 'query.resultLimitReached', bytes: this.bytesHere, cut, ...readOn });
    }
    if (harmless) return;
    if (reads) {
      this.rowsLacking();
      this.execution.enough();
    }
    this.resume();
  }

  private rowsLacking(): void {
    this.thrownAway = true;
    this.everThrownAway = true;
  }

  /** False: reading stops until there is room. */
  private pause(): boolean {
    if (this.options.isAwaited()) this.fetchAll();
    const cause = this.result!.pressure;
    if (cause === null) return true;
    if (cause === 'disk') this.armDiskLimit();
    this.pauseTimer ??= setTimeout(() => {
      this.pauseTold = true;
      this.everPaused = true;
      // The pause reports the rows itself.
      this.endProgress();
      const { rowsHere: rows, bytesHere: bytes } = this;
      this.options.tell({ type: 'query.paused', rows, bytes, cause: this.isHeldByDisk ? 'disk' : 'budget' });
    }, PAUSE_RECORDED_MS);
    return false;
  }

  private armDiskLimit(): void {
    clearTimeout(this.diskTimer);
    const { spilledBytes } = this.result!.meta();
    this.diskTimer = setTimeout(() => {
      if (!this.isHeldByDisk) return;
      if (this.result!.meta().spilledBytes > spilledBytes) this.armDiskLimit();
      else this.throwAway('diskSlow');
    }, DISK_WAIT_MAX_MS);
  }

  /** Reading waits for the disk, not for its reader. */
  private get isHeldByDisk(): boolean {
    return this.result!.pressure === 'disk';
  }

  private resume(): void {
    if (this.pauseTimer === null) return;
    this.endPause();
    if (this.pauseTold) this.options.tell({ type: 'query.resumed', rows: this.rowsHere });
    this.pauseTold = false;
    this.execution.resume();
  }

  private endPause(): void {
    clearTimeout(this.diskTimer);
    if (this.pauseTimer !== null) clearTimeout(this.pauseTimer);
    this.pauseTimer = null;
  }

  private completeResult(cut: Cut | null): void {
    this.result?.complete(this.thrownAway ? this.cut : cut);
    this.thrownAway = false;
  }

  private ended(end: ExecutionEnd): void {
    this.endPause();
    // The fact of a loss counts no rows: those that no report has told of yet would be here and not be shown.
    if (end.type === 'lost' && this.progressTimer !== undefined) this.tellProgress();
    this.endProgress();
    const final = this.stoppedAtRowLimit(end);
    const own = this.everThrownAway || final.type !== 'completed' || final.rowsDiscarded ? this.cut : null;
    const cut = this.resultSets === 0 ? null : cutAtEnd(final, own, this.reason);
    this.completeResult(cut);
    const failure = final.type === 'completed' ? null : this.withPause(final.failure);
    this.options.side.ended(this.options.queryId, failure);
    if (this.notices > 0) this.options.tell({ type: 'query.noticed', notices: this.notices });
    const { rowsHere: rows, bytesHere: bytes, columnCount: columns, resultSets, reason } = this;
    this.options.tell(endFact(final, { rows, bytes, columns, resultSets, cut, reason }));
  }

  /** A statement that was stopped at the row limit did what it was asked for, so it is completed. */
  private stoppedAtRowLimit(end: ExecutionEnd): ConfirmedEnd {
    if (end.type !== 'failed' || !end.stopped || this.reason !== 'rowLimit') return end;
    const { serverMs, pausedMs, transaction, usable, confirmedAfterMs } = end;
    const stopped = { command: '', rowsAffected: null, serverMs, pausedMs, transaction, usable };
    return { type: 'completed', ...stopped, ...(confirmedAfterMs === undefined ? {} : { confirmedAfterMs }) };
  }

  /** A server's time limits go on while it waits for its reader. */
  private withPause(failure: FailureText): FailureText {
    const isLimit = failure.stoppedBy === 'limit';
    if (!this.everPaused || this.reason !== null || (failure.advice && !isLimit)) return failure;
    return { ...failure, advice: AFTER_PAUSE };
  }
}

const AFTER_PAUSE =
  'Reading had been paused, and a time limit of the server goes on in that time. If that ended the statement, run it again with **Fetch all**, or ask for fewer rows.';
