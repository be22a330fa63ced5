import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isSeen, LOG_LEVELS, type LogLevel, type LogLine } from '../../events/log/log-entry.ts';
import { LOG_LINE_BYTES_MAX } from '../limits.ts';
import { missingIsNull } from '../own-files.ts';
import { logFiles } from './log-files.ts';

/** Which lines are wanted. */
export interface LogWish {
  /** Milliseconds since 1970 UTC of the first one. */
  readonly since?: number | undefined;
  /** The least level. */
  readonly level?: LogLevel | undefined;
  readonly queryId?: string | undefined;
}

/** How far a reader of the log has read: each file's bytes, up to its last whole line. */
export type LogPosition = Map<string, number>;

/**
 * Reads the log's lines, oldest first, from where `position` is, which it moves on: called again with the same one it reads what has
 * been written since. It needs no lock; the log may be written in the meantime. A line that is not one of the log's is left out. A log
 * that was never written, or was deleted, has no lines.
 *
 * @throws the disk's error
 */
export async function* readLog(
  folder: string,
  wish: LogWish = {},
  position: LogPosition = new Map(),
): AsyncGenerator<LogLine> {
  for (const name of logFiles((await readdir(folder).catch(missingIsNull)) ?? [])) {
    for await (const text of lines(join(folder, name), name, position)) {
      const line = parsed(text);
      if (line && isWanted(line, wish)) yield line;
    }
  }
}

async function* lines(path: string, name: string, position: LogPosition): AsyncGenerator<string> {
  let at = position.get(name) ?? 0;
  let rest: Buffer = Buffer.alloc(0);
  const stream = createReadStream(path, { start: at });
  try {
    for await (const piece of stream as AsyncIterable<Buffer>) {
      const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
      let from = 0;
      for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, from)) {
        at += end + 1 - from;
        position.set(name, at);
        yield bytes.toString('utf8', from, end);
        from = end + 1;
      }
      rest = bytes.subarray(from);
      if (rest.length > LOG_LINE_BYTES_MAX) {
        at += rest.length;
        rest = Buffer.alloc(0);
      }
    }
  } catch (error) {
    // One that was deleted by then has no lines.
    missingIsNull(error as NodeJS.ErrnoException);
  }
}

function parsed(text: string): LogLine | null {
  try {
    const line = JSON.parse(text) as Partial<LogLine> | null;
    const isLine =
      typeof line?.time === 'string' &&
      typeof line.msg === 'string' &&
      !Number.isNaN(Date.parse(line.time)) &&
      LOG_LEVELS.includes(line.level as LogLevel);
    return isLine ? (line as LogLine) : null;
  } catch {
    return null;
  }
}

function isWanted(line: LogLine, { since, level, queryId }: LogWish): boolean {
  if (level !== undefined && !isSeen(line.level, level)) return false;
  if (queryId !== undefined && line['querytape.query.id'] !== queryId) return false;
  return since === undefined || Date.parse(line.time) >= since;
}
