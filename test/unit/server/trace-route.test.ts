import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { OpenReplay } from '../../../src/events/replay-view.ts';
import { type TraceWish, tracePath } from '../../../src/events/trace/trace-wish.ts';
import { type Serving, serve } from '../../../src/server/server.ts';
import { appDouble } from './app-double.ts';

let serving: Serving;
let wishes: TraceWish[];
/** The replays that a trace was asked of. */
let replayed: string[];
beforeEach(async () => {
  wishes = [];
  replayed = [];
  const double = appDouble();
  const app = appDouble({
    replays: {
      ...double.replays,
      get: (replayId) => (replayId === 'rpl-1' ? ({ replayId } as OpenReplay) : undefined),
      async trace(replayId, wish) {
        replayed.push(replayId);
        wishes.push(wish);
        return { fileName: 'querytape-otlp.ndjson', bytes: 3, stream: Readable.from(['{}\n']) };
      },
    },
    otlp: [{ host: 'collector:4318', signals: ['traces'] }],
    async trace(wish) {
      wishes.push(wish);
      if (wish.format === 'otlp') throw Object.assign(new Error('damaged'), { code: 'tape.damaged' });
      return { fileName: 'querytape-trace.json', bytes: 2, stream: Readable.from(['{}']) };
    },
  });
  serving = await serve({ app, port: 0, pageFolder: null });
});
afterEach(() => serving.close());

function ask(path: string): Promise<Response> {
  const token = new URL(serving.url).searchParams.get('token');
  return fetch(`http://127.0.0.1:${serving.port}${path}`, { headers: { authorization: `Bearer ${token}` } });
}

/** Asks for the ticket of a download. */
function ticket(path: string): Promise<Response> {
  const token = new URL(serving.url).searchParams.get('token');
  return fetch(`http://127.0.0.1:${serving.port}/api/downloads`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ path }),
  });
}

it('sends the tape as a file for another tool, no further than it is on disk', async () => {
  const answer = await ask('/api/traces?format=perfetto&from=2&to=99');
  expect(await answer.text()).toBe('{}');
  expect(answer.headers.get('content-disposition')).toBe('attachment; filename="querytape-trace.json"');
  expect(wishes).toEqual([{ format: 'perfetto', fromSeq: 2, toSeq: 3 }]);
});

it('sends a range of time, as a download too', async () => {
  const path = tracePath('perfetto', null, { from: 1000, to: 2000 });
  const given = (await (await ticket(path)).json()) as { path: string };
  expect((await fetch(`http://127.0.0.1:${serving.port}${given.path}`)).status).toBe(200);
  await (await ask('/api/replay/rpl-1/trace?format=otlp&before=2000')).text();
  expect(wishes).toMatchObject([
    { format: 'perfetto', fromSeq: 1, after: 1000, before: 2000 },
    { format: 'otlp', fromSeq: 1, before: 2000 },
  ]);
  expect(wishes[1]).not.toHaveProperty('after');
});

it('sends the tape of an open replay, as a download too, and answers 404 for one that is not open', async () => {
  const answer = await ask('/api/replay/rpl-1/trace?format=otlp&from=2&to=99');
  expect(await answer.text()).toBe('{}\n');
  expect(answer.headers.get('content-type')).toBe('application/x-ndjson; charset=utf-8');
  expect([wishes, replayed]).toEqual([[{ format: 'otlp', fromSeq: 2, toSeq: 99 }], ['rpl-1']]);
  expect((await ask('/api/replay/rpl-1/trace?format=csv')).status).toBe(400);
  const gone = await ask('/api/replay/rpl-2/trace?format=otlp');
  expect([gone.status, await gone.json()]).toMatchObject([404, { code: 'replay.gone' }]);
  const { path } = (await (await ticket('/api/replay/rpl-1/trace?format=otlp')).json()) as { path: string };
  const download = () => fetch(`http://127.0.0.1:${serving.port}${path}`);
  expect(await (await download()).text()).toBe('{}\n');
  expect((await download()).status).toBe(403);
  expect(replayed).toEqual(['rpl-1', 'rpl-1']);
});

it('refuses what is not a format or a record, and answers what can’t be read by its code', async () => {
  for (const query of [
    '',
    '?format=csv',
    '?format=perfetto&from=0',
    '?format=perfetto&to=x',
    '?format=perfetto&after=yesterday',
    '?format=perfetto&before=1.5',
  ]) {
    const answer = await ask(`/api/traces${query}`);
    expect([query, answer.status]).toEqual([query, 400]);
    expect(await answer.json()).toMatchObject({ code: 'trace.invalid' });
  }
  const damaged = await ask('/api/traces?format=otlp');
  expect(damaged.status).toBe(409);
  expect(await damaged.json()).toMatchObject({ code: 'tape.damaged' });
});

it('opens a download of either format with a ticket, once, and of no other address', async () => {
  expect((await ticket('/api/traces?format=otlp')).status).toBe(200);
  const { path } = (await (await ticket('/api/traces?format=perfetto')).json()) as { path: string };
  const download = () => fetch(`http://127.0.0.1:${serving.port}${path}`);
  expect(await (await download()).text()).toBe('{}');
  expect((await download()).status).toBe(403);
  for (const path of [
    'traces?format=perfetto&from=1',
    'traces?format=perfetto&after=1',
    'traces?format=perfetto&after=1&before=x',
    'replay/rpl-1/at?seq=1',
    'replay/../traces/trace?format=otlp',
  ])
    expect((await ticket(`/api/${path}`)).status).toBe(400);
});

it('reports in its state where OTLP is sent to', async () => {
  const { app } = await (await ask('/api/state')).json();
  expect(app.otlp).toEqual([{ host: 'collector:4318', signals: ['traces'] }]);
});
