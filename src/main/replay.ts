import { resolve } from 'node:path';
import { type BundleVerdict, bundleVerdictText } from '../events/bundle.ts';
import { divergenceText, type ReplayReport } from '../events/replay-report.ts';
import { counted } from '../events/sentences.ts';
import { openBundle } from '../store/bundle/open-bundle.ts';
import type { Options } from './options.ts';
import { print, printJson } from './output.ts';
import { proveTape } from './prover.ts';
import { diagnose, replayVerb } from './replay-verbs.ts';
import { traceOf } from './tape-trace.ts';
import { UsageError, wholeNumber } from './usage-error.ts';

/**
 * `querytape replay FILE.qtape|DIR [VERB [WORD]]`: proves a tape by its machines, answers what the verb asks of it, writes it for another
 * tool, or shows it in the page. Reaches no server.
 */
export async function replayCommand(
  options: Options,
  source: string,
  name?: string,
  word?: string,
): Promise<number> {
  const verb = name === undefined ? null : replayVerb(name, word);
  refuseStray(options, name);
  const writeTrace = options.format === undefined ? null : traceOf(options);
  if (options.output !== undefined && resolve(options.output) === resolve(source))
    throw new UsageError('--output names the bundle itself.');
  if (options.open) return (await import('./open-in-page.ts')).openInPage(options, source);
  const until = wholeNumber('until', options.until, Number.MAX_SAFE_INTEGER);
  const { folder, verdict, close } = await openBundle(source).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT' ? new UsageError(`There is no ${source}.`) : error;
  });
  try {
    if (writeTrace !== null) return await writeTrace(folder);
    if (verb !== null) return await verb.answer({ folder, integrity: verdict, options, word: word ?? '' });
    const report = await proveTape(folder, { until });
    if (report.records === 0) throw new Error(`The tape of ${source} has no record to prove.`);
    await (options.json ? printReport(report, verdict) : printText(report, verdict));
    if (options.diagnose) await diagnose(folder, options);
    return report.matched && verdict.verdict !== 'altered' ? 0 : 1;
  } finally {
    await close();
  }
}

/** What each way to call `replay` takes beside `--json`: without a verb, by an option that stands in for one, or by a verb. */
const TAKEN: Readonly<Record<string, readonly (keyof Options)[]>> = {
  '': ['until', 'diagnose'],
  '--open': ['open', 'no-open'],
  '--format': ['format', 'from', 'to', 'output'],
  events: ['actor', 'type', 'from', 'to'],
};

/** @throws UsageError for an option of another way to call it */
function refuseStray(options: Options, verb: string | undefined): void {
  const way = verb ?? (options.open ? '--open' : options.format === undefined ? '' : '--format');
  const taken: readonly string[] = ['json', 'data-dir', ...(TAKEN[way] ?? [])];
  const stray = Object.entries(options).find(([name, value]) => value !== undefined && !taken.includes(name));
  if (stray) throw new UsageError(`replay ${way === '' ? '' : `… ${way} `}does not take --${stray[0]}.`);
}

async function printReport(
  { actors, mismatches, ...summary }: ReplayReport,
  integrity: BundleVerdict,
): Promise<void> {
  for (const line of [...actors, ...mismatches, { ...summary, integrity }]) await printJson(line);
}

async function printText(report: ReplayReport, integrity: BundleVerdict): Promise<void> {
  const { actors, mismatches, records, unproven, stateHash } = report;
  for (const { actor, machine, state, lastSeq } of actors)
    await print(`${machine}  ${actor}  ${state}  (seq ${lastSeq})\n`);
  for (const { seq, actor, event, recorded, replayed, why } of mismatches)
    await print(
      `seq ${seq}: ${actor} got ${event}; ${why ?? `recorded ${recorded}, replayed ${replayed}`}\n`,
    );
  if (unproven > 0)
    await print(`Not proved: ${counted(unproven, 'record')} of actors created before this tape begins.\n`);
  await print(`${bundleVerdictText(integrity)}.\n`);
  await print(
    `${verdictText(report)}: ${counted(records, 'record')}, ${counted(actors.length, 'actor')}, state ${stateHash}.\n`,
  );
}

/** The verdict in words. */
function verdictText({ verdict, mismatches, unproven, unknownMachines }: ReplayReport): string {
  const machines = unknownMachines.join(', ');
  switch (verdict) {
    case 'reproduced':
      return `Every ${unproven === 0 ? 'recorded' : 'provable'} state was reached`;
    case 'diverged':
      return `Diverged at seq ${mismatches[0]!.seq}: ${divergenceText(mismatches[0]!)}`;
    case 'notProvable':
      return machines === ''
        ? 'Not provable: no actor was created on this tape'
        : `Not provable: written by ${machines}, which this version no longer has`;
    case 'newer':
      return `Written by a newer version (${machines})`;
  }
}
