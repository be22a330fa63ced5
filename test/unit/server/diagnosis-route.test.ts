import { afterEach, describe, expect, it } from 'vitest';
import type { QueryDiagnosis } from '../../../src/events/diagnosis/report.ts';
import type { App } from '../../../src/server/app.ts';
import { type Serving, serve } from '../../../src/server/server.ts';
import { appDouble } from './app-double.ts';

let serving: Serving;
afterEach(() => serving.close());

async function start(
  diagnosis: (queryId: string, signal: AbortSignal) => Promise<QueryDiagnosis | null>,
  changes: Partial<App> = {},
) {
  serving = await serve({ port: 0, pageFolder: null, app: appDouble({ diagnosis, ...changes }) });
}

async function get(query: string) {
  const url = new URL(serving.url);
  const headers = { authorization: `Bearer ${url.searchParams.get('token')}` };
  const answer = await fetch(new URL(`/api/diagnosis${query}`, url), { headers });
  return { status: answer.status, body: (await answer.json()) as { code?: string } };
}

describe('a diagnosis', () => {
  it('is asked for by a statement’s id', async () => {
    await start(async (queryId) => ({ seq: queryId.length, findings: [] }));
    expect(await get('?queryId=qry-1')).toEqual({ status: 200, body: { seq: 5, findings: [] } });
  });

  it.each(['', '?queryId=', '?queryId=a%20b', '?queryId=a&queryId=b'])(
    'is refused without one: %j',
    async (query) => {
      await start(() => Promise.reject(new Error('not asked')));
      expect(await get(query)).toMatchObject({ status: 400, body: { code: 'diagnosis.invalid' } });
    },
  );

  it('says that the tape does not have the statement, and why it can’t be read', async () => {
    await start(async (queryId) => {
      if (queryId === 'gone') return null;
      throw Object.assign(new Error('The tape is damaged.'), { code: 'tape.damaged' });
    });
    expect(await get('?queryId=gone')).toMatchObject({ status: 404, body: { code: 'diagnosis.unknown' } });
    expect(await get('?queryId=other')).toMatchObject({ status: 409, body: { code: 'tape.damaged' } });
  });

  it('says that a statement waits for a tape that can’t be written, and why, but not of an unknown one', async () => {
    const words = {
      queryId: 'waiting',
      text: 'select 1',
      params: [],
      offset: 0,
      failure: null,
      judgement: null,
      challenge: null,
      notices: [],
    };
    await start(async () => null, {
      health: () => ({ state: 'failed', durableSeq: 3, code: 'ENOSPC' }),
      query: (queryId) => (queryId === 'waiting' ? words : undefined),
    });
    expect(await get('?queryId=waiting')).toEqual({
      status: 409,
      body: {
        code: 'diagnosis.notRecorded',
        message:
          'The tape can’t be written, so this statement is not on it yet and was not sent to its server. The disk is full (ENOSPC). Make room on it. It resumes by itself.',
      },
    });
    expect(await get('?queryId=other')).toMatchObject({ status: 404, body: { code: 'diagnosis.unknown' } });
  });

  it('is given up when another statement is asked about', async () => {
    let isAsked = (): void => undefined;
    const asked = new Promise<void>((resolve) => {
      isAsked = resolve;
    });
    await start((queryId, signal) => {
      if (queryId === 'second') return Promise.resolve({ seq: 2, findings: [] });
      isAsked();
      return new Promise((_, fail) => signal.addEventListener('abort', () => fail(signal.reason as Error)));
    });
    const first = get('?queryId=first');
    await asked;
    expect(await get('?queryId=second')).toMatchObject({ status: 200, body: { seq: 2 } });
    expect(await first).toMatchObject({ status: 409, body: { code: 'diagnosis.superseded' } });
  });
});
