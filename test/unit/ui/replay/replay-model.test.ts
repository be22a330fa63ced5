import { describe, expect, it, vi } from 'vitest';
import type { OpenReplay } from '../../../../src/events/replay-view.ts';
import { type ReplayLink, ReplayModel } from '../../../../src/ui/replay/replay-model.ts';

const OPEN: OpenReplay = {
  replayId: 'rpl-1',
  source: 'live',
  integrity: null,
  records: 900,
  firstSeq: 101,
  lastSeq: 1000,
  firstAt: 1000,
  lastAt: 91_000,
  actors: 3,
  damages: [],
  proof: { state: 'running' },
};
const PROVED = { ...OPEN, proof: { state: 'failed', code: 'x', message: 'x' } } as OpenReplay;

/** A link whose answers wait until they are let go. */
class HeldLink implements ReplayLink {
  readonly asked: string[] = [];
  readonly closed: string[] = [];
  private held: (() => void)[] = [];
  isHeld = false;
  async open() {
    return OPEN;
  }
  async get() {
    return PROVED;
  }
  async ask<T>(_replayId: string, question: string): Promise<T> {
    this.asked.push(question);
    if (this.isHeld && !question.startsWith('timeline') && question !== 'diagnosis' && question !== 'hits')
      await new Promise<void>((go) => this.held.push(go));
    return answerTo(question) as T;
  }
  async close(replayId: string) {
    this.closed.push(replayId);
  }
  release(): void {
    const held = this.held;
    this.held = [];
    for (const go of held) go();
  }
}

/** One record every 100 ms. */
function answerTo(question: string): unknown {
  const [path, text] = question.split('?');
  const query = new URLSearchParams(text);
  const of = (key: string): number => Number(query.get(key));
  const record = (seq: number) => ({ seq, at: 1000 + (seq - 101) * 100, actor: 'qry-1', machine: 'query@1' });
  switch (path) {
    case 'records':
      return {
        records: Array.from({ length: Math.min(of('count'), 1001 - of('from')) }, (_, index) =>
          record(of('from') + index),
        ),
      };
    case 'at':
      return { seq: of('seq'), at: record(of('seq')).at, sessions: {}, connections: {}, queries: {} };
    case 'seqAt':
      return Math.min(1000, 101 + Math.floor((of('at') - 1000) / 100));
    case 'next':
      return query.get('mark') === 'failure' ? 500 : null;
    case 'diagnosis':
    case 'hits':
      return [];
    case 'actor':
      return { actor: query.get('actor') };
    default:
      return { from: of('from'), to: of('to'), lanes: [], more: 0, density: [], marks: {} };
  }
}

async function opened(): Promise<{ model: ReplayModel; link: HeldLink }> {
  const link = new HeldLink();
  const model = new ReplayModel(() => undefined, link);
  await model.open(null);
  await vi.waitFor(() => expect(model.instant?.seq).toBe(1000));
  return { model, link };
}

describe('a replay on the page', () => {
  it('begins at the last event of the whole tape, and is proved beside that', async () => {
    const { model } = await opened();
    expect(model.span).toEqual({ from: 1000, to: 91_000 });
    expect(model.replay).toBe(PROVED);
    expect(model.records.at(-1)).toMatchObject({ seq: 1000 });
  });

  it('asks for the newest place alone while an answer is on its way', async () => {
    const { model, link } = await opened();
    link.asked.length = 0;
    link.isHeld = true;
    for (let seq = 200; seq < 300; seq++) model.go(seq);
    expect(model.seq).toBe(299);
    link.release();
    await vi.waitFor(() =>
      expect(link.asked.filter((one) => one.startsWith('at'))).toEqual(['at?seq=200', 'at?seq=299']),
    );
    link.release();
    await vi.waitFor(() => expect(model.instant?.seq).toBe(299));
  });

  it('stays on the tape, and shows the actor that is chosen', async () => {
    const { model } = await opened();
    model.go(5000, 'qry-1');
    expect(model.seq).toBe(1000);
    model.go(-3);
    expect(model.seq).toBe(101);
    await vi.waitFor(() => expect(model.actorInstant).toEqual({ actor: 'qry-1' }));
    model.show({ from: -1e6, to: 1e6 });
    expect(model.span).toEqual({ from: 1000, to: 91_000 });
    model.show({ from: 2000, to: 2000 });
    expect(model.span).toEqual({ from: 2000, to: 2010 });
  });

  it('moves the timeline on where the event is outside what it shows', async () => {
    const { model } = await opened();
    model.show({ from: 1000, to: 3000 });
    model.go(501);
    await vi.waitFor(() => expect(model.span).toEqual({ from: 40_000, to: 42_000 }));
    model.go(505);
    await vi.waitFor(() => expect(model.instant?.seq).toBe(505));
    expect(model.span).toEqual({ from: 40_000, to: 42_000 });
  });

  it('goes to the next failure with its actor, and says where there is none', async () => {
    const { model } = await opened();
    await model.next('back', 'failure');
    expect([model.seq, model.actor]).toEqual([500, 'qry-1']);
    await model.next('forward', 'cancel');
    expect(model.notice).toBe('There is no cancel after this event.');
    expect(model.seq).toBe(500);
  });

  it('plays on, passes over what comes too close together, and stops at the end', async () => {
    vi.useFakeTimers();
    try {
      const link = new HeldLink();
      const model = new ReplayModel(() => undefined, link);
      await model.open(null);
      model.go(900);
      const playing = model.play(100);
      await vi.advanceTimersByTimeAsync(150);
      // At a hundred times the pace a step of 100 ms passes 10 s: a hundred events.
      expect(model.seq).toBe(1000);
      await vi.advanceTimersByTimeAsync(200);
      await playing;
      expect(model.speed).toBe(0);
      model.go(900);
      const slow = model.play(1);
      await vi.advanceTimersByTimeAsync(350);
      expect(model.seq).toBe(903);
      void model.play(0);
      await vi.advanceTimersByTimeAsync(500);
      await slow;
      expect(model.seq).toBe(903);
    } finally {
      vi.useRealTimers();
    }
  });

  it('closes what it leaves, and takes no answer of it', async () => {
    const { model, link } = await opened();
    link.isHeld = true;
    model.go(300);
    model.close();
    link.release();
    await new Promise((later) => setTimeout(later));
    expect(link.closed).toEqual(['rpl-1']);
    expect([model.replay, model.instant, model.records]).toEqual([null, null, []]);
  });
});
