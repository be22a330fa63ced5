import { LOG_LEVELS, type LogLevel } from '../events/log/log-entry.ts';
import { type LogPosition, readLog } from '../store/log/log-reader.ts';
import { Following } from './following.ts';
import { logText } from './log-text.ts';
import type { Options } from './options.ts';
import { print, printJson } from './output.ts';
import { dataPaths, defaultDataFolder } from './paths.ts';
import { UsageError } from './usage-error.ts';

const UNITS_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `querytape logs`: prints the log's lines, oldest first, and with `--follow` goes on until it is interrupted. */
export async function logsCommand(options: Options): Promise<number> {
  const { logs: folder } = dataPaths(options['data-dir'] ?? defaultDataFolder());
  const wish = {
    since: options.since === undefined ? undefined : moment(options.since, Date.now()),
    level: options.level === undefined ? undefined : logLevel('level', options.level),
    queryId: options.query,
  };
  const position: LogPosition = new Map();
  const following = new Following();
  const { ended } = following;
  for (;;) {
    for await (const line of readLog(folder, wish, position)) {
      if (ended.aborted) break;
      await (options.json ? printJson(line) : print(`${logText(line, true)}\n`));
    }
    if (!options.follow || ended.aborted) return 0;
    await following.pause();
  }
}

/** The level that an option or a variable names. @throws UsageError */
export function logLevel(name: string, text: string): LogLevel {
  const level = LOG_LEVELS.find((one) => one === text);
  if (!level) throw new UsageError(`--${name} is one of ${LOG_LEVELS.join(', ')}.`);
  return level;
}

/**
 * When `--since` means: a time (ISO 8601, by the local clock where it names no zone), or how long ago: `90s`, `15m`, `2h`, `3d`.
 *
 * @throws UsageError
 */
export function moment(text: string, now: number): number {
  const ago = /^(\d{1,6})([smhd])$/.exec(text);
  if (ago) return now - Number(ago[1]) * UNITS_MS[ago[2]!]!;
  const at = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/.test(text)
    ? Date.parse(text.length === 10 ? `${text}T00:00` : text)
    : Number.NaN;
  if (Number.isNaN(at))
    throw new UsageError(
      `--since takes a time such as 2026-11-28T14:03, or how long ago: 15m, 2h, 3d; not ${text}.`,
    );
  return at;
}
