import type { LogEntry, LogLevel } from '../events/log/log-entry.ts';
import { recordEntries } from '../events/log/record-entries.ts';
import type { Projection } from '../events/projection.ts';
import type { State } from '../events/views/state.ts';
import type { Tape } from '../store/tape/tape.ts';

/** Hands the log's entries for each record to `write`, once the tape has the record on disk. */
export function logProjection(write: (entry: LogEntry) => void, least: LogLevel): Projection<null> {
  return {
    name: 'log',
    initial: () => null,
    apply(_, envelope, views) {
      for (const entry of recordEntries(envelope, views, least)) write(entry);
      return null;
    },
  };
}

/** Records that a tape appends as it is opened, at most: that it was, what was repaired or damaged, what was cut. */
const OPENING_RECORDS_MAX = 8;

/** The entries of what the tape recorded as it was opened, before anything could follow it. */
export async function* openingEntries(
  tape: Pick<Tape<State>, 'firstSeq' | 'durableSeq' | 'read' | 'state'>,
  openedAt: number,
  least: LogLevel,
): AsyncGenerator<LogEntry> {
  const from = Math.max(tape.firstSeq, tape.durableSeq - OPENING_RECORDS_MAX + 1);
  for await (const envelopes of tape.read(from, tape.durableSeq)) {
    for (const envelope of envelopes)
      if (envelope.kind === 'tape' && envelope.at >= openedAt)
        yield* recordEntries(envelope, tape.state, least);
  }
}
