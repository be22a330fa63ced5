import { fstatSync } from 'node:fs';
import { readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { isSeen, type LogEntry, logLine } from '../../events/log/log-entry.ts';
import {
  LOG_FILE_BYTES,
  LOG_FILES_MAX,
  LOG_FLUSH_MS,
  LOG_PENDING_BYTES_MAX,
  LOG_WRITE_BYTES,
} from '../limits.ts';
import { ownFolder } from '../own-files.ts';
import { logFiles } from './log-files.ts';

/** Where the log goes. */
export interface LogFileOptions {
  readonly folder: string;
  /** Milliseconds after its last line at which a file may be deleted. */
  readonly ageMaxMs: () => number;
  /** Called once when a line could not be written, and again after lines could be written in between. */
  readonly onProblem: (error: Error) => void;
}

/** The log on disk: lines of JSON, in a file per day, several where they are large. */
export interface LogFile {
  write(entry: LogEntry): void;
  /** Resolves once what was written until now is on disk, or can't be within a bounded time. Never rejects. */
  flush(): Promise<void>;
  /** Whether it is written into a file that has a name: the system writes a deleted one on without a word. */
  isThere(): boolean;
  /** Deletes files that are too old or too many. */
  sweep(): Promise<void>;
  /** Resolves once everything is written, or can't be. */
  close(): Promise<void>;
}

/** How long a flush and a close wait for the disk. */
const DISK_WAIT_MS = 2000;

/**
 * Opens the log. Lines are gathered and written by the thread pool; what the disk does not take is retried with what follows, and
 * dropped beyond LOG_PENDING_BYTES_MAX. What matters (`error` and above) is written at once, and everything when the process exits.
 *
 * @throws UnsafeFileError where another user may have put something in the folder, or the disk's error
 */
export async function openLogFile({ folder, ageMaxMs, onProblem }: LogFileOptions): Promise<LogFile> {
  // pino-roll fails on a folder that it has to make itself while it also links its current file.
  await ownFolder(folder);
  await sweep(folder, ageMaxMs());
  const [{ pino }, { default: roll }] = await Promise.all([import('pino'), import('pino-roll')]);
  // pino-roll checks what it is given first, and refuses a folder whose name Windows could not have (`:`, `"`).
  const given = ['querytape', join(folder, 'querytape')];
  const destination = await roll({
    file: () => given.shift()!,
    extension: '.log',
    dateFormat: 'yyyy-MM-dd',
    frequency: 'daily',
    size: `${LOG_FILE_BYTES}b`,
    limit: { count: LOG_FILES_MAX, removeOtherLogFiles: true },
    mode: 0o600,
    sync: false,
    minLength: LOG_WRITE_BYTES,
    maxLength: LOG_PENDING_BYTES_MAX,
  });
  let isFailing = false;
  const report = (error: Error): void => {
    if (!isFailing) onProblem(error);
    isFailing = true;
  };
  destination.on('error', report);
  destination.on('write', () => {
    isFailing = false;
  });
  // Until then nothing is written by a flush, which would wait for it in vain.
  await new Promise((resolve) => destination.once('ready', resolve).once('error', resolve));
  const logger = pino(
    { level: 'trace', base: null, timestamp: false, formatters: { level: (label) => ({ level: label }) } },
    destination,
  );
  let isClosed = false;
  let flushing: ReturnType<typeof setTimeout> | null = null;
  const flush = (): void => {
    if (flushing !== null) clearTimeout(flushing);
    flushing = null;
    try {
      if (!isClosed) destination.flush();
    } catch (error) {
      report(error as Error);
    }
  };
  /** Writes what waits, once a write that is under way is over. */
  const drained = (): Promise<void> =>
    new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(givenUp);
        for (const event of ['drain', 'error', 'close']) destination.off(event, done);
        resolve();
      };
      const givenUp = setTimeout(done, DISK_WAIT_MS).unref();
      for (const event of ['drain', 'error', 'close']) destination.on(event, done);
      flush();
    });
  const flushAtExit = (): void => {
    try {
      destination.flushSync();
    } catch {
      // It is not open yet, or the disk takes nothing.
    }
  };
  process.on('exit', flushAtExit);
  return {
    write(entry) {
      if (isClosed) return;
      const { msg, level: name, ...line } = logLine(entry);
      try {
        logger[name](line, msg);
      } catch (error) {
        report(error as Error);
      }
      if (isSeen(name, 'error')) flush();
      else flushing ??= setTimeout(flush, LOG_FLUSH_MS).unref();
    },
    async flush() {
      // The first may end with a write that had begun before what was written last.
      for (let round = 0; round < 2 && !isClosed; round++) await drained();
    },
    isThere: () => destination.fd >= 0 && fstatSync(destination.fd).nlink > 0,
    sweep: () => sweep(folder, ageMaxMs()),
    async close() {
      flush();
      isClosed = true;
      process.off('exit', flushAtExit);
      await new Promise<void>((resolve) => {
        const givenUp = setTimeout(resolve, DISK_WAIT_MS).unref();
        destination.once('close', () => {
          clearTimeout(givenUp);
          resolve();
        });
        destination.end();
      });
    },
  };
}

/** What can't be deleted now is tried again at the next sweep. */
async function sweep(folder: string, ageMaxMs: number): Promise<void> {
  const files = logFiles(await readdir(folder));
  const oldest = Date.now() - ageMaxMs;
  for (const [index, name] of files.entries()) {
    const path = join(folder, name);
    const isTooMany = files.length - index > LOG_FILES_MAX;
    const found = await stat(path).catch(() => null);
    if (isTooMany || (found !== null && found.mtimeMs < oldest)) await unlink(path).catch(() => undefined);
  }
}
