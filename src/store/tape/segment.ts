import { constants } from 'node:fs';
import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { KIB } from '../../events/limits.ts';
import { type Header, isHeader, parseLine, type Seal, TAPE_FORMAT } from './line.ts';
import { TapeError } from './tape-error.ts';

/** A segment as retention and reading see it, without reading it through. */
export interface Segment {
  readonly number: number;
  /** Null where the first line is damaged or not there yet. */
  readonly header: Header | null;
  readonly bytes: number;
}

/** The file of a segment. Names sort as numbers do. */
export function segmentPath(folder: string, segment: number): string {
  return join(folder, `${String(segment).padStart(8, '0')}.jsonl`);
}

/** The numbers of the segments in a folder, oldest first. */
async function listSegments(folder: string): Promise<number[]> {
  return numbersOf(await readdir(folder), /^([0-9]{8,})\.jsonl$/);
}

/**
 * The segments from the one that holds record `from` on, as their headers say. One that claims to be another, or to go on from no later
 * than one before it, hides none of those.
 */
export function segmentsFrom(segments: readonly Segment[], from: number): readonly Segment[] {
  let start = 0;
  let after = segments[0]?.header?.afterSeq ?? -1;
  for (const [index, { number, header }] of segments.entries()) {
    if (header?.segment !== number || header.afterSeq <= after || header.afterSeq >= from) continue;
    start = index;
    after = header.afterSeq;
  }
  return segments.slice(start);
}

/** The numbers in those file names that `pattern` matches, in order. */
export function numbersOf(names: readonly string[], pattern: RegExp): number[] {
  const numbers = names.map((name) => Number(pattern.exec(name)?.[1] ?? 0));
  return numbers.filter((number) => number > 0).sort((a, b) => a - b);
}

/**
 * What the segments of a folder say of themselves, oldest first. Those that retention cuts while they are read, by a process that
 * writes the tape, are left out.
 */
export async function readSegments(folder: string): Promise<Segment[]> {
  const numbers = await listSegments(folder);
  const segments = await Promise.all(numbers.map((number) => readSegment(folder, number).catch(nullIfCut)));
  return segments.filter((segment) => segment !== null);
}

function nullIfCut(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}

/** What a segment says of itself in its first line. */
async function readSegment(folder: string, number: number): Promise<Segment> {
  const path = segmentPath(folder, number);
  const { size } = await stat(path);
  const bytes = await readRange(path, 0, KIB);
  const end = bytes.indexOf('\n');
  const line = end === -1 ? null : parseLine(bytes.subarray(0, end));
  const header = line?.kind === 'header' && line.header.tape === TAPE_FORMAT ? line.header : null;
  return { number, header: header !== null && isHeader(header) ? header : null, bytes: size };
}

/** The seal that a segment ends with; null where it ends otherwise. */
export async function readLastSeal(folder: string, number: number): Promise<Seal | null> {
  const path = segmentPath(folder, number);
  const { size } = await stat(path);
  const from = Math.max(0, size - KIB);
  const bytes = await readRange(path, from, size - from);
  if (bytes.at(-1) !== 10) return null;
  const start = bytes.lastIndexOf('\n', bytes.length - 2) + 1;
  const line = parseLine(bytes.subarray(start, -1));
  return line.kind === 'seal' ? line.seal : null;
}

/**
 * Opens a segment's file to read. A tape may come from another machine, so what is no regular file, such as a
 * pipe that no program writes, is not read at all.
 * @throws TapeError `tape.file`, or the system's error
 */
export async function openSegment(path: string): Promise<FileHandle> {
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw new TapeError('tape.file', `${path} is not a regular file`);
}

async function readRange(path: string, from: number, length: number): Promise<Buffer> {
  const file = await openSegment(path);
  try {
    const buffer = Buffer.alloc(length);
    const { bytesRead } = await file.read(buffer, 0, length, from);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** @throws TapeError `tape.absent` where a folder has no segment of a tape */
export async function assertTape(folder: string, source: string): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
    throw error;
  });
  if (!names.some((name) => /^\d{8,}\.jsonl$/.test(name)))
    throw new TapeError('tape.absent', `There is no tape in ${source}`);
}
