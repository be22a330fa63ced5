import { counted } from '../events/sentences.ts';
import { assertTape } from '../store/tape/segment.ts';
import { isTapeGone } from '../store/tape/tape-error.ts';
import { readChecked, verifyChecked } from './checked-tape.ts';
import { Following } from './following.ts';
import type { Options } from './options.ts';
import { print, printJson, say } from './output.ts';
import { dataPaths, defaultDataFolder } from './paths.ts';
import { wholeNumber } from './usage-error.ts';

/** `querytape tape verify`. Needs no lock, as none here does: the tape may be written in the meantime. */
export async function verifyCommand(options: Options): Promise<number> {
  const { folder, from } = await wanted(options);
  const report = await verifyChecked(folder, from);
  if (options.json) {
    await printJson(report);
  } else {
    const { firstSeq, lastSeq, records, segments, bytes, tail } = report;
    await print(
      `${report.ok ? 'The tape is whole' : 'The tape is damaged'}: records ${firstSeq} to ${lastSeq} (${records}), ${counted(segments, 'segment')}, ${bytes} bytes.\n`,
    );
    if (tail.tornBytes > 0)
      await print(
        `A write that did not come to its end stands behind them: ${counted(tail.tornLines, 'line')}, ${counted(tail.tornBytes, 'byte')}.\n`,
      );
    for (const damage of report.damages) await printJson(damage);
  }
  return report.ok ? 0 : 1;
}

/**
 * `querytape tape tail`: prints records as JSON lines and goes on with what comes, until it is interrupted. Where retention cuts
 * records that were not printed yet, it goes on behind them and says so on stderr.
 */
export async function tailCommand(options: Options): Promise<number> {
  const { folder, from } = await wanted(options);
  let next = from;
  let wasCut = false;
  const following = new Following();
  const { ended } = following;
  while (!ended.aborted) {
    try {
      for await (const envelopes of readChecked(folder, wasCut ? undefined : next)) {
        const first = envelopes[0]!.seq;
        if (wasCut && next !== undefined && first > next)
          say(`Records ${next} to ${first - 1} were cut before they were read.`);
        wasCut = false;
        for (const envelope of envelopes) {
          if (ended.aborted) return 0;
          await printJson(envelope);
        }
        next = envelopes.at(-1)!.seq + 1;
      }
    } catch (error) {
      if (!isTapeGone(error) || next === from) throw error;
      wasCut = true;
      continue;
    }
    await following.pause();
  }
  return 0;
}

/** The tape's folder, which has to have one, and where to begin. */
async function wanted(options: Options): Promise<{ folder: string; from: number | undefined }> {
  const data = options['data-dir'] ?? defaultDataFolder();
  const { tape } = dataPaths(data);
  const from = options.from === undefined ? undefined : wholeNumber('from', options.from, 1);
  await assertTape(tape, data);
  return { folder: tape, from };
}
