import type { LogLevel } from '../events/log/log-entry.ts';
import { logLine } from '../events/log/log-entry.ts';
import type { LogSink } from './log.ts';
import { logText } from './log-text.ts';
import { logLevel } from './logs.ts';
import type { Options } from './options.ts';
import { say } from './output.ts';
import { UsageError } from './usage-error.ts';

/** What the log holds, and what of it is shown on stderr. */
export interface LogSettings {
  /** The least level in the log's files. */
  readonly least: LogLevel;
  /** Null for nothing on stderr. */
  readonly terminal: LogSink | null;
}

/**
 * `--log`, `--log-level` and the variables that stand in for them, `QUERYTAPE_LOG` and `QUERYTAPE_LOG_LEVEL`. Where nothing is said,
 * a terminal shows what needs attention (`warn` and above), and a pipe nothing.
 *
 * @throws UsageError
 */
export function logSettings(
  options: Pick<Options, 'log' | 'log-level'>,
  isTerminal: boolean = process.stderr.isTTY === true,
  env: NodeJS.ProcessEnv = process.env,
): LogSettings {
  const shape = options.log ?? env.QUERYTAPE_LOG;
  const said = options['log-level'] ?? env.QUERYTAPE_LOG_LEVEL;
  const given = said ? logLevel('log-level', said) : undefined;
  const least = given ?? 'info';
  switch (shape || (isTerminal ? undefined : 'none')) {
    case undefined:
      return { least, terminal: { least: given ?? 'warn', write: (entry) => say(logText(logLine(entry))) } };
    case 'pretty':
      return { least, terminal: { least, write: (entry) => say(logText(logLine(entry))) } };
    case 'json':
      return { least, terminal: { least, write: (entry) => say(JSON.stringify(logLine(entry))) } };
    case 'none':
      return { least, terminal: null };
    default:
      throw new UsageError('--log is one of pretty, json, none.');
  }
}
