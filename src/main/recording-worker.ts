import { parentPort, workerData } from 'node:worker_threads';
import type { TapeQuestion } from '../events/replay-view.ts';
import { Recording } from './recording.ts';

/** What the thread opens: a tape's folder. */
export interface RecordingTask {
  readonly folder: string;
}

/** A question to the thread, and the number by which its answer comes. */
export interface Asked {
  readonly number: number;
  readonly question: TapeQuestion;
}

/** An answer; of number 0 whether the tape can be read, with its summary, and again when more of it was. */
export type Answered =
  | { readonly number: number; readonly answer: unknown }
  | { readonly number: number; readonly failed: { readonly code: string | null; readonly message: string } };

function answer(recording: Recording, question: TapeQuestion): unknown {
  switch (question.ask) {
    case 'timeline':
      return recording.timeline(question.from, question.to, question.parts, question.lanes);
    case 'at':
      return recording.at(question.seq);
    case 'seqAt':
      return recording.seqAt(question.at);
    case 'actor':
      return recording.actor(question.actor, question.seq);
    case 'records':
      return recording.records(question);
    case 'next':
      return recording.next(question.from, question.direction, question.filter);
    case 'find':
      return recording.find(question.seq, question.filter);
    case 'span':
      return recording.span(question.from, question.to);
    case 'ask':
      return recording.ask(question.expression);
    case 'asked':
      return recording.asked();
    case 'stopAsking':
      return recording.stopAsking();
    case 'hits':
      return recording.hits();
    case 'diagnosis':
      return recording.diagnosis();
  }
}

/** Runs one piece of work and sends its end to the program. */
async function send(number: number, work: () => unknown): Promise<void> {
  try {
    parentPort!.postMessage({ number, answer: await work() } satisfies Answered);
  } catch (error) {
    const { code = null, message } = error as Error & { code?: string };
    parentPort!.postMessage({ number, failed: { code, message } } satisfies Answered);
  }
}

/** Between two summaries while the tape is read. */
const PROGRESS_MS = 200;

const { folder } = workerData as RecordingTask;
let reported = 0;
const opening: Promise<Recording> = Recording.begin(folder, () => {
  const now = performance.now();
  if (now - reported < PROGRESS_MS) return;
  reported = now;
  void opening.then((recording) => send(0, () => recording.summary()));
});
void send(0, async () => (await opening).summary());
void send(0, async () => {
  const recording = await opening;
  await recording.whole();
  return recording.summary();
});
parentPort!.on('message', ({ number, question }: Asked) => {
  void send(number, async () => answer(await opening, question));
});
