import type { LogLevel, LogLine } from '../events/log/log-entry.ts';
import { terminalLine } from './terminal-text.ts';

/** Fields that a line on a terminal leaves out: its other words say them, or `--json` does. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  'level',
  'time',
  'msg',
  'event.name',
  'querytape.fingerprint',
]);

const MARKS: Readonly<Record<LogLevel, string>> = {
  trace: 'TRACE',
  debug: 'DEBUG',
  info: 'INFO ',
  warn: 'WARN ',
  error: 'ERROR',
  fatal: 'FATAL',
};

/** One line of the log as text: `14:03:11.402 WARN  Statement failed  error.type=42601 …`. The day is said with `withDay`. */
export function logText(line: LogLine, withDay = false): string {
  const when = new Date(line.time).toLocaleString('sv', { hour12: false });
  const clock = `${withDay ? when : when.slice(11)}.${line.time.slice(20, 23)}`;
  const fields = Object.entries(line)
    .filter(([name]) => !LEFT_OUT.has(name))
    .map(([name, value]) => `${name.replace(/^querytape\./, '')}=${shown(value)}`);
  return terminalLine([`${clock} ${MARKS[line.level]} ${line.msg}`, ...fields].join('  ')).trimEnd();
}

function shown(value: string | number | boolean): string {
  return typeof value === 'string' && /[\s"=]/.test(value) ? JSON.stringify(value) : String(value);
}
