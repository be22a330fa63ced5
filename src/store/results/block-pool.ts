import { BLOCKS_IDLE_BYTES, RESULT_BLOCK_BYTES } from '../limits.ts';

/**
 * Blocks of memory of one size that all results of a store share. A block that its rows have left for the disk is filled again,
 * so that rows which stream through memory leave nothing for the garbage collector.
 */
export class BlockPool {
  readonly #idle: Uint8Array[] = [];
  #inUse = 0;
  #made = 0;

  /** Blocks taken and not given back. */
  get inUse(): number {
    return this.#inUse;
  }

  /** Blocks ever made. */
  get made(): number {
    return this.#made;
  }

  /** A block of RESULT_BLOCK_BYTES, with whatever was in it. */
  take(): Uint8Array {
    this.#inUse++;
    const idle = this.#idle.pop();
    if (idle) return idle;
    this.#made++;
    return Buffer.allocUnsafeSlow(RESULT_BLOCK_BYTES);
  }

  /** Takes a block back, which nothing reads or writes any more. */
  give(block: Uint8Array): void {
    this.#inUse--;
    if ((this.#idle.length + 1) * RESULT_BLOCK_BYTES <= BLOCKS_IDLE_BYTES) this.#idle.push(block);
  }
}
