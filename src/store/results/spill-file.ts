import { randomUUID } from 'node:crypto';
import { type FileHandle, open, statfs, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { DISK_RESERVE_BYTES } from '../../events/limits.ts';
import { makeOne } from '../own-files.ts';

/**
 * One write to the spill file takes at least so much, where there is as much; memory may go below its budget
 * by it.
 */
export const SPILL_WRITE_BYTES = 2 * 1024 * 1024;

/** What a spill file needs of `fs.promises`' FileHandle; a test fails through it. */
export type SpillHandle = Pick<FileHandle, 'read' | 'writev' | 'close'>;
/** Opens a new file to read and write, mode 0600. */
export type OpenSpill = (path: string) => Promise<SpillHandle>;

/** Bytes that are free on the disk of a folder; infinite where it does not say. A test makes them few. */
export type FreeBytes = (folder: string) => Promise<number>;

/** The end of a spill file's name, for the moment in which it has one. */
export const SPILL_SUFFIX = '.spill';

const openSpill: OpenSpill = (path) => open(path, 'wx+', 0o600);

const freeBytes: FreeBytes = async (folder) => {
  const { blocks, bavail, bsize } = await statfs(folder);
  return blocks === 0 ? Number.POSITIVE_INFINITY : bavail * bsize;
};

/** What a spill file is made on; what is left out is the disk itself. For tests. */
export interface SpillDisk {
  readonly openSpill?: OpenSpill;
  readonly freeBytes?: FreeBytes;
}

/**
 * Rows on disk, in a file without a name: it is unlinked as soon as it is open, so that it dies with the
 * process whatever happens. Only ever grows; a byte's position in it is its position in the result. It leaves
 * DISK_RESERVE_BYTES of its disk free, as the tape has to go on, and no statement of its own may fill the disk of other programs.
 */
export class SpillFile {
  readonly #handle: SpillHandle;
  readonly #free: () => Promise<number>;
  #busy = 0;
  #closing: Promise<void> | undefined;
  #idle: (() => void) | undefined;

  private constructor(handle: SpillHandle, free: () => Promise<number>) {
    this.#handle = handle;
    this.#free = free;
  }

  /** @throws the system's error, with its `code` */
  static async open(
    folder: string,
    { openSpill: openFile = openSpill, freeBytes: free = freeBytes }: SpillDisk = {},
  ): Promise<SpillFile> {
    const path = join(folder, `${randomUUID()}${SPILL_SUFFIX}`);
    // A user may delete it at any time.
    await makeOne(folder);
    const file = new SpillFile(await openFile(path), async () => {
      await makeOne(folder);
      return free(folder);
    });
    try {
      await unlink(path);
    } catch (error) {
      // A name that stays would keep rows on the disk: rather no file at all.
      await file.close();
      throw error;
    }
    return file;
  }

  /**
   * Writes all the chunks one after the other, without joining them, and says of each piece when the disk has it. @throws the system's
   * error; ENOSPC also where less than DISK_RESERVE_BYTES would be left
   */
  async write(
    chunks: readonly Uint8Array[],
    position: number,
    onPiece: (bytes: number) => void = () => {},
  ): Promise<void> {
    this.#busy++;
    try {
      const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
      if ((await this.#free()) - length < DISK_RESERVE_BYTES) throw full();
      let rest = chunks.flatMap(pieces);
      let at = position;
      while (rest.length > 0) {
        let { bytesWritten } = await this.#handle.writev(firstPieces(rest), at);
        if (bytesWritten === 0) throw full();
        at += bytesWritten;
        onPiece(bytesWritten);
        let whole = 0;
        while (whole < rest.length && bytesWritten >= rest[whole]!.length)
          bytesWritten -= rest[whole++]!.length;
        rest = rest.slice(whole);
        if (bytesWritten > 0) rest = [rest[0]!.subarray(bytesWritten), ...rest.slice(1)];
      }
    } finally {
      this.#done();
    }
  }

  /** Fills `target` from `at` on with `length` bytes. @throws the system's error */
  async read(target: Uint8Array, at: number, length: number, position: number): Promise<void> {
    this.#busy++;
    try {
      for (let done = 0; done < length; ) {
        const { bytesRead } = await this.#handle.read(target, at + done, length - done, position + done);
        if (bytesRead === 0)
          throw Object.assign(new Error('the spill file is shorter than it was'), { code: 'EIO' });
        done += bytesRead;
      }
    } finally {
      this.#done();
    }
  }

  /** Closes the file once what is under way on it has ended. */
  close(): Promise<void> {
    this.#closing ??= (async () => {
      if (this.#busy > 0) {
        await new Promise<void>((resolve) => {
          this.#idle = resolve;
        });
      }
      await this.#handle.close();
    })();
    return this.#closing;
  }

  #done(): void {
    if (--this.#busy === 0) this.#idle?.();
  }
}

/** A row may be larger than a slow disk takes within DISK_WAIT_MAX_MS: in pieces it is seen that it takes them. */
function pieces(chunk: Uint8Array): Uint8Array[] {
  const count = Math.ceil(chunk.length / SPILL_WRITE_BYTES);
  return Array.from({ length: count }, (_, index) =>
    chunk.subarray(index * SPILL_WRITE_BYTES, (index + 1) * SPILL_WRITE_BYTES),
  );
}

function firstPieces(rest: readonly Uint8Array[]): readonly Uint8Array[] {
  let count = 0;
  for (let bytes = 0; count < rest.length && bytes < SPILL_WRITE_BYTES; count++) bytes += rest[count]!.length;
  return rest.slice(0, count);
}

function full(): Error {
  return Object.assign(new Error('the disk takes no more'), { code: 'ENOSPC' });
}
