import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { LogEntry } from '../../../src/events/log/log-entry.ts';
import { LogFileSink } from '../../../src/main/log-file-sink.ts';

let root: string;
let folder: string;
let sink: LogFileSink;
let problems: string[];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'querytape-log-'));
  folder = join(root, 'logs');
  problems = [];
  sink = new LogFileSink(() => 'info', {
    folder,
    ageMaxMs: () => 24 * 3600 * 1000,
    onProblem: (error) => problems.push((error as NodeJS.ErrnoException).code ?? error.message),
  });
});
afterEach(async () => {
  await sink.close();
  rmSync(root, { recursive: true, force: true });
});

const entry = (n: number): LogEntry => ({
  at: 1_000_000 + n,
  level: 'info',
  name: 'query.ended',
  message: `Statement ${n}`,
  fields: {},
});

/** The messages that are on disk. */
function written(): string[] {
  const text = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
  const lines = text.join('').trim().split('\n').filter(Boolean);
  return lines.map((line) => (JSON.parse(line) as { msg: string }).msg);
}

it('writes what came before the file was open', async () => {
  sink.write(entry(1));
  sink.open();
  await sink.flush();
  expect(written()).toEqual(['Statement 1']);
});

it.each([
  ['file', () => readdirSync(folder).map((name) => join(folder, name))],
  ['folder', () => [folder]],
])('begins a %s again that was deleted, by the next sweep', async (_, deleted) => {
  sink.open();
  sink.write(entry(1));
  await sink.flush();
  for (const path of deleted()) rmSync(path, { recursive: true });
  await sink.sweep();
  sink.write(entry(2));
  await sink.flush();
  expect(written()).toEqual(['Statement 2']);
  await sink.sweep();
  sink.write(entry(3));
  await sink.flush();
  expect(written()).toEqual(['Statement 2', 'Statement 3']);
  expect(problems).toEqual([]);
});

it('opens a file that could not be opened once it can be, and reports that once', async () => {
  writeFileSync(folder, '');
  sink.open();
  sink.write(entry(1));
  await sink.sweep();
  await sink.sweep();
  expect(problems).toEqual(['file.unsafe']);
  rmSync(folder);
  mkdirSync(folder, { mode: 0o700 });
  await sink.sweep();
  sink.write(entry(2));
  await sink.flush();
  expect(written()).toEqual(['Statement 2']);
});
