/** How much an entry matters, from least to most: pino's names, which OpenTelemetry's severities have too. */
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Whether an entry of this level is to be seen where `least` is the lowest level that is. */
export function isSeen(level: LogLevel, least: LogLevel): boolean {
  return LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(least);
}

/** One value of an entry's field. */
export type LogValue = string | number | boolean;

/**
 * One entry of the log: what happened, in a fixed sentence, and its fields under OpenTelemetry's names where it has one. It is made of
 * what the tape may hold, so that no literal, secret or server's text can be in it.
 */
export interface LogEntry {
  /** Milliseconds since 1970-01-01 UTC. */
  readonly at: number;
  readonly level: LogLevel;
  /** The event's type: `query.ended`. */
  readonly name: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, LogValue>>;
}

/** An entry as a line of JSON has it: `time` (ISO 8601), `level`, `event.name`, its fields, `msg`. */
export interface LogLine {
  readonly level: LogLevel;
  readonly time: string;
  readonly msg: string;
  readonly 'event.name': string;
  readonly [field: string]: LogValue;
}

/** An entry as a line's object, in the order in which its parts are read. */
export function logLine({ at, level, name, message, fields }: LogEntry): LogLine {
  return { level, time: new Date(at).toISOString(), 'event.name': name, ...fields, msg: message };
}
