import { pipeline } from 'node:stream/promises';
import type { Envelope } from '../events/envelope.ts';
import type { TraceWish } from '../events/trace/trace-wish.ts';
import { createOwnFile } from '../store/own-files.ts';
import { answerQuestion } from './ask-thread.ts';
import { readChecked } from './checked-tape.ts';
import { writtenTrace } from './trace-writers.ts';

/** What the thread is to write: a tape's folder, what is wanted of it, and the file. */
export interface TraceTask {
  readonly folder: string;
  readonly wish: TraceWish;
  readonly file: string;
  readonly version: string;
}

answerQuestion(async ({ folder, wish, file, version }: TraceTask): Promise<null> => {
  const handle = await createOwnFile(file);
  await pipeline(writtenTrace(wish.format, span(folder, wish), version), handle.createWriteStream());
  return null;
});

async function* span(
  folder: string,
  { fromSeq, toSeq, after = 0, before = Number.MAX_SAFE_INTEGER }: TraceWish,
): AsyncGenerator<readonly Envelope[]> {
  for await (const envelopes of readChecked(folder)) {
    yield envelopes.filter(({ seq, at }) => seq >= fromSeq && seq <= toSeq && at >= after && at <= before);
    if (envelopes.at(-1)!.seq >= toSeq) return;
  }
}
