import { afterEach, describe, expect, it, vi } from 'vitest';
import { LOG_LEVELS, type LogEntry, type LogLevel } from '../../../src/events/log/log-entry.ts';
import { Log, sink } from '../../../src/main/log.ts';
import { type LogSettings, logSettings } from '../../../src/main/log-settings.ts';
import { UsageError } from '../../../src/main/usage-error.ts';

afterEach(() => void vi.restoreAllMocks());

/** The least level of a line that stderr shows, for each level that the policy may have. */
function shown({ terminal }: LogSettings): Record<LogLevel, LogLevel | undefined> {
  let level: LogLevel = 'info';
  const log = new Log(() => 0);
  if (terminal) log.add(terminal(() => level));
  const lines: string[] = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((line) => void lines.push(String(line)) === undefined);
  const least = LOG_LEVELS.map((set) => {
    level = set;
    const first = LOG_LEVELS.find((at) => {
      const before = lines.length;
      log.say(at, 'event', 'Something');
      return lines.length > before;
    });
    return [set, first] as const;
  });
  return Object.fromEntries(least) as Record<LogLevel, LogLevel | undefined>;
}

const same = { trace: 'trace', debug: 'debug', info: 'info', warn: 'warn', error: 'error', fatal: 'fatal' };

describe('the level of the log', () => {
  it('is the policy’s where the command line says nothing', () => {
    expect(logSettings({}, true, {}).overrides).toEqual([]);
    expect(logSettings({}, true, { QUERYTAPE_LOG_LEVEL: '' }).overrides).toEqual([]);
  });

  it('is the option’s, else the variable’s that stands in for it', () => {
    const env = { QUERYTAPE_LOG_LEVEL: 'warn' };
    const override = { pointer: '/logLevel', value: 'debug', by: '--log-level' };
    expect(logSettings({ 'log-level': 'debug' }, true, env).overrides).toEqual([override]);
    expect(logSettings({}, true, env).overrides).toEqual([
      { pointer: '/logLevel', value: 'warn', by: 'QUERYTAPE_LOG_LEVEL' },
    ]);
    expect(() => logSettings({ 'log-level': 'loud' }, true, {})).toThrow(UsageError);
  });
});

describe('stderr', () => {
  it('follows the level as it changes, where its form is set', () => {
    for (const log of ['pretty', 'json']) expect(shown(logSettings({ log }, false, {}))).toEqual(same);
  });

  it('shows a terminal no less than warnings, unless a level is set for this run', () => {
    expect(shown(logSettings({}, true, {}))).toEqual({ ...same, trace: 'warn', debug: 'warn', info: 'warn' });
    expect(shown(logSettings({ 'log-level': 'debug' }, true, {}))).toEqual(same);
  });

  it('shows a pipe nothing', () => {
    expect(logSettings({}, false, {}).terminal).toBeNull();
    expect(logSettings({ log: 'none' }, true, {}).terminal).toBeNull();
  });
});

it('gives each sink what its level lets through at the time, and asks for no more than they take', () => {
  const levels: Record<'file' | 'terminal', LogLevel> = { file: 'info', terminal: 'warn' };
  const written: Record<string, string[]> = { file: [], terminal: [] };
  const log = new Log(() => 0);
  for (const name of ['file', 'terminal'] as const)
    log.add(
      sink(
        () => levels[name],
        ({ level }: LogEntry) => void written[name]!.push(level),
      ),
    );
  const all = (): void => {
    for (const level of LOG_LEVELS) log.say(level, 'event', 'Something');
  };
  expect(log.least).toBe('info');
  all();
  levels.file = 'error';
  expect(log.least).toBe('warn');
  all();
  expect(written).toEqual({
    file: ['info', 'warn', 'error', 'fatal', 'error', 'fatal'],
    terminal: ['warn', 'error', 'fatal', 'warn', 'error', 'fatal'],
  });
});
