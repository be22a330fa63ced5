import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Envelope, Unsealed } from '../../../../src/events/envelope.ts';
import { lineOf } from '../../../../src/store/tape/line.ts';
import {
  type Fold,
  openTape,
  readTape,
  type Tape,
  type TapeOptions,
} from '../../../../src/store/tape/tape.ts';

/** A new empty folder, gone after the test. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'querytape-tape-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The seqs that were folded: a wrong order, a gap or a record folded twice shows. */
export const seqs: Fold<number[]> = {
  initial: () => [],
  apply: (state, { seq }) => [...state, seq],
};

export async function open(folder: string, options: Partial<TapeOptions<number[]>> = {}) {
  const tape = await openTape({ folder, fold: seqs, now: () => 1000, ageMaxMs: () => 1e15, ...options });
  onTestFinished(() => tape.close().catch(() => undefined));
  return tape;
}

/** A record that carries `word`. */
export function record(word: string, at = 1000): Unsealed {
  const event = { type: 'xstate.after.tick' } as const;
  return { at, actor: 'a', kind: 'query', machine: 'query@1', cause: null, event, state: word };
}

/** Appends one batch and waits for it. */
export async function appendAll(tape: Tape<unknown>, words: readonly string[], at?: number): Promise<number> {
  for (const word of words) tape.append(record(word, at));
  await tape.durable(tape.lastSeq);
  return tape.lastSeq;
}

/** A tape of one segment: opened (1), then batches of records, closed. */
export async function tapeOf(folder: string, batches: readonly (readonly string[])[]): Promise<void> {
  const tape = await open(folder);
  for (const batch of batches) await appendAll(tape, batch);
  await tape.close();
}

export async function collect(batches: AsyncIterable<readonly Envelope[]>): Promise<Envelope[]> {
  const all: Envelope[] = [];
  for await (const batch of batches) all.push(...batch);
  return all;
}

/** Words of the records on disk, the tape's own facts as their types. */
export async function wordsOn(folder: string): Promise<string[]> {
  return (await collect(readTape(folder))).map(wordOf);
}

export function wordOf({ event, state }: Envelope): string {
  return state ?? event.type;
}

/** Facts of one type on a tape. */
export async function factsOn(folder: string, type: string) {
  return (await collect(readTape(folder))).map(({ event }) => event).filter((event) => event.type === type);
}

export function segmentFiles(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.endsWith('.jsonl'));
}

/** Rewrites the lines of a segment. */
export function editLines(folder: string, edit: (lines: string[]) => string[], segment = '00000001.jsonl') {
  const path = join(folder, segment);
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  writeFileSync(
    path,
    edit(lines)
      .map((line) => `${line}\n`)
      .join(''),
  );
}

/** Flips one bit of a byte in the middle of a line. */
export function flipLine(folder: string, line: number, segment = '00000001.jsonl') {
  const path = join(folder, segment);
  const bytes = readFileSync(path);
  let start = 0;
  for (let at = 1; at < line; at++) start = bytes.indexOf('\n', start) + 1;
  bytes[start + 10]! ^= 1;
  writeFileSync(path, bytes);
  return start;
}

/** A line with another content and a CRC that holds, as a forger would write it. */
export function forge(line: string, change: (value: Record<string, unknown>) => void): string {
  const value = JSON.parse(line);
  delete value.crc;
  change(value);
  return lineOf(JSON.stringify(value)).trimEnd();
}
