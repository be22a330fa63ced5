import type { Column } from '../../../events/result.ts';
import { readRows, rowCodec } from '../../../events/rows.ts';
import { PAGE_ROWS, type WindowFrame } from '../../../events/window-frame.ts';
import type { Span } from './geometry.ts';
import { pageOf, RowCache } from './row-cache.ts';

/**
 * Where the grid gets rows from. A window may hold fewer rows than requested, but at least one of those that
 * are here.
 */
export interface WindowSource {
  /** What the rows' program calls them, and in which order; none where they can't be had in another one. */
  readonly resultId?: string;
  /** Rows from the first on that are here already, so that they need not be asked for. */
  readonly first?: WindowFrame;
  window(from: number, count: number): Promise<WindowFrame>;
}

/** Why rows are not shown. */
export interface WindowFailure extends Span {
  readonly message: string;
}

/** What the loader reports to. */
interface FeedObserver {
  /** Whether a row's text is kept elsewhere, so that its bytes are not missed. */
  isDrawn(row: number): boolean;
  /** Rows have come. Called before anything else may push them out. */
  arrived(rows: Span): void;
  /** Something has come or failed. */
  changed(): void;
}

/** Windows asked for at one time. */
const WINDOWS_IN_FLIGHT_MAX = 2;
/** Rows asked for in one window when a range is copied. */
const COPY_WINDOW_ROWS = 1000;
const FAILURES_MAX = 50;
/** A window larger than this ends fetching ahead. */
const WIDE_WINDOW_BYTES = 4 * 1024 * 1024;

/**
 * Fetches what is looked at. Each frame requests its rows again, so rows passed during a fast scroll are
 * forgotten unless it is on its way already: the newest wish is always the next to be asked for.
 */
export class RowLoader {
  readonly #source: WindowSource;
  readonly #observer: FeedObserver;
  readonly #cache = new RowCache();
  readonly #asked = new Map<number, Span>();
  readonly #failures = new Map<number, WindowFailure>();
  readonly #waiting: (() => void)[] = [];
  #inFlight = 0;
  #seen: Span = { from: 0, to: 0 };
  #ahead: readonly Span[] = [];
  /** Rows are so wide that fetching ahead would push out what is looked at. */
  #wide = false;
  #closed = false;
  /** The result's columns; documents get more of them as they come. */
  columns: readonly Column[] = [];
  /** Rows that the source has. */
  rowsHere = 0;

  constructor(source: WindowSource, observer: FeedObserver) {
    this.#source = source;
    this.#observer = observer;
    if (source.first) this.#cache.add(source.first);
  }

  get bytes(): number {
    return this.#cache.bytes;
  }

  /** Forgets what is on its way. */
  close(): void {
    this.#closed = true;
  }

  has(row: number): boolean {
    return this.#cache.has(row);
  }

  cells(row: number): (string | null)[] | undefined {
    return this.#cache.cells(row, this.columns);
  }

  /** A row's whole document, where rows are documents and it is here. */
  document(row: number): string | undefined {
    return this.#cache.document(row);
  }

  rowBytes(row: number): number | undefined {
    return this.#cache.rowBytes(row);
  }

  /** Says which rows are looked at and which may be next; takes the place of what was said before. */
  want(seen: Span, ahead: readonly Span[]): void {
    this.#seen = seen;
    this.#ahead = ahead;
    this.#askNext();
  }

  /** The first failure among the rows of a span. */
  failureIn({ from, to }: Span): WindowFailure | undefined {
    for (let page = pageOf(from); page <= pageOf(Math.max(from, to - 1)); page++) {
      const failure = this.#failures.get(page);
      if (failure) return failure;
    }
    return undefined;
  }

  /** Asks again for what failed. */
  retry(): void {
    this.#failures.clear();
    this.#askNext();
  }

  /** Reads rows in order, from here or from the source. Rejects with the source's error. */
  async *read({ from, to }: Span): AsyncGenerator<(string | null)[]> {
    let row = from;
    while (row < to) {
      const held = this.cells(row);
      if (held) {
        yield held;
        row++;
        continue;
      }
      const frame = await this.#fetch(row, Math.min(COPY_WINDOW_ROWS, to - row));
      for (const cells of readRows(rowCodec(frame.encoding), frame.rows, this.columns)) {
        if (row >= to) return;
        yield cells;
        row++;
      }
    }
  }

  #askNext(): void {
    while (!this.#closed && this.#inFlight < WINDOWS_IN_FLIGHT_MAX) {
      const gap = this.#nextGap();
      if (!gap) return;
      void this.#ask(gap);
    }
  }

  #nextGap(): Span | undefined {
    for (const span of this.#wide ? [this.#seen] : [this.#seen, ...this.#ahead]) {
      const gap = this.#gapIn(span);
      if (gap) return gap;
    }
    return undefined;
  }

  #gapIn({ from, to }: Span): Span | undefined {
    for (let row = from; row < Math.min(to, this.rowsHere); row++) {
      // What is drawn already needs no bytes: a view of rows that are megabytes each does not fit into the
      // cache.
      if (this.#cache.has(row) || this.#observer.isDrawn(row)) continue;
      const page = pageOf(row);
      // One window a page at a time; the rest of a page is asked for once it is known how much has come.
      if (!this.#asked.has(page) && !this.#failures.has(page)) return this.#cache.gapAt(row);
      row = (page + 1) * PAGE_ROWS - 1;
    }
    return undefined;
  }

  async #ask(gap: Span): Promise<void> {
    const page = pageOf(gap.from);
    this.#asked.set(page, gap);
    try {
      const frame = await this.#fetch(gap.from, gap.to - gap.from);
      if (this.#closed) return;
      this.#cache.add(frame);
      this.#wide = frame.rows.byteLength > WIDE_WINDOW_BYTES;
      this.#observer.arrived({ from: frame.from, to: frame.from + frame.count });
    } catch (error) {
      if (this.#failures.size >= FAILURES_MAX) this.#failures.clear();
      this.#failures.set(page, { ...gap, message: error instanceof Error ? error.message : String(error) });
    } finally {
      this.#asked.delete(page);
    }
    if (this.#closed) return;
    this.#observer.changed();
    this.#askNext();
  }

  async #fetch(from: number, count: number): Promise<WindowFrame> {
    while (this.#inFlight >= WINDOWS_IN_FLIGHT_MAX) {
      await new Promise<void>((free) => this.#waiting.push(free));
    }
    this.#inFlight++;
    try {
      const frame = await this.#source.window(from, count);
      if (frame.from !== from) throw new RangeError(`asked for row ${from}, got row ${frame.from}`);
      if (frame.count === 0) throw new RangeError('the window is empty');
      return frame;
    } finally {
      this.#inFlight--;
      this.#waiting.shift()?.();
    }
  }
}
