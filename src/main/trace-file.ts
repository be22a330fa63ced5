import { randomUUID } from 'node:crypto';
import { open, rm, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { TRACE_MEMORY_MIB } from '../events/limits.ts';
import type { TraceFormat, TraceWish } from '../events/trace/trace-wish.ts';
import { makeOne } from '../store/own-files.ts';
import { askThread } from './ask-thread.ts';
import type { DataPaths } from './paths.ts';
import type { TraceTask } from './trace-worker.ts';
import { VERSION } from './version.ts';

const FILE_NAMES: Readonly<Record<TraceFormat, string>> = {
  perfetto: 'querytape-trace.json',
  otlp: 'querytape-otlp.ndjson',
};

/** A trace that is whole, to send. */
export interface TraceFile {
  readonly fileName: string;
  readonly bytes: number;
  readonly stream: NodeJS.ReadableStream;
}

/**
 * Writes a tape for another tool, in a thread, to a file that has no name any more once it is whole, and reads that.
 *
 * @param paths the folder of the tape, and where the file is written
 * @throws TapeError, the disk's error, `thread.memory`, the signal's reason
 */
export async function traceFile({
  paths,
  wish,
  signal,
}: {
  readonly paths: Pick<DataPaths, 'tape' | 'spill'>;
  readonly wish: TraceWish;
  readonly signal: AbortSignal;
}): Promise<TraceFile> {
  const file = join(paths.spill, `trace-${randomUUID()}`);
  // A user may have deleted it.
  await makeOne(paths.spill);
  try {
    await askThread<null>({
      name: 'trace-worker',
      from: import.meta.url,
      task: { folder: paths.tape, wish, file, version: VERSION } satisfies TraceTask,
      memoryMib: TRACE_MEMORY_MIB,
      signal,
    });
    const handle = await open(file, 'r');
    await unlink(file);
    const { size } = await handle.stat();
    return { fileName: FILE_NAMES[wish.format], bytes: size, stream: handle.createReadStream() };
  } finally {
    await rm(file, { force: true });
  }
}
