import { parentPort, workerData } from 'node:worker_threads';
import { startThread } from '../drivers/thread.ts';

/** What a thread is asked, and how long and with how much memory it may work. */
interface ThreadQuestion {
  /** The thread's program, as for `startThread`. */
  readonly name: string;
  /** The `import.meta.url` of the module that asks. */
  readonly from: string;
  /** The task: plain data. */
  readonly task: unknown;
  /** Of its heap. */
  readonly memoryMib: number;
  /** Gives the question up. */
  readonly signal?: AbortSignal | undefined;
}

type Answer<T> =
  | { readonly answer: T }
  | { readonly failed: { readonly code: string | null; readonly message: string } };

/**
 * Asks a thread of its own one question, and ends it.
 *
 * @throws what its work threw, with its `code`; an Error `thread.memory` where it needs more memory; the signal's reason
 */
export async function askThread<T>({ name, from, task, memoryMib, signal }: ThreadQuestion): Promise<T> {
  signal?.throwIfAborted();
  const resourceLimits = { maxOldGenerationSizeMb: memoryMib };
  const thread = startThread(name, from, { workerData: task, resourceLimits });
  try {
    return await new Promise<T>((resolve, reject) => {
      thread.once('message', (said: Answer<T>) => {
        if ('answer' in said) resolve(said.answer);
        else reject(Object.assign(new Error(said.failed.message), { code: said.failed.code }));
      });
      thread.once('error', (error: NodeJS.ErrnoException) => {
        const isMemory = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
        const why = `The ${name} needs more than ${memoryMib} MiB.`;
        reject(isMemory ? Object.assign(new Error(why), { code: 'thread.memory' }) : error);
      });
      thread.once('exit', () => reject(new Error(`The ${name} ended before it answered.`)));
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  } finally {
    await thread.terminate();
  }
}

/** In the thread: does the work that it was asked for and answers. */
export function answerQuestion<Task, T>(work: (task: Task) => Promise<T>): void {
  work(workerData as Task).then(
    (answer) => parentPort!.postMessage({ answer } satisfies Answer<T>),
    (error: Error & { code?: string }) => {
      const { code = null, message } = error;
      parentPort!.postMessage({ failed: { code, message } } satisfies Answer<T>);
    },
  );
}
