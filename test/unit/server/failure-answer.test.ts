import { expect, it, onTestFinished } from 'vitest';
import type { App } from '../../../src/server/app.ts';
import { serve } from '../../../src/server/server.ts';
import { appDouble } from './app-double.ts';

/** As Node words it, which says nothing of what to do. */
const fails = () =>
  Promise.reject(Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }));
// biome-ignore lint/correctness/useYield: fails before its first record
async function* failing() {
  await fails();
}

async function answerOf(path: string, body: object | null, changes: Partial<App>) {
  const serving = await serve({ port: 0, pageFolder: null, app: appDouble(changes) });
  onTestFinished(() => serving.close());
  const url = new URL(serving.url);
  const authorization = `Bearer ${url.searchParams.get('token')}`;
  const answer = await fetch(new URL(path, url), {
    headers: { authorization, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
  });
  return { status: answer.status, ...((await answer.json()) as object) };
}

const replays = { ...appDouble().replays, open: fails };

it.each<[path: string, body: object | null, changes: Partial<App>]>([
  ['/api/bundles', {}, { prepareBundle: fails }],
  ['/api/bundles/bun-1', null, { bundle: fails }],
  ['/api/history', null, { history: fails }],
  ['/api/drafts', null, { drafts: fails }],
  ['/api/records', null, { read: failing }],
  ['/api/metrics?from=0&to=1000', null, { metrics: fails }],
  ['/api/diagnosis?queryId=q1', null, { diagnosis: fails }],
  ['/api/replays', {}, { replay: fails }],
  ['/api/replay', { source: 'live' }, { replays }],
])('a disk that refuses is answered with what to do about it: %s', async (path, body, changes) => {
  expect(await answerOf(path, body, changes)).toEqual({
    status: 409,
    code: 'ENOSPC',
    message: 'The disk is full (ENOSPC). Make room on it.',
  });
});

it('a part of the program that an update has replaced is answered with what to do about it', async () => {
  const prepareBundle = () => import(`${import.meta.dirname}/replaced-${Date.now()}.ts`);
  const code = expect.stringMatching(/MODULE_NOT_FOUND$/);
  expect(await answerOf('/api/bundles', {}, { prepareBundle })).toEqual({
    status: 409,
    code,
    message: expect.stringMatching(/^The program’s files were replaced .* Restart Querytape \(/),
  });
});
