import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  REPLAY_ACTORS_PAGE_MAX,
  REPLAY_IDLE_MS,
  REPLAY_UPLOAD_BYTES_MAX,
  REPLAYS_OPEN_MAX,
} from '../../../src/events/limits.ts';
import type { ReplayReport } from '../../../src/events/replay-report.ts';
import type { ActorsPage, ProvedReport } from '../../../src/events/replay-view.ts';
import type { TraceWish } from '../../../src/events/trace/trace-wish.ts';
import { Replays } from '../../../src/main/replays.ts';

/** Recordings that are open, by the order in which they were read. */
const open: { folder: string; isClosed: boolean }[] = [];
const SUMMARY = {
  records: 3,
  firstSeq: 1,
  lastSeq: 3,
  firstAt: 1,
  lastAt: 3,
  actors: 1,
  damages: [],
  readShare: 1,
};
const ACTORS = Array.from({ length: 2 * REPLAY_ACTORS_PAGE_MAX + 5 }, (_, n) => ({
  actor: `qry-${n}`,
  machine: 'query@1',
  state: 'succeeded',
  lastSeq: n,
  records: 1,
}));
const REPORT = {
  verdict: 'reproduced',
  matched: true,
  records: 3,
  actors: ACTORS,
} as unknown as ReplayReport;
let now = 1_000_000;
/** When a recording was read to its end. */
let read: Promise<void>;
/** Whether closing a recording fails. */
let isStuck: boolean;
let replays: Replays;
/** Lets a recording be read; each is at once, unless a test holds it. */
let mayRead: () => Promise<void>;
/** Traces that are being written. */
let traces: { folder: string; wish: TraceWish; signal: AbortSignal }[];

beforeEach(() => {
  open.length = 0;
  traces = [];
  read = Promise.resolve();
  isStuck = false;
  mayRead = async () => undefined;
  let opened = 0;
  replays = new Replays({
    folder: '/live',
    newId: () => `rpl-${++opened}`,
    now: () => now,
    async read(folder) {
      const one = { folder, isClosed: false };
      open.push(one);
      await mayRead();
      const close = async () => {
        one.isClosed = true;
        if (isStuck) throw new Error('stuck');
      };
      return { summary: SUMMARY, whole: () => read, ask: async ({ ask }) => ask, close };
    },
    prove: async () => REPORT,
    trace: (folder, wish, signal) =>
      new Promise((_, reject) => {
        traces.push({ folder, wish, signal });
        signal.addEventListener('abort', () => reject(signal.reason));
      }),
  });
});
afterEach(() => replays.closeAll());

describe('opening', () => {
  let letRead: () => void;
  beforeEach(() => {
    const held = new Promise<void>((resolve) => {
      letRead = resolve;
    });
    mayRead = () => held;
  });

  it('reads one tape at a time, and the next also after one that can’t be read', async () => {
    const [first, second] = [replays.open('/no-such.qtape'), replays.open(null)];
    const third = replays.open(null);
    await expect(first).rejects.toThrow();
    await expect.poll(() => open.length).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(open).toHaveLength(1);
    letRead();
    expect((await second).replayId).toBe('rpl-1');
    expect((await third).replayId).toBe('rpl-2');
  });

  it('is over with the program: what is being read is closed, and what comes is not opened', async () => {
    const one = replays.open(null);
    await expect.poll(() => open.length).toBe(1);
    const ended = replays.closeAll();
    const late = replays.open(null);
    letRead();
    await Promise.all([one, ended]);
    await expect(late).rejects.toMatchObject({ code: 'replay.gone' });
    expect(open).toEqual([{ folder: '/live', isClosed: true }]);
  });
});

describe('an open replay', () => {
  it('is of the live tape, answers what it is asked, and is proved beside that', async () => {
    const { replayId, ...rest } = await replays.open(null);
    expect(rest).toMatchObject({ source: 'live', integrity: null, ...SUMMARY });
    expect(await replays.ask(replayId, { ask: 'at', seq: 2 })).toBe('at');
    await expect
      .poll(() => replays.get(replayId)!.proof)
      .toMatchObject({ state: 'proved', report: { verdict: 'reproduced', records: 3 } });
    await replays.close(replayId);
    expect(open).toEqual([{ folder: '/live', isClosed: true }]);
  });

  it('lists the first actors of its proof, and the others a page at a time', async () => {
    let end!: () => void;
    read = new Promise((resolve) => {
      end = resolve;
    });
    const { replayId } = await replays.open(null);
    const page = (from: number, count = Number.MAX_SAFE_INTEGER) =>
      replays.ask(replayId, { ask: 'actors', from, count }) as Promise<ActorsPage | null>;
    expect(await page(0)).toBeNull();
    end();
    await expect.poll(() => replays.get(replayId)!.proof.state).toBe('proved');
    const { proof } = replays.get(replayId)!;
    const { actors, moreActors } = (proof as { report: ProvedReport }).report;
    expect(actors).toHaveLength(REPLAY_ACTORS_PAGE_MAX);
    expect(actors.length + moreActors).toBe(ACTORS.length);
    const all = [...actors];
    for (let more = moreActors; more > 0; ) {
      const next = (await page(all.length))!;
      expect(next.actors.length).toBeLessThanOrEqual(REPLAY_ACTORS_PAGE_MAX);
      all.push(...next.actors);
      more = next.more;
    }
    expect(all).toEqual(ACTORS);
    expect(await page(3, 2)).toEqual({ actors: ACTORS.slice(3, 5), more: ACTORS.length - 5 });
    expect(await page(ACTORS.length + 7)).toEqual({ actors: [], more: 0 });
  });

  it('is proved once it was read to its end, and not before', async () => {
    let end!: () => void;
    read = new Promise((resolve) => {
      end = resolve;
    });
    const { replayId } = await replays.open(null);
    await new Promise((later) => setImmediate(later));
    expect(replays.get(replayId)!.proof).toEqual({ state: 'running' });
    end();
    await expect.poll(() => replays.get(replayId)!.proof.state).toBe('proved');
    read = Promise.reject(Object.assign(new Error('Gone.'), { code: 'tape.gone' }));
    const { replayId: second } = await replays.open(null);
    await expect.poll(() => replays.get(second)!.proof).toMatchObject({ state: 'failed', code: 'tape.gone' });
  });

  it('is written for another tool once it was read, no further than it was read, and until it is closed', async () => {
    let end!: () => void;
    read = new Promise((resolve) => {
      end = resolve;
    });
    const { replayId } = await replays.open(null);
    const wish = { format: 'otlp', fromSeq: 2, toSeq: 99 } as const;
    const writing = replays.trace(replayId, wish, new AbortController().signal);
    const given = expect(writing).rejects.toMatchObject({ code: 'replay.gone' });
    await new Promise((later) => setImmediate(later));
    expect(traces).toEqual([]);
    end();
    await expect.poll(() => traces.length).toBe(1);
    expect(traces[0]).toMatchObject({ folder: '/live', wish: { ...wish, toSeq: 3 } });
    await replays.close(replayId);
    await given;
    await expect(replays.trace(replayId, wish, new AbortController().signal)).rejects.toMatchObject({
      code: 'replay.gone',
    });
  });

  it('is closed for the newest one, the one that was not used for longest first', async () => {
    const ids: string[] = [];
    for (let count = 0; count < REPLAYS_OPEN_MAX; count++) {
      now++;
      ids.push((await replays.open(null)).replayId);
    }
    now++;
    await replays.ask(ids[0]!, { ask: 'hits' });
    now++;
    await replays.open(null);
    expect(replays.get(ids[0]!)).toBeDefined();
    expect(replays.get(ids[1]!)).toBeUndefined();
    await expect(replays.ask(ids[1]!, { ask: 'hits' })).rejects.toMatchObject({ code: 'replay.gone' });
  });

  it('is closed once it was not looked at for half an hour', async () => {
    const { replayId } = await replays.open(null);
    now += REPLAY_IDLE_MS - 1;
    await replays.sweep();
    expect(replays.get(replayId)).toBeDefined();
    now += 2;
    await replays.sweep();
    expect(replays.get(replayId)).toBeUndefined();
  });

  it('makes room for the newest one, and is closed with all others, where closing one fails', async () => {
    isStuck = true;
    for (let count = 0; count <= REPLAYS_OPEN_MAX; count++) {
      now++;
      await replays.open(null);
    }
    expect(open.map(({ isClosed }) => isClosed)).toEqual([true, ...new Array(REPLAYS_OPEN_MAX).fill(false)]);
    now += REPLAY_IDLE_MS + 1;
    await replays.sweep();
    expect(open.every(({ isClosed }) => isClosed)).toBe(true);
  });

  it('is not made of bytes that are no bundle, or too many of them', { tags: ['slow'] }, async () => {
    async function* bytes(total: number) {
      const piece = new Uint8Array(8 * 1024 * 1024);
      for (let sent = 0; sent < total; sent += piece.length) yield piece;
    }
    await expect(replays.openSent(bytes(100))).rejects.toMatchObject({ code: 'bundle.format' });
    await expect(replays.openSent(bytes(REPLAY_UPLOAD_BYTES_MAX + 1))).rejects.toMatchObject({
      code: 'bundle.large',
    });
  });
});
