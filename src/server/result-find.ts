import type { Column, FoundCells } from '../events/result.ts';
import type { ReadableResult } from './app.ts';
import { CellSearch, type FindWish, type OnHit } from './cell-search.ts';
import { FIND_ANSWER_BYTES, FIND_BLOCK_BYTES } from './limits.ts';

/** From where on the nearest hit is wanted: behind a cell or before it. */
export interface FindFrom {
  readonly row: number;
  /** The cell's column; null is the place before the row's first cell. */
  readonly column: number | null;
  readonly back: boolean;
}

/** Rows that were looked through at once, and how many cells of them have the text. */
interface Block {
  readonly row: number;
  rows: number;
  bytes: number;
  hits: number;
}

/**
 * One text looked for in one result. Each row is looked through once, in requests that follow one another; what is remembered is how
 * many hits each block of rows has. So a result of any size with any number of hits takes little memory, the count is exact, and
 * where a hit is can be found again by looking through one block.
 *
 *   row 0 ── block, 3 hits ── block, none ── block, 40 hits ── rows looked through ── rows here
 */
export class ResultFind {
  readonly result: ReadableResult;
  readonly #columns: readonly Column[];
  readonly #searched: readonly number[];
  readonly #search: CellSearch;
  readonly #answerBytes: number;
  readonly #blocks: Block[] = [];
  #rows = 0;
  #count = 0;
  /** Requests are answered one after the other: they go on from the same place. */
  #before: Promise<unknown> = Promise.resolve();

  constructor(result: ReadableResult, wish: FindWish, answerBytes = FIND_ANSWER_BYTES) {
    const { encoding, columns } = result.meta();
    this.result = result;
    this.#columns = columns;
    this.#searched = wish.searched;
    this.#search = new CellSearch(encoding, columns, wish);
    this.#answerBytes = answerBytes;
  }

  /** Whether the result still has the columns that were looked through: documents bring more as they come. */
  get isCurrent(): boolean {
    const { columns } = this.result.meta();
    return columns.length === this.#columns.length && columns.every((one, i) => one === this.#columns[i]);
  }

  /** Goes on looking through the rows, and names the nearest hit. Whoever has aborted looks at no answer. */
  answer(from: FindFrom, signal: AbortSignal): Promise<FoundCells> {
    const answer = this.#before.then(() => this.#answer(from, signal));
    this.#before = answer.catch(() => undefined);
    return answer;
  }

  async #answer(from: FindFrom, signal: AbortSignal): Promise<FoundCells> {
    await this.#goOn(signal);
    const { rows: rowsHere, complete } = this.result.meta();
    const hit = await this.#nearest(from, this.#rows >= rowsHere, signal);
    return { rows: this.#rows, rowsHere, complete, count: this.#count, hit };
  }

  async #goOn(signal: AbortSignal): Promise<void> {
    let left = this.#answerBytes;
    for await (const { bytes, count } of this.result.rowsFrom(this.#rows)) {
      let hits = 0;
      const counted: OnHit = () => {
        hits++;
      };
      await this.#search.look(bytes, this.#rows, count, counted, signal);
      if (signal.aborted) return;
      this.#add(count, bytes.length, hits);
      left -= bytes.length;
      if (left <= 0) return;
    }
  }

  #add(rows: number, bytes: number, hits: number): void {
    const last = this.#blocks.at(-1);
    if (last && last.bytes + bytes <= FIND_BLOCK_BYTES) {
      last.rows += rows;
      last.bytes += bytes;
      last.hits += hits;
    } else {
      this.#blocks.push({ row: this.#rows, rows, bytes, hits });
    }
    this.#rows += rows;
    this.#count += hits;
  }

  /** The nearest hit; from the other end where none is on the way there and all rows were looked through. */
  async #nearest(from: FindFrom, isAtEnd: boolean, signal: AbortSignal): Promise<FoundCells['hit']> {
    const { row, back } = from;
    const place = from.column === null ? -1 : this.#searched.indexOf(from.column);
    const isOnTheWay = (hitRow: number, hitPlace: number): boolean =>
      back
        ? hitRow < row || (hitRow === row && hitPlace < place)
        : hitRow > row || (hitRow === row && hitPlace > place);
    const order = back ? this.#blocks.toReversed() : this.#blocks;
    const near = order.filter(
      (block) => block.hits > 0 && (back ? block.row <= row : block.row + block.rows > row),
    );
    // Of the first of them, all hits may be on the other side; any hit of the second is on the way.
    for (const block of near.slice(0, 2)) {
      const hit = await this.#in(block, isOnTheWay, back, signal);
      if (hit) return hit;
    }
    const first = order.find(({ hits }) => hits > 0);
    return first && isAtEnd ? this.#in(first, () => true, back, signal) : null;
  }

  /** The first hit of a block that is wanted, or the last one. */
  async #in(
    block: Block,
    isWanted: (row: number, place: number) => boolean,
    last: boolean,
    signal: AbortSignal,
  ): Promise<FoundCells['hit']> {
    let ordinal = 0;
    for (const { row, hits } of this.#blocks) if (row < block.row) ordinal += hits;
    let hit: FoundCells['hit'] = null;
    const onHit: OnHit = (row, place) => {
      ordinal++;
      if ((last || !hit) && isWanted(row, place)) hit = { row, column: this.#searched[place]!, ordinal };
    };
    const end = block.row + block.rows;
    let row = block.row;
    for await (const { bytes, count } of this.result.rowsFrom(row)) {
      const rows = Math.min(count, end - row);
      await this.#search.look(bytes, row, rows, onHit, signal);
      row += rows;
      if (row >= end || (hit && !last) || signal.aborted) break;
    }
    return hit;
  }
}
