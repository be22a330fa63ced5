import { EventEmitter } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { beforeEach, describe, expect, it } from 'vitest';
import { Classifier } from '../../../src/drivers/classifier.ts';
import type { Answer, Load, Question } from '../../../src/drivers/classifier-worker.ts';
import { unknownJudgement } from '../../../src/events/judgement.ts';

/** What the threads were asked, in order; a text with `bad` in it is beyond them. */
const questions: Question[] = [];

class FakeThread extends EventEmitter {
  constructor() {
    super();
    this.answer({ type: 'ready' });
  }

  postMessage(message: Question | Load): void {
    if ('load' in message) {
      this.answer({ type: 'loaded', engine: message.load });
      return;
    }
    questions.push(message);
    const { id, text } = message;
    const judgement = { ...unknownJudgement(''), verdict: 'read' as const };
    this.answer(text.includes('bad') ? { type: 'failed', id } : { type: 'judged', id, judgement });
  }

  ref(): void {}
  unref(): void {}
  async terminate(): Promise<void> {}

  private answer(answer: Answer): void {
    setImmediate(() => this.emit('message', answer));
  }
}

const made = (): Classifier => new Classifier(undefined, () => new FakeThread() as unknown as Worker);

describe('what the classifier asks its thread', () => {
  beforeEach(() => void questions.splice(0));

  it('is each text once, as long as its facts stay the same', async () => {
    const classifier = made();
    for (let i = 0; i < 5; i++) await classifier.classify('postgres', 'SELECT 1');
    expect(questions).toHaveLength(1);
    await classifier.classify('postgres', 'SELECT 1', { standardConformingStrings: 'off' });
    await classifier.classify('mysql', 'SELECT 1');
    expect(questions).toHaveLength(3);
    await classifier.close();
  });

  it('is a text once, while its judgement is on its way', async () => {
    const classifier = made();
    const judgements = await Promise.all(
      ['SELECT 1', 'SELECT 2', 'SELECT 1'].map((text) => classifier.classify('postgres', text)),
    );
    expect(judgements.map(({ verdict }) => verdict)).toEqual(['read', 'read', 'read']);
    expect(questions.map(({ text }) => text)).toEqual(['SELECT 1', 'SELECT 2']);
    await classifier.close();
  });

  it('is a text again that the thread did not survive', async () => {
    const classifier = made();
    for (let i = 0; i < 3; i++)
      expect((await classifier.classify('postgres', 'bad')).verdict).toBe('unknown');
    expect(questions).toHaveLength(3);
    await classifier.close();
  });
});
