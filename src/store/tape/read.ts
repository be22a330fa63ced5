import type { Envelope } from '../../events/envelope.ts';
import { ChainReader } from './chain-reader.ts';
import { type Fold, newestCheckpoint } from './checkpoint.ts';
import { recordsOf, scan } from './scan.ts';
import { listSegments, readSegment, type Segment } from './segment.ts';
import { TapeError } from './tape-error.ts';

/**
 * Reads records `from` … `to` from the disk, in order, with every check that `verifyTape` makes on the way.
 *
 * @throws TapeDamage at a damaged place; TapeError `tape.gone` where `from` was cut
 */
export function readRecords(
  folder: string,
  segments: readonly Segment[],
  from: number,
  to: number,
): AsyncIterable<readonly Envelope[]> {
  const start = segments.findLastIndex(({ header }) => header !== null && header.afterSeq < from);
  // Where the first header is damaged the scan begins there and throws at it; nothing is passed over.
  const first = segments[0]?.header;
  if (first && from <= first.afterSeq)
    throw new TapeError('tape.gone', `record ${from} was cut; the tape begins at ${first.afterSeq + 1}`);
  const numbers = segments.slice(Math.max(0, start)).map(({ number }) => number);
  return recordsOf(scan(folder, numbers, new ChainReader(null)), from, to);
}

/**
 * Reads a tape that this process does not write, without its lock: what is there now, up to the last whole
 * line, as a writer that opened it would keep it. To follow a tape, read again from the last seq and one.
 *
 * @param from a seq; without it, the first that is there
 */
export async function* readTape(folder: string, from?: number): AsyncGenerator<readonly Envelope[], void> {
  const segments = await allSegments(folder);
  const first = (segments[0]?.header?.afterSeq ?? 0) + 1;
  yield* readRecords(folder, segments, from ?? first, Number.POSITIVE_INFINITY);
}

/** A tape from some record on, with the fold of everything before it. */
export interface FoldedTape<S> {
  readonly state: S;
  /** The records after it, as `readTape` gives them. */
  readonly records: AsyncIterable<readonly Envelope[]>;
}

/**
 * Reads a tape from a time on, as `readTape` does: begins at the last checkpoint before it, so that a span of a long tape costs
 * little more than the span. Records before that time may come first.
 *
 * @param at milliseconds since 1970 UTC
 */
export async function readFolded<S>(folder: string, at: number, fold: Fold<S>): Promise<FoldedTape<S>> {
  const segments = await allSegments(folder);
  const start = segments.findLast(({ header }) => header !== null && header.afterAt < at);
  const checkpoint = start && (await newestCheckpoint(folder, segments, fold, start.number));
  const after = checkpoint?.seq ?? segments[0]?.header?.afterSeq ?? 0;
  return {
    state: checkpoint?.state ?? fold.initial(),
    records: readRecords(folder, segments, after + 1, Number.POSITIVE_INFINITY),
  };
}

async function allSegments(folder: string): Promise<Segment[]> {
  const segments: Segment[] = [];
  for (const number of await listSegments(folder)) segments.push(await readSegment(folder, number));
  return segments;
}
