import type { Envelope, Unsealed } from '../src/events/envelope.ts';
import { type Fold, openTape } from '../src/store/tape/tape.ts';
import { renumbering } from '../test/unit/golden-tape.ts';
import { goldenScenes } from './golden-scenes.ts';

/** Writes a tape of so many records, folded by `fold`: the scenes of the golden tapes again and again, each time with actors of its own. */
export async function writeScenes<S>(folder: string, records: number, fold: Fold<S>): Promise<void> {
  const tape = await openTape({
    folder,
    fold,
    ageMaxMs: () => Number.MAX_SAFE_INTEGER,
    bytesMax: Number.MAX_SAFE_INTEGER,
  });
  const scenes = goldenScenes().map((scene) => scene.trim().split('\n'));
  let appended = 0;
  const write = (record: Unsealed): number =>
    tape.append({ ...record, at: 1_700_000_000_000 + appended++ } as Unsealed);
  for (let round = 0; appended < records; round++) {
    for (const [number, texts] of scenes.entries()) {
      const append = renumbering(write);
      for (const text of texts) {
        const own = text.replace(
          /"((?:run|session|query|script|prompt|tunnel)-\d+)/g,
          `"$1-${round}-${number}`,
        );
        append(JSON.parse(own) as Envelope);
      }
    }
    // The tape's own queue is bounded.
    if (round % 20 === 0) await tape.durable(tape.lastSeq);
  }
  await tape.close();
}
