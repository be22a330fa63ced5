import { KIB } from '../../events/limits.ts';
import type { Column, Cut, ResultMeta, RowEncoding } from '../../events/result.ts';
import { encodeWindowHeader, WINDOW_HEADER_BYTES } from '../../events/window-frame.ts';
import { ResultDroppedError } from './result-dropped.ts';
import type { ResultHost } from './result-host.ts';
import { type Pressure, SourcePause } from './source-pause.ts';
import { StoredRows } from './stored-rows.ts';

/** Whole rows, in the server's own bytes. */
interface RowBatch {
  readonly bytes: Uint8Array;
  readonly count: number;
}

/** What any result has of index and columns: RESULTS_MAX bounds how often. */
const BESIDES_FREE_BYTES = 16 * KIB;
/** What `rowsFrom` yields at a time: this part of the largest window, 1 MiB. */
const EXPORT_PART = 16;

/**
 * The rows of one result set (`StoredRows`): how far they are wanted, when their source should pause, and whether all are here.
 *
 *   row 0 ──────── furthest row asked for ──────── rows here
 *                  └─ beyond so many bytes the source pauses ─┘
 */
export class Result {
  readonly resultId: string;
  readonly queryId: string;
  readonly encoding: RowEncoding;
  #columns: readonly Column[];
  readonly #host: ResultHost;
  #columnBytes = 0;
  readonly #stored: StoredRows;
  readonly #pause: SourcePause;
  #complete = false;
  #cut: Cut | null = null;
  #dropped = false;
  /** Index and columns, as far as they are more than any result has. */
  #besidesBytes = 0;
  #fullCode: string | undefined;
  #onFull: (code: string) => void = () => {};
  /** Who waits for rows or for the end. */
  readonly #waiting: (() => void)[] = [];

  constructor(
    host: ResultHost,
    resultId: string,
    queryId: string,
    columns: readonly Column[],
    encoding: RowEncoding,
  ) {
    this.#host = host;
    this.resultId = resultId;
    this.queryId = queryId;
    this.#columns = columns;
    this.encoding = encoding;
    this.#stored = new StoredRows(encoding, {
      limits: host.limits,
      pool: host.pool,
      budget: () => Math.max(0, host.memoryBudget(this) - this.#besidesBytes),
      openSpill: host.openSpill,
      changed: host.changed,
      spilled: () => this.#room(),
      refused: (code) => this.#refused(code),
      indexed: () => this.#countBesides(),
    });
    this.#pause = new SourcePause(this.#stored, host.limits);
    this.columnsLearned(columns);
  }

  get columns(): readonly Column[] {
    return this.#columns;
  }

  /** Rows here. */
  get rows(): number {
    return this.#stored.rows;
  }

  /** Bytes here, in memory and on disk. */
  get bytes(): number {
    return this.#stored.bytes;
  }

  get memoryBytes(): number {
    return this.#stored.memoryBytes;
  }

  get spilledBytes(): number {
    return this.#stored.spilledBytes;
  }

  /** Index and columns in memory, beyond BESIDES_FREE_BYTES. */
  get besidesBytes(): number {
    return this.#besidesBytes;
  }

  /** No more rows will come. */
  get isComplete(): boolean {
    return this.#complete;
  }

  /** Why the source should pause now, or stay paused; or null. */
  get pressure(): Pressure | null {
    if (this.#fullCode !== undefined) return 'full';
    return this.#dropped ? null : this.#pause.pressure;
  }

  /** Why no more is taken: `result.full` at RESULT_BYTES_MAX, or the disk's own code, such as `ENOSPC`. */
  get fullCode(): string | undefined {
    return this.#fullCode;
  }

  /**
   * Takes `count` whole rows by copying them; bytes that are given (`isGiven`) are the result's from then on. False asks the source to pause until
   * `onRoom`; what it sends nevertheless is taken, unless the result is full. After `drop`, rows are thrown
   * away.
   * @throws RangeError for bytes that are not `count` whole rows: a driver's mistake
   */
  write(bytes: Uint8Array, count: number, isGiven = false): boolean {
    if (this.#dropped) return true;
    if (this.#complete) throw new RangeError('rows after the end of the result');
    if (this.#fullCode === undefined && this.bytes + bytes.length > this.#host.limits.resultBytesMax) {
      this.#full('result.full');
    }
    if (this.#fullCode !== undefined) return false;
    this.#stored.take(bytes, count, isGiven);
    this.#changed();
    return !this.#pause.mustPause();
  }

  /**
   * Calls back whenever a paused source may continue: rows further on were requested, all were, or the
   * disk has caught up. There is one listener; a second replaces it.
   */
  onRoom(listener: () => void): void {
    this.#pause.onRoom = listener;
  }

  /**
   * Calls back once, with the `fullCode`, when the result takes no more. The rows so far stay. One listener.
   */
  onFull(listener: (code: string) => void): void {
    this.#onFull = listener;
  }

  /** Says that the rows before `row` are wanted, and so are some beyond. */
  askedFor(row: number): void {
    if (this.#dropped) return;
    this.#host.touched(this);
    this.#pause.askedFor(row);
    this.#room();
  }

  /**
   * Says how many bytes are wanted beyond the furthest row asked for. With `Infinity` all rows are wanted:
   * only the disk pauses the source then.
   */
  fetchAhead(bytes: number): void {
    this.#pause.fetchAhead(bytes);
    this.askedFor(0);
  }

  /** Adds columns after those that are here: fields of documents that were not seen before. */
  moreColumns(columns: readonly Column[]): void {
    this.columnsLearned([...this.#columns, ...columns]);
  }

  /** Says the columns again, with what was not known at first. */
  columnsLearned(columns: readonly Column[]): void {
    this.#columns = columns;
    this.#columnBytes = bytesOf(columns);
    this.#countBesides();
  }

  /** Says that no more rows will come, and why rows are missing; null where all are here. */
  complete(cut: Cut | null = null): void {
    if (this.#complete || this.#dropped) return;
    this.#complete = true;
    this.#cut = cut;
    this.#stored.complete();
    this.#host.touched(this);
    this.#changed();
  }

  /**
   * Frees memory and disk. What is being read is read to its end. Use the store's `drop`, which also forgets
   * it.
   */
  drop(): Promise<void> {
    this.#dropped = true;
    this.#changed();
    this.#countBesides();
    return this.#stored.close();
  }

  /** Moves everything to the spill file, because others need the memory. */
  shed(): void {
    this.#stored.shed();
    if (this.#stored.isRefused) this.#host.homeless(this);
  }

  /** It is being moved out of memory. */
  get isShedding(): boolean {
    return this.#stored.isShedding;
  }

  /**
   * Rows from `first` on as a frame ready to send (doc/wire.md): at most `count`, WINDOW_ROWS_MAX and
   * WINDOW_BYTES_MAX, though one row is always whole; only rows that are here; none beyond the end. Moves the
   * asked mark.
   * @throws ResultDroppedError, or the system's error if the spill file can't be read
   */
  async window(first: number, count: number): Promise<Uint8Array> {
    const from = Math.max(0, Math.floor(first) || 0);
    const { windowRowsMax, windowBytesMax } = this.#host.limits;
    const rows = Math.max(0, Math.min(Math.floor(count) || 0, windowRowsMax));
    this.askedFor(from + rows);
    const { encoding, columns } = this;
    // What the header says of the whole result is as old as the rows: read before anything is waited for.
    const header = {
      encoding,
      columns: columns.length,
      from,
      complete: this.#complete,
      cut: this.#cut !== null,
      rowsHere: this.rows,
    };
    const read = await this.#read(from, rows, windowBytesMax);
    read.frame.set(encodeWindowHeader({ ...header, count: read.count }));
    return read.frame;
  }

  /**
   * The rows from `from` to the last one here now, or with `follow` to the end of the result as it comes, in
   * chunks of about
   * 1 MiB, for an export. Moves the asked mark only with `follow`.
   */
  async *rowsFrom(from: number, follow = false): AsyncGenerator<RowBatch, void, undefined> {
    let end = this.rows;
    for (let row = from; ; ) {
      if (row >= end) {
        if (!follow || (row >= this.rows && this.#complete)) return;
        // Before it waits: a source that has paused waits for this.
        this.askedFor(this.rows);
        if (row >= this.rows) await this.#change();
        end = this.rows;
        continue;
      }
      if (!this.#dropped) this.#host.touched(this);
      const read = await this.#read(row, end - row, this.#host.limits.windowBytesMax / EXPORT_PART);
      yield { bytes: read.frame.subarray(WINDOW_HEADER_BYTES), count: read.count };
      row += read.count;
    }
  }

  /** Wants all rows, and resolves once no more will come. @throws ResultDroppedError */
  async completed(): Promise<void> {
    this.fetchAhead(Number.POSITIVE_INFINITY);
    while (!this.#complete) await this.#change();
  }

  /** Resolves once more rows are here, or none will come. @throws ResultDroppedError */
  async #change(): Promise<void> {
    if (!this.#dropped && !this.#complete) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (this.#dropped) throw new ResultDroppedError(this.resultId);
  }

  #changed(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** What `GET /api/results/ID` says. */
  meta(): ResultMeta {
    const { resultId, queryId, encoding, rows, bytes, spilledBytes } = this;
    return {
      resultId,
      queryId,
      encoding,
      columns: [...this.columns],
      rows,
      bytes,
      longestRowBytes: this.#stored.longestRowBytes,
      complete: this.#complete,
      rowsComplete: this.#complete && this.#cut === null,
      cut: this.#cut,
      spilledBytes,
    };
  }

  #countBesides(): void {
    const held = this.#dropped ? 0 : this.#stored.indexBytes + this.#columnBytes;
    const besides = Math.max(0, held - BESIDES_FREE_BYTES);
    if (besides === this.#besidesBytes) return;
    this.#host.changedBesides(besides - this.#besidesBytes);
    this.#besidesBytes = besides;
  }

  #read(from: number, countMax: number, bytesMax: number): ReturnType<StoredRows['read']> {
    if (this.#dropped) throw new ResultDroppedError(this.resultId);
    return this.#stored.read(from, countMax, bytesMax);
  }

  /** The disk refused. The rows so far are all here, but there is no room for more. */
  #refused(code: string): void {
    if (!this.#complete) this.#full(code);
    else if (this.#stored.isShedding) this.#host.homeless(this);
  }

  #full(code: string): void {
    if (this.#fullCode !== undefined) return;
    this.#fullCode = code;
    this.#onFull(code);
  }

  #room(): void {
    if (!this.#complete && this.#fullCode === undefined) this.#pause.look();
  }
}

/** Memory of columns: their texts, and some hundred bytes for each. */
function bytesOf(columns: readonly Column[]): number {
  let units = 0;
  for (const { name, type } of columns) units += name.length + type.length;
  return 2 * units + columns.length * COLUMN_BYTES;
}

const COLUMN_BYTES = 256;
