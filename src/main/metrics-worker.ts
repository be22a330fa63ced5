import { MetricsFold } from '../events/metrics/metrics-fold.ts';
import type { MetricsReport, MetricsWish } from '../events/metrics/metrics-report.ts';
import { answerQuestion } from './ask-thread.ts';
import { readChecked, readViewed } from './checked-tape.ts';

/** What the thread is to add up: a tape's folder, and the span. */
export interface MetricsTask {
  readonly folder: string;
  readonly wish: MetricsWish;
}

answerQuestion(async ({ folder, wish }: MetricsTask): Promise<MetricsReport> => {
  const { state, records } = await readViewed(folder, wish.from);
  const metrics = new MetricsFold(wish, state);
  for await (const envelopes of records) {
    for (const envelope of envelopes) metrics.add(envelope);
    if (envelopes.at(-1)!.at >= wish.to) break;
  }
  return metrics.report(await beginsAt(folder));
});

/** Time of a tape's first record; null where it has none. */
async function beginsAt(folder: string): Promise<number | null> {
  for await (const [first] of readChecked(folder)) return first!.at;
  return null;
}
