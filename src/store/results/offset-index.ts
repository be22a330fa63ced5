/** A row and the byte at which it begins. */
interface Boundary {
  readonly row: number;
  readonly offset: number;
}

/**
 * Strides in one chunk: 8 KiB, so that a result of one row stays small and one of ten million copies nothing.
 */
const CHUNK_STRIDES = 1024;

/**
 * Where rows begin in a result's bytes.
 *
 *   stride      64 rows           64 rows                  rows so far
 *   kept        ^ first offset    ^ first, and because     ^ every offset,
 *                                   it is wide, every        while it grows
 *
 * One offset (a Float64, so bytes beyond 2^32 are right) for each stride of rows. A stride of more than
 * `wideBytes` keeps all its offsets, or finding one row of 1 MB would mean reading 64 of them; that costs
 * less than 0.1 % of the bytes it describes. So every row lies within `wideBytes` of a boundary, or is one.
 */
export class OffsetIndex {
  /** Rows added. */
  rows = 0;
  /** Where the next row begins. */
  bytes = 0;
  readonly #strideRows: number;
  readonly #wideBytes: number;
  readonly #chunks: Float64Array[] = [];
  readonly #wide = new Map<number, Float64Array>();
  /** Offsets of the stride that is growing. */
  #growing: Float64Array;
  #stride = -1;
  #inStride: number;

  constructor(strideRows: number, wideBytes: number) {
    this.#strideRows = strideRows;
    this.#wideBytes = wideBytes;
    this.#growing = new Float64Array(strideRows);
    this.#inStride = strideRows;
  }

  /** Memory that the offsets take. */
  get heldBytes(): number {
    const { BYTES_PER_ELEMENT } = Float64Array;
    const strides = this.#chunks.length * CHUNK_STRIDES + (this.#wide.size + 1) * this.#strideRows;
    return strides * BYTES_PER_ELEMENT;
  }

  /** Adds a row of `length` bytes. */
  add(length: number): void {
    if (this.#inStride === this.#strideRows) this.#nextStride();
    this.#growing[this.#inStride++] = this.bytes;
    this.rows++;
    this.bytes += length;
  }

  /** The last known boundary at or before `row`, which is one of the rows here. */
  before(row: number): Boundary {
    const stride = Math.floor(row / this.#strideRows);
    const all = this.#offsets(stride);
    return all
      ? { row, offset: all[row % this.#strideRows]! }
      : { row: stride * this.#strideRows, offset: this.#start(stride) };
  }

  /** The first known boundary at or after `row`; the end of the rows is one. */
  after(row: number): Boundary {
    if (row >= this.rows) return { row: this.rows, offset: this.bytes };
    const stride = Math.floor(row / this.#strideRows);
    const all = this.#offsets(stride);
    if (all || row % this.#strideRows === 0) return this.before(row);
    return { row: (stride + 1) * this.#strideRows, offset: this.#start(stride + 1) };
  }

  /** The last known boundary at or before byte `limit`. */
  within(limit: number): Boundary {
    if (limit >= this.bytes) return { row: this.rows, offset: this.bytes };
    let stride = 0;
    let above = this.#stride + 1;
    while (above - stride > 1) {
      const middle = Math.floor((stride + above) / 2);
      if (this.#start(middle) <= limit) stride = middle;
      else above = middle;
    }
    const first = stride * this.#strideRows;
    const all = this.#offsets(stride);
    if (!all) return { row: first, offset: this.#start(stride) };
    let row = Math.min(this.rows - first, this.#strideRows) - 1;
    while (row > 0 && all[row]! > limit) row--;
    return { row: first + row, offset: all[row]! };
  }

  #nextStride(): void {
    if (this.#stride >= 0 && this.bytes - this.#growing[0]! > this.#wideBytes) {
      this.#wide.set(this.#stride, this.#growing);
      this.#growing = new Float64Array(this.#strideRows);
    }
    this.#stride++;
    this.#inStride = 0;
    if (this.#stride % CHUNK_STRIDES === 0) this.#chunks.push(new Float64Array(CHUNK_STRIDES));
    this.#chunks.at(-1)![this.#stride % CHUNK_STRIDES] = this.bytes;
  }

  #start(stride: number): number {
    return this.#chunks[Math.floor(stride / CHUNK_STRIDES)]![stride % CHUNK_STRIDES]!;
  }

  #offsets(stride: number): Float64Array | undefined {
    return stride === this.#stride ? this.#growing : this.#wide.get(stride);
  }
}
