import type { LogEntry, LogLevel } from '../events/log/log-entry.ts';
import { recordEntries } from '../events/log/record-entries.ts';
import type { Projection } from '../events/projection.ts';
import type { State } from '../events/views/state.ts';
import type { Tape } from '../store/tape/tape.ts';

/** Hands the log's entries for each record to `write`, once the tape has the record on disk. */
export function logProjection(write: (entry: LogEntry) => void, least: () => LogLevel): Projection<null> {
  return {
    name: 'log',
    initial: () => null,
    apply(_, envelope, views) {
      for (const entry of recordEntries(envelope, views, least())) write(entry);
      return null;
    },
  };
}

/** The entries of what the tape recorded as it was opened, before anything could follow it. */
export function openingEntries(tape: Pick<Tape<State>, 'opening' | 'state'>, least: LogLevel): LogEntry[] {
  return tape.opening.flatMap((envelope) => recordEntries(envelope, tape.state, least));
}
