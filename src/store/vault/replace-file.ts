import { dirname } from 'node:path';
import { type Disk, type DiskFile, writeWhole } from '../tape/disk.ts';

/**
 * Puts `bytes` in the place of the file at `path`. Whoever reads it, after a kill or a power cut at any
 * instant too, finds all of the old bytes or all of the new ones.
 *
 *     write PATH.new → sync it → rename it to PATH → sync the folder
 *
 * Only one writer at a time: the caller holds a lock. Rejects with the disk's error; `renamed` of it says
 * whether the new bytes are in place all the same.
 */
export async function replaceFile(disk: Disk, path: string, bytes: Uint8Array): Promise<void> {
  const aside = `${path}.new`;
  try {
    const file = await disk.open(aside, 'fresh');
    await writeAndSync(file, bytes);
    await disk.rename(aside, path);
  } catch (error) {
    // Half a file would only take room that a full disk does not have. What can't be removed now, the next writer replaces.
    await disk.unlink(aside).catch(() => undefined);
    throw Object.assign(error as Error, { renamed: false });
  }
  try {
    await disk.syncFolder(dirname(path));
  } catch (error) {
    throw Object.assign(error as Error, { renamed: true });
  }
}

async function writeAndSync(file: DiskFile, bytes: Uint8Array): Promise<void> {
  try {
    // A writer that was killed may have left a longer one.
    await file.truncate(0);
    await writeWhole(file, bytes, 0);
    await file.datasync();
  } finally {
    await file.close();
  }
}
