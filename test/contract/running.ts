import type {
  CancelObserver,
  CatalogueStatement,
  Connection,
  Execution,
  ExecutionEnd,
  Params,
  RowSink,
} from '../../src/drivers/driver.ts';
import type { FailureText } from '../../src/events/failure.ts';
import type { Column, RowEncoding } from '../../src/events/result.ts';
import { rowCodec } from '../../src/events/rows.ts';

/** What a statement gave, and how it ended. */
export interface Outcome {
  readonly columns: readonly Column[] | null;
  readonly rows: readonly (readonly (string | null)[])[];
  readonly notices: readonly FailureText[];
  readonly end: ExecutionEnd;
}

const OVERWRITTEN = 0xee;

/** A sink that stores copies of what it gets, or only counts it, and can refuse to go on. */
export class Collector implements RowSink {
  columnsSeen: readonly Column[] | null = null;
  columnsCalls = 0;
  readonly notices: FailureText[] = [];
  readonly batches: Uint8Array[] = [];
  encoding: RowEncoding | null = null;
  count = 0;
  bytes = 0;
  largestBatch = 0;
  /** Rows given after this was set are counted here. */
  countAfterMark: number | null = null;

  constructor(private readonly options: { readonly keep?: boolean; readonly goOn?: () => boolean } = {}) {}

  columns(columns: readonly Column[], encoding: RowEncoding): void {
    this.columnsSeen = columns;
    this.columnsCalls++;
    this.encoding = encoding;
  }

  moreColumns(columns: readonly Column[]): void {
    this.columnsSeen = [...(this.columnsSeen ?? []), ...columns];
  }

  columnsLearned(columns: readonly Column[]): void {
    this.columnsSeen = columns;
  }

  rows(bytes: Uint8Array, count: number): boolean {
    if (this.columnsSeen === null) throw new Error('rows came before columns');
    this.count += count;
    this.bytes += bytes.length;
    this.largestBatch = Math.max(this.largestBatch, bytes.length);
    if (this.countAfterMark !== null) this.countAfterMark += count;
    if (this.options.keep !== false) this.batches.push(new Uint8Array(bytes));
    // A sink's bytes are lent: whoever still reads them reads this.
    bytes.fill(OVERWRITTEN);
    return this.options.goOn?.() ?? true;
  }

  notice(notice: FailureText): void {
    this.notices.push(notice);
  }

  /** The values of all rows. Batches have to hold whole rows, or this throws. */
  values(): (string | null)[][] {
    if (this.encoding === null) return [];
    const codec = rowCodec(this.encoding);
    const rows: (string | null)[][] = [];
    for (const bytes of this.batches) {
      let at = 0;
      for (; at < bytes.length; at += codec.rowLength(bytes, at))
        rows.push(codec.cells(bytes, at, this.columnsSeen ?? []));
      if (at !== bytes.length) throw new Error('a batch ends within a row');
    }
    if (rows.length !== this.count)
      throw new Error(`${rows.length} rows in batches said to have ${this.count}`);
    return rows;
  }
}

/** Runs a statement to its end. */
export async function run(connection: Connection, text: string, params: Params = []): Promise<Outcome> {
  const sink = new Collector();
  const end = await connection.execute(text, sink, params).ended;
  return { columns: sink.columnsSeen, rows: sink.values(), notices: sink.notices, end };
}

/** Runs a statement that must complete, and gives its rows. */
export async function ask(connection: Connection, text: string): Promise<Outcome['rows']> {
  const { rows, end } = await run(connection, text);
  if (end.type !== 'completed') throw new Error(`${end.type}: ${end.failure.message}: ${text.slice(0, 80)}`);
  return rows;
}

/** What a cancel said, in its order. */
export class CancelLog implements CancelObserver {
  readonly steps: string[] = [];
  readonly refusals: FailureText[] = [];
  refused(failure: FailureText): void {
    this.refusals.push(failure);
  }
  sent(attempt: number): void {
    this.steps.push(`sent ${attempt}`);
  }
  acknowledged(attempt: number, afterMs: number): void {
    if (!(afterMs >= 0)) throw new Error('acknowledged before it was asked');
    this.steps.push(`acknowledged ${attempt}`);
  }
  escalated(step: 'terminate' | 'abandon'): void {
    this.steps.push(step);
  }
}

/** Runs a catalogue statement, and those that it leads to. @throws Error with the server's code and words */
export async function readStatement<T>(connection: Connection, statement: CatalogueStatement<T>): Promise<T> {
  const { rows, columns, end } = await run(connection, statement.text);
  if (end.type !== 'completed') {
    if (statement.refused) return statement.refused();
    throw new Error(`${end.failure.code}: ${end.failure.message}`);
  }
  const next = statement.next?.(rows, columns ?? []);
  return next ? readStatement(connection, next) : statement.read(rows, columns ?? []);
}

/** Whether an execution has ended by now. */
export function endWatch(execution: Execution): { readonly hasEnded: boolean } {
  const watch = { hasEnded: false };
  void execution.ended.then(() => {
    watch.hasEnded = true;
  });
  return watch;
}

/** Waits until something holds; bounded. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  timeoutMs = 60_000,
): Promise<void> {
  const giveUpAt = performance.now() + timeoutMs;
  while (!(await holds())) {
    if (performance.now() > giveUpAt) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
