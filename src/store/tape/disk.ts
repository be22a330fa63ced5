import { constants, promises, type Stats, statSync, write } from 'node:fs';
import { createOwnFile, openOwnFile } from '../own-files.ts';

/** An open file as the tape writes it. A part of Node's FileHandle. */
export interface DiskFile {
  /** What a write has written is durable when it ends, as if `datasync` had followed. */
  readonly writesThrough?: true;
  write(
    bytes: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ bytesWritten: number }>;
  /** The bytes at a position, in bytes; fewer where the file ends before. */
  read(length: number, position: number): Promise<Buffer>;
  datasync(): Promise<void>;
  truncate(length: number): Promise<void>;
  /**
   * How many names it has, and how long it is, in bytes; no name, once the path by which it was opened leads to another file or none. It is
   * asked after a write.
   */
  stat(): Promise<{ readonly nlink: number; readonly size: number }>;
  close(): Promise<void>;
}

export type OpenHow = 'fresh' | 'through' | 'throughThere';

/** Every operation by which the tape changes the disk. Tests put faults here. */
export interface Disk {
  /**
   * Opens a file of this user's for reading and writing, mode 0600, through no link; makes it if it is not
   * there. A `fresh` one is made in any case, and what stands under its name goes first. One that is opened to
   * write `through` has `writesThrough` where the system offers that; `throughThere` is the same for one that has to be there.
   */
  open(path: string, how?: OpenHow): Promise<DiskFile>;
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  /** Makes the names in a folder durable: a new file is not there after a power cut before this. */
  syncFolder(folder: string): Promise<void>;
}

/**
 * open(2): with O_DSYNC each write ends as if fdatasync(2) had followed, in one trip to a thread where those two take one each.
 * macOS syncs so to the drive's cache alone, and fdatasync as Node calls it to the drive itself; Windows has no such flag.
 */
const THROUGH = process.platform === 'linux' ? constants.O_DSYNC : 0;

/** The disk itself. */
export const nodeDisk: Disk = {
  async open(path, how) {
    if (how === 'fresh') return fileOf(path, await createOwnFile(path));
    if (how === undefined) return fileOf(path, await openOwnFile(path));
    const file = fileOf(path, await openOwnFile(path, THROUGH, how === 'through'));
    return THROUGH === 0 ? file : { ...file, writesThrough: true };
  },
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

type Identity = Pick<Stats, 'ino' | 'dev'>;

function isSame(one: Identity, other: Identity): boolean {
  return one.ino === other.ino && one.dev === other.dev;
}

/** What is said of a file that its path leads to no more. */
const NAMELESS = { nlink: 0, size: 0 };

/** An open file. It is written by its descriptor: the handle's own promises take as long as the call to the thread. */
function fileOf(path: string, file: promises.FileHandle): DiskFile {
  /** What the path led to as it was opened; null where that changes by itself, as on some file systems of networks. */
  let opened: Identity | null | undefined;
  return {
    write: (bytes, offset, length, position) =>
      new Promise((resolve, reject) => {
        write(file.fd, bytes, offset, length, position, (error, bytesWritten) =>
          error === null ? resolve({ bytesWritten }) : reject(error),
        );
      }),
    async read(length, position) {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
      return buffer.subarray(0, bytesRead);
    },
    datasync: () => file.datasync(),
    truncate: (length) => file.truncate(length),
    async stat() {
      if (!opened) {
        const found = await file.stat();
        if (opened === undefined) opened = isSame(found, await promises.stat(path)) ? found : null;
        return found;
      }
      // Without a trip to a thread, which takes ten times as long: the disk has just answered a write.
      try {
        const now = statSync(path);
        return isSame(now, opened) ? now : NAMELESS;
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'ENOENT' || code === 'ENOTDIR') return NAMELESS;
        throw error;
      }
    },
    close: () => file.close(),
  };
}

/** Writes all of `bytes` at `position`, going on after short writes. */
export async function writeWhole(file: DiskFile, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    // POSIX lets write() do nothing without an error; going on would never end.
    if (bytesWritten === 0) throw Object.assign(new Error('write() wrote nothing'), { code: 'EIO' });
    done += bytesWritten;
  }
}
