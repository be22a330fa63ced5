import { Replay } from '../actors/replay.ts';
import type { ReplayReport } from '../events/replay-report.ts';
import { answerQuestion } from './ask-thread.ts';
import { readChecked } from './checked-tape.ts';

/** What the thread is to replay: a tape's folder, to record `until`. */
export interface ReplayTask {
  readonly folder: string;
  readonly until: number;
}

async function replay({ folder, until }: ReplayTask): Promise<ReplayReport> {
  const replayed = new Replay();
  for await (const envelopes of readChecked(folder)) {
    for (const envelope of envelopes) {
      if (envelope.seq > until) return replayed.report();
      replayed.step(envelope);
    }
  }
  return replayed.report();
}

answerQuestion(replay);
