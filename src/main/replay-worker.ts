import { Replay } from '../actors/replay.ts';
import type { ReplayReport } from '../events/replay-report.ts';
import { readTape } from '../store/tape/tape.ts';
import { answerQuestion } from './ask-thread.ts';

/** What the thread is to replay: a tape's folder, to record `until`. */
export interface ReplayTask {
  readonly folder: string;
  readonly until: number;
}

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

answerQuestion(replay);
