import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Replay } from '../src/actors/replay.ts';
import { Recording } from '../src/main/recording.ts';
import { readTape } from '../src/store/tape/tape.ts';
import { type Bench, type Figure, percentile, seconds } from './figure.ts';
import { writeScenes } from './scenes.ts';

const SIZES = [100_000, 1_000_000];
const SCRUBS = 200;

/** Processor time since a measurement, in seconds: other work on the machine does not count. */
function processorS(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1e6;
}

/** What looking at a tape costs: reading it, and going to any instant of it. */
export const replay: Bench = {
  name: 'replay',
  async run() {
    const figures: Figure[] = [];
    for (const size of SIZES) {
      const folder = mkdtempSync(join(tmpdir(), 'querytape-bench-replay-'));
      try {
        await writeScenes(folder, size, { initial: () => 0, apply: (count: number) => count + 1 });
        globalThis.gc?.();
        const before = process.memoryUsage();
        const begun = performance.now();
        const reading = process.cpuUsage();
        const recording = await Recording.begin(folder);
        const begunWith = recording.summary();
        recording.timeline(begunWith.firstAt, begunWith.lastAt, 400, 100);
        await recording.at(begunWith.lastSeq);
        const pictureS = seconds(begun);
        await recording.whole();
        const openS = processorS(reading);
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
        const proving = process.cpuUsage();
        const proof = new Replay();
        for await (const envelopes of readTape(folder))
          for (const envelope of envelopes) proof.step(envelope);
        const proved = proof.report();
        const proveS = processorS(proving);
        if (!proved.matched)
          throw new Error(`The tape was not reproduced: ${JSON.stringify(proved.mismatches[0])}`);
        const of = `${size.toLocaleString('en')} records`;
        figures.push(
          {
            name: `first picture of ${of}`,
            value: pictureS,
            unit: 's',
            aim: 2,
            how: 'timeline and views of what was read by then',
          },
          {
            name: `read ${of} whole`,
            value: openS,
            unit: 's',
            aim: null,
            how: 'processor time: chain checked, views folded, diagnosed',
          },
          {
            name: `prove ${of}`,
            value: proved.records / proveS,
            unit: '/s',
            aim: 25_000,
            how: 'processor time: read, and replayed through the machines',
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
