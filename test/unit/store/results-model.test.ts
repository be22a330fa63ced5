import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { decodeWindow } from '../../../src/events/window-frame.ts';
import type { Result } from '../../../src/store/results/result.ts';
import { ResultStore } from '../../../src/store/results/result-store.ts';
import { COLUMNS, dataRow } from './results-support.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'querytape-results-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Mostly small rows, some empty, some wider than a window. */
const size = fc.oneof(
  { weight: 8, arbitrary: fc.nat({ max: 60 }) },
  { weight: 1, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.integer({ min: 1000, max: 70_000 }) },
);
const step = fc.oneof(
  fc.record({
    do: fc.constant('write' as const),
    sizes: fc.oneof(fc.array(size, { maxLength: 150 }), fc.array(size, { maxLength: 4 })),
    isGiven: fc.boolean(),
  }),
  fc.record({
    do: fc.constant('window' as const),
    at: fc.double({ min: 0, max: 1.1, noNaN: true }),
    count: fc.nat(300),
  }),
  fc.record({ do: fc.constant('export' as const), at: fc.double({ min: 0, max: 1, noNaN: true }) }),
  fc.record({ do: fc.constant('disk' as const) }),
);
const limits = fc.record({
  resultMemoryBytes: fc.constantFrom(0, 1, 500, 20_000, 10_000_000),
  spillBacklogBytes: fc.constantFrom(0, 1000),
  windowRowsMax: fc.constantFrom(1, 7, 100, 1000),
  windowBytesMax: fc.constantFrom(16, 300, 5_000, 100_000),
  offsetStrideRows: fc.constantFrom(1, 3, 64),
});
type Kept = { windowRowsMax: number; windowBytesMax: number };

function checkWindow(
  frame: Uint8Array,
  model: readonly Uint8Array[],
  from: number,
  count: number,
  kept: Kept,
): void {
  const window = decodeWindow(frame);
  const wanted = Math.max(0, Math.min(count, kept.windowRowsMax, model.length - from));
  expect(window.from).toBe(from);
  expect(window.rowsHere).toBe(model.length);
  expect(window.count).toBeLessThanOrEqual(wanted);
  if (wanted > 0) expect(window.count).toBeGreaterThan(0);
  if (window.count > 1) expect(window.rows.length).toBeLessThanOrEqual(kept.windowBytesMax);
  const rows = model.slice(from, from + window.count);
  expect(Buffer.compare(window.rows, Buffer.concat(rows))).toBe(0);
  const all = model.slice(from, from + wanted);
  // Fewer rows than asked for only if all would have been too wide, and not many fewer.
  const bytes = all.reduce((sum, row) => sum + row.length, 0);
  if (bytes <= kept.windowBytesMax / 2) expect(window.count).toBe(wanted);
}

async function checkExport(result: Result, model: readonly Uint8Array[], from: number): Promise<void> {
  const chunks: Uint8Array[] = [];
  let count = 0;
  for await (const chunk of result.rowsFrom(from)) {
    chunks.push(chunk.bytes);
    count += chunk.count;
  }
  expect(count).toBe(Math.max(0, model.length - from));
  expect(Buffer.compare(Buffer.concat(chunks), Buffer.concat(model.slice(from)))).toBe(0);
}

it('gives the rows of a plain array, whatever is in memory, on disk or between the two', {
  tags: ['slow'],
}, async () => {
  await fc.assert(
    fc.asyncProperty(limits, fc.array(step, { minLength: 1, maxLength: 40 }), async (kept, steps) => {
      const store = new ResultStore({ spillFolder: folder, limits: kept });
      const result = store.open('r', 'q', COLUMNS, 'postgres-datarow');
      const model: Uint8Array[] = [];
      // Reads are not waited for at once, so that they overlap with writes and with spilling.
      const reads: Promise<void>[] = [];
      for (const step of steps) {
        if (step.do === 'write') {
          const rows = step.sizes.map((size, i) => dataRow(model.length + i, size));
          const batch = Buffer.concat(rows);
          result.write(batch, rows.length, step.isGiven);
          if (!step.isGiven) batch.fill(0xee);
          model.push(...rows);
        } else if (step.do === 'window') {
          const from = Math.floor(step.at * model.length);
          const now = [...model];
          reads.push(
            result.window(from, step.count).then((f) => checkWindow(f, now, from, step.count, kept)),
          );
        } else if (step.do === 'export') {
          reads.push(checkExport(result, [...model], Math.floor(step.at * model.length)));
        } else {
          await new Promise((resolve) => setImmediate(resolve));
        }
      }
      await Promise.all(reads);
      expect(store.memoryBytes + store.spilledBytes).toBe(Buffer.concat(model).length);
      await store.close();
      expect([store.memoryBytes, store.spilledBytes, store.blocks.inUse]).toEqual([0, 0, 0]);
    }),
    { numRuns: 300 },
  );
});
