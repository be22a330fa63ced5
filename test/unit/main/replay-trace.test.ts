import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Envelope } from '../../../src/events/envelope.ts';
import { parse } from '../../../src/main/options.ts';
import { replayCommand } from '../../../src/main/replay.ts';
import { openBundle } from '../../../src/store/bundle/open-bundle.ts';
import { writeBundle } from '../../../src/store/bundle/write-bundle.ts';
import { readTape } from '../../../src/store/tape/tape.ts';
import { goldenTape } from '../golden-tape.ts';
import { contentOf, makeTape, testFolder } from '../store/bundle/bundle-folder.ts';
import { checkTraces } from './otlp/otlp-schema.ts';

/** `querytape replay FILE --format`: a bundle for other tools. */
const folder = testFolder();
const SHAPE = 'select wage from payroll where badge = ?';
let bundle: string;
let inBundle: Envelope[];
let out: string;

beforeEach(async () => {
  // The golden tapes have no shapes, which names of tables stand in.
  const records = goldenTape('statements').map((record) =>
    record.event.type === 'query.classified'
      ? { ...record, event: { ...record.event, shape: SHAPE } }
      : record,
  );
  await makeTape(folder.path, records);
  bundle = join(folder.path, 'incident.qtape');
  await writeBundle(bundle, await contentOf(folder.path, {}, []));
  const opened = await openBundle(bundle);
  inBundle = [];
  for await (const envelopes of readTape(opened.folder)) inBundle.push(...envelopes);
  await opened.close();
  out = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((piece) => {
    out += piece;
    return true;
  });
});
afterEach(() => vi.restoreAllMocks());

async function replay(...args: string[]): Promise<number> {
  const { options, words } = parse(['replay', bundle, ...args]);
  return replayCommand(options, words[0]!, words[1], words[2]);
}

interface TraceEvent {
  readonly ph: string;
  readonly args?: Readonly<Record<string, unknown>>;
}

it('is a Chrome trace whose instants lead back to the records of the bundle, with its replaced names', async () => {
  expect(await replay('--format', 'perfetto')).toBe(0);
  const events = JSON.parse(out) as TraceEvent[];
  const instants = events.filter(({ ph }) => ph === 'i').map(({ args }) => args?.seq);
  expect(instants).toEqual(inBundle.map(({ seq }) => seq));
  const shapes = inBundle.flatMap(({ event }) => ('shape' in event ? [event.shape] : []));
  const summaries = events.flatMap(({ args }) => args?.['db.query.summary'] ?? []);
  expect(summaries.length).toBeGreaterThan(0);
  for (const summary of summaries) expect(shapes).toContain(summary);
  expect(out).toMatch(/table_\w+/);
  expect(out).not.toMatch(/payroll|wage|badge/);
});

it('is requests of OTLP as the protocol’s schema has them, of a span, in a file', async () => {
  const file = join(folder.path, 'spans.ndjson');
  expect(await replay('--format', 'otlp', '--to', '40', '--output', file, '--json')).toBe(0);
  expect(JSON.parse(out)).toEqual({ file });
  const text = readFileSync(file, 'utf8');
  for (const line of text.trimEnd().split('\n')) expect(checkTraces(JSON.parse(line))).toEqual([]);
  const seqs = [...text.matchAll(/"querytape.seq","value":\{"intValue":"(\d+)"/g)].map(([, seq]) =>
    Number(seq),
  );
  expect(seqs.length).toBeGreaterThan(0);
  expect(Math.max(...seqs)).toBeLessThanOrEqual(40);
  expect(text).not.toMatch(/payroll|wage|badge/);
});

it('goes to standard output for an output of the name -', async () => {
  expect(await replay('--format', 'otlp', '--to', '40')).toBe(0);
  const whole = out;
  out = '';
  expect(await replay('--format', 'otlp', '--to', '40', '--output', '-', '--json')).toBe(0);
  expect(out).toBe(whole);
  expect(existsSync('-')).toBe(false);
});

it('leaves no file of a damaged tape and the one that was there, and writes none over the bundle', async () => {
  const segment = join(folder.path, 'tape', '00000001.jsonl');
  const lines = readFileSync(segment, 'utf8').split('\n');
  writeFileSync(segment, lines.toSpliced(9, 1).join('\n'));
  const file = join(folder.path, 'trace.json');
  const damaged = parse(['replay', join(folder.path, 'tape'), '--format', 'perfetto', '--output', file]);
  for (const there of [false, true]) {
    if (there) writeFileSync(file, 'mine');
    const names = readdirSync(folder.path);
    await expect(replayCommand(damaged.options, damaged.words[0]!)).rejects.toMatchObject({
      name: 'TapeDamage',
    });
    expect(readdirSync(folder.path)).toEqual(names);
  }
  expect(readFileSync(file, 'utf8')).toBe('mine');
  const before = readFileSync(bundle);
  await expect(replay('--format', 'otlp', '--output', bundle)).rejects.toThrow('names the bundle itself');
  expect(readFileSync(bundle).equals(before)).toBe(true);
});

it('a local user: a link under the name of the output is neither followed nor replaced', async () => {
  const target = join(folder.path, 'mine');
  writeFileSync(target, 'mine');
  const link = join(folder.path, 'trace.json');
  symlinkSync(target, link);
  await expect(replay('--format', 'perfetto', '--output', link)).rejects.toMatchObject({
    code: 'bundle.output',
  });
  expect(readFileSync(link, 'utf8')).toBe('mine');
});

it('names the file that can’t be written', async () => {
  const file = join(folder.path, 'none', 'trace.json');
  await expect(replay('--format', 'otlp', '--output', file)).rejects.toMatchObject({
    code: 'ENOENT',
    path: file,
  });
});
