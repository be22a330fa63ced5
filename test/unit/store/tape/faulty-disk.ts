import { type Disk, type DiskFile, nodeDisk, type OpenHow } from '../../../../src/store/tape/disk.ts';

type Operation = 'open' | 'write' | 'datasync' | 'truncate' | 'rename' | 'unlink' | 'syncFolder';

/** The real disk, on which a test can make each operation fail, write short, or wait. */
export class FaultyDisk implements Disk {
  /** Operations in the order they ended. */
  readonly log: Operation[] = [];
  /** The errno with which an operation fails from now on. */
  readonly fails = new Map<Operation, string>();
  /** A write writes no more than this. */
  writeMax = Number.POSITIVE_INFINITY;
  /** The next write fails after so many bytes of it were written. */
  tearAfter: number | null = null;
  /** Files that are opened for it write through, as the real disk's do on Linux; else each write is followed by a sync. */
  writesThrough = false;
  /** What a sync waits for. */
  gate: Promise<void> = Promise.resolve();
  /** Runs when a sync is asked for, before it ends. */
  onDatasync = () => {};

  async open(path: string, how?: OpenHow): Promise<DiskFile> {
    const file = await this.#do('open', () => nodeDisk.open(path, how));
    return {
      ...(how?.startsWith('through') && this.writesThrough ? { writesThrough: true } : {}),
      write: (bytes, offset, length, position) =>
        this.#do('write', async () => {
          const torn = this.tearAfter;
          const part = Math.min(length, this.writeMax, torn ?? length);
          const written = await file.write(bytes, offset, part, position);
          if (torn !== null) {
            this.tearAfter = null;
            throw errno('ENOSPC');
          }
          return written;
        }),
      datasync: () =>
        this.#do('datasync', async () => {
          this.onDatasync();
          await this.gate;
          await file.datasync();
        }),
      truncate: (length) => this.#do('truncate', () => file.truncate(length)),
      read: (length, position) => file.read(length, position),
      stat: () => file.stat(),
      close: () => file.close(),
    };
  }

  rename = (from: string, to: string) => this.#do('rename', () => nodeDisk.rename(from, to));
  unlink = (path: string) => this.#do('unlink', () => nodeDisk.unlink(path));
  syncFolder = (folder: string) => this.#do('syncFolder', () => nodeDisk.syncFolder(folder));

  async #do<T>(operation: Operation, run: () => Promise<T>): Promise<T> {
    const code = this.fails.get(operation);
    if (code !== undefined) throw errno(code);
    const result = await run();
    this.log.push(operation);
    return result;
  }
}

function errno(code: string): Error {
  return Object.assign(new Error(code), { code });
}
