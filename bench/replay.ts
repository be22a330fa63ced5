import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Envelope, Unsealed } from '../src/events/envelope.ts';
import { Recording } from '../src/main/recording.ts';
import { openTape } from '../src/store/tape/tape.ts';
import { play, SCENES } from '../test/replay/record.ts';
import { type Bench, type Figure, percentile, seconds } from './figure.ts';

const SIZES = [100_000, 1_000_000];
const SCRUBS = 200;

/** A tape of so many records: the scenes of the golden tapes again and again, each time with actors of its own. */
async function written(folder: string, records: number): Promise<void> {
  const fold = { initial: () => 0, apply: (count: number) => count + 1 };
  const tape = await openTape({
    folder,
    fold,
    ageMaxMs: () => Number.MAX_SAFE_INTEGER,
    bytesMax: Number.MAX_SAFE_INTEGER,
  });
  const texts: string[] = [];
  for (const scene of Object.keys(SCENES)) texts.push(...(await play(scene)).lines.trim().split('\n'));
  let appended = 0;
  for (let round = 0; appended < records; round++) {
    for (const text of texts) {
      const own = text.replace(/"((?:ses|qry|con|tab|scr|prm)[-_a-z]*\d+[^".:]*)"/g, `"$1-${round}"`);
      const { seq: _seq, at: _at, ...record } = JSON.parse(own) as Envelope;
      tape.append({ ...record, at: 1_700_000_000_000 + appended } as Unsealed);
      appended++;
    }
    // The tape's own queue is bounded.
    if (round % 20 === 0) await tape.durable(tape.lastSeq);
  }
  await tape.close();
}

/** What looking at a tape costs: reading it, and going to any instant of it. */
export const replay: Bench = {
  name: 'replay',
  async run() {
    const figures: Figure[] = [];
    for (const size of SIZES) {
      const folder = mkdtempSync(join(tmpdir(), 'querytape-bench-replay-'));
      try {
        await written(folder, size);
        globalThis.gc?.();
        const before = process.memoryUsage();
        const begun = performance.now();
        const recording = await Recording.open(folder);
        const openS = seconds(begun);
        globalThis.gc?.();
        const { heapUsed, arrayBuffers } = process.memoryUsage();
        const heldMib = (heapUsed + arrayBuffers - before.heapUsed - before.arrayBuffers) / 2 ** 20;
        const { firstAt, lastAt, lastSeq } = recording.summary();
        const took: number[] = [];
        for (let scrub = 0; scrub < SCRUBS; scrub++) {
          const seq = 1 + ((scrub * 7919 * 104_729) % lastSeq);
          const from = performance.now();
          await recording.at(seq);
          await recording.records({ from: Math.max(1, seq - 150), count: 300 });
          took.push(performance.now() - from);
        }
        const drawn = performance.now();
        recording.timeline(firstAt, lastAt, 400, 100);
        const timelineMs = performance.now() - drawn;
        const of = `${size.toLocaleString('en')} records`;
        figures.push(
          {
            name: `open ${of}`,
            value: openS,
            unit: 's',
            aim: size === 1_000_000 ? 2 : null,
            how: 'chain checked, views folded, diagnosed',
          },
          { name: `held of ${of}`, value: heldMib, unit: 'MiB', aim: 300, how: 'heap and columns' },
          {
            name: `go to an instant of ${of}, p95`,
            value: percentile(took, 0.95),
            unit: 'ms',
            aim: 50,
            how: 'views and 300 records around it',
          },
          {
            name: `timeline of ${of}`,
            value: timelineMs,
            unit: 'ms',
            aim: 50,
            how: 'the whole tape, 400 parts, 100 lanes',
          },
        );
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    }
    return figures;
  },
};
