import type { Hash } from 'node:crypto';
import { readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { TapeFact } from '../../events/tape.ts';
import { TAPE_DAMAGES_MAX } from '../limits.ts';
import { ChainReader } from './chain-reader.ts';
import { type Fold, newestCheckpoint } from './checkpoint.ts';
import type { Disk } from './disk.ts';
import { TAPE_FORMAT } from './line.ts';
import { scan } from './scan.ts';
import { readSegments, type Segment } from './segment.ts';
import { SegmentWriter } from './segment-writer.ts';
import { TapeError } from './tape-error.ts';

/** Where an earlier run left the tape, and all that is needed to go on from there. */
export interface Recovered<S> {
  readonly state: S;
  readonly seq: number;
  readonly at: number;
  readonly chain: string;
  /** The batch that stands unsealed at the end; null where the segment is yet to begin. */
  readonly hash: Hash | null;
  /** All segments; the last is the one to write to. */
  readonly segments: Segment[];
  readonly writer: SegmentWriter;
  /** The last segment is damaged and stays as it is: writing has to go on in a fresh one. */
  readonly isDamaged: boolean;
  /** The seq of the checkpoint that was used; 0 where all was folded. */
  readonly checkpointSeq: number;
  /** What has to be put on the tape about what was found. */
  readonly facts: readonly TapeFact[];
}

/**
 * Reads a folder's tape for writing: loads the newest checkpoint, folds the rest, and takes back a torn end.
 */
export async function recover<S>(disk: Disk, folder: string, fold: Fold<S>): Promise<Recovered<S>> {
  await removeLeftovers(folder);
  const segments = await readSegments(folder);
  const checkpoint = await newestCheckpoint(folder, segments, fold);
  const rest = segments.map(({ number }) => number).filter((number) => number > (checkpoint?.segment ?? 0));

  let state = checkpoint === null ? fold.initial() : checkpoint.state;
  // The state is what can be known, so whole records beside a damage count; that there is one is on the tape.
  const reader = new ChainReader(checkpoint, (envelope) => {
    try {
      state = fold.apply(state, envelope);
      return true;
    } catch {
      // No program of ours has written it. A start must not depend on it.
      return false;
    }
  });
  const damages: Extract<TapeFact, { type: 'tape.damaged' }>[] = [];
  const told = new Set<string>();
  for await (const finding of scan(folder, rest, reader, checkpoint)) {
    if ('damage' in finding) {
      const { segment, line, code } = finding.damage;
      if (damages.length < TAPE_DAMAGES_MAX) damages.push({ type: 'tape.damaged', segment, line, code });
      continue;
    }
    for (const { event } of finding.records) if (event.type === 'tape.damaged') told.add(placeOf(event));
  }
  const facts: TapeFact[] = damages.filter((damage) => !told.has(placeOf(damage)));

  const { seq, at, chain, tail } = reader;
  if (!reader.isPlaced && (segments[0]?.number ?? 1) > 1)
    throw new TapeError('tape.beginning', 'what is left of the tape does not say where it goes on from');
  const common = { state, seq, at, chain, segments, checkpointSeq: checkpoint?.seq ?? 0, facts };
  if (rest.length === 0) {
    // Nothing stands after the checkpoint: the segment that follows it is yet to be made.
    const number = (checkpoint?.segment ?? 0) + 1;
    segments.push(emptySegment(number, seq, at, chain));
    const writer = new SegmentWriter(disk, folder, number, 0);
    return { ...common, hash: null, writer, isDamaged: false };
  }
  const last = segments.pop()!;
  const writer = new SegmentWriter(disk, folder, last.number, tail.end);
  if (reader.isDamaged) {
    segments.push(last);
    return { ...common, hash: null, writer, isDamaged: true };
  }
  await writer.adopt();
  if (tail.tornBytes > 0 || tail.unsealed > 0)
    facts.push({
      type: 'tape.repaired',
      segment: last.number,
      cutBytes: tail.tornBytes,
      cutLines: tail.tornLines,
    });
  const isBegun = tail.end > 0;
  segments.push(isBegun ? { ...last, bytes: tail.end } : emptySegment(last.number, seq, at, chain));
  return { ...common, hash: isBegun ? reader.hash : null, writer, isDamaged: false };
}

/** A segment whose file does not stand yet, with the header it will have. */
export function emptySegment(number: number, seq: number, at: number, chain: string): Segment {
  const header = { tape: TAPE_FORMAT, segment: number, afterSeq: seq, afterAt: at, chain };
  return { number, header, bytes: 0 };
}

function placeOf({ segment, line }: { segment: number; line: number }): string {
  return `${segment}:${line}`;
}

/**
 * Files that were to be renamed when the last writer died. The caller holds the lock, so no other process
 * writes them.
 */
async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder))
    if (/^[0-9]{8,}\.checkpoint\.json\.tmp$/.test(name)) await unlink(join(folder, name));
}
