import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Replay, type ReplayReport } from '../actors/replay.ts';
import { readTape } from '../store/tape/tape.ts';
import type { Options } from './options.ts';
import { UsageError, wholeNumber } from './usage-error.ts';

/** `querytape replay BUNDLE|DIR`: proves a tape by its machines. Reaches no server. */
export async function replayCommand(options: Options, [source, ...more]: string[]): Promise<number> {
  if (source === undefined || more.length > 0)
    throw new UsageError('replay takes one bundle, tape folder or data folder.');
  const until = wholeNumber('until', options.until, Number.MAX_SAFE_INTEGER);
  const { folder, remove } = await tapeFolder(source);
  try {
    const replay = new Replay();
    read: for await (const envelopes of readTape(folder)) {
      for (const envelope of envelopes) {
        if (envelope.seq > until) break read;
        replay.step(envelope);
      }
    }
    const report = replay.report();
    if (options.json) printJson(report);
    else printText(report);
    return report.matched ? 0 : 1;
  } finally {
    await remove();
  }
}

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
  const isPart = (path: string): boolean => /^(\.\/)?(manifest\.json|\d+\.jsonl)$/.test(path);
  await extract({ file: source, cwd: folder, filter: isPart, strict: true });
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

function printJson({ actors, mismatches, ...summary }: ReplayReport): void {
  for (const actor of actors) process.stdout.write(`${JSON.stringify(actor)}\n`);
  for (const mismatch of mismatches) process.stdout.write(`${JSON.stringify(mismatch)}\n`);
  process.stdout.write(`${JSON.stringify(summary)}\n`);
}

function printText(report: ReplayReport): void {
  const { actors, mismatches, records, unproven, unknownMachines, stateHash } = report;
  for (const { actor, machine, state, lastSeq } of actors)
    process.stdout.write(`${machine}  ${actor}  ${state}  (seq ${lastSeq})\n`);
  for (const { seq, actor, event, recorded, replayed } of mismatches)
    process.stdout.write(`seq ${seq}: ${actor} got ${event}; recorded ${recorded}, replayed ${replayed}\n`);
  if (unknownMachines.length > 0)
    process.stdout.write(`Machines this version does not know: ${unknownMachines.join(', ')}.\n`);
  if (unproven > 0)
    process.stdout.write(`${unproven} records belong to actors born before this tape begins.\n`);
  const verdict = report.matched
    ? 'Every recorded state was reached'
    : 'Not every recorded state was reached';
  process.stdout.write(`${verdict}: ${records} records, ${actors.length} actors, state ${stateHash}.\n`);
}
