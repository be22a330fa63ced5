import type { Envelope } from './envelope.ts';
import type { State } from './views/state.ts';

/**
 * Whoever follows the tape: it gets every record once, in order, after it is on disk. What it holds is a fold of them; what it does
 * beside that (writes a log, reports an outcome) is done in `apply`.
 *
 * @typeParam S its state
 */
export interface Projection<S = unknown> {
  readonly name: string;
  /** Its state before the first record of this run. */
  initial(): S;
  /**
   * Its state after a record.
   *
   * @param views the fold of every record up to the end of the batch that this one was committed in
   */
  apply(state: S, envelope: Envelope, views: State): S;
  /** Called after the last record, with the state that it led to. */
  close?(state: S): void | Promise<void>;
}
