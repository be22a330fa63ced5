import { KIB } from '../../events/limits.ts';
import { RESULT_BLOCK_BYTES } from '../limits.ts';
import type { BlockPool } from './block-pool.ts';

interface Block {
  /** The result's byte at which it begins. */
  readonly start: number;
  readonly room: Uint8Array;
  /** Bytes of `room` that are filled. */
  length: number;
  /** `room` is one of the pool's. */
  readonly isPooled: boolean;
}

/** The first block of a result; each further one is as large as all rows before it, up to one of the pool's. */
const FIRST_BLOCK_BYTES = KIB;

/**
 * The end of a result's bytes, from `from` on, in the order they came: copied into blocks, of which all but the last are full, so
 * that what is held is what there is. Only a batch that is larger than a block and was given is stored as it is: a copy would hold
 * it twice.
 *
 *   from ─ blocks that are being written ─┬─ full blocks ─┬─ last block ─ to
 *                                         └ lent           └ grows
 */
export class MemoryBlocks {
  /** The result's byte at which the memory part begins; the spill file holds what is before. */
  from = 0;
  /** The result's byte after the last. */
  to = 0;
  readonly #pool: BlockPool;
  readonly #blocks: Block[] = [];
  /** Of the first blocks, how many are being written. They are neither filled nor given back before `release`. */
  #lent = 0;

  constructor(pool: BlockPool) {
    this.#pool = pool;
  }

  /** Bytes held. */
  get size(): number {
    return this.to - this.from;
  }

  /** Adds a batch by copying it; one that `isGiven` and is large is this object's from then on. */
  append(bytes: Uint8Array, isGiven = false): void {
    if (isGiven && bytes.length >= RESULT_BLOCK_BYTES && bytes.length * 2 >= bytes.buffer.byteLength) {
      this.trim();
      this.#blocks.push({ start: this.to, room: bytes, length: bytes.length, isPooled: false });
      this.to += bytes.length;
      return;
    }
    for (let at = 0; at < bytes.length; ) {
      const block = this.#roomFor(bytes.length - at);
      const part = Math.min(bytes.length - at, block.room.length - block.length);
      block.room.set(part === bytes.length ? bytes : bytes.subarray(at, at + part), block.length);
      block.length += part;
      this.to += part;
      at += part;
    }
  }

  /** Gives the last block's free room back, where little is to follow. */
  trim(): void {
    const last = this.#blocks.at(-1);
    if (!last || this.#blocks.length === this.#lent || last.length === last.room.length) return;
    const room = Buffer.allocUnsafeSlow(last.length);
    room.set(last.room.subarray(0, last.length));
    this.#free(last);
    this.#blocks[this.#blocks.length - 1] = { start: last.start, room, length: last.length, isPooled: false };
  }

  /** Copies the bytes from `from` to `to` of the result, which are all here, to `target` at `at`. */
  copy(from: number, to: number, target: Uint8Array, at: number): void {
    let index = this.#find(from);
    let position = from;
    while (position < to) {
      const { start, room, length } = this.#blocks[index++]!;
      const part = room.subarray(position - start, Math.min(length, to - start));
      target.set(part, at + position - from);
      position += part.length;
    }
  }

  /**
   * The first blocks' bytes, together at least `bytesMin` where there is as much. They stay here until `release`, or until `keep`
   * says that they were not written.
   */
  lend(bytesMin: number): Uint8Array[] {
    const lent: Uint8Array[] = [];
    for (let bytes = 0; bytes < bytesMin && lent.length < this.#blocks.length; ) {
      const { room, length } = this.#blocks[lent.length]!;
      lent.push(room.subarray(0, length));
      bytes += length;
    }
    this.#lent = lent.length;
    return lent;
  }

  /** What was lent stays here. */
  keep(): void {
    this.#lent = 0;
  }

  /** What was lent is written, and leaves. Returns how many bytes that were. */
  release(): number {
    const before = this.from;
    for (const block of this.#blocks.splice(0, this.#lent)) this.#free(block);
    this.#lent = 0;
    this.from = this.#blocks[0]?.start ?? this.to;
    return this.from - before;
  }

  /** Lets everything go; blocks that are lent go with `release`. */
  clear(): void {
    for (const block of this.#blocks.splice(this.#lent)) this.#free(block);
    this.from = this.to;
  }

  #free({ room, isPooled }: Block): void {
    if (isPooled) this.#pool.give(room);
  }

  /** The last block where it has room, or a new one. What is being written does not grow. */
  #roomFor(bytes: number): Block {
    const last = this.#blocks.at(-1);
    if (last && this.#blocks.length > this.#lent && last.length < last.room.length) return last;
    const size = Math.min(Math.max(this.to, bytes, FIRST_BLOCK_BYTES), RESULT_BLOCK_BYTES);
    const isPooled = size === RESULT_BLOCK_BYTES;
    const room = isPooled ? this.#pool.take() : Buffer.allocUnsafeSlow(size);
    const block = { start: this.to, room, length: 0, isPooled };
    this.#blocks.push(block);
    return block;
  }

  /** The index of the block that holds a byte. */
  #find(position: number): number {
    let found = 0;
    let above = this.#blocks.length;
    while (above - found > 1) {
      const middle = (found + above) >> 1;
      if (this.#blocks[middle]!.start <= position) found = middle;
      else above = middle;
    }
    return found;
  }
}
