import { promises } from 'node:fs';
import { createOwnFile, openOwnFile } from '../own-files.ts';

/** An open file as the tape writes it. A part of Node's FileHandle. */
export interface DiskFile {
  write(
    bytes: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ bytesWritten: number }>;
  datasync(): Promise<void>;
  truncate(length: number): Promise<void>;
  close(): Promise<void>;
}

/** Every operation by which the tape changes the disk. Tests put faults here. */
export interface Disk {
  /**
   * Opens a file of this user's for reading and writing, mode 0600, through no link; makes it if it is not
   * there. A `fresh` one is made in any case, and what stands under its name goes first.
   */
  open(path: string, fresh?: boolean): Promise<DiskFile>;
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  /** Makes the names in a folder durable: a new file is not there after a power cut before this. */
  syncFolder(folder: string): Promise<void>;
}

/** The disk itself. */
export const nodeDisk: Disk = {
  open: (path, fresh = false) => (fresh ? createOwnFile(path) : openOwnFile(path)),
  rename: promises.rename,
  unlink: promises.unlink,
  async syncFolder(folder) {
    // Windows has no handle for a folder that can be synced; its rename and create are journaled.
    if (process.platform === 'win32') return;
    const handle = await promises.open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
};

/** Writes all of `bytes` at `position`, going on after short writes. */
export async function writeWhole(file: DiskFile, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    // POSIX lets write() do nothing without an error; going on would never end.
    if (bytesWritten === 0) throw Object.assign(new Error('write() wrote nothing'), { code: 'EIO' });
    done += bytesWritten;
  }
}
