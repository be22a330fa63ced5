import { afterEach, beforeEach, expect, it } from 'vitest';
import { FIND_TEXT_UNITS_MAX } from '../../../src/events/limits.ts';
import type { Column } from '../../../src/events/result.ts';
import { FINDS_MAX } from '../../../src/server/limits.ts';
import { ResultFinds } from '../../../src/server/result-finds.ts';
import { type Serving, serve } from '../../../src/server/server.ts';
import type { Result } from '../../../src/store/results/result.ts';
import type { ResultStore } from '../../../src/store/results/result-store.ts';
import { storeForTest, write } from '../store/results-support.ts';
import { appDouble } from './app-double.ts';

const COLUMNS: readonly Column[] = ['a', 'b'].map((name) => ({ name, type: 'text', numeric: false }));

let store: ResultStore;
let result: Result;
let serving: Serving;

/** A row of two cells that have the same text. */
function row(cell: string): Uint8Array {
  const value = Buffer.from(cell);
  const bytes = Buffer.alloc(4 + 2 * (1 + value.length));
  bytes.writeUInt32LE(bytes.length - 4);
  for (const at of [4, 5 + value.length]) {
    bytes[at] = value.length;
    bytes.set(value, at + 1);
  }
  return bytes;
}

beforeEach(async () => {
  ({ store } = storeForTest());
  result = store.open('q1', 'q1', COLUMNS, 'mysql-text');
  write(result, [row('one'), row('50% of a+b'), row('ONE')]);
  serving = await serve({ port: 0, pageFolder: null, app: appDouble({ result: (id) => store.get(id) }) });
});
afterEach(() => serving.close());

async function ask(query: string, resultId = 'q1'): Promise<{ status: number; body: unknown }> {
  const { origin, searchParams } = new URL(serving.url);
  const headers = { authorization: `Bearer ${searchParams.get('token')}` };
  const answer = await fetch(`${origin}/api/results/${resultId}/find?${query}`, { headers });
  return { status: answer.status, body: await answer.json() };
}

it('answers how many cells have a text, and the nearest one', async () => {
  expect(await ask('text=one')).toEqual({
    status: 200,
    body: { rows: 3, rowsHere: 3, complete: false, count: 4, hit: { row: 0, column: 0, ordinal: 1 } },
  });
  result.complete();
  expect((await ask('text=one&row=0&column=1')).body).toMatchObject({
    complete: true,
    hit: { row: 2, column: 0, ordinal: 3 },
  });
  expect((await ask('text=one&row=0&column=0&direction=back')).body).toMatchObject({
    hit: { row: 2, column: 1, ordinal: 4 },
  });
  expect((await ask('text=ONE&case=true&columns=1')).body).toMatchObject({
    count: 1,
    hit: { row: 2, column: 1, ordinal: 1 },
  });
  expect((await ask(`text=${encodeURIComponent('50% OF A+B')}&columns=1,0`)).body).toMatchObject({
    count: 2,
    hit: { row: 1, column: 1, ordinal: 1 },
  });
  expect((await ask('text=none')).body).toMatchObject({ count: 0, hit: null });
});

it.each([
  '',
  'text=',
  'text=one&case=yes',
  'text=one&row=-1',
  'text=one&row=1.5',
  'text=one&row=99999999999999999999',
  'text=one&column=2',
  'text=one&column=x',
  'text=one&columns=',
  'text=one&columns=0,2',
  'text=one&columns=0,1,0',
  'text=one&direction=up',
  'text=one&text=two',
])('refuses %j', async (query) => {
  expect(await ask(query)).toMatchObject({ status: 400, body: { code: 'find.invalid' } });
});

it('refuses a text that is too long', async () => {
  expect(await ask(`text=${'x'.repeat(FIND_TEXT_UNITS_MAX)}`)).toMatchObject({ status: 200 });
  expect(await ask(`text=${'x'.repeat(FIND_TEXT_UNITS_MAX + 1)}`)).toMatchObject({ status: 400 });
});

it('is gone with the result', async () => {
  expect(await ask('text=one')).toMatchObject({ status: 200 });
  store.drop('q1');
  expect(await ask('text=one')).toMatchObject({ status: 404, body: { code: 'result.gone' } });
  // Another result by the same id: nothing of the first is answered.
  const other = store.open('q1', 'q1', COLUMNS, 'mysql-text');
  write(other, [row('one')]);
  expect((await ask('text=one')).body).toMatchObject({ rows: 1, count: 2 });
});

it('begins again once there are more columns', async () => {
  expect((await ask('text=one')).body).toMatchObject({ count: 4 });
  const types: string[] = [];
  result.columnsLearned(
    COLUMNS.map((column) => ({ ...column, type: types.length++ === 0 ? 'blob' : 'text' })),
  );
  expect((await ask('text=one')).body).toMatchObject({ count: 2, hit: { row: 0, column: 1 } });
});

it('looks through the rows once for all requests that look for the same', async () => {
  const finds = new ResultFinds();
  const signal = new AbortController().signal;
  const reads: number[] = [];
  const counted = {
    ...{ meta: () => result.meta(), window: () => Promise.reject(), completed: () => Promise.reject() },
    rowsFrom(from: number) {
      reads.push(from);
      return result.rowsFrom(from);
    },
  };
  const look = (text: string) => finds.answer(counted, { text }, signal);
  await look('none');
  await look('none');
  expect(reads).toEqual([0, 3]);
  for (let other = 0; other < FINDS_MAX; other++) await look(`other ${other}`);
  reads.length = 0;
  await look('none');
  expect(reads).toEqual([0]);
});
