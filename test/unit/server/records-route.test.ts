import { afterEach, describe, expect, it } from 'vitest';
import type { Envelope } from '../../../src/events/envelope.ts';
import { RECORDS_PAGE_MAX } from '../../../src/server/limits.ts';
import { type Serving, serve } from '../../../src/server/server.ts';
import { appDouble } from './app-double.ts';

const LAST = 2500;
let serving: Serving;
afterEach(() => serving.close());

async function get(query: string) {
  async function* read(from: number, to: number) {
    for (let seq = from; seq <= to; seq++) yield [{ seq } as Envelope];
  }
  serving = await serve({
    port: 0,
    pageFolder: null,
    app: appDouble({ read, firstSeq: 11, durableSeq: LAST }),
  });
  const url = new URL(serving.url);
  const headers = { authorization: `Bearer ${url.searchParams.get('token')}` };
  const answer = await fetch(new URL(`/api/records?${query}`, url), { headers });
  const body = (await answer.json()) as { records: Envelope[]; more: boolean; code?: string };
  return { ...body, status: answer.status, seqs: body.records?.map(({ seq }) => seq) };
}

describe('records of the tape', () => {
  it('come page by page, from the first that was not cut', async () => {
    const { seqs, more } = await get('');
    expect([seqs[0], seqs.length, more]).toEqual([11, RECORDS_PAGE_MAX, true]);
  });

  it('come from the first that is left where those asked for were cut, and are not said to be none', async () => {
    expect(await get('from=1&count=3')).toMatchObject({ seqs: [11, 12, 13], more: true });
    await serving.close();
    expect(await get('from=1&to=10')).toMatchObject({ seqs: [], more: false });
  });

  it('are those of the span that is asked for, as far as they are on disk', async () => {
    expect(await get('from=2499&to=9999')).toMatchObject({ seqs: [2499, 2500], more: false });
    await serving.close();
    expect(await get('from=20&to=40&count=3')).toMatchObject({ seqs: [20, 21, 22], more: true });
    await serving.close();
    expect(await get('from=4000')).toMatchObject({ seqs: [], more: false });
  });

  it.each(['from=0', 'from=x', 'to=1.5', 'count=0'])('are not given for %s', async (query) => {
    expect(await get(query)).toMatchObject({ status: 400, code: 'records.invalid' });
  });
});
