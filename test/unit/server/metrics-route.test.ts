import { afterEach, describe, expect, it } from 'vitest';
import type { MetricsReport, MetricsWish } from '../../../src/events/metrics/metrics-report.ts';
import { type Serving, serve } from '../../../src/server/server.ts';
import { appDouble } from './app-double.ts';

let serving: Serving;
afterEach(() => serving.close());

async function start(metrics: (wish: MetricsWish, signal: AbortSignal) => Promise<MetricsReport>) {
  serving = await serve({ port: 0, pageFolder: null, app: appDouble({ metrics }) });
}

async function get(query: string) {
  const url = new URL(serving.url);
  const headers = { authorization: `Bearer ${url.searchParams.get('token')}` };
  const answer = await fetch(new URL(`/api/metrics?${query}`, url), { headers });
  return { status: answer.status, body: (await answer.json()) as { code?: string; message?: string } };
}

describe('metrics', () => {
  it('are asked for by a span, and narrowed by what is named', async () => {
    const asked: MetricsWish[] = [];
    await start(async (wish) => {
      asked.push(wish);
      return { from: wish.from } as MetricsReport;
    });
    expect(await get('from=1000&to=61000')).toMatchObject({ status: 200, body: { from: 1000 } });
    await get('from=0&to=240&bins=240&engine=mysql&environment=staging&profileId=prf-1');
    expect(asked).toEqual([
      { from: 1000, to: 61_000, bins: 60, engine: null, environment: null, profileId: null },
      { from: 0, to: 240, bins: 240, engine: 'mysql', environment: 'staging', profileId: 'prf-1' },
    ]);
  });

  it.each([
    ['', 'from'],
    ['from=5&to=5', 'from'],
    ['from=x&to=5', 'from'],
    ['from=0&to=100000&bins=241', 'bins'],
    ['from=0&to=10&bins=11', 'bins'],
    ['from=0&to=1000&engine=oracle', 'engine'],
    ['from=0&to=1000&environment=here', 'environment'],
    ['from=0&to=1000&profileId=a%20b', 'profileId'],
  ])('refuse %j and name what is wrong', async (query, named) => {
    await start(() => Promise.reject(new Error('not asked')));
    const { status, body } = await get(query);
    expect([status, body.code]).toEqual([400, 'metrics.invalid']);
    expect(body.message).toContain(`\`${named}\``);
  });

  it('give up the span before when another is asked for', async () => {
    let isAsked = (): void => undefined;
    const asked = new Promise<void>((resolve) => {
      isAsked = resolve;
    });
    await start((wish, signal) => {
      if (wish.from === 2) return Promise.resolve({ from: 2 } as MetricsReport);
      isAsked();
      return new Promise((_, fail) => signal.addEventListener('abort', () => fail(signal.reason as Error)));
    });
    const first = get('from=1&to=1001');
    await asked;
    expect(await get('from=2&to=1002')).toMatchObject({ status: 200, body: { from: 2 } });
    expect(await first).toMatchObject({ status: 409, body: { code: 'metrics.superseded' } });
  });

  it('say of a tape that can’t be added up why', async () => {
    await start(() =>
      Promise.reject(Object.assign(new Error('The tape is damaged.'), { code: 'tape.damaged' })),
    );
    expect(await get('from=1&to=1001')).toEqual({
      status: 409,
      body: { code: 'tape.damaged', message: 'The tape is damaged.' },
    });
  });
});
