import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { BundlePreview } from '../../../src/events/bundle.ts';
import type { Profile } from '../../../src/events/profile.ts';
import { Bundles } from '../../../src/main/bundles.ts';
import { dataPaths } from '../../../src/main/paths.ts';
import { BUNDLES_SENDING_MAX } from '../../../src/server/limits.ts';
import { type Serving, serve } from '../../../src/server/server.ts';
import { openBundle } from '../../../src/store/bundle/open-bundle.ts';
import { goldenTape } from '../golden-tape.ts';
import { makeTape, testFolder } from '../store/bundle/bundle-folder.ts';
import { appDouble } from './app-double.ts';

const folder = testFolder();
let serving: Serving;
let profiles: readonly Profile[] | null;

beforeEach(async () => {
  profiles = null;
  await makeTape(folder.path, goldenTape('statements'));
  const paths = dataPaths(folder.path);
  mkdirSync(paths.spill);
  const bundles = new Bundles({ paths, profiles: () => profiles, durableSeq: () => 50 });
  const app = appDouble({
    prepareBundle: (request, signal) => bundles.prepare(request, signal),
    bundle: (bundleId, signal) => bundles.open(bundleId, signal),
  });
  serving = await serve({ port: 0, pageFolder: null, app });
});
afterEach(() => serving.close());

function ask(path: string, body?: unknown, of = serving): Promise<Response> {
  const url = new URL(of.url);
  const headers = {
    authorization: `Bearer ${url.searchParams.get('token')}`,
    ...(body !== undefined && { 'content-type': 'application/json' }),
  };
  return fetch(new URL(path, url), {
    headers,
    ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
  });
}

async function preview(body: object): Promise<BundlePreview> {
  const answer = await ask('/api/bundles', body);
  expect(answer.status).toBe(200);
  return (await answer.json()) as BundlePreview;
}

it('shows a bundle before it is written, and then sends what was shown', { tags: ['slow'] }, async () => {
  const shown = await preview({ fromSeq: 5 });
  expect(readdirSync(join(folder.path, 'spill'))).toEqual([]);
  expect(shown.manifest).toMatchObject({ firstSeq: 5, lastSeq: 50, namesKept: [] });
  expect(shown.has.join()).toContain('46 events of the tape, 5 to 50');
  expect(shown.hasNot.join()).toContain('Passwords');
  // The folder is made again.
  rmSync(join(folder.path, 'spill'), { recursive: true });
  const answer = await ask(`/api/bundles/${shown.bundleId}`);
  expect(answer.headers.get('content-disposition')).toBe(`attachment; filename="${shown.fileName}"`);
  const bytes = Buffer.from(await answer.arrayBuffer());
  expect(bytes.length).toBe(shown.bytes);
  const ticket = await ask('/api/downloads', { path: `/api/bundles/${shown.bundleId}` });
  const { path } = (await ticket.json()) as { path: string };
  const download = await fetch(new URL(path, serving.url));
  expect(Buffer.from(await download.arrayBuffer())).toHaveLength(shown.bytes);
  const file = join(folder.path, 'a.qtape');
  writeFileSync(file, bytes);
  const bundle = await openBundle(file);
  expect(bundle.manifest).toEqual(shown.manifest);
  expect(bundle.verdict).toEqual({ verdict: 'signed', fingerprint: shown.fingerprint });
  for (const line of [...shown.has, ...shown.hasNot])
    expect(bundle.part('summary.txt')).toContain(`- ${line}\n`);
  await bundle.close();
  expect(readdirSync(join(folder.path, 'spill'))).toEqual([]);
  expect(shown.events.map(({ seq }) => seq)).toEqual(Array.from({ length: 46 }, (_, index) => index + 5));
});

it('is not sent with fewer records than were shown, where retention has cut some since', {
  tags: ['slow'],
}, async () => {
  rmSync(join(folder.path, 'tape'), { recursive: true });
  await makeTape(folder.path, goldenTape('statements'), 4096);
  const shown = [await preview({}), await preview({ toSeq: 2 })];
  rmSync(join(folder.path, 'tape', '00000001.jsonl'));
  for (const { bundleId } of shown) {
    const answer = await ask(`/api/bundles/${bundleId}`);
    expect(answer.status).toBe(409);
    expect(await answer.json()).toMatchObject({
      code: 'tape.gone',
      message: expect.stringMatching(/since its preview/),
    });
  }
});

it('has the profiles where they can be read', { tags: ['slow'] }, async () => {
  const parts = async () => (await preview({})).manifest.parts.map(({ name }) => name);
  expect(await parts()).not.toContain('profiles.json');
  profiles = [];
  expect(await parts()).toContain('profiles.json');
});

it('refuses what it can not make, in words', { tags: ['slow'] }, async () => {
  const refused = async (body: object) => {
    const answer = await ask('/api/bundles', body);
    return [answer.status, ((await answer.json()) as { code: string }).code];
  };
  expect(await refused({ fromSeq: -1 })).toEqual([400, 'bundle.invalid']);
  expect(await refused({ names: 'keep' })).toEqual([400, 'bundle.invalid']);
  expect(await refused({ fromSeq: 5000 })).toEqual([409, 'bundle.empty']);
  expect(await refused({ sessions: ['none'] })).toEqual([409, 'bundle.session']);
  const unknown = await ask('/api/bundles/bun-none');
  expect([unknown.status, ((await unknown.json()) as { code: string }).code]).toEqual([
    404,
    'bundle.unknown',
  ]);
});

it('gives a preview up for a newer one, and prepares no more than four', { tags: ['slow'] }, async () => {
  const both = await Promise.all([ask('/api/bundles', {}), ask('/api/bundles', { fromSeq: 2 })]);
  expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
  const refused = both.find(({ status }) => status === 409)!;
  expect(await refused.json()).toMatchObject({ code: 'bundle.superseded' });
  const { bundleId } = await preview({});
  for (let more = 0; more < 4; more++) await preview({});
  expect((await ask(`/api/bundles/${bundleId}`)).status).toBe(404);
});

/** A server of bundles of so many bytes, of which three have come; the streams are ended with it. */
async function halfSent(
  bytes: number,
  use: (again: () => Promise<Response>) => Promise<void>,
): Promise<void> {
  const streams: PassThrough[] = [];
  const bundle = async () => {
    const stream = new PassThrough();
    stream.write('all');
    streams.push(stream);
    return { fileName: 'a.qtape', bytes, stream };
  };
  const other = await serve({ port: 0, pageFolder: null, app: appDouble({ bundle }) });
  try {
    await use(() => ask('/api/bundles/bun-1', undefined, other));
  } finally {
    for (const stream of streams) stream.destroy();
    await other.close();
  }
}

it('is asked for again by one who has all of it, whether or not the answer has ended', () =>
  halfSent(3, async (again) => {
    for (let time = 0; time < 2; time++) expect(await (await again()).text()).toBe('all');
  }));

it('is sent to so many at once and no more, as each takes its size of the disk', () =>
  halfSent(9, async (again) => {
    const open: Response[] = [];
    for (let time = 0; time < BUNDLES_SENDING_MAX; time++) open.push(await again());
    expect(open.map(({ status }) => status)).toEqual(open.map(() => 200));
    expect(await (await again()).json()).toMatchObject({ code: 'bundle.running' });
    await open[0]!.body!.cancel();
    await expect.poll(async () => (await again()).status).toBe(200);
  }));
