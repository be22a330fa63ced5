import type { LogLine } from '../../events/log/log-entry.ts';
import { BUNDLE_LOG_BYTES_MAX } from '../limits.ts';
import { readLog } from '../log/log-reader.ts';
import type { Selection } from './slice.ts';

/**
 * The last lines of a log that belong to the chosen records, oldest first, at most BUNDLE_LOG_BYTES_MAX of them. With sessions chosen,
 * lines of other sessions are left out, and those of no session unless they are no record of the tape. None where there is no log.
 *
 * @param rewrite a line as the bundle is to have it
 * @throws the disk's error; the signal's reason
 */
export async function logTail(
  folder: string,
  selection: Selection,
  rewrite: (line: LogLine) => LogLine,
): Promise<readonly LogLine[]> {
  let lines: { readonly line: LogLine; readonly bytes: number }[] = [];
  let first = 0;
  let bytes = 0;
  for await (const line of readLog(folder, { since: selection.fromAt })) {
    if (!isChosen(line, selection)) continue;
    const rewritten = rewrite(line);
    lines.push({ line: rewritten, bytes: Buffer.byteLength(JSON.stringify(rewritten)) + 1 });
    bytes += lines.at(-1)!.bytes;
    while (bytes > BUNDLE_LOG_BYTES_MAX) bytes -= lines[first++]!.bytes;
    // A log is much longer than its tail: what is passed by is let go, and each line is moved once at most.
    if (first <= lines.length / 2) continue;
    lines = lines.slice(first);
    first = 0;
  }
  return lines.slice(first).map(({ line }) => line);
}

function isChosen(line: LogLine, { fromSeq = 0, toSeq, toAt, sessions }: Selection): boolean {
  if (toAt !== undefined && Date.parse(line.time) > toAt) return false;
  const { 'querytape.seq': seq, 'querytape.session.id': sessionId } = line;
  if (typeof seq === 'number' && (seq < fromSeq || seq > (toSeq ?? seq))) return false;
  if (sessions === undefined) return true;
  return typeof sessionId === 'string' ? sessions.includes(sessionId) : seq === undefined;
}
