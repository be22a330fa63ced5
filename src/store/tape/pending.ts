import type { Envelope } from '../../events/envelope.ts';
import { envelopeJson } from '../../events/envelope-json.ts';
import { TAPE_BATCH_BYTES_MAX, TAPE_LINE_BYTES_MAX, TAPE_PENDING_BYTES_MAX } from '../limits.ts';
import { lineOf } from './line.ts';
import { TapeError } from './tape-error.ts';

/**
 * Records that are not on disk yet, in order, as the lines they will be. They leave only once they are
 * durable.
 */
export class Pending {
  readonly #max: number;
  readonly #crowd: number;
  #envelopes: Envelope[] = [];
  #lines: string[] = [];
  #sizes: number[] = [];
  #bytes = 0;

  /**
   * `crowd` records are more than are to wait; `max` is what is taken at most, so that there is room to close
   * in order.
   */
  constructor(crowd: number, max: number) {
    this.#crowd = crowd;
    this.#max = max;
  }

  /** Whether more records wait than are to. */
  get isCrowded(): boolean {
    return this.length >= this.#crowd || this.#bytes >= TAPE_PENDING_BYTES_MAX / 2;
  }

  get length(): number {
    return this.#envelopes.length;
  }

  /** @throws TapeError `tape.full` */
  assertRoom(): void {
    if (this.length >= this.#max || this.#bytes >= TAPE_PENDING_BYTES_MAX)
      throw new TapeError('tape.full', `${this.length} records wait for the disk`);
  }

  /** @throws TapeError `tape.long`; nothing was added then */
  push(envelope: Envelope): void {
    const line = lineOf(envelopeJson(envelope));
    const size = Buffer.byteLength(line);
    if (size > TAPE_LINE_BYTES_MAX)
      throw new TapeError('tape.long', `a record of ${size} bytes does not fit a line of the tape`);
    this.#envelopes.push(envelope);
    this.#lines.push(line);
    this.#sizes.push(size);
    this.#bytes += size;
  }

  /** The oldest records that make one batch. They stay here until `drop`. */
  batch(): { readonly envelopes: readonly Envelope[]; readonly text: string } {
    let count = 0;
    for (let bytes = 0; count < this.length; count++) {
      bytes += this.#sizes[count]!;
      if (bytes > TAPE_BATCH_BYTES_MAX) break;
    }
    return { envelopes: this.#envelopes.slice(0, count), text: this.#lines.slice(0, count).join('') };
  }

  /** Forgets the oldest `count`. */
  drop(count: number): void {
    this.#envelopes = this.#envelopes.slice(count);
    this.#lines = this.#lines.slice(count);
    for (const size of this.#sizes.splice(0, count)) this.#bytes -= size;
  }
}
