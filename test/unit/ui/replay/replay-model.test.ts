import { describe, expect, it, vi } from 'vitest';
import type { AskProgress, OpenReplay } from '../../../../src/events/replay-view.ts';
import type { ReplayLink } from '../../../../src/ui/replay/replay-link.ts';
import { ReplayModel } from '../../../../src/ui/replay/replay-model.ts';

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
  readShare: 1,
  proof: { state: 'running' },
};
const PROVED = { ...OPEN, proof: { state: 'failed', code: 'x', message: 'x' } } as OpenReplay;

const CAUSE = { cause: 'lock', answer: 'yes', findings: [{ cause: 'lock', answer: 'yes', events: [300] }] };

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
    if (question === 'ask') return this.progress.shift() as T;
    if (
      this.isHeld &&
      !question.startsWith('timeline') &&
      question !== 'diagnosis' &&
      !question.startsWith('span')
    )
      await new Promise<void>((go) => this.held.push(go));
    return answerTo(question) as T;
  }
  async send<T>(_replayId: string, path: string, body: object): Promise<T> {
    this.asked.push(`${path} ${JSON.stringify(body)}`);
    return this.progress.shift() as T;
  }
  /** What an expression is answered, in turn. */
  progress: Partial<AskProgress>[] = [];
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
    case 'find':
      return { count: 3, before: 1, records: 900, kinds: [], types: [], marks: {} };
    case 'span':
      return { from: of('from'), to: of('to'), records: 9, hits: [], causes: [CAUSE] };
    case 'diagnosis':
      return [CAUSE, { ...CAUSE, answer: 'no', findings: [] }];
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
  await expect.poll(() => model.instant?.seq).toBe(1000);
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
    await expect
      .poll(() => link.asked.filter((one) => one.startsWith('at')))
      .toEqual(['at?seq=200', 'at?seq=299']);
    link.release();
    await expect.poll(() => model.instant?.seq).toBe(299);
  });

  it('shows a view again: its event, actor, range, filter and pins', async () => {
    const { model } = await opened();
    model.keepTo({ from: 20_000, to: 40_000 });
    model.listOnly({ kind: 'query' });
    model.go(350, 'qry-1');
    model.pin();
    const place = { ...model.place()!, actorSeq: 340 };
    model.keepTo(null);
    model.listOnly({});
    model.setPins([]);
    model.go(900, null);
    await model.showPlace(place);
    expect([model.seq, model.actor, model.range, model.filter]).toEqual([
      350,
      'qry-1',
      { from: 20_000, to: 40_000 },
      { kind: 'query' },
    ]);
    expect(model.pins).toEqual([{ seq: 350, note: '' }]);
    model.pin();
    expect(model.pins).toEqual([]);
  });

  it('says so of a view of another tape, and stays', async () => {
    const { model } = await opened();
    await model.showPlace({ ...model.place()!, firstAt: 5, seq: 200 });
    expect([model.seq, model.notice]).toEqual([1000, 'This view is of another tape. Open that one first.']);
  });

  it('stays on the tape, and shows the actor that is chosen', async () => {
    const { model } = await opened();
    model.go(5000, 'qry-1');
    expect(model.seq).toBe(1000);
    model.go(-3);
    expect(model.seq).toBe(101);
    await expect.poll(() => model.actorInstant).toEqual({ actor: 'qry-1' });
    model.show({ from: -1e6, to: 1e6 });
    expect(model.span).toEqual({ from: 1000, to: 91_000 });
    model.show({ from: 2000, to: 2000 });
    expect(model.span).toEqual({ from: 2000, to: 2010 });
  });

  it('moves the timeline on where the event is outside what it shows', async () => {
    const { model } = await opened();
    model.show({ from: 1000, to: 3000 });
    model.go(501);
    await expect.poll(() => model.span).toEqual({ from: 40_000, to: 42_000 });
    model.go(505);
    await expect.poll(() => model.instant?.seq).toBe(505);
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

  it('shows a tape that is opened while an answer about the one before it is on its way', async () => {
    const { model, link } = await opened();
    link.isHeld = true;
    model.go(300);
    link.open = async () => ({ ...OPEN, replayId: 'rpl-2' });
    link.get = async () => ({ ...PROVED, replayId: 'rpl-2' });
    await model.open(null);
    expect(model.instant).toBeNull();
    link.isHeld = false;
    link.release();
    await expect.poll(() => model.instant?.seq).toBe(1000);
    expect(model.replay?.replayId).toBe('rpl-2');
  });

  it('keeps every pane to the range that is chosen, and to the whole tape again', async () => {
    const { model, link } = await opened();
    await expect.poll(() => model.summary).toMatchObject({ from: 1000, to: 91_000 });
    expect(model.diagnosis).toEqual(CAUSE.findings);
    link.asked.length = 0;
    model.keepTo({ from: 20_000.4, to: 30_000 });
    expect(model.diagnosis).toBeNull();
    await expect.poll(() => model.summary).toMatchObject({ from: 20_000, to: 30_000 });
    expect(model.diagnosis).toEqual(CAUSE.findings);
    expect(model.span).toEqual({ from: 20_000, to: 30_000 });
    // What is shown lies in it, and so do the records and what is sought.
    await expect.poll(() => model.instant?.at).toBeLessThanOrEqual(30_000);
    await model.next('back', 'failure');
    await expect.poll(() => model.instant?.seq).toBe(500);
    for (const question of link.asked.filter((one) => /^(?:records\?.*back|find|next)/.test(one)))
      expect(question).toContain('&after=20000&before=30000');
    model.keepTo(null);
    await expect.poll(() => model.summary).toMatchObject({ from: 1000, to: 91_000 });
    expect(model.span).toEqual({ from: 1000, to: 91_000 });
    expect(model.diagnosis).toEqual(CAUSE.findings);
    model.go(400);
    await expect.poll(() => model.instant?.seq).toBe(400);
    expect(link.asked.at(-1)).not.toContain('after=');
  });

  it('lists the events that a filter lets pass, and goes from one to the next', async () => {
    const { model, link } = await opened();
    link.asked.length = 0;
    model.listOnly({ text: 'a b', kind: 'query', type: undefined });
    await expect.poll(() => link.asked.some((one) => one.startsWith('find'))).toBe(true);
    const wish = '&text=a%20b&kind=query';
    expect(link.asked).toContain(`records?from=1000&back=150&count=150${wish}`);
    expect(link.asked).toContain(`find?seq=1000${wish}`);
    await model.nextMatch('back');
    expect(link.asked).toContain(`next?from=1000&direction=back${wish}`);
    expect(model.notice).toBe('There is no match before this event.');
  });

  it('asks an expression and follows it to its end; what is wrong with one is asked of nothing', {
    tags: ['slow'],
  }, async () => {
    const { model, link } = await opened();
    link.asked.length = 0;
    const hits = [
      { seq: 200, at: 11_000, until: 12_000, kind: 'query', actor: 'qry-1' },
      { seq: 700, at: 61_000, until: null, kind: 'query', actor: 'qry-2' },
    ] as const;
    link.progress = [{ state: 'running' }, { state: 'running' }, { state: 'done', hits, count: 2 }];
    await model.ask('query.rows > 3');
    expect(link.asked.filter((one) => one.startsWith('ask'))).toEqual([
      'ask {"expression":"query.rows > 3"}',
      'ask',
      'ask',
    ]);
    expect(model.askHits).toEqual(hits);
    model.keepTo({ from: 20_000, to: 30_000 });
    expect(model.askHits).toEqual([]);
    link.asked.length = 0;
    await model.ask('query.rows > many');
    expect(model.asked.problem).toMatchObject({ offset: 13, length: 4 });
    expect(link.asked.filter((one) => one.startsWith('ask'))).toEqual([]);
    link.progress = [{ state: 'running' }, { state: 'stopped', hits: [] }];
    void model.ask('query.rows > 4');
    await expect.poll(() => model.asked.progress?.state).toBe('running');
    await model.asked.stop();
    expect(model.asked.progress?.state).toBe('stopped');
    expect(link.asked).toContain('ask/stop {}');
  });

  it('shows what was read while the rest is being read, until a place is chosen', {
    tags: ['slow'],
  }, async () => {
    const link = new HeldLink();
    const shares = [0.2, 0.6, 1];
    let records = 100;
    const now = (): OpenReplay => ({
      ...OPEN,
      records,
      lastSeq: 100 + records,
      lastAt: 1000 + records * 100,
      readShare: shares[0]!,
    });
    link.open = async () => now();
    link.get = async () => {
      shares.shift();
      records += 200;
      return shares.length > 1 ? now() : { ...now(), readShare: 1, proof: PROVED.proof };
    };
    const model = new ReplayModel(() => undefined, link);
    const spans: number[] = [];
    const opening = model.open(null);
    await expect.poll(() => model.span.to).toBe(1000 + 300 * 100);
    spans.push(model.seq);
    model.go(150);
    await opening;
    expect(spans).toEqual([400]);
    expect([model.seq, model.span.to]).toEqual([150, 31_000]);
    expect(model.replay?.lastSeq).toBe(600);
  });
});
