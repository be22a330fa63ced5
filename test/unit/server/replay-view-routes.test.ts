import { afterEach, describe, expect, it, vi } from 'vitest';
import type { OpenReplay, ReplayQuestion } from '../../../src/events/replay-view.ts';
import type { Replays } from '../../../src/server/app.ts';
import { REPLAY_UPLOADS_MAX } from '../../../src/server/limits.ts';
import { type Serving, serve } from '../../../src/server/server.ts';
import { appDouble } from './app-double.ts';

const OPEN = { replayId: 'rpl-1', source: 'live' } as OpenReplay;
let serving: Serving;
let asked: ReplayQuestion[] = [];
let sent: Buffer[] = [];
afterEach(() => serving.close());

async function start(more: Partial<Replays> = {}): Promise<void> {
  asked = [];
  sent = [];
  const gone = Object.assign(new Error('Gone.'), { code: 'replay.gone' });
  serving = await serve({
    port: 0,
    pageFolder: null,
    app: appDouble({
      replays: {
        open: async () => OPEN,
        async openSent(bytes) {
          for await (const piece of bytes) sent.push(Buffer.from(piece));
          return { ...OPEN, source: 'bundle' };
        },
        get: (replayId) => (replayId === 'rpl-1' ? OPEN : undefined),
        async ask(replayId, question) {
          if (replayId !== 'rpl-1') throw gone;
          asked.push(question);
          return question.ask;
        },
        trace: () => Promise.reject(gone),
        close: async () => undefined,
        ...more,
      },
    }),
  });
}

async function call(path: string, body?: object | Buffer, type = 'application/json') {
  const url = new URL(serving.url);
  const authorization = `Bearer ${url.searchParams.get('token')}`;
  const init =
    body === undefined
      ? { headers: { authorization } }
      : {
          method: 'POST',
          headers: { authorization, 'content-type': type },
          body: Buffer.isBuffer(body) ? new Uint8Array(body) : JSON.stringify(body),
        };
  const answer = await fetch(new URL(path, url), init);
  return { status: answer.status, body: await answer.json() };
}

describe('replays by HTTP', () => {
  it('are opened of the live tape, or of bytes that are sent', async () => {
    await start();
    expect(await call('/api/replay', { source: 'live' })).toEqual({ status: 200, body: OPEN });
    expect(await call('/api/replay', { source: 'elsewhere' })).toMatchObject({
      status: 400,
      body: { code: 'replay.invalid' },
    });
    const bytes = Buffer.alloc(300_000, 7);
    expect(await call('/api/replay', bytes, 'application/octet-stream')).toMatchObject({
      status: 200,
      body: { source: 'bundle' },
    });
    expect(Buffer.concat(sent).equals(bytes)).toBe(true);
    // Bytes are taken nowhere else.
    expect((await call('/api/commands', bytes, 'application/octet-stream')).status).toBeGreaterThanOrEqual(
      400,
    );
  });

  it('are opened of so many bundles at once, and of another when one of them is open or was refused', async () => {
    const ends: ((error?: Error) => void)[] = [];
    await start({
      openSent: () =>
        new Promise((resolve, reject) => {
          ends.push((error) => (error ? reject(error) : resolve(OPEN)));
        }),
    });
    const send = () => call('/api/replay', Buffer.alloc(10), 'application/octet-stream');
    const opened = Array.from({ length: REPLAY_UPLOADS_MAX }, send);
    await vi.waitFor(() => expect(ends).toHaveLength(REPLAY_UPLOADS_MAX), { timeout: 60_000 });
    const refused = { status: 409, body: { code: 'replay.uploading' } };
    expect(await send()).toMatchObject(refused);
    expect(await call('/api/replay', { source: 'live' })).toMatchObject({ status: 200 });
    ends[0]!();
    ends[1]!(Object.assign(new Error('No bundle.'), { code: 'bundle.format' }));
    expect(await opened[0]).toMatchObject({ status: 200 });
    expect(await opened[1]).toMatchObject({ status: 409, body: { code: 'bundle.format' } });
    opened.push(send(), send());
    await vi.waitFor(() => expect(ends).toHaveLength(REPLAY_UPLOADS_MAX + 2), { timeout: 60_000 });
    expect(await send()).toMatchObject(refused);
    for (const end of ends) end();
    await Promise.all(opened);
  });

  it.each([
    ['timeline?from=1&to=5', { ask: 'timeline', from: 1, to: 5, parts: 400, lanes: 100 }],
    ['at?seq=7', { ask: 'at', seq: 7 }],
    ['seqAt?at=9', { ask: 'seqAt', at: 9 }],
    ['actor?actor=qry-1&seq=7', { ask: 'actor', actor: 'qry-1', seq: 7 }],
    [
      'records?from=3&count=2&type=query.recorded',
      { ask: 'records', from: 3, back: 0, count: 2, filter: { type: 'query.recorded' } },
    ],
    [
      'next?from=3&direction=back&mark=failure',
      { ask: 'next', from: 3, direction: -1, filter: { mark: 'failure' } },
    ],
    [
      'find?seq=3&text=lock&kind=query&after=5&before=9',
      { ask: 'find', seq: 3, filter: { text: 'lock', kind: 'query', from: 5, to: 9 } },
    ],
    ['span?from=3&to=9', { ask: 'span', from: 3, to: 9 }],
    ['actors', { ask: 'actors', from: 0, count: 1000 }],
    ['actors?from=1000&count=5', { ask: 'actors', from: 1000, count: 5 }],
    ['hits', { ask: 'hits' }],
    ['ask', { ask: 'asked' }],
    ['diagnosis', { ask: 'diagnosis' }],
  ])('are asked %s', async (path, question) => {
    await start();
    expect(await call(`/api/replay/rpl-1/${path}`)).toEqual({ status: 200, body: { answer: question.ask } });
    expect(asked[0]).toMatchObject(question);
    expect(await call(`/api/replay/rpl-2/${path}`)).toMatchObject({
      status: 404,
      body: { code: 'replay.gone' },
    });
  });

  it.each([
    'timeline?from=5&to=1',
    'timeline?from=1&to=5&parts=0',
    'timeline?from=1&to=5&parts=4001',
    'timeline?from=1&to=5&lanes=501',
    'at',
    'at?seq=-1',
    'seqAt?at=now',
    'actor?seq=1',
    'records?count=0',
    'next?from=1&mark=everything',
    'next?from=1&direction=up',
    'find?seq=1&after=noon',
    'find?seq=1&mark=everything',
    'span?from=5&to=1',
    'records?back=-1',
    'actors?from=-1',
    'actors?count=0',
  ])('refuse %s and ask nothing', async (path) => {
    await start();
    expect(await call(`/api/replay/rpl-1/${path}`)).toMatchObject({
      status: 400,
      body: { code: 'replay.invalid' },
    });
    expect(asked).toEqual([]);
  });

  it('ask an expression, and name the place of what is wrong with one', async () => {
    await start();
    const ask = (expression: unknown) => call('/api/replay/rpl-1/ask', { expression });
    expect(await ask('query.rows > 3')).toEqual({ status: 200, body: { answer: 'ask' } });
    expect(await call('/api/replay/rpl-1/ask/stop', {})).toEqual({
      status: 200,
      body: { answer: 'stopAsking' },
    });
    expect(asked).toEqual([{ ask: 'ask', expression: 'query.rows > 3' }, { ask: 'stopAsking' }]);
    expect(await ask('query.rows > many')).toMatchObject({
      status: 400,
      body: { code: 'ask.invalid', offset: 13, length: 4, possible: ['a number', 'none'] },
    });
    expect(await ask(3)).toMatchObject({ status: 400, body: { code: 'replay.invalid' } });
    expect(asked.length).toBe(2);
  });
});
