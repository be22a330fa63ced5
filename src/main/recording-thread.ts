import type { Worker } from 'node:worker_threads';
import { startThread } from '../drivers/thread.ts';
import { REPLAY_MEMORY_MIB } from '../events/limits.ts';
import type { ReplaySummary, TapeQuestion } from '../events/replay-view.ts';
import type { Answered, Asked, RecordingTask } from './recording-worker.ts';

/** What a tape has in all. */
type RecordingSummary = Omit<ReplaySummary, 'replayId'>;

/** A recording, wherever it is. */
export interface AskedRecording {
  /** As far as it was read. */
  readonly summary: RecordingSummary;
  /** Resolves when it was read to its end. @throws an Error with the `code` of why it can't be */
  whole(): Promise<void>;
  /** @throws an Error with the `code` of why it can't be answered */
  ask(question: TapeQuestion): Promise<unknown>;
  close(): Promise<void>;
}

interface Waiting {
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

/** A recording in a thread of its own, so that a long tape holds up neither statements nor the page. It reaches no server. */
export class RecordingThread implements AskedRecording {
  summary!: RecordingSummary;
  private readonly waiting = new Map<number, Waiting>();
  private asked = 0;
  private end: Error | null = null;
  private readonly thread: Worker;
  private readonly read: Promise<void>;
  private readEnd!: Waiting;

  private constructor(folder: string) {
    this.read = new Promise((resolve, reject) => {
      this.readEnd = { resolve: () => resolve(), reject };
    });
    // Whoever waits for it learns why; that nothing does is no fault.
    this.read.catch(() => undefined);
    const task: RecordingTask = { folder };
    this.thread = startThread('recording-worker', import.meta.url, {
      workerData: task,
      resourceLimits: { maxOldGenerationSizeMb: REPLAY_MEMORY_MIB },
    });
    this.thread.on('message', (said: Answered) => this.answered(said));
    this.thread.once('error', (error: NodeJS.ErrnoException) => {
      const isMemory = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
      this.ended(isMemory ? refusal('replay.memory', TOO_MUCH) : error);
    });
    this.thread.once('exit', () => this.ended(refusal('replay.gone', GONE)));
  }

  /**
   * Reads a tape's folder.
   *
   * @throws an Error with the `code` of why it can't be read
   */
  static async open(folder: string): Promise<RecordingThread> {
    const opened = new RecordingThread(folder);
    try {
      opened.summary = (await opened.wait(0)) as RecordingSummary;
      return opened;
    } catch (error) {
      await opened.close();
      throw error;
    }
  }

  whole(): Promise<void> {
    return this.read;
  }

  ask(question: TapeQuestion): Promise<unknown> {
    const number = ++this.asked;
    const answer = this.wait(number);
    this.thread.postMessage({ number, question } satisfies Asked);
    return answer;
  }

  async close(): Promise<void> {
    await this.thread.terminate();
  }

  private wait(number: number): Promise<unknown> {
    if (this.end) return Promise.reject(this.end);
    return new Promise((resolve, reject) => this.waiting.set(number, { resolve, reject }));
  }

  private answered(said: Answered): void {
    if (said.number === 0) this.readOn(said);
    const waiting = this.waiting.get(said.number);
    this.waiting.delete(said.number);
    if ('answer' in said) waiting?.resolve(said.answer);
    else waiting?.reject(Object.assign(new Error(said.failed.message), { code: said.failed.code }));
  }

  /** More of the tape was read, or no more can be. */
  private readOn(said: Answered): void {
    if ('failed' in said) this.readEnd.reject(refusal(said.failed.code ?? 'internal', said.failed.message));
    else {
      this.summary = said.answer as RecordingSummary;
      if (this.summary.readShare >= 1) this.readEnd.resolve(undefined);
    }
  }

  private ended(error: Error): void {
    this.end ??= error;
    this.readEnd.reject(this.end);
    for (const { reject } of this.waiting.values()) reject(this.end);
    this.waiting.clear();
  }
}

/** An Error with a code. */
export function refusal(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

const GONE = 'The replay has ended. Open it again.';
const TOO_MUCH = `The tape needs more than ${REPLAY_MEMORY_MIB} MiB to be looked at. Export a part of it and open that.`;
