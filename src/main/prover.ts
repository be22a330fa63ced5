import { REPLAY_MEMORY_MIB } from '../events/limits.ts';
import type { ReplayReport } from '../events/replay-report.ts';
import { askThread } from './ask-thread.ts';
import type { ReplayTask } from './replay-worker.ts';

interface ProveOptions {
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
  const task: ReplayTask = { folder, until };
  try {
    return await askThread<ReplayReport>({
      name: 'replay-worker',
      from: import.meta.url,
      task,
      memoryMib: REPLAY_MEMORY_MIB,
      signal,
    });
  } catch (error) {
    throw (error as { code?: string }).code === 'thread.memory' ? tooMuchMemory() : error;
  }
}

function tooMuchMemory(): Error {
  const message = `The tape has more actors than fit into ${REPLAY_MEMORY_MIB} MiB. Replay a part of it with --until.`;
  return Object.assign(new Error(message), { code: 'replay.memory' });
}
