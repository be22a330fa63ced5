import { parentPort } from 'node:worker_threads';
import type { Engine } from '../events/engines/engine-name.ts';
import type { Judgement, StatementFacts } from '../events/judgement.ts';
import type { Classify } from './engine-parts.ts';
import { loadClassifier } from './engines.ts';

/** What the thread is asked: one text at a time, of an engine whose classifier it has loaded. */
export interface Question {
  readonly id: number;
  readonly engine: Engine;
  readonly text: string;
  readonly facts: StatementFacts;
}

/** What the thread is to load, while it judges nothing. */
export interface Load {
  readonly load: Engine;
}

/** What it answers. After `failed` the thread is of no use any more. */
export type Answer =
  | { readonly type: 'ready' }
  | { readonly type: 'loaded'; readonly engine: Engine }
  | { readonly type: 'judged'; readonly id: number; readonly judgement: Judgement }
  | { readonly type: 'failed'; readonly id: number };

const port = parentPort!;
const say = (answer: Answer): void => port.postMessage(answer);
const classifiers = new Map<Engine, Classify>();

port.on('message', (message: Question | Load) => {
  if ('load' in message) return void load(message.load);
  const { id, engine, text, facts } = message;
  try {
    say({ type: 'judged', id, judgement: classifiers.get(engine)!(text, facts) });
  } catch {
    say({ type: 'failed', id });
  }
});

async function load(engine: Engine): Promise<void> {
  classifiers.set(engine, await loadClassifier(engine));
  say({ type: 'loaded', engine });
}

say({ type: 'ready' });
