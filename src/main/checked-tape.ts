import { isWritten } from '../actors/record-check.ts';
import type { Envelope } from '../events/envelope.ts';
import { apply, emptyState, STATE_VERSION, type State } from '../events/views/state.ts';
import { type FoldedTape, readFolded, readTape, type TapeReport, verifyTape } from '../store/tape/tape.ts';
import { verifyFrom } from '../store/tape/verify.ts';

/** Reads a tape that may come from anywhere, as `readTape`. A record that this program would not write is a damage. */
export function readChecked(folder: string, from?: number): AsyncGenerator<readonly Envelope[], void> {
  return readTape(folder, from, isWritten);
}

/** Reads a tape from a time on with the views of everything before it, as `readFolded`, and checks it as `readChecked`. */
export function readViewed(folder: string, at: number): Promise<FoldedTape<State>> {
  return readFolded<State>(folder, at, { version: STATE_VERSION, initial: emptyState, apply }, isWritten);
}

/** Checks all of a tape, or from a record on, as `verifyTape` and `verifyFrom` do; what its records say, too. */
export function verifyChecked(folder: string, from?: number): Promise<TapeReport> {
  return from === undefined ? verifyTape(folder, undefined, isWritten) : verifyFrom(folder, from, isWritten);
}
