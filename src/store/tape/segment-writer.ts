import { type Disk, type DiskFile, writeWhole } from './disk.ts';
import { segmentPath } from './segment.ts';

/** The end of a batch that is compared, in bytes: its seal, whose digest is of all that was written before. */
const SEAL_BYTES = 120;

/** Writes batches to one segment. Nothing counts as written before it is durable, in the file that its path leads to. */
export class SegmentWriter {
  /** Where the durable part of the segment ends. */
  end: number;

  readonly #disk: Disk;
  readonly #folder: string;
  readonly #path: string;
  #file: DiskFile | null = null;
  /** What the durable part ends with; null until that was read. */
  #seal: Buffer | null = null;
  /** Some file systems say of each file that it has no name. */
  #countsNames = false;
  /**
   * Whoever made the file may have died before its name was synced, so the first write does it in any case.
   */
  #isNameDurable = false;

  constructor(disk: Disk, folder: string, segment: number, end: number) {
    this.#disk = disk;
    this.#folder = folder;
    this.#path = segmentPath(folder, segment);
    this.end = end;
  }

  /**
   * Writes a batch in one piece and waits until it is durable. After it threw, some of the batch may stand in
   * the file; `reset` or the next `write` takes that back.
   * @throws the disk's error; ENOENT where the file was deleted, which the system itself writes on without a word
   */
  async write(bytes: Uint8Array): Promise<void> {
    const file = this.#file ?? (await this.reset());
    try {
      await writeWhole(file, bytes, this.end);
      if (this.#countsNames && (await file.stat().catch(() => null))?.nlink === 0) throw deleted(this.#path);
      if (!file.writesThrough) await file.datasync();
      if (!this.#isNameDurable) await this.#disk.syncFolder(this.#folder);
    } catch (error) {
      // After a failed sync the kernel may hold the pages as clean although they never reached the disk, and
      // the next sync then reports success for them ("fsyncgate"). So what is in the page cache is not trusted:
      // the file is closed, cut back to what was durable before, and the whole batch is written again.
      await this.close().catch(() => undefined);
      throw error;
    }
    this.#isNameDurable = true;
    this.end += bytes.length;
    this.#seal = Buffer.from(bytes.subarray(-SEAL_BYTES));
  }

  /** Reopens the segment and truncates it to its durable part. */
  async reset(): Promise<DiskFile> {
    await this.close();
    const file = await this.#disk.open(this.#path, this.end > 0 ? 'throughThere' : 'through');
    try {
      const { nlink, size } = await file.stat();
      if (size < this.end || !(await this.#isOurs(file))) throw deleted(this.#path);
      this.#countsNames = nlink > 0;
      await file.truncate(this.end);
    } catch (error) {
      await file.close().catch(() => undefined);
      throw error;
    }
    this.#file = file;
    return file;
  }

  /** Whether the durable part is the one that was written, be it in another file: a copy that was put back is. */
  async #isOurs(file: DiskFile): Promise<boolean> {
    if (this.end === 0) return true;
    const length = Math.min(this.#seal?.length ?? SEAL_BYTES, this.end);
    const found = await file.read(length, this.end - length);
    this.#seal ??= found;
    return found.equals(this.#seal);
  }

  /** Makes durable what an earlier process wrote up to `end`. */
  async adopt(): Promise<void> {
    try {
      await (await this.reset()).datasync();
    } catch (error) {
      await this.close().catch(() => undefined);
      throw error;
    }
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = null;
    await file?.close();
  }
}

/** The file is not the one that was written: its path leads nowhere any more, or to one without its records. */
function deleted(path: string): Error {
  return Object.assign(new Error(`${path} was deleted while it was written`), { code: 'ENOENT' });
}
