import { KIB } from '../../events/limits.ts';
import { TAPE_LINE_BYTES_MAX } from '../limits.ts';
import { openSegment } from './segment.ts';

/** A line as it stands in a file, before anything is believed of it. */
export interface RawLine {
  /** Counts from 1. */
  readonly line: number;
  /** Where it begins in its file, in bytes. */
  readonly offset: number;
  /** Without the newline; null where it is longer than TAPE_LINE_BYTES_MAX. */
  readonly bytes: Buffer | null;
  /** Where the next line begins, or the file ends. */
  readonly end: number;
  /** Whether it has its newline. */
  readonly isWhole: boolean;
}

const CHUNK_BYTES = 256 * KIB;
const NEWLINE = 10;
const NOTHING = Buffer.alloc(0);

/**
 * Reads a file's lines, as many at a time as a chunk holds. Memory is bounded by the chunk and the longest
 * line.
 */
export async function* readRawLines(path: string): AsyncGenerator<readonly RawLine[], void> {
  const file = await openSegment(path);
  try {
    let line = 1;
    let offset = 0;
    let position = 0;
    let rest: Buffer = NOTHING;
    let isLong = false;
    for (;;) {
      const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
      const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, position);
      if (bytesRead === 0) break;
      const read = chunk.subarray(0, bytesRead);
      const bytes = rest.length === 0 ? read : Buffer.concat([rest, read]);
      const base = position - rest.length;
      position += bytesRead;
      const lines: RawLine[] = [];
      let start = 0;
      for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, start)) {
        const whole = isLong || at - start > TAPE_LINE_BYTES_MAX ? null : bytes.subarray(start, at);
        start = at + 1;
        lines.push({ line, offset, bytes: whole, end: base + start, isWhole: true });
        line++;
        offset = base + start;
        isLong = false;
      }
      rest = bytes.subarray(start);
      if (isLong || rest.length > TAPE_LINE_BYTES_MAX) {
        isLong = true;
        rest = NOTHING;
      }
      if (lines.length > 0) yield lines;
    }
    if (position > offset) yield [{ line, offset, bytes: null, end: position, isWhole: false }];
  } finally {
    await file.close();
  }
}
