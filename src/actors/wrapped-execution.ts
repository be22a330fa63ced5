import type {
  CancelObserver,
  Connection,
  Edit,
  ExecuteHints,
  Execution,
  ExecutionEnd,
  Params,
  RowSink,
} from '../drivers/driver.ts';
import type { Cell } from '../events/edit.ts';
import type { FailureText } from '../events/failure.ts';
import type { Column, RowEncoding } from '../events/result.ts';
import { readRows, rowCodec } from '../events/rows.ts';
import { EDITED_ROW_BYTES_MAX, ENCLOSURE_CLOSE_TIMEOUT_MS } from './limits.ts';
import type { StatementWrapper } from './statement-wrapper.ts';

/**
 * Runs a statement with what stands around it as one execution: it ends when all of it has ended, and as the statement did,
 * unless what stands around it failed. A cancel asks the statement, or what runs before it, to stop. What closes the wrapper
 * (COMMIT, ROLLBACK, RELEASE) is never cancelled: it is bounded, and a connection that does not answer it is given up.
 */
export class WrappedExecution implements Execution {
  readonly ended: Promise<ExecutionEnd>;
  private current: Execution | null = null;
  private observer: CancelObserver | null = null;
  private closing = false;
  /** The server said that a rollback did not take everything back. */
  private isUndone = true;

  constructor(
    private readonly connection: Connection,
    private readonly wrapper: StatementWrapper,
    private readonly statement: Edit & { readonly hints?: ExecuteHints },
    private readonly sink: RowSink,
    /** Takes the row that an edit left. */
    private readonly rowLeft: (row: readonly Cell[]) => void = () => undefined,
  ) {
    this.ended = this.run();
  }

  resume(): void {
    this.current?.resume();
  }

  enough(): void {
    this.current?.enough();
  }

  cancel(observer: CancelObserver): void {
    // Invariant C1.
    if (this.observer || this.closing) return;
    this.observer = observer;
    this.current?.cancel(observer);
  }

  private async run(): Promise<ExecutionEnd> {
    const { before, exactlyOne, keep, undo, always } = this.wrapper;
    const startedAt = performance.now();
    const failed = await this.all(before);
    if (failed) return failed;
    const beforeMs = performance.now() - startedAt;
    const { text, params, hints } = this.statement;
    const own = await (exactlyOne ? this.edit() : this.one(text, this.sink, params, hints));
    // The first row is counted from the same moment.
    const end = { ...own, serverMs: own.serverMs + beforeMs };
    this.closing = true;
    if (end.type === 'lost' || !end.usable) return end;
    if (!exactlyOne) {
      const left = await this.all([...(end.type === 'completed' ? keep : undo), ...always]);
      // It could not leave the read-only transaction, so what it is in now is not known.
      return left ? { ...end, usable: false } : { ...end, transaction: this.connection.transaction };
    }
    const after = await this.all(end.type === 'completed' ? keep : undo);
    // Where undoing fails the statement's own failure says more, but what the connection is in now is that of the last word.
    const { transaction, usable } = after ?? { transaction: this.connection.transaction, usable: end.usable };
    if (end.type === 'failed') {
      const isOurs = end.failure.source === 'client' && !this.isUndone;
      return { ...end, ...(isOurs ? { failure: NOT_UNDONE } : {}), transaction, usable };
    }
    return after ?? { ...end, transaction };
  }

  /** The statements of an edit, in order; fails where it does not touch exactly one row and was not taken (`Edit`). */
  private async edit(): Promise<ExecutionEnd> {
    const { text, params, find, mayBeTaken, readBack } = this.statement;
    if (find) {
      const found = new RowLeft(deaf(this.sink));
      const end = await this.one(find.text, found, find.params);
      if (end.type !== 'completed') return end;
      if (found.count !== 1) return this.notOne(end, found.count);
    }
    const row = new RowLeft(deaf(this.sink));
    const end = await this.one(text, row, params);
    if (end.type !== 'completed') return end;
    // A server that gives the changed rows may count them by that alone.
    const touched = end.rowsAffected ?? row.count;
    if (end.rowsAffected === 0 && mayBeTaken) this.sink.notice(taken(mayBeTaken));
    else if (touched !== 1) return this.notOne(end, touched);
    if (readBack) {
      const read = await this.one(readBack.text, row, readBack.params);
      if (read.type !== 'completed') return read;
    }
    const cells = row.cells();
    if (cells) this.rowLeft(cells);
    return end;
  }

  /** An edit that touched another number of rows than one, as a failure. */
  private async notOne(end: ExecutionEnd, touched: number): Promise<ExecutionEnd> {
    const { findForbidden } = this.statement;
    if (touched !== 0) return failing(end, severalRows(touched));
    if (!findForbidden) return failing(end, CONFLICT);
    const found = new RowLeft(deaf(this.sink));
    const look = await this.one(findForbidden.text, found, findForbidden.params);
    if (look.type !== 'completed') return look;
    return failing(look, found.count === 0 ? CONFLICT : FORBIDDEN);
  }

  /** Runs statements whose rows are not wanted; the end of the first that did not complete, or null. */
  private async all(texts: readonly string[]): Promise<ExecutionEnd | null> {
    for (const text of texts) {
      const end = await this.one(text, this.unwanted(), []);
      if (end.type !== 'completed') return end;
    }
    return null;
  }

  /** Takes no rows, and the notices of a rollback that left something. */
  private unwanted(): RowSink {
    const notice = (notice: FailureText): void => {
      if (this.closing && this.wrapper.notUndone?.includes(notice.code)) this.isUndone = false;
      this.sink.notice(notice);
    };
    return { ...deaf(this.sink), notice };
  }

  private one(text: string, sink: RowSink, params: Params, hints?: ExecuteHints): Promise<ExecutionEnd> {
    const execution = this.connection.execute(text, sink, params, hints);
    if (this.closing) return this.bounded(execution);
    this.current = execution;
    if (this.observer) execution.cancel(this.observer);
    return execution.ended;
  }

  /** The end of what closes the wrapper; the connection is dropped where there is none in time. */
  private async bounded({ ended }: Execution): Promise<ExecutionEnd> {
    const timer = setTimeout(() => this.connection.destroy(), ENCLOSURE_CLOSE_TIMEOUT_MS);
    return ended.finally(() => clearTimeout(timer));
  }
}

/** Takes the one row that an edit leaves. */
class RowLeft implements RowSink {
  private named: Column[] = [];
  private encoding: RowEncoding = 'postgres-datarow';
  private bytes: Uint8Array | null = null;
  /** How many rows came. */
  count = 0;

  constructor(private readonly rest: RowSink) {}

  columns(columns: readonly Column[], encoding: RowEncoding): void {
    this.named = [...columns];
    this.encoding = encoding;
  }

  moreColumns(columns: readonly Column[]): void {
    this.named.push(...columns);
  }

  columnsLearned(): void {}

  rows(bytes: Uint8Array, count: number): boolean {
    this.count += count;
    if (bytes.length <= EDITED_ROW_BYTES_MAX) this.bytes = new Uint8Array(bytes);
    return true;
  }

  notice(notice: FailureText): void {
    this.rest.notice(notice);
  }

  /** The row by column; null where none came. */
  cells(): Cell[] | null {
    if (!this.bytes) return null;
    const [row] = readRows(rowCodec(this.encoding), this.bytes, this.named);
    return row ? this.named.map(({ name }, place) => ({ column: name, value: row[place] ?? null })) : null;
  }
}

/** Hears the server's notices and no rows. */
function deaf(sink: RowSink): RowSink {
  return {
    columns: () => undefined,
    moreColumns: () => undefined,
    columnsLearned: () => undefined,
    rows: () => true,
    notice: (notice) => sink.notice(notice),
  };
}

const CONFLICT: FailureText = {
  code: 'edit.conflict',
  source: 'client',
  message: 'The row is not as it was shown: it was changed or deleted since. This change was not made.',
  advice: 'Read the rows again, then repeat the edit.',
};

const FORBIDDEN: FailureText = {
  code: 'edit.rowSecurity',
  source: 'client',
  message:
    'The row is as it was shown, but the table’s row-level security lets this user read it and not change it so. This change was not made.',
  advice: 'Ask the table’s owner for a policy that allows the change, or connect as another user.',
};

const NOT_UNDONE: FailureText = {
  code: 'edit.notUndone',
  source: 'client',
  message:
    'The edit did not change exactly one row, and the server could not take all of it back: a table that it changed, if only by a trigger, has no transactions.',
  advice: 'Read the rows again to see what was changed.',
};

function failing(end: ExecutionEnd, failure: FailureText): ExecutionEnd {
  const { serverMs, pausedMs, transaction, usable } = end;
  return { type: 'failed', failure, stopped: false, serverMs, pausedMs, transaction, usable };
}

/** The notice of a change that reached the server and touched no row. */
function taken(by: NonNullable<Edit['mayBeTaken']>): FailureText {
  return {
    code: 'edit.taken',
    source: 'client',
    severity: 'NOTICE',
    message: `A ${by} of the table took this change: no row was touched, and what the ${by} did instead is committed or part of the transaction.`,
    advice: 'Run the statement again to see what it did.',
  };
}

function severalRows(touched: number): FailureText {
  return {
    code: 'edit.notOneRow',
    source: 'client',
    message: `The edit would have changed ${touched} rows instead of one, so it was taken back.`,
    advice: 'Write the statement by hand, with a condition that names the row.',
  };
}
