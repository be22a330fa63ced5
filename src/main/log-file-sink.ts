import type { LogEntry, LogLevel } from '../events/log/log-entry.ts';
import { type LogFile, type LogFileOptions, openLogFile } from '../store/log/log-file.ts';
import type { LogSink } from './log.ts';

/**
 * The log's file as a sink. It is opened once the program serves, so that the start does not wait for it: what is written before waits
 * for it. One that was deleted, or could not be opened, is opened again by the next sweep; until then it takes nothing.
 */
export class LogFileSink implements LogSink {
  readonly #least: () => LogLevel;
  readonly #options: LogFileOptions;
  #opening: Promise<LogFile | null> = Promise.resolve(null);
  #file: LogFile | null = null;
  /** Null once nothing waits for the file any more. */
  #waiting: LogEntry[] | null = [];
  #isReported = false;

  /** @param least what is written now; asked for each entry */
  constructor(least: () => LogLevel, options: LogFileOptions) {
    this.#least = least;
    const onProblem = (error: Error): void => {
      if (!this.#isReported) options.onProblem(error);
      this.#isReported = true;
    };
    this.#options = { ...options, onProblem };
  }

  get least(): LogLevel {
    return this.#least();
  }

  write(entry: LogEntry): void {
    if (this.#file) this.#file.write(entry);
    else this.#waiting?.push(entry);
  }

  open(): void {
    this.#waiting ??= [];
    this.#opening = openLogFile(this.#options).catch((error: Error) => {
      this.#options.onProblem(error);
      return null;
    });
    void this.#opening.then((file) => {
      this.#file = file;
      for (const entry of this.#waiting ?? []) file?.write(entry);
      this.#waiting = null;
    });
  }

  /** Resolves once what was written until now is in the file, or can't be. Never rejects. */
  async flush(): Promise<void> {
    await (await this.#opening)?.flush();
  }

  /** Deletes files that are too old or too many. What can't be deleted now is tried again at the next sweep. */
  async sweep(): Promise<void> {
    const file = await this.#opening;
    if (file?.isThere()) {
      this.#isReported = false;
      return file.sweep();
    }
    this.#file = null;
    this.open();
    await file?.close();
  }

  async close(): Promise<void> {
    await (await this.#opening)?.close();
  }
}
