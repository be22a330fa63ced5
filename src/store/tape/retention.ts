import type { TapeFact } from '../../events/tape.ts';
import { checkpointPath, listCheckpoints } from './checkpoint.ts';
import type { Disk } from './disk.ts';
import { type Segment, segmentPath } from './segment.ts';

/** How much of the tape is kept. */
interface Retention {
  readonly bytesMax: number;
  /** Of the newest record of a segment. */
  readonly ageMaxMs: number;
}

/** What is to be cut: so many of the oldest segments, and the fact that says so. */
export interface Cut {
  readonly segments: readonly Segment[];
  readonly fact: Extract<TapeFact, { type: 'tape.cut' }>;
}

/**
 * Chooses the oldest segments to be cut, as long as the tape is too large or they are too old. Never the last
 * one, which is in use, and none that the next start would have to fold: a checkpoint at or after its end has
 * to stand.
 *
 * @param foldedThrough the seq of the newest checkpoint
 */
export function planCut(
  segments: readonly Segment[],
  { bytesMax, ageMaxMs }: Retention,
  now: number,
  foldedThrough: number,
): Cut | null {
  let bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0);
  let cut: Cut | null = null;
  let cutBytes = 0;
  for (const [index, segment] of segments.slice(0, -1).entries()) {
    const isTooLarge = bytes > bytesMax;
    const next = segments[index + 1]!.header;
    // What a damaged header would say is not known, so it can't be where the tape begins.
    const isTooOld = next !== null && now - next.afterAt > ageMaxMs;
    if (!isTooLarge && !isTooOld) break;
    bytes -= segment.bytes;
    cutBytes += segment.bytes;
    if (next === null) continue;
    if (next.afterSeq > foldedThrough) break;
    cut = {
      segments: segments.slice(0, index + 1),
      fact: {
        type: 'tape.cut',
        throughSeq: next.afterSeq,
        segments: index + 1,
        bytes: cutBytes,
        chain: next.chain,
        by: isTooLarge ? 'size' : 'age',
      },
    };
  }
  return cut;
}

/**
 * Deletes what was cut, oldest first, so that a crash in between leaves a tape without a hole. The checkpoint
 * at the cut stays: it is what the records after it are folded onto.
 */
export async function dropSegments(disk: Disk, folder: string, { segments }: Cut): Promise<void> {
  const last = segments.at(-1)!.number;
  for (const { number } of segments) await unlinkIfThere(disk, segmentPath(folder, number));
  for (const number of await listCheckpoints(folder))
    if (number < last) await unlinkIfThere(disk, checkpointPath(folder, number));
  await disk.syncFolder(folder);
}

/** An earlier attempt may have come this far. */
async function unlinkIfThere(disk: Disk, path: string): Promise<void> {
  await disk.unlink(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
}
