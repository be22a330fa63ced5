import {
  type Connection,
  type Driver,
  type ExecutionEnd,
  OUR_HINTS,
  type RowSink,
} from '../drivers/driver.ts';
import type { FailureText } from '../events/failure.ts';
import type { Column, RowEncoding } from '../events/result.ts';
import { readRows, rowCodec } from '../events/rows.ts';
import { CATALOGUE_TIMEOUT_MS } from './limits.ts';
import { NOTHING, type StatementWrapper } from './statement-wrapper.ts';
import { WrappedExecution } from './wrapped-execution.ts';

/** What a count came to. */
export interface Counted {
  readonly end: ExecutionEnd;
  /** In digits; null where there is none, and then why. */
  readonly rows: string | null;
  readonly failure: FailureText | null;
}

const UNOBSERVED = { sent() {}, acknowledged() {}, escalated() {} };

/**
 * Counts on the connection that a statement is to run on, so that it sees what the statement would: the tab's settings, and in an
 * open transaction its own changes. Outside of one it runs in a read-only transaction of its own, inside in a savepoint that is
 * rolled back, so that neither its error nor anything it did is left.
 */
export class CountRun {
  readonly ended: Promise<Counted>;
  private readonly execution: WrappedExecution;
  private columns: readonly Column[] = [];
  private encoding: RowEncoding = 'postgres-datarow';
  /** The first rows that came, which are read once it has ended: what can't be read ends the count alone. */
  private answer: Uint8Array | null = null;
  private stopping = false;
  private late = false;

  constructor(driver: Driver, connection: Connection, text: string) {
    const sink: RowSink = {
      columns: (columns, encoding) => {
        this.columns = columns;
        this.encoding = encoding;
      },
      moreColumns: () => undefined,
      columnsLearned: () => undefined,
      rows: (bytes) => {
        this.answer ??= new Uint8Array(bytes);
        return true;
      },
      notice: () => undefined,
    };
    this.execution = new WrappedExecution(
      connection,
      around(driver, connection),
      { text, params: [], hints: { ...OUR_HINTS, reads: true } },
      sink,
    );
    const timer = setTimeout(() => {
      this.late = true;
      this.stop();
    }, CATALOGUE_TIMEOUT_MS);
    this.ended = this.execution.ended.finally(() => clearTimeout(timer)).then((end) => this.counted(end));
  }

  private digits(): string | null {
    return this.answer && digitsOf(readRows(rowCodec(this.encoding), this.answer, this.columns)[0]?.[0]);
  }

  /** Asks the server to stop, as any cancel does. */
  stop(): void {
    this.stopping = true;
    this.execution.cancel(UNOBSERVED);
  }

  private counted(end: ExecutionEnd): Counted {
    const rows = end.type === 'completed' ? this.digits() : null;
    if (rows !== null) return { end, rows, failure: null };
    // A statement that is asked to stop gives no rows any more, though it may win the race to its end.
    const stopped = this.stopping && (end.type === 'completed' || (end.type === 'failed' && end.stopped));
    if (stopped) return { end, rows: null, failure: this.late ? TOO_LONG : STOPPED };
    return { end, rows: null, failure: end.type === 'completed' ? NO_COUNT : end.failure };
  }
}

/** A count in digits: the server's own, or a number of canonical Extended JSON. */
function digitsOf(value: string | null | undefined): string | null {
  return /^(?:\{"\$number(?:Int|Long|Double)":")?(\d+)(?:\.0)?(?:"\})?$/.exec(value ?? '')?.[1] ?? null;
}

function around(driver: Driver, { transaction, server }: Connection): StatementWrapper {
  if (transaction === 'none') {
    const { before = [], after = [] } = driver.readOnlyEnclosure ?? {};
    return { ...NOTHING, before, always: after };
  }
  if (!driver.savepoint || !server.capabilities.savepoints) return NOTHING;
  const { set, rollback, release } = driver.savepoint;
  return { ...NOTHING, before: [set], always: [rollback, release] };
}

const TOO_LONG: FailureText = {
  code: 'count.timeout',
  source: 'client',
  message: `Counting took longer than ${CATALOGUE_TIMEOUT_MS / 1000} s, so it was stopped on the server.`,
};

/** It was asked to stop, by a cancel of the statement, or because its statement has ended. */
export const STOPPED: FailureText = {
  code: 'count.stopped',
  source: 'client',
  message: 'Counting was stopped.',
};

/** An error of the count's would end the transaction where there is no savepoint to go back to. */
export const NO_SAVEPOINT: FailureText = {
  code: 'count.inTransaction',
  source: 'client',
  message: 'Nothing is counted in an open transaction of this server, as an error would end it.',
};

const NO_COUNT: FailureText = {
  code: 'count.none',
  source: 'client',
  message: 'The server answered with no number.',
};
