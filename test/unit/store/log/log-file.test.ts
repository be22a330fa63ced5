import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { LogEntry, LogLevel, LogLine } from '../../../../src/events/log/log-entry.ts';
import { LOG_FILES_MAX } from '../../../../src/store/limits.ts';
import { openLogFile } from '../../../../src/store/log/log-file.ts';
import { logFiles } from '../../../../src/store/log/log-files.ts';
import { type LogPosition, type LogWish, readLog } from '../../../../src/store/log/log-reader.ts';

let root: string;
let folder: string;
const problems: string[] = [];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'querytape-log-'));
  folder = join(root, 'logs');
  problems.length = 0;
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const open = () =>
  openLogFile({
    folder,
    ageMaxMs: () => 24 * 3600 * 1000,
    onProblem: ({ message }) => problems.push(message),
  });
const entry = (n: number, level: LogLevel = 'info', query = 'q1'): LogEntry => ({
  at: 1_000_000 + n,
  level,
  name: 'query.ended',
  message: `Statement ${n}`,
  fields: { 'querytape.query.id': query, n },
});
async function read(wish?: LogWish, position?: LogPosition) {
  const lines: LogLine[] = [];
  for await (const line of readLog(folder, wish, position)) lines.push(line);
  return lines;
}

it('has what was written on disk once it is flushed, again and again, and after it is closed', async () => {
  const log = await open();
  for (let n = 1; n <= 20; n++) {
    log.write(entry(n));
    await log.flush();
    expect(await read()).toHaveLength(n);
  }
  await log.flush();
  await log.close();
  await log.flush();
  expect(problems).toEqual([]);
});

it('has no lines where it was never written, or was deleted with its folder', async () => {
  expect(await read()).toEqual([]);
  const log = await open();
  log.write(entry(1));
  await log.flush();
  rmSync(folder, { recursive: true });
  expect(await read()).toEqual([]);
  await log.close();
});

it('is written into a folder of any name that the system takes', async () => {
  folder = join(root, 'a: "b" <c> |d? *e', 'logs');
  mkdirSync(join(folder, '..'));
  const log = await open();
  log.write(entry(1));
  await log.close();
  expect(await read()).toHaveLength(1);
  expect(problems).toEqual([]);
});

it('writes one line of JSON per entry into a file that only the user can read', async () => {
  const log = await open();
  log.write(entry(1));
  log.write(entry(3, 'error'));
  await log.close();
  const [name, ...others] = readdirSync(folder);
  expect(others).toEqual([]);
  expect(name).toMatch(/^querytape\.\d{4}-\d\d-\d\d\.1\.log$/);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(statSync(join(folder, name!)).mode & 0o777).toBe(0o600);
  expect(await read()).toEqual([
    {
      level: 'info',
      time: '1970-01-01T00:16:40.001Z',
      'event.name': 'query.ended',
      'querytape.query.id': 'q1',
      n: 1,
      msg: 'Statement 1',
    },
    expect.objectContaining({ level: 'error', msg: 'Statement 3' }),
  ]);
  expect(problems).toEqual([]);
});

it('goes on in the same file when it is opened again, and reads on from a position', async () => {
  for (const n of [1, 2]) {
    const log = await open();
    log.write(entry(n));
    await log.close();
  }
  const position = new Map<string, number>();
  expect((await read({}, position)).map(({ n }) => n)).toEqual([1, 2]);
  expect(await read({}, position)).toEqual([]);
  const log = await open();
  log.write(entry(3));
  await log.close();
  expect((await read({}, position)).map(({ n }) => n)).toEqual([3]);
});

it('reads by level, time and statement, and leaves out what is no line of the log', async () => {
  const log = await open();
  for (const [n, level] of (['debug', 'info', 'warn', 'fatal'] as const).entries())
    log.write(entry(n, level, `q${n}`));
  await log.close();
  const file = join(folder, readdirSync(folder)[0]!);
  appendFileSync(file, 'no JSON\n{"level":"info"}\nnull\n{"torn":');
  expect((await read()).map(({ n }) => n)).toEqual([0, 1, 2, 3]);
  expect((await read({ level: 'warn' })).map(({ n }) => n)).toEqual([2, 3]);
  expect((await read({ since: 1_000_003 })).map(({ n }) => n)).toEqual([3]);
  expect((await read({ queryId: 'q1' })).map(({ n }) => n)).toEqual([1]);
});

it('deletes files that are too old or too many, and no file of others', async () => {
  await (await open()).close();
  const old = join(folder, 'querytape.2020-01-01.1.log');
  writeFileSync(old, '');
  utimesSync(old, 1, 1);
  const other = join(folder, 'notes.log');
  writeFileSync(other, '');
  utimesSync(other, 1, 1);
  for (let n = 1; n <= LOG_FILES_MAX + 2; n++)
    writeFileSync(join(folder, `querytape.2021-01-01.${n}.log`), '');
  const log = await open();
  await log.close();
  const left = readdirSync(folder);
  expect(left).not.toContain('querytape.2020-01-01.1.log');
  expect(left).not.toContain('querytape.2021-01-01.1.log');
  expect(left).toContain(`querytape.2021-01-01.${LOG_FILES_MAX + 2}.log`);
  expect(left).toContain('notes.log');
});

it('sorts files by day and number', () => {
  const names = [
    'querytape.2026-01-02.1.log',
    'querytape.2026-01-01.10.log',
    'querytape.2026-01-01.9.log',
    'x',
  ];
  expect(logFiles(names)).toEqual([names[2], names[1], names[0]]);
});

it('does not follow a link that stands in its folder', async () => {
  await (await open()).close();
  symlinkSync(join(root, 'elsewhere'), join(folder, 'querytape.2030-01-01.1.log'));
  await expect(open()).rejects.toThrow(/is a link/);
});

it('costs nothing else where no line can be written, and reports it once', { tags: ['slow'] }, async () => {
  // What has the name of today's file is a folder.
  mkdirSync(join(folder, `querytape.${new Date().toLocaleDateString('sv')}.1.log`), { recursive: true });
  const log = await open();
  await expect.poll(() => problems).toEqual([expect.stringMatching(/EISDIR/)]);
  for (let n = 0; n < 100; n++) log.write(entry(n, n % 2 === 0 ? 'error' : 'info'));
  await log.close();
  log.write(entry(101));
  expect(problems).toHaveLength(1);
});
