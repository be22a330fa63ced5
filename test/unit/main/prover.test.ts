import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { proveTape } from '../../../src/main/prover.ts';
import { openTape } from '../../../src/store/tape/tape.ts';
import { goldenTape, renumbering } from '../golden-tape.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'querytape-prove-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A tape with the records of a golden one, in a folder of its own. */
async function tapeOf(golden: string): Promise<number> {
  const tape = await openTape({ folder, fold: { initial: () => 0, apply: (count) => count + 1 } });
  const append = renumbering((record) => tape.append(record));
  for (const record of goldenTape(golden)) append(record);
  await tape.close();
  return tape.lastSeq;
}

it('replays a tape in a thread while the event loop goes on', { tags: ['slow'] }, async () => {
  const records = await tapeOf('statements');
  let turns = 0;
  const ticking = setInterval(() => turns++, 1);
  const report = await proveTape(folder);
  clearInterval(ticking);
  expect(report).toMatchObject({ matched: true, records, unproven: 0, mismatches: [] });
  expect(report.actors.length).toBeGreaterThan(3);
  expect(turns).toBeGreaterThan(3);
});

it('replays up to a record', { tags: ['slow'] }, async () => {
  await tapeOf('statements');
  expect(await proveTape(folder, { until: 7 })).toMatchObject({ matched: true, records: 7 });
});

it('reports a damaged tape with the code of its damage', { tags: ['slow'] }, async () => {
  await tapeOf('statements');
  const path = join(folder, '00000001.jsonl');
  const bytes = readFileSync(path);
  bytes[bytes.length >> 1] = bytes[bytes.length >> 1]! ^ 1;
  writeFileSync(path, bytes);
  await expect(proveTape(folder)).rejects.toMatchObject({ code: expect.stringMatching(/^(line|seal)\./) });
});

it('gives up when it is asked to', async () => {
  await tapeOf('statements');
  const given = AbortSignal.abort(new Error('given up'));
  await expect(proveTape(folder, { signal: given })).rejects.toThrow('given up');
  const later = new AbortController();
  const proof = proveTape(folder, { signal: later.signal });
  later.abort(new Error('given up later'));
  await expect(proof).rejects.toThrow('given up later');
});
