import type { Worker } from 'node:worker_threads';
import type { Engine } from '../events/engines/engine-name.ts';
import { type Judgement, type StatementFacts, unknownJudgement } from '../events/judgement.ts';
import type { Answer, Load, Question } from './classifier-worker.ts';
import { JudgementCache } from './judgement-cache.ts';
import {
  CLASSIFIER_MEMORY_MIB,
  CLASSIFIER_START_TIMEOUT_MS,
  CLASSIFY_CPU_MS,
  CLASSIFY_WAITING_MAX,
  CLASSIFY_WALL_MAX_MS,
} from './limits.ts';
import { startThread } from './thread.ts';
import { WorkLimit } from './work-limit.ts';

interface Job {
  readonly question: Question;
  /** Under which its judgement is remembered; null where it is not. */
  readonly key: string | null;
  readonly resolve: (judgement: Judgement) => void;
}

/**
 * Judges statements in a thread of its own, one after the other, so that no text holds up the event loop. A text that takes
 * too long, or that its parser does not survive, is unknown; the thread is then replaced. A text that was judged before, or is being
 * judged, under the same facts, is not judged again.
 *
 *   absent → starting → idle ⇄ judging
 *     ↑                  idle ⇄ loading      an engine's classifier, before its first text
 *     │ too slow to start, to load           │ too long, failed, died
 *     └──────────────────────────────────────┘
 */
export class Classifier {
  private worker: Worker | null = null;
  private ready = false;
  private readonly loaded = new Set<Engine>();
  private loading: Engine | null = null;
  /** Engines to be loaded once there is nothing else to do. */
  private readonly wanted = new Set<Engine>();
  private running: Job | null = null;
  private readonly waiting: Job[] = [];
  private timer: NodeJS.Timeout | undefined;
  private lastId = 0;
  private closed = false;
  private readonly judged = new JudgementCache();
  /** What is being judged, by its key. */
  private readonly judging = new Map<string, Promise<Judgement>>();

  /** `limit` is one judgement's; tests have their own, and threads of their own. */
  constructor(
    private readonly limit = new WorkLimit({ cpuMs: CLASSIFY_CPU_MS, wallMs: CLASSIFY_WALL_MAX_MS }),
    private readonly threadOf: typeof startThread = startThread,
  ) {}

  /** Starts the thread ahead of the first text. */
  start(): void {
    if (this.worker || this.closed) return;
    const worker = this.threadOf('classifier-worker', import.meta.url, {
      resourceLimits: { maxOldGenerationSizeMb: CLASSIFIER_MEMORY_MIB },
    });
    this.worker = worker;
    worker.unref();
    worker.on('message', (answer: Answer) => this.hear(worker, answer));
    worker.on('error', () => this.lose(worker));
    worker.on('exit', () => this.lose(worker));
    this.watch(CLASSIFIER_START_TIMEOUT_MS, () => this.lose(worker));
  }

  /** Loads what judges an engine's texts ahead of the first one. */
  prepare(engine: Engine): void {
    if (this.closed || this.loaded.has(engine)) return;
    this.wanted.add(engine);
    this.start();
    this.next();
  }

  /** Judges a text of any number of statements. Never rejects. */
  classify(engine: Engine, text: string, facts: StatementFacts = {}): Promise<Judgement> {
    if (this.closed) return Promise.resolve(unknownJudgement('Was not looked into: the program is closing.'));
    const key = this.judged.keyOf(engine, text, facts);
    if (key === null) return this.judge(engine, text, facts, null);
    const known = this.judged.get(key);
    if (known) return Promise.resolve(known);
    const begun = this.judging.get(key);
    if (begun) return begun;
    const judgement = this.judge(engine, text, facts, key);
    this.judging.set(key, judgement);
    void judgement.then(() => this.judging.delete(key));
    return judgement;
  }

  /** Ends the thread. What waits is unknown. */
  async close(): Promise<void> {
    this.closed = true;
    const worker = this.worker;
    this.drop();
    for (const job of [this.running, ...this.waiting.splice(0)])
      job?.resolve(unknownJudgement('Was not looked into: the program is closing.'));
    this.running = null;
    await worker?.terminate();
  }

  private judge(engine: Engine, text: string, facts: StatementFacts, key: string | null): Promise<Judgement> {
    if (this.waiting.length >= CLASSIFY_WAITING_MAX)
      return Promise.resolve(unknownJudgement('Was not looked into: too many statements are waiting.'));
    return new Promise((resolve) => {
      this.waiting.push({ question: { id: ++this.lastId, engine, text, facts }, key, resolve });
      this.next();
    });
  }

  private next(): void {
    const [first] = this.waiting;
    const engine = first?.question.engine ?? [...this.wanted][0];
    if (engine === undefined) return;
    this.start();
    // A process may end while nothing is asked, not while something is.
    if (first) this.worker?.ref();
    if (this.running || this.loading || !this.worker || !this.ready) return;
    if (!this.loaded.has(engine)) {
      this.load(this.worker, engine);
      return;
    }
    const job = this.waiting.shift()!;
    this.running = job;
    this.worker.postMessage(job.question);
    this.limit.start(() => this.giveUp('Took too long to be looked into.'));
  }

  private load(worker: Worker, engine: Engine): void {
    this.loading = engine;
    const load: Load = { load: engine };
    worker.postMessage(load);
    this.watch(CLASSIFIER_START_TIMEOUT_MS, () => this.lose(worker));
  }

  private hear(worker: Worker, answer: Answer): void {
    if (worker !== this.worker) return;
    if (answer.type === 'ready') {
      this.ready = true;
      this.unwatch();
      this.next();
      return;
    }
    if (answer.type === 'loaded') {
      this.loading = null;
      this.loaded.add(answer.engine);
      this.wanted.delete(answer.engine);
      this.unwatch();
      this.next();
      return;
    }
    if (answer.id !== this.running?.question.id) return;
    if (answer.type === 'judged') {
      // Only what the thread says: that it took too long, or died, is no property of the text.
      if (this.running.key !== null) this.judged.put(this.running.key, answer.judgement);
      this.finish(answer.judgement);
    } else this.giveUp('Is too deep or too large to be looked into.');
  }

  /** Ends the running job, whose text is then unknown, and the thread with it. */
  private giveUp(reason: string): void {
    const worker = this.worker;
    this.drop();
    void worker?.terminate();
    this.finish(unknownJudgement(reason));
  }

  /** The thread died, or does not start, or can't load a classifier. */
  private lose(worker: Worker): void {
    if (worker !== this.worker) return;
    const { ready, loading } = this;
    this.drop();
    void worker.terminate();
    if (this.running) {
      this.finish(unknownJudgement('Is too large to be looked into.'));
      return;
    }
    if (ready && loading === null) return;
    if (loading !== null) this.wanted.delete(loading);
    const hopeless = this.waiting.filter(({ question }) => !ready || question.engine === loading);
    this.waiting.splice(0, this.waiting.length, ...this.waiting.filter((job) => !hopeless.includes(job)));
    for (const job of hopeless)
      job.resolve(unknownJudgement('Was not looked into: the classifier did not start.'));
    if (ready) this.next();
  }

  private finish(judgement: Judgement): void {
    this.unwatch();
    const job = this.running;
    this.running = null;
    job?.resolve(judgement);
    if (this.waiting.length === 0) this.worker?.unref();
    if (!this.closed) this.next();
  }

  private drop(): void {
    this.unwatch();
    this.worker = null;
    this.ready = false;
    this.loading = null;
    this.loaded.clear();
  }

  private watch(ms: number, act: () => void): void {
    this.unwatch();
    this.timer = setTimeout(act, ms);
    this.timer.unref();
  }

  private unwatch(): void {
    this.limit.stop();
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}
