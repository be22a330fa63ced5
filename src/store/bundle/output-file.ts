import type { FileHandle } from 'node:fs/promises';
import { lstat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { putOwnFile } from '../own-files.ts';
import { BundleError } from './bundle-error.ts';

/**
 * Writes the file that a user names for an output. Nothing is written under its name before it is whole, so that what is there stays
 * where it fails, and no link, pipe or device there is followed or replaced.
 *
 * @throws BundleError `bundle.output` for a `file` that is not a regular one; what `write` throws; the system's error, with its path
 */
export async function writeOutput<T>(file: string, write: (handle: FileHandle) => Promise<T>): Promise<T> {
  const path = resolve(file);
  const present = await lstat(path).catch(() => null);
  if (present !== null && !present.isFile())
    throw new BundleError(
      'bundle.output',
      `${path} is a link, a folder or a device. Name a file with --output`,
    );
  return putOwnFile(path, write);
}
