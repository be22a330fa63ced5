import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Replay, type ReplayReport } from '../actors/replay.ts';
import { TAPE_BYTES_MAX, TAPE_SEGMENT_BYTES } from '../events/limits.ts';
import { readTape } from '../store/tape/tape.ts';
import type { Options } from './options.ts';
import { print, printJson } from './output.ts';
import { tapeMustBe } from './tape.ts';
import { UsageError, wholeNumber } from './usage-error.ts';

/** `querytape replay BUNDLE|DIR`: proves a tape by its machines. Reaches no server. */
export async function replayCommand(options: Options, source: string): Promise<number> {
  const until = wholeNumber('until', options.until, Number.MAX_SAFE_INTEGER);
  const { folder, remove } = await tapeFolder(source);
  try {
    await tapeMustBe(folder, source);
    const replay = new Replay();
    read: for await (const envelopes of readTape(folder)) {
      for (const envelope of envelopes) {
        if (envelope.seq > until) break read;
        replay.step(envelope);
      }
    }
    const report = replay.report();
    if (report.records === 0) throw new Error(`The tape of ${source} has no record to prove.`);
    await (options.json ? printReport(report) : printText(report));
    return report.matched ? 0 : 1;
  } finally {
    await remove();
  }
}

/** A tape with the segment that it may be longer by, and the manifest. */
const BUNDLE_BYTES_MAX = TAPE_BYTES_MAX + 4 * TAPE_SEGMENT_BYTES;

/** The folder with the segments: of a bundle, unpacked; of a data folder, its `tape`. */
async function tapeFolder(source: string): Promise<{ folder: string; remove: () => Promise<void> }> {
  const remove = async (): Promise<void> => {};
  const found = await stat(source).catch(() => {
    throw new UsageError(`There is no ${source}.`);
  });
  if (found.isDirectory()) {
    const names = await readdir(source);
    return { folder: names.includes('tape') ? join(source, 'tape') : source, remove };
  }
  const folder = await mkdtemp(join(tmpdir(), 'querytape-replay-'));
  const { extract } = await import('tar');
  let bytes = 0;
  // Links, devices and endless files are in no bundle of ours, and what is not extracted can't be read by mistake.
  const isPart = (path: string, entry: { type?: string; size?: number }): boolean => {
    if (!/^(\.\/)?(manifest\.json|\d+\.jsonl)$/.test(path) || !/^(Old)?File$/.test(entry.type ?? ''))
      return false;
    bytes += entry.size ?? 0;
    return bytes <= BUNDLE_BYTES_MAX;
  };
  const unpacked = await extract({ file: source, cwd: folder, filter: isPart, strict: true }).then(
    () => true,
    () => false,
  );
  if (!unpacked || bytes > BUNDLE_BYTES_MAX) {
    await rm(folder, { recursive: true, force: true });
    const why =
      bytes > BUNDLE_BYTES_MAX ? 'holds more than a tape can have' : 'is not a bundle that can be read';
    throw new Error(`${source} ${why}.`);
  }
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

async function printReport({ actors, mismatches, ...summary }: ReplayReport): Promise<void> {
  for (const line of [...actors, ...mismatches, summary]) await printJson(line);
}

async function printText(report: ReplayReport): Promise<void> {
  const { actors, mismatches, records, unproven, unknownMachines, stateHash } = report;
  for (const { actor, machine, state, lastSeq } of actors)
    await print(`${machine}  ${actor}  ${state}  (seq ${lastSeq})\n`);
  for (const { seq, actor, event, recorded, replayed } of mismatches)
    await print(`seq ${seq}: ${actor} got ${event}; recorded ${recorded}, replayed ${replayed}\n`);
  if (unknownMachines.length > 0)
    await print(`Machines this version does not know: ${unknownMachines.join(', ')}.\n`);
  if (unproven > 0) await print(`${unproven} records belong to actors created before this tape begins.\n`);
  const verdict = report.matched
    ? 'Every recorded state was reached'
    : 'Not every recorded state was reached';
  await print(`${verdict}: ${records} records, ${actors.length} actors, state ${stateHash}.\n`);
}
