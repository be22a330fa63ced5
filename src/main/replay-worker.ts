import { parentPort, workerData } from 'node:worker_threads';
import { Replay } from '../actors/replay.ts';
import type { ReplayReport } from '../events/replay-report.ts';
import { readTape } from '../store/tape/tape.ts';

/** What the thread is to replay: a tape's folder, to record `until`. */
export interface ReplayTask {
  readonly folder: string;
  readonly until: number;
}

/** How it ended. */
export type ReplayAnswer =
  | { readonly report: ReplayReport }
  | { readonly failed: { readonly code: string | null; readonly message: string } };

async function replay({ folder, until }: ReplayTask): Promise<ReplayReport> {
  const replayed = new Replay();
  for await (const envelopes of readTape(folder)) {
    for (const envelope of envelopes) {
      if (envelope.seq > until) return replayed.report();
      replayed.step(envelope);
    }
  }
  return replayed.report();
}

replay(workerData as ReplayTask).then(
  (report) => parentPort!.postMessage({ report } satisfies ReplayAnswer),
  (error: Error & { code?: string }) => {
    const { code = null, message } = error;
    parentPort!.postMessage({ failed: { code, message } } satisfies ReplayAnswer);
  },
);
