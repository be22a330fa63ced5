import { isSeen, type LogEntry, type LogLevel, logLine } from '../events/log/log-entry.ts';
import type { PolicyOverride } from '../store/policy.ts';
import { type LogSink, sink } from './log.ts';
import { logText } from './log-text.ts';
import { logLevel } from './logs.ts';
import type { Options } from './options.ts';
import { say } from './output.ts';
import { UsageError } from './usage-error.ts';

/** What the log holds, and what of it is shown on stderr. */
export interface LogSettings {
  /** The level that is set for this run, above the policy's. */
  readonly overrides: readonly PolicyOverride[];
  /** What stderr shows under the level that holds, which may change; null for nothing. */
  readonly terminal: ((level: () => LogLevel) => LogSink) | null;
}

/**
 * `--log`, `--log-level` and the variables that stand in for them, `QUERYTAPE_LOG` and `QUERYTAPE_LOG_LEVEL`. Where nothing is said,
 * a terminal shows what needs attention (`warn` and above), and a pipe nothing; the level is the policy's.
 *
 * @throws UsageError
 */
export function logSettings(
  options: Pick<Options, 'log' | 'log-level'>,
  isTerminal: boolean = process.stderr.isTTY === true,
  env: NodeJS.ProcessEnv = process.env,
): LogSettings {
  const shape = options.log ?? env.QUERYTAPE_LOG;
  const option = options['log-level'];
  const word = option ?? env.QUERYTAPE_LOG_LEVEL;
  const by = option === undefined ? 'QUERYTAPE_LOG_LEVEL' : '--log-level';
  const overrides = word ? [{ pointer: '/logLevel', value: logLevel('log-level', word), by }] : [];
  const shown = (write: (entry: LogEntry) => void) => (level: () => LogLevel) => sink(level, write);
  const pretty = (entry: LogEntry): void => say(logText(logLine(entry)));
  switch (shape || (isTerminal ? undefined : 'none')) {
    case undefined: {
      const attention = (level: LogLevel) => (word || isSeen(level, 'warn') ? level : 'warn');
      return { overrides, terminal: (level) => sink(() => attention(level()), pretty) };
    }
    case 'pretty':
      return { overrides, terminal: shown(pretty) };
    case 'json':
      return { overrides, terminal: shown((entry) => say(JSON.stringify(logLine(entry)))) };
    case 'none':
      return { overrides, terminal: null };
    default:
      throw new UsageError('--log is one of pretty, json, none.');
  }
}
