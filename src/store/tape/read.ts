import type { Envelope } from '../../events/envelope.ts';
import { ChainReader, type Finding, type RecordCheck } from './chain-reader.ts';
import { type Fold, newestCheckpoint } from './checkpoint.ts';
import { parseLine } from './line.ts';
import { recordsOf, scan } from './scan.ts';
import { openSegment, readSegments, type Segment, segmentPath, segmentsFrom } from './segment.ts';
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
  check?: RecordCheck,
): AsyncIterable<readonly Envelope[]> {
  // Where the first header is damaged the scan begins there and throws at it; nothing is passed over.
  const first = segments[0]?.header;
  if (first && from <= first.afterSeq)
    throw new TapeError('tape.gone', `record ${from} was cut; the tape begins at ${first.afterSeq + 1}`);
  const numbers = segmentsFrom(segments, from).map(({ number }) => number);
  return recordsOf(scan(folder, numbers, new ChainReader(null, check)), from, to);
}

/**
 * Reads a tape that this process does not write, without its lock: what is there now, up to the last whole
 * line, as a writer that opened it would keep it. To follow a tape, read again from the last seq and one.
 *
 * @param from a seq; without it, the first that is there
 * @throws as `readRecords`; `tape.gone` also where retention cuts what was to be read next
 */
export async function* readTape(
  folder: string,
  from?: number,
  check?: RecordCheck,
): AsyncGenerator<readonly Envelope[], void> {
  const segments = await readSegments(folder);
  yield* from === undefined
    ? allRecords(folder, segments, check)
    : readRecords(folder, segments, from, Number.POSITIVE_INFINITY, check);
}

/** Every record of the segments: no damage lies before what is asked for. */
function allRecords(
  folder: string,
  segments: readonly Segment[],
  check?: RecordCheck,
): AsyncIterable<readonly Envelope[]> {
  const numbers = segments.map(({ number }) => number);
  return recordsOf(scan(folder, numbers, new ChainReader(null, check)), 0, Number.POSITIVE_INFINITY);
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
export async function readFolded<S>(
  folder: string,
  at: number,
  fold: Fold<S>,
  check?: RecordCheck,
): Promise<FoldedTape<S>> {
  const segments = await readSegments(folder);
  const start = segments.findLast(({ header }) => header !== null && header.afterAt < at);
  const checkpoint = start && (await newestCheckpoint(folder, segments, fold, start.number));
  if (!checkpoint) return { state: fold.initial(), records: allRecords(folder, segments, check) };
  const { state, seq } = checkpoint;
  return { state, records: readRecords(folder, segments, seq + 1, Number.POSITIVE_INFINITY, check) };
}

/**
 * Reads a tape whole, with the place of every record and every damage, and goes on after a damage. What is not proven is given too
 * and says so.
 */
export async function* findingsOf(
  folder: string,
  reader = new ChainReader(null),
): AsyncGenerator<Finding, void> {
  const numbers = (await readSegments(folder)).map(({ number }) => number);
  yield* scan(folder, numbers, reader);
}

/** How many bytes each segment of a tape has now, oldest first. */
export async function segmentBytes(folder: string): Promise<Map<number, number>> {
  return new Map((await readSegments(folder)).map(({ number, bytes }) => [number, bytes]));
}

/** Records that follow each other in one segment: from the first one's byte to the byte behind the last. */
export interface Span {
  readonly segment: number;
  readonly from: number;
  readonly to: number;
}

/**
 * Reads the records of a span that `findingsOf` gave the place of. Lines whose CRC does not hold are left out.
 *
 * @throws TapeError `tape.gone` where retention has cut the segment, `tape.file`; the system's error
 */
export async function readSpan(folder: string, { segment, from, to }: Span): Promise<Envelope[]> {
  const file = await openSegment(segmentPath(folder, segment)).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT' ? new TapeError('tape.gone', `segment ${segment} was cut`) : error;
  });
  try {
    const bytes = Buffer.allocUnsafe(to - from);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, from);
    const records: Envelope[] = [];
    let start = 0;
    for (let end = bytes.indexOf(10); end !== -1 && end < bytesRead; end = bytes.indexOf(10, start)) {
      const line = parseLine(bytes.subarray(start, end));
      if (line.kind === 'record') records.push(line.envelope);
      start = end + 1;
    }
    return records;
  } finally {
    await file.close();
  }
}
