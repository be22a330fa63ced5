import { getEventListeners } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { TapeFact } from '../../../src/events/tape.ts';
import { Following } from '../../../src/main/following.ts';
import { tailCommand } from '../../../src/main/tape.ts';
import { openTape } from '../../../src/store/tape/tape.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'querytape-following-'));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

/** What Ctrl-C does, to the listeners that are there since `before`. */
function press(before: readonly unknown[]): void {
  for (const listener of process.listeners('SIGINT'))
    if (!before.includes(listener)) (listener as (signal: string) => void)('SIGINT');
}

it('ends a tail of the tape at Ctrl-C, however much of it is still to be printed', async () => {
  const tape = await openTape({
    folder: join(folder, 'tape'),
    fold: { initial: () => 0, apply: (count: number) => count + 1 },
    ageMaxMs: () => Number.MAX_SAFE_INTEGER,
  });
  const event: TapeFact = { type: 'process.watched', stallMs: 1000 };
  for (let n = 0; n < 1000; n++)
    tape.append({ actor: 'tape', kind: 'tape', machine: null, cause: null, state: null, at: n, event });
  await tape.close();
  const before = process.listeners('SIGINT');
  const written = vi.spyOn(process.stdout, 'write').mockImplementation(() => {
    if (written.mock.calls.length === 10) press(before);
    return true;
  });
  const code = await tailCommand({ 'data-dir': folder } as never);
  const lines = written.mock.calls.length;
  written.mockRestore();
  expect({ code, lines }).toEqual({ code: 0, lines: 10 });
});

it('goes on behind what is cut of the tape while it is printed, and says which records that were', async () => {
  const tapeFolder = join(folder, 'tape');
  const tape = await openTape({
    folder: tapeFolder,
    fold: { initial: () => 0, apply: (count: number) => count + 1 },
    segmentBytes: 1000,
    ageMaxMs: () => Number.MAX_SAFE_INTEGER,
  });
  const event: TapeFact = { type: 'process.watched', stallMs: 1000 };
  for (let n = 0; n < 60; n++) {
    tape.append({ actor: 'tape', kind: 'tape', machine: null, cause: null, state: null, at: n, event });
    await tape.durable(tape.lastSeq);
  }
  const { lastSeq } = tape;
  await tape.close();
  const files = readdirSync(tapeFolder).filter((name) => name.endsWith('.jsonl'));
  const beginOf = (file: string): number =>
    JSON.parse(readFileSync(join(tapeFolder, file), 'utf8').split('\n')[0]!).afterSeq + 1;
  const [second, fourth] = [beginOf(files[1]!), beginOf(files[3]!)];
  const before = process.listeners('SIGINT');
  const printed: number[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => {
    if (printed.length === 0) for (const name of files.slice(0, 3)) rmSync(join(tapeFolder, name));
    printed.push((JSON.parse(String(line)) as { seq: number }).seq);
    if (printed.at(-1) === lastSeq) press(before);
    return true;
  });
  let said = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += text;
    return true;
  });
  expect(await tailCommand({ 'data-dir': folder } as never)).toBe(0);
  vi.restoreAllMocks();
  const span = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => from + at);
  expect(printed).toEqual([...span(1, second), ...span(fourth, lastSeq + 1)]);
  expect(said).toBe(`Records ${second} to ${fourth - 1} were cut before they were read.\n`);
  await expect(tailCommand({ 'data-dir': folder, from: '1' } as never)).rejects.toMatchObject({
    code: 'tape.gone',
  });
});

it('leaves no listener behind each time it was waited for', { tags: ['slow'] }, async () => {
  const before = process.listeners('SIGINT');
  const following = new Following();
  await following.pause();
  await following.pause();
  expect(getEventListeners(following.ended, 'abort')).toEqual([]);
  press(before);
  expect(following.ended.aborted).toBe(true);
  await following.pause();
});
