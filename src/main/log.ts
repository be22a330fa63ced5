import { isSeen, LOG_LEVELS, type LogEntry, type LogLevel, type LogValue } from '../events/log/log-entry.ts';
import { whereOf } from './fatal-errors.ts';

/** Where entries go: the file, the terminal, a collector. */
export interface LogSink {
  /** Entries below it are of no use to it. It may change at any time. */
  readonly least: LogLevel;
  write(entry: LogEntry): void;
}

/** A sink whose least level is asked for each entry. */
export function sink(least: () => LogLevel, write: LogSink['write']): LogSink {
  return {
    get least() {
      return least();
    },
    write,
  };
}

/**
 * The log of one run: what the tape says (through the log's projection) and the few things that are not events. What one sink throws
 * ends that sink alone.
 */
export class Log {
  #sinks: readonly LogSink[] = [];
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The least level that any sink takes. */
  get least(): LogLevel {
    return LOG_LEVELS.find((level) => this.#sinks.some(({ least }) => least === level)) ?? 'fatal';
  }

  add(sink: LogSink): void {
    this.#sinks = [...this.#sinks, sink];
  }

  readonly write = (entry: LogEntry): void => {
    for (const sink of this.#sinks) {
      if (!isSeen(entry.level, sink.least)) continue;
      try {
        sink.write(entry);
      } catch {
        this.#sinks = this.#sinks.filter((one) => one !== sink);
      }
    }
  };

  /** Something that is no event. */
  say(level: LogLevel, name: string, message: string, fields: Readonly<Record<string, LogValue>> = {}): void {
    this.write({ at: this.#now(), level, name, message, fields });
  }

  /** A defect of the program: its kind and place, never its message, which may quote values. */
  defect(level: 'error' | 'fatal', message: string, error: unknown): void {
    const [type = '', ...stack] = whereOf(error).split('\n');
    const fields = { 'exception.type': type, 'exception.stacktrace': stack.join('\n') };
    this.say(level, 'querytape.defect', message, fields);
  }
}
