import { randomUUID } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';

/** What a spill file needs of `fs.promises`' FileHandle; a test fails through it. */
export type SpillHandle = Pick<FileHandle, 'read' | 'writev' | 'close'>;
/** Opens a new file to read and write, mode 0600. */
export type OpenSpill = (path: string) => Promise<SpillHandle>;

/** The end of a spill file's name, for the moment in which it has one. */
export const SPILL_SUFFIX = '.spill';

const openSpill: OpenSpill = (path) => open(path, 'wx+', 0o600);

/**
 * Rows on disk, in a file without a name: it is unlinked as soon as it is open, so that it dies with the
 * process whatever happens. Only ever grows; a byte's position in it is its position in the result.
 */
export class SpillFile {
  readonly #handle: SpillHandle;
  #busy = 0;
  #closing: Promise<void> | undefined;
  #idle: (() => void) | undefined;

  private constructor(handle: SpillHandle) {
    this.#handle = handle;
  }

  /** @throws the system's error, with its `code` */
  static async open(folder: string, openFile: OpenSpill = openSpill): Promise<SpillFile> {
    const path = join(folder, `${randomUUID()}${SPILL_SUFFIX}`);
    const file = new SpillFile(await openFile(path));
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
   * Writes all the chunks one after the other, without joining them. @throws the system's error, such as
   * ENOSPC
   */
  async write(chunks: readonly Uint8Array[], position: number): Promise<void> {
    this.#busy++;
    try {
      let rest = chunks;
      let at = position;
      while (rest.length > 0) {
        let { bytesWritten } = await this.#handle.writev(rest, at);
        if (bytesWritten === 0) throw Object.assign(new Error('the disk takes no more'), { code: 'ENOSPC' });
        at += bytesWritten;
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
