import { afterEach, describe, expect, it } from 'vitest';
import type { ReplayReport } from '../../../src/events/replay-report.ts';
import { type Serving, serve } from '../../../src/server/server.ts';
import { appDouble } from './app-double.ts';

const REPORT = { verdict: 'reproduced', matched: true, records: 3 } as ReplayReport;

/** A replay that was asked for and has not ended. */
interface Asked {
  readonly until: number;
  readonly signal: AbortSignal;
  end(report: ReplayReport): void;
  fail(error: Error): void;
}

let serving: Serving;
const asked: Asked[] = [];

async function start(): Promise<void> {
  const replay = (until: number, signal: AbortSignal) =>
    new Promise<ReplayReport>((end, fail) => {
      asked.push({ until, signal, end, fail });
      signal.addEventListener('abort', () => fail(signal.reason as Error));
    });
  serving = await serve({ port: 0, pageFolder: null, app: appDouble({ replay }) });
}

afterEach(async () => {
  asked.length = 0;
  await serving.close();
});

async function post(body: unknown, signal?: AbortSignal) {
  const url = new URL(serving.url);
  const authorization = `Bearer ${url.searchParams.get('token')}`;
  const headers = { authorization, 'content-type': 'application/json' };
  const init = { method: 'POST', headers, body: JSON.stringify(body), signal: signal ?? null };
  const answer = await fetch(new URL('/api/replays', url), init);
  return { status: answer.status, body: (await answer.json()) as { code?: string } & Partial<ReplayReport> };
}

async function until(is: () => boolean): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    if (is()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('it did not happen');
}

describe('a replay', () => {
  it('is of what is on disk, or to the record that is asked for', async () => {
    await start();
    for (const [body, seq] of [
      [{}, 3],
      [{ until: 2 }, 2],
    ] as const) {
      const answer = post(body);
      await until(() => asked.at(-1)?.until === seq);
      asked.at(-1)!.end(REPORT);
      expect(await answer).toEqual({ status: 200, body: REPORT });
    }
  });

  it('is refused while another one runs, and given up once its request is closed', async () => {
    await start();
    const leaving = new AbortController();
    const left = post({}, leaving.signal).catch(() => 'left');
    await until(() => asked.length === 1);
    expect(await post({})).toMatchObject({ status: 409, body: { code: 'replay.running' } });
    leaving.abort();
    expect(await left).toBe('left');
    await until(() => asked[0]!.signal.aborted);
    const next = post({});
    await until(() => asked.length === 2);
    asked[1]!.end(REPORT);
    expect((await next).status).toBe(200);
  });

  it('says why there is none', async () => {
    await start();
    const answer = post({});
    await until(() => asked.length === 1);
    asked[0]!.fail(Object.assign(new Error('Segment 1 is damaged.'), { code: 'tape.damaged' }));
    expect(await answer).toEqual({
      status: 409,
      body: { code: 'tape.damaged', message: 'Segment 1 is damaged.' },
    });
    expect(await post({ until: 'x' })).toMatchObject({ status: 400, body: { code: 'replay.invalid' } });
  });
});
