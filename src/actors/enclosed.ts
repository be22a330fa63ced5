import type {
  CancelObserver,
  Connection,
  Driver,
  Execution,
  ExecutionEnd,
  Params,
  RowSink,
} from '../drivers/driver.ts';
import type { FailureText } from '../events/failure.ts';
import { ENCLOSURE_CLOSE_TIMEOUT_MS } from '../events/limits.ts';

/** What has to stand around a statement. */
export interface Enclosure {
  /** Run first; the statement runs only if all of them complete. */
  readonly before: readonly string[];
  /** The statement changes exactly one row, or is undone. */
  readonly exactlyOne: boolean;
  /** Run after the statement: one keeps what it did, the other takes it back. */
  readonly keep: readonly string[];
  readonly undo: readonly string[];
  /** Run after the statement whatever became of it. */
  readonly always: readonly string[];
}

const NOTHING: Enclosure = { before: [], exactlyOne: false, keep: [], undo: [], always: [] };

/** What a statement is, as far as what stands around it depends on it. */
interface Enclosing {
  readonly manualCommit: boolean;
  readonly purpose: string;
  readonly readOnly: boolean;
  /** It was judged to only set what no wall depends on (`Judgement.harmlessSetting`). */
  readonly harmlessSetting?: boolean;
}

/** What a statement needs around it, told by the transaction that its connection is in; null for nothing. */
export function enclosureOf(
  driver: Driver,
  { transaction, server }: Connection,
  { manualCommit, purpose, readOnly, harmlessSetting }: Enclosing,
): Enclosure | null {
  const { readOnlyEnclosure, savepoint } = driver;
  if (readOnly) {
    if (!readOnlyEnclosure) return null;
    const { before, after, keepSetting } = readOnlyEnclosure;
    return harmlessSetting
      ? { ...NOTHING, before, keep: keepSetting, undo: after }
      : { ...NOTHING, before, always: after };
  }
  const begin = server.capabilities.transactions ? driver.transaction({ step: 'begin' }) : [];
  const before = manualCommit && transaction === 'none' ? begin : [];
  if (purpose !== 'edit') return before.length === 0 ? null : { ...NOTHING, before };
  // An engine without savepoints changes one document by one operation, which is atomic by itself.
  if (!savepoint || !server.capabilities.savepoints || begin.length === 0)
    return { ...NOTHING, before, exactlyOne: true };
  if (manualCommit || transaction !== 'none') {
    const { set, release, rollback } = savepoint;
    return {
      ...NOTHING,
      before: [...before, set],
      exactlyOne: true,
      keep: [release],
      undo: [rollback, release],
    };
  }
  const keep = driver.transaction({ step: 'commit' });
  const undo = driver.transaction({ step: 'rollback' });
  return { ...NOTHING, before: begin, exactlyOne: true, keep, undo };
}

/**
 * Runs a statement with what stands around it as one execution: it ends when all of it has ended, and as the statement did,
 * unless what stands around it failed. A cancel asks the statement, or what runs before it, to stop. What closes the enclosure
 * (COMMIT, ROLLBACK, RELEASE) is never cancelled: it is bounded, and a connection that does not answer it is given up.
 */
export class Enclosed implements Execution {
  readonly ended: Promise<ExecutionEnd>;
  private current: Execution | null = null;
  private observer: CancelObserver | null = null;
  private closing = false;

  constructor(
    private readonly connection: Connection,
    private readonly enclosure: Enclosure,
    private readonly statement: { readonly text: string; readonly params: Params },
    private readonly sink: RowSink,
  ) {
    this.ended = this.run();
  }

  resume(): void {
    this.current?.resume();
  }

  cancel(observer: CancelObserver): void {
    if (this.observer || this.closing) return;
    this.observer = observer;
    this.current?.cancel(observer);
  }

  private async run(): Promise<ExecutionEnd> {
    const { before, exactlyOne, keep, undo, always } = this.enclosure;
    const failed = await this.all(before);
    if (failed) return failed;
    const { text, params } = this.statement;
    const end = await this.one(text, this.sink, params);
    this.closing = true;
    if (end.type === 'lost' || !end.usable) return end;
    if (!exactlyOne) {
      const left = await this.all([...(end.type === 'completed' ? keep : undo), ...always]);
      // It could not leave the read-only transaction, so what it is in now is not known.
      return left ? { ...end, usable: false } : { ...end, transaction: this.connection.transaction };
    }
    const touched = end.type === 'completed' ? end.rowsAffected : null;
    const after = await this.all(touched === 1 ? keep : undo);
    // Where undoing fails the statement's own failure says more, but what the connection is in now is that of the last word.
    const { transaction, usable } = after ?? { transaction: this.connection.transaction, usable: end.usable };
    if (end.type === 'failed') return { ...end, transaction, usable };
    if (after) return after;
    if (touched === 1) return { ...end, transaction };
    const { serverMs, pausedMs } = end;
    const failure = touched === 0 ? CONFLICT : severalRows(touched);
    return { type: 'failed', failure, stopped: false, serverMs, pausedMs, transaction, usable };
  }

  /** Runs statements whose rows are not wanted; the end of the first that did not complete, or null. */
  private async all(texts: readonly string[]): Promise<ExecutionEnd | null> {
    for (const text of texts) {
      const end = await this.one(text, deaf(this.sink), []);
      if (end.type !== 'completed') return end;
    }
    return null;
  }

  private one(text: string, sink: RowSink, params: Params): Promise<ExecutionEnd> {
    const execution = this.connection.execute(text, sink, params);
    if (this.closing) return this.bounded(execution);
    this.current = execution;
    if (this.observer) execution.cancel(this.observer);
    return execution.ended;
  }

  /** The end of what closes the enclosure; the connection is dropped where there is none in time. */
  private async bounded({ ended }: Execution): Promise<ExecutionEnd> {
    const timer = setTimeout(() => this.connection.destroy(), ENCLOSURE_CLOSE_TIMEOUT_MS);
    return ended.finally(() => clearTimeout(timer));
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
  message: 'The row is not as it was shown: it was changed or deleted since. Nothing was changed.',
  advice: 'Read the rows again, then repeat the edit.',
};

function severalRows(touched: number | null): FailureText {
  return {
    code: 'edit.notOneRow',
    source: 'client',
    message: `The edit would have changed ${touched ?? 'an unknown number of'} rows instead of one, so it was taken back.`,
    advice: 'Write the statement by hand, with a condition that names the row.',
  };
}
