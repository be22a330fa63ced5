import type { ReadEnvelope } from '../upcast.ts';

/** A moment on the tape, and the record that proves it. */
export interface Mark {
  readonly seq: number;
  /** Milliseconds since 1970 UTC. */
  readonly at: number;
}

/** The moment of a record. */
export function markOf({ seq, at }: ReadEnvelope): Mark {
  return { seq, at };
}

/** From one moment to another, in milliseconds; 0 where they are in another order. */
export function between(from: Mark, to: Mark): number {
  return Math.max(0, to.at - from.at);
}
