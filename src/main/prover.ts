import { startThread } from '../drivers/thread.ts';
import { REPLAY_MEMORY_MIB } from '../events/limits.ts';
import type { ReplayReport } from '../events/replay-report.ts';
import type { ReplayAnswer, ReplayTask } from './replay-worker.ts';

export interface ProveOptions {
  /** The last seq that is replayed; all without it. */
  readonly until?: number;
  /** Gives the replay up. */
  readonly signal?: AbortSignal;
}

/**
 * Replays a tape's folder in a thread of its own, so that a long tape holds up neither statements nor the
 * page. The thread reads that folder and reaches no server.
 *
 * @throws the tape's error with its `code`; an Error `replay.memory` where the tape needs more than REPLAY_MEMORY_MIB, and the
 * signal's reason
 */
export async function proveTape(
  folder: string,
  { until = Number.MAX_SAFE_INTEGER, signal }: ProveOptions = {},
): Promise<ReplayReport> {
  signal?.throwIfAborted();
  const workerData: ReplayTask = { folder, until };
  const worker = startThread('replay-worker', import.meta.url, {
    workerData,
    resourceLimits: { maxOldGenerationSizeMb: REPLAY_MEMORY_MIB },
  });
  try {
    return await new Promise<ReplayReport>((resolve, reject) => {
      worker.once('message', (answer: ReplayAnswer) => {
        if ('report' in answer) resolve(answer.report);
        else reject(Object.assign(new Error(answer.failed.message), { code: answer.failed.code }));
      });
      worker.once('error', (error: NodeJS.ErrnoException) => {
        const isMemory = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
        reject(isMemory ? tooMuchMemory() : error);
      });
      worker.once('exit', () => reject(new Error('The thread that replays the tape ended early.')));
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  } finally {
    await worker.terminate();
  }
}

function tooMuchMemory(): Error {
  const message = `The tape has more actors than fit into ${REPLAY_MEMORY_MIB} MiB. Replay a part of it with --until.`;
  return Object.assign(new Error(message), { code: 'replay.memory' });
}
