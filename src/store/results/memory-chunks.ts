import { KIB } from '../../events/limits.ts';

interface Chunk {
  /** The result's byte at which it begins. */
  readonly start: number;
  bytes: Uint8Array;
}

/**
 * A batch below this is copied into a shared chunk: a list of thousands of tiny slices is slower than the
 * copy.
 */
const KEPT_BYTES_MIN = 16 * KIB;
const SHARED_BYTES_MIN = KIB;
const SHARED_BYTES_MAX = 256 * KIB;

/**
 * The end of a result's bytes, from `from` on, in the order they came. Batches are kept as they are, without
 * a copy, unless they are small or are a small part of a larger buffer, which they would hold in memory.
 */
export class MemoryChunks {
  /** The result's byte at which the memory part begins; the spill file holds what is before. */
  from = 0;
  /** The result's byte after the last. */
  to = 0;
  readonly #chunks: Chunk[] = [];
  /** Room for small batches; its filled part is the last chunk's bytes. */
  #shared: Uint8Array | undefined;

  /** Bytes held. */
  get size(): number {
    return this.to - this.from;
  }

  /** Adds a batch, which is this object's from then on. */
  append(bytes: Uint8Array): void {
    const last = this.#chunks.at(-1);
    if (this.#shared && last && last.bytes.length + bytes.length <= this.#shared.length) {
      this.#shared.set(bytes, last.bytes.length);
      last.bytes = this.#shared.subarray(0, last.bytes.length + bytes.length);
    } else if (bytes.length >= KEPT_BYTES_MIN && bytes.length * 2 >= bytes.buffer.byteLength) {
      this.#shared = undefined;
      this.#chunks.push({ start: this.to, bytes });
    } else {
      const room = Math.min(Math.max(this.size, SHARED_BYTES_MIN), SHARED_BYTES_MAX);
      this.#shared = Buffer.allocUnsafeSlow(Math.max(room, bytes.length));
      this.#shared.set(bytes);
      this.#chunks.push({ start: this.to, bytes: this.#shared.subarray(0, bytes.length) });
    }
    this.to += bytes.length;
  }

  /** Copies the bytes from `from` to `to` of the result, which are all here, to `target` at `at`. */
  copy(from: number, to: number, target: Uint8Array, at: number): void {
    let chunk = this.#find(from);
    let position = from;
    while (position < to) {
      const { start, bytes } = this.#chunks[chunk++]!;
      const part = bytes.subarray(position - start, to - start);
      target.set(part, at + position - from);
      position += part.length;
    }
  }

  /**
   * The first chunks, together at least `bytesMin` where there is as much. They stay here until `release`.
   */
  first(bytesMin: number): Uint8Array[] {
    const first: Uint8Array[] = [];
    for (
      let bytes = 0;
      bytes < bytesMin && first.length < this.#chunks.length;
      bytes += first.at(-1)!.length
    ) {
      first.push(this.#chunks[first.length]!.bytes);
    }
    // What is being written must not grow.
    if (first.length === this.#chunks.length) this.#shared = undefined;
    return first;
  }

  /** Lets the first `count` chunks go. Returns how many bytes that were. */
  release(count: number): number {
    const before = this.from;
    this.#chunks.splice(0, count);
    this.from = this.#chunks[0]?.start ?? this.to;
    return this.from - before;
  }

  /** Lets everything go. */
  clear(): void {
    this.#chunks.length = 0;
    this.#shared = undefined;
    this.from = this.to;
  }

  /** The chunk that holds a byte. */
  #find(position: number): number {
    let found = 0;
    let above = this.#chunks.length;
    while (above - found > 1) {
      const middle = (found + above) >> 1;
      if (this.#chunks[middle]!.start <= position) found = middle;
      else above = middle;
    }
    return found;
  }
}
