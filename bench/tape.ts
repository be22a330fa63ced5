import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Replay } from '../src/actors/replay.ts';
import type { Envelope, Unsealed } from '../src/events/envelope.ts';
import { apply, emptyState } from '../src/events/views/state.ts';
import { openTape, readTape } from '../src/store/tape/tape.ts';
import { type Bench, percentile, seconds } from './figure.ts';
import { goldenScenes } from './golden-scenes.ts';

const APPENDS = 200_000;
const PACED = 2000;

/** Appending, becoming durable, folding and proving. */
export const tape: Bench = {
  name: 'tape',
  async run() {
    const folder = mkdtempSync(join(tmpdir(), 'querytape-bench-'));
    const open = await openTape({ folder, fold: { initial: emptyState, apply } });
    const lives: Envelope[] = [];
    for (const scene of goldenScenes())
      for (const line of scene.trim().split('\n')) lives.push(JSON.parse(line) as Envelope);
    const now = Date.now();
    const record = (i: number): Unsealed => {
      const { seq: _, ...rest } = lives[i % lives.length]!;
      return { ...rest, at: now, cause: null };
    };
    const begun = performance.now();
    for (let i = 0; i < APPENDS; i += 5000) {
      let last = 0;
      for (let k = 0; k < 5000; k++) last = open.append(record(i + k));
      await open.durable(last);
    }
    const appends = APPENDS / seconds(begun);
    const waits: number[] = [];
    const start = performance.now();
    for (let i = 0; i < PACED; i++) {
      while (performance.now() - start < i) await new Promise((resolve) => setImmediate(resolve));
      const at = performance.now();
      void open.durable(open.append(record(i))).then(() => waits.push(performance.now() - at));
    }
    await open.durable(open.lastSeq);
    await open.close();
    const envelopes: Envelope[] = [];
    for await (const batch of readTape(folder)) envelopes.push(...batch);
    rmSync(folder, { recursive: true });
    const foldBegun = performance.now();
    const state = emptyState();
    for (const envelope of envelopes) apply(state, envelope);
    const folds = envelopes.length / seconds(foldBegun);
    const replayBegun = performance.now();
    const replay = new Replay();
    for (let round = 0; round < 40; round++) for (const envelope of lives) replay.step(envelope);
    const replays = (40 * lives.length) / seconds(replayBegun);
    return [
      {
        name: 'tape appends',
        value: appends,
        unit: '/s',
        aim: null,
        how: `${APPENDS}, waited for once in 5 000`,
      },
      {
        name: 'durable p50 at 1 000 events/s',
        value: percentile(waits, 0.5),
        unit: 'ms',
        aim: null,
        how: `${PACED} records`,
      },
      {
        name: 'durable p99 at 1 000 events/s',
        value: percentile(waits, 0.99),
        unit: 'ms',
        aim: null,
        how: `${PACED} records`,
      },
      {
        name: 'folding the views',
        value: folds,
        unit: '/s',
        aim: null,
        how: `${envelopes.length} records in memory`,
      },
      {
        name: 'replay through the machines',
        value: replays,
        unit: '/s',
        aim: null,
        how: 'golden scenes, 40 times',
      },
    ];
  },
};
