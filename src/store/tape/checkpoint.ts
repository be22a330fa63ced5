import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Envelope } from '../../events/envelope.ts';
import { TAPE_CHECKPOINT_BYTES_MAX } from '../limits.ts';
import type { Position } from './chain-reader.ts';
import { type Disk, writeWhole } from './disk.ts';
import { checkedJson, lineOf } from './line.ts';
import { numbersOf, readLastSeal, type Segment } from './segment.ts';

/**
 * Folds committed envelopes into a state, which is checkpointed at each segment's end so that start-up does
 * not grow with history. `apply` is total: it never throws. It may change the state in place.
 *
 * @typeParam S JSON
 */
export interface Fold<S> {
  /** Of the state's shape. Checkpoints of another version are not used. */
  readonly version?: number;
  initial(): S;
  apply(state: S, envelope: Envelope): S;
}

/** A fold's state at exactly the end of a segment. */
interface Checkpoint<S> extends Position {
  readonly state: S;
}

/** The file beside a segment that holds the fold at its end. */
export function checkpointPath(folder: string, segment: number): string {
  return join(folder, `${String(segment).padStart(8, '0')}.checkpoint.json`);
}

/** The numbers of the segments that have a checkpoint, oldest first. */
export async function listCheckpoints(folder: string): Promise<number[]> {
  return numbersOf(await readdir(folder), /^([0-9]{8,})\.checkpoint\.json$/);
}

/** The text of a checkpoint, one line as on the tape, with its CRC. */
export function checkpointText<S>({ segment, seq, at, chain, state }: Checkpoint<S>, fold: Fold<S>): string {
  return lineOf(JSON.stringify({ checkpoint: fold.version ?? 1, segment, seq, at, chain, state }));
}

/**
 * Puts a checkpoint in place at once or not at all.
 *
 * @returns false where the state is larger than a checkpoint may be, and nothing was written
 */
export async function writeCheckpoint(
  disk: Disk,
  folder: string,
  segment: number,
  text: string,
): Promise<boolean> {
  const bytes = Buffer.from(text);
  if (bytes.length > TAPE_CHECKPOINT_BYTES_MAX) return false;
  const path = checkpointPath(folder, segment);
  const aside = `${path}.tmp`;
  try {
    const file = await disk.open(aside, 'fresh');
    try {
      await file.truncate(0);
      await writeWhole(file, bytes, 0);
      await file.datasync();
    } finally {
      await file.close();
    }
    await disk.rename(aside, path);
    await disk.syncFolder(folder);
    return true;
  } catch (error) {
    await disk.unlink(aside).catch(() => undefined);
    throw error;
  }
}

/**
 * The newest checkpoint that is whole and fits the tape beside it; null where there is none.
 *
 * @param before a segment: only checkpoints of earlier ones are looked at
 */
export async function newestCheckpoint<S>(
  folder: string,
  segments: readonly Segment[],
  fold: Fold<S>,
  before = Number.POSITIVE_INFINITY,
): Promise<Checkpoint<S> | null> {
  for (const number of (await listCheckpoints(folder)).reverse()) {
    if (number >= before) continue;
    const checkpoint = await readCheckpoint(folder, number, fold);
    if (checkpoint !== null && (await fitsTape(folder, segments, checkpoint))) return checkpoint;
  }
  return null;
}

async function readCheckpoint<S>(
  folder: string,
  number: number,
  fold: Fold<S>,
): Promise<Checkpoint<S> | null> {
  const path = checkpointPath(folder, number);
  try {
    if ((await stat(path)).size > TAPE_CHECKPOINT_BYTES_MAX) return null;
    const json = checkedJson((await readFile(path)).subarray(0, -1));
    if (json === null) return null;
    const { checkpoint, ...rest } = JSON.parse(json);
    return checkpoint === (fold.version ?? 1) && rest.segment === number ? rest : null;
  } catch {
    // Not readable is as good as not there: the records are, and are folded instead.
    return null;
  }
}

/**
 * A checkpoint fits if what follows goes on from it, or, where nothing does yet, its segment ends with it.
 */
async function fitsTape(
  folder: string,
  segments: readonly Segment[],
  { segment, seq, chain }: Position,
): Promise<boolean> {
  const next = segments.find(({ number }) => number === segment + 1)?.header;
  if (next) return next.afterSeq === seq && next.chain === chain;
  if (segments.at(-1)?.number !== segment && segments.at(-1)?.number !== segment + 1) return false;
  const seal = await readLastSeal(folder, segment).catch(() => null);
  return seal !== null && seal.seal === seq && seal.sha256 === chain;
}
