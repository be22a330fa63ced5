import type { FailureText } from '../../events/failure.ts';
import { KIB } from '../../events/limits.ts';
import type { Column } from '../../events/result.ts';
import { TAG } from './backend-messages.ts';

/** What CopyFail says. The server's error quotes it, in whatever language. */
export const NOTHING_TO_COPY = 'Querytape has no data to copy from';

/** A CopyData message of the lines to copy from, in UTF-8 bytes: small enough for a cancel to be seen between two of them. */
const COPY_CHUNK_BYTES = 64 * KIB;

/** The data lines of a script as CopyData messages; a message may end anywhere ("COPY Operations"). */
export function* copyChunks(data: string): Iterable<Buffer> {
  const bytes = Buffer.from(data);
  for (let at = 0; at < bytes.length; at += COPY_CHUNK_BYTES) yield bytes.subarray(at, at + COPY_CHUNK_BYTES);
}

/** `COPY … FROM STDIN` without data lines below it: there is nothing to send. */
export const COPY_UNSUPPORTED: FailureText = {
  code: 'copy.unsupported',
  source: 'client',
  message: 'COPY … FROM STDIN has no data lines below it. Nothing was copied.',
  advice:
    'Write the lines below it in the same script, and \\. on a line of its own behind them; or use INSERT.',
};

/**
 * `COPY … TO STDOUT` becomes rows of one column, a line each. Stopping it instead would have to call a statement failed that
 * may have done its work: `COPY (DELETE … RETURNING …) TO STDOUT`.
 */
export function copyColumn(binary: boolean): Column {
  return { name: 'copy', type: binary ? 'bytea' : 'text', numeric: false };
}

/** A CopyData message, which holds one line (PostgreSQL manual, "COPY Operations"), as a DataRow of one column. */
export function copyRow(chunk: Buffer, binary: boolean): Buffer {
  const value = binary ? Buffer.from(`\\x${chunk.toString('hex')}`) : withoutNewline(chunk);
  const row = Buffer.allocUnsafe(11 + value.length);
  row[0] = TAG.dataRow;
  row.writeInt32BE(10 + value.length, 1);
  row.writeInt16BE(1, 5);
  row.writeInt32BE(value.length, 7);
  value.copy(row, 11);
  return row;
}

function withoutNewline(line: Buffer): Buffer {
  return line.at(-1) === 0x0a ? line.subarray(0, -1) : line;
}
