import { mkdirSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { beforeEach, expect, it } from 'vitest';
import { traceFile } from '../../../src/main/trace-file.ts';
import { goldenTape } from '../golden-tape.ts';
import { makeTape, testFolder } from '../store/bundle/bundle-folder.ts';
import { checkTraces } from './otlp/otlp-schema.ts';

const folder = testFolder();
const paths = () => ({ tape: join(folder.path, 'tape'), spill: join(folder.path, 'spill') });
const signal = new AbortController().signal;

beforeEach(async () => {
  mkdirSync(paths().spill, { mode: 0o700 });
  await makeTape(folder.path, goldenTape('statements'));
});

it('writes a Chrome trace in a thread, and leaves no file behind', { tags: ['slow'] }, async () => {
  // It is made again.
  rmdirSync(paths().spill);
  const wish = { format: 'perfetto', fromSeq: 1, toSeq: 1_000_000 } as const;
  const { fileName, bytes, stream } = await traceFile({ paths: paths(), wish, signal });
  const written = await text(stream);
  expect(fileName).toBe('querytape-trace.json');
  expect(Buffer.byteLength(written)).toBe(bytes);
  const events = JSON.parse(written) as { args?: { seq?: number } }[];
  expect(events.some(({ args }) => args?.seq !== undefined)).toBe(true);
  expect(readdirSync(paths().spill)).toEqual([]);
});

it('writes requests of OTLP as the protocol’s schema has them, of the chosen records alone', {
  tags: ['slow'],
}, async () => {
  const wish = { format: 'otlp', fromSeq: 1, toSeq: 40 } as const;
  const { stream } = await traceFile({ paths: paths(), wish, signal });
  const lines = (await text(stream)).trimEnd().split('\n');
  for (const line of lines) expect(checkTraces(JSON.parse(line))).toEqual([]);
  const seqs = [...lines.join('').matchAll(/"querytape.seq","value":\{"intValue":"(\d+)"/g)].map(([, seq]) =>
    Number(seq),
  );
  expect(seqs.length).toBeGreaterThan(0);
  expect(Math.max(...seqs)).toBeLessThanOrEqual(40);
});

it('is given up with its request, and leaves no file', async () => {
  const wish = { format: 'otlp', fromSeq: 1, toSeq: 9 } as const;
  await expect(traceFile({ paths: paths(), wish, signal: AbortSignal.abort() })).rejects.toThrow();
  expect(readdirSync(paths().spill)).toEqual([]);
});
