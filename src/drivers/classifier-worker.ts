import { parentPort } from 'node:worker_threads';
import type { Engine } from '../events/capabilities.ts';
import type { Danger, Judgement, StatementFacts } from '../events/judgement.ts';
import { CLASSIFIERS, loadParsers } from './classifiers.ts';

/** What the thread is asked: one text at a time. */
export interface Question {
  readonly id: number;
  readonly engine: Engine;
  readonly text: string;
  readonly facts: StatementFacts;
}

/** What it answers. After `judged` with `more` come the `dangers`; after `failed` the thread is of no use any more. */
export type Answer =
  | { readonly type: 'ready' }
  | { readonly type: 'judged'; readonly id: number; readonly judgement: Judgement; readonly more: boolean }
  | { readonly type: 'dangers'; readonly id: number; readonly dangers: readonly Danger[] }
  | { readonly type: 'failed'; readonly id: number };

const port = parentPort!;
const say = (answer: Answer): void => port.postMessage(answer);

port.on('message', ({ id, engine, text, facts }: Question) => {
  try {
    const { judgement, more } = CLASSIFIERS[engine](text, facts);
    say({ type: 'judged', id, judgement, more: more !== undefined });
    if (more) say({ type: 'dangers', id, dangers: more() });
  } catch {
    say({ type: 'failed', id });
  }
});

await loadParsers();
say({ type: 'ready' });
