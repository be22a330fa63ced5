import { KIB } from '../../events/limits.ts';
import type { Column, Cut, ResultMeta, RowEncoding } from '../../events/result.ts';
import type { RowCodec } from '../../events/row-codec.ts';
import { rowCodec } from '../../events/rows.ts';
import { encodeWindowHeader, WINDOW_HEADER_BYTES } from '../../events/window-frame.ts';
import type { BlockPool } from './block-pool.ts';
import { OffsetIndex } from './offset-index.ts';
import { ResultBytes } from './result-bytes.ts';
import type { ResultLimits } from './result-limits.ts';
import type { SpillFile } from './spill-file.ts';

/**
 * Why a source should pause: `budget` enough bytes are here beyond the furthest row asked for; `disk` the
 * disk is slower than the server; `full` the result takes no more at all.
 */
type Pressure = 'budget' | 'disk' | 'full';

/** Whole rows, in the server's own bytes. */
interface RowBatch {
  readonly bytes: Uint8Array;
  readonly count: number;
}

/** What a result and its store share. */
interface ResultHost {
  readonly limits: ResultLimits;
  readonly pool: BlockPool;
  /** Bytes that this result may keep in memory now. */
  memoryBudget(result: Result): number;
  openSpill(): Promise<SpillFile>;
  /** Its rows' bytes in memory or on disk have changed by so much. */
  changed(memoryBytes: number, spilledBytes: number): void;
  /** What it holds besides rows, index and columns, has changed by so many bytes. */
  changedBesides(bytes: number): void;
  /** It was read, or it has become complete. */
  touched(result: Result): void;
  /** It should leave the memory, and the disk refuses it. */
  homeless(result: Result): void;
}

/** What a call on a dropped result rejects with. */
class ResultDroppedError extends Error {
  readonly code = 'result.dropped';
  constructor(resultId: string) {
    super(`result ${resultId} has been dropped`);
    this.name = 'ResultDroppedError';
  }
}

/** A stride of rows wider than this part of a window keeps the offset of each row. */
const WIDE_PART = 16;
/** What any result has of index and columns: RESULTS_MAX bounds how often. */
const BESIDES_FREE_BYTES = 16 * KIB;
/** What `rowsFrom` yields at a time: this part of the largest window, 1 MiB. */
const EXPORT_PART = 16;

/**
 * The rows of one result set, in the server's own bytes (`ResultBytes`), and where each begins
 * (`OffsetIndex`).
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
  readonly #codec: RowCodec;
  #columnBytes = 0;
  readonly #index: OffsetIndex;
  readonly #stored: ResultBytes;
  #complete = false;
  #cut: Cut | null = null;
  #dropped = false;
  #longestRowBytes = 0;
  /** Index and columns, as far as they are more than any result has. */
  #besidesBytes = 0;
  #fullCode: string | undefined;
  #asked = 0;
  #aheadBytes: number;
  #paused = false;
  #onRoom: () => void = () => {};
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
    this.#codec = rowCodec(encoding);
    this.#aheadBytes = host.limits.fetchAheadBytes;
    this.#stored = new ResultBytes({
      pool: host.pool,
      budget: () => Math.max(0, host.memoryBudget(this) - this.#besidesBytes),
      openSpill: host.openSpill,
      changed: host.changed,
      spilled: () => this.#room(),
      refused: (code) => this.#refused(code),
    });
    const { offsetStrideRows, windowBytesMax } = host.limits;
    this.#index = new OffsetIndex(offsetStrideRows, windowBytesMax / WIDE_PART);
    this.columnsLearned(columns);
  }

  get columns(): readonly Column[] {
    return this.#columns;
  }

  /** Rows here. */
  get rows(): number {
    return this.#index.rows;
  }

  /** Bytes here, in memory and on disk. */
  get bytes(): number {
    return this.#index.bytes;
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

  /** Why the source should pause now, or null. */
  get pressure(): Pressure | null {
    if (this.#fullCode !== undefined) return 'full';
    return this.#pressureAt(1);
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
    this.#take(bytes, count, isGiven);
    this.#changed();
    this.#paused = this.pressure !== null;
    return !this.#paused;
  }

  /**
   * Calls back whenever a paused source may continue: rows further on were requested, all were, or the
   * disk has caught up. There is one listener; a second replaces it.
   */
  onRoom(listener: () => void): void {
    this.#onRoom = listener;
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
    if (row > this.#asked) this.#asked = row;
    this.#room();
  }

  /**
   * Says how many bytes are wanted beyond the furthest row asked for. With `Infinity` all rows are wanted:
   * only the disk pauses the source then.
   */
  fetchAhead(bytes: number): void {
    this.#aheadBytes = bytes;
    this.askedFor(this.#asked);
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
        if (row >= this.rows) await this.#change();
        end = this.rows;
        this.askedFor(end);
        continue;
      }
      if (!this.#dropped) this.#host.touched(this);
      const read = await this.#read(row, end - row, this.#host.limits.windowBytesMax / EXPORT_PART);
      yield { bytes: read.frame.subarray(WINDOW_HEADER_BYTES), count: read.count };
      row += read.count;
    }
  }

  /** Resolves once no more rows will come. @throws ResultDroppedError */
  async completed(): Promise<void> {
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
      longestRowBytes: this.#longestRowBytes,
      complete: this.#complete,
      rowsComplete: this.#complete && this.#cut === null,
      cut: this.#cut,
      spilledBytes,
    };
  }

  #take(bytes: Uint8Array, count: number, isGiven: boolean): void {
    const { rows } = this;
    let whole = 0;
    while (whole < bytes.length) {
      const length = this.#codec.rowLength(bytes, whole);
      if (!(length > 0 && whole + length <= bytes.length)) break;
      this.#index.add(length);
      if (length > this.#longestRowBytes) this.#longestRowBytes = length;
      whole += length;
    }
    this.#countBesides();
    // Also a broken batch leaves the index and the bytes telling the same.
    if (whole > 0) this.#stored.append(whole === bytes.length ? bytes : bytes.subarray(0, whole), isGiven);
    if (whole < bytes.length || this.rows - rows !== count) {
      throw new RangeError(`${this.rows - rows} whole rows in a batch of ${count}`);
    }
  }

  #countBesides(): void {
    const held = this.#dropped ? 0 : this.#index.heldBytes + this.#columnBytes;
    const besides = Math.max(0, held - BESIDES_FREE_BYTES);
    if (besides === this.#besidesBytes) return;
    this.#host.changedBesides(besides - this.#besidesBytes);
    this.#besidesBytes = besides;
  }

  /**
   * Reads rows into a frame whose header is yet to be written. Boundaries do most of it, so few rows are
   * walked.
   */
  async #read(
    from: number,
    countMax: number,
    bytesMax: number,
  ): Promise<{ frame: Uint8Array; count: number }> {
    if (this.#dropped) throw new ResultDroppedError(this.resultId);
    const to = Math.min(from + countMax, this.rows);
    if (to <= from) return { frame: new Uint8Array(WINDOW_HEADER_BYTES), count: 0 };
    const begin = this.#index.before(from);
    let end = this.#index.after(to);
    if (end.offset - begin.offset > bytesMax) {
      end = this.#index.within(begin.offset + bytesMax);
      // One row alone is wider than a window, so its stride knows where it ends.
      if (end.row <= from) end = this.#index.after(from + 1);
    }
    const frame = Buffer.allocUnsafe(WINDOW_HEADER_BYTES + end.offset - begin.offset);
    await this.#stored.copy(begin.offset, end.offset, frame, WINDOW_HEADER_BYTES);
    let first = WINDOW_HEADER_BYTES;
    for (let row = begin.row; row < from; row++) first += this.#codec.rowLength(frame, first);
    const count = Math.min(end.row, to) - from;
    let last = end.row <= to ? frame.length : first;
    for (let row = from; row < to && end.row > to; row++) last += this.#codec.rowLength(frame, last);
    // The header goes over the rows that were read only to find the first one: nothing is moved.
    return { frame: frame.subarray(first - WINDOW_HEADER_BYTES, last), count };
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

  /**
   * `part` is how much of each mark counts: 1 to pause at, less to go on at, so that a source does not
   * flutter.
   */
  #pressureAt(part: number): Pressure | null {
    if (this.#dropped) return null;
    const asked = this.#asked < this.rows ? this.#index.before(this.#asked).offset : this.bytes;
    if (this.bytes - asked > this.#aheadBytes * part) return 'budget';
    return this.#stored.backlog > this.#host.limits.spillBacklogBytes * part ? 'disk' : null;
  }

  #room(): void {
    if (!this.#paused || this.#complete || this.#fullCode !== undefined || this.#pressureAt(0.5) !== null)
      return;
    this.#paused = false;
    this.#onRoom();
  }
}

/** Memory of columns: their texts, and some hundred bytes for each. */
function bytesOf(columns: readonly Column[]): number {
  let units = 0;
  for (const { name, type } of columns) units += name.length + type.length;
  return 2 * units + columns.length * COLUMN_BYTES;
}

const COLUMN_BYTES = 256;
