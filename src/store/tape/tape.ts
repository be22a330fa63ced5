import { join } from 'node:path';
import { TAPE_AGE_MAX_MS } from '../../events/limits.ts';
import {
  TAPE_BYTES_MAX,
  TAPE_CLOSING_SEGMENT_BYTES,
  TAPE_CROWDED_AT,
  TAPE_LINGER_MS,
  TAPE_PENDING_MAX,
  TAPE_RETRY_MS,
  TAPE_SEGMENT_BYTES,
} from '../limits.ts';
import { ownFolder } from '../own-files.ts';
import { nodeDisk } from './disk.ts';
import { acquireLock } from './lock.ts';
import { recover } from './recovery.ts';
import { tapeError } from './tape-error.ts';
import type { Tape, TapeOptions, TapeSettings } from './tape-settings.ts';
import { TapeWriter } from './tape-writer.ts';

export type { Fold } from './checkpoint.ts';
export type { Disk, DiskFile } from './disk.ts';
export {
  type FoldedTape,
  findingsOf,
  readFolded,
  readSpan,
  readTape,
  type Span,
  segmentBytes,
} from './read.ts';
export { type Damage, TapeDamage, TapeError, TapeLockedError } from './tape-error.ts';
export type { Tape, TapeOptions } from './tape-settings.ts';
export { type TapeReport, verifyTape } from './verify.ts';

/**
 * Opens a folder's tape for writing, making it where there is none. Takes back a write that did not come to
 * its end, and puts on the tape that it was opened and what was found.
 *
 * @throws TapeLockedError where another live process writes it; TapeError where it can't be read
 */
export async function openTape<S>(options: TapeOptions<S>): Promise<Tape<S>> {
  const settings: TapeSettings<S> = {
    now: Date.now,
    segmentBytes: TAPE_SEGMENT_BYTES,
    closingSegmentBytes: TAPE_CLOSING_SEGMENT_BYTES,
    bytesMax: TAPE_BYTES_MAX,
    ageMaxMs: () => TAPE_AGE_MAX_MS,
    lingerMs: TAPE_LINGER_MS,
    retryMs: TAPE_RETRY_MS,
    crowdedAt: TAPE_CROWDED_AT,
    pendingMax: TAPE_PENDING_MAX,
    fs: nodeDisk,
    ...options,
  };
  const { folder, fs, fold } = settings;
  try {
    await ownFolder(folder);
    const lock = await acquireLock(join(folder, 'tape.lock'));
    try {
      const writer = new TapeWriter(settings, await recover(fs, folder, fold), lock);
      await writer.begin();
      return writer;
    } catch (error) {
      await lock.release();
      throw error;
    }
  } catch (error) {
    throw tapeError(error, `The tape in ${folder} can't be opened`);
  }
}
