import type { BlockPool } from './block-pool.ts';
import { MemoryBlocks } from './memory-blocks.ts';
import { SPILL_WRITE_BYTES, type SpillFile } from './spill-file.ts';

/** What a result's bytes need from outside, and tell. */
export interface BytesHost {
  readonly pool: BlockPool;
  /** Bytes that may stay in memory now. */
  budget(): number;
  openSpill(): Promise<SpillFile>;
  /** The bytes in memory or on disk have changed by so much. */
  changed(memoryBytes: number, spilledBytes: number): void;
  /** A write to the disk has ended. */
  spilled(): void;
  /** The disk refused, with its code, such as `ENOSPC`. All bytes are still here. Told once. */
  refused(code: string): void;
}

/**
 * A result's bytes, from 0 on:
 *
 *   0 ─────────────── spill file ───────────────┬──────── memory ──────── to
 *                                  being written ┘→ let go once written
 *
 * The file is always the beginning and memory always the end; a byte's position is the same in both, and
 * bytes leave memory only after they have been written. So what is in flight needs no case of its own, a
 * reader has one border to look at, a disk that refuses loses nothing, and a result that should leave the
 * memory entirely is spilled by the same few lines. The price is writing the first 32 MiB of a large result
 * as well.
 */
export class ResultBytes {
  readonly #host: BytesHost;
  readonly #memory: MemoryBlocks;
  #file: SpillFile | undefined;
  /** The write under way. */
  #spilling: Promise<void> | undefined;
  /** Bytes of it that the disk has; they are in memory as well until it has all. */
  #written = 0;
  #refused = false;
  #shedding = false;
  #closed = false;

  constructor(host: BytesHost) {
    this.#host = host;
    this.#memory = new MemoryBlocks(host.pool);
  }

  get memoryBytes(): number {
    return this.#memory.size;
  }

  get spilledBytes(): number {
    return this.#memory.from + this.#written;
  }

  /** Bytes in memory beyond what may be there; below 0 there is room. */
  get backlog(): number {
    return this.#memory.size - (this.#shedding ? 0 : this.#host.budget());
  }

  /** The disk has refused; what is in memory stays there. */
  get isRefused(): boolean {
    return this.#refused;
  }

  /** Everything is going to the disk, or is there. */
  get isShedding(): boolean {
    return this.#shedding;
  }

  /** Takes a batch by copying it; one that `isGiven` is this object's from then on. */
  append(bytes: Uint8Array, isGiven: boolean): void {
    this.#memory.append(bytes, isGiven);
    this.#host.changed(bytes.length, 0);
    this.#spill();
  }

  /** No more will come: frees the room for it. */
  complete(): void {
    this.#memory.trim();
  }

  /** Moves everything to the disk. */
  shed(): void {
    this.#shedding = true;
    this.#spill();
  }

  /** Copies the bytes `from` to `to` to `target` at `at`. Rejects with the system's error. */
  async copy(from: number, to: number, target: Uint8Array, at: number): Promise<void> {
    // Memory first, in this tick: while the file is read, more of it may go to the disk.
    const border = Math.min(Math.max(from, this.#memory.from), to);
    if (border < to) this.#memory.copy(border, to, target, at + border - from);
    if (from < border) await this.#file!.read(target, at, border - from, from);
  }

  /** Frees memory and disk. Reads in progress complete; no read may start afterwards. */
  async close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#host.changed(-this.memoryBytes, -this.#memory.from);
      this.#memory.clear();
    }
    await this.#spilling;
    await this.#file?.close();
  }

  /** Sees to it that memory gets within its budget. One write at a time; waits for none. */
  #spill(): void {
    if (this.#spilling || this.#refused || this.backlog <= 0) return;
    this.#spilling = this.#spillToBudget().finally(() => {
      this.#spilling = undefined;
    });
  }

  async #spillToBudget(): Promise<void> {
    while (!this.#closed && this.backlog > 0) {
      const { from } = this.#memory;
      const blocks = this.#memory.lend(SPILL_WRITE_BYTES);
      try {
        this.#file ??= await this.#host.openSpill();
        await this.#file.write(blocks, from, (bytes) => {
          this.#written += bytes;
        });
      } catch (error) {
        this.#written = 0;
        this.#refused = true;
        if (this.#closed) this.#memory.release();
        else this.#memory.keep();
        if (!this.#closed) this.#host.refused((error as NodeJS.ErrnoException).code ?? 'EIO');
        return;
      }
      this.#written = 0;
      const written = this.#memory.release();
      if (this.#closed) return;
      this.#host.changed(-written, written);
      this.#host.spilled();
    }
  }
}
