import type { Envelope, Unsealed } from '../src/events/envelope.ts';
import { type Fold, openTape } from '../src/store/tape/tape.ts';
import { goldenScenes } from './golden-scenes.ts';

/** Writes a tape of so many records, folded by `fold`: the scenes of the golden tapes again and again, each time with actors of its own. */
export async function writeScenes<S>(folder: string, records: number, fold: Fold<S>): Promise<void> {
  const tape = await openTape({
    folder,
    fold,
    ageMaxMs: () => Number.MAX_SAFE_INTEGER,
    bytesMax: Number.MAX_SAFE_INTEGER,
  });
  const texts: string[] = [];
  for (const scene of goldenScenes()) texts.push(...scene.trim().split('\n'));
  let appended = 0;
  for (let round = 0; appended < records; round++) {
    for (const text of texts) {
      const own = text.replace(/"((?:session|query|script|prompt)-\d+)/g, `"$1-${round}`);
      const { seq: _seq, at: _at, ...record } = JSON.parse(own) as Envelope;
      tape.append({ ...record, at: 1_700_000_000_000 + appended } as Unsealed);
      appended++;
    }
    // The tape's own queue is bounded.
    if (round % 20 === 0) await tape.durable(tape.lastSeq);
  }
  await tape.close();
}
