import { copyFile, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { readTape, verifyTape } from '../store/tape/tape.ts';
import type { Options } from './options.ts';
import { dataPaths, defaultDataFolder } from './paths.ts';
import { UsageError, wholeNumber } from './usage-error.ts';
import { VERSION } from './version.ts';

/** How often a followed tape is looked at. */
const FOLLOW_MS = 250;

/** `querytape tape verify|tail|export`. Needs no lock: the tape may be written meanwhile. */
export async function tapeCommand(options: Options, [verb, ...more]: string[]): Promise<number> {
  if (more.length > 0) throw new UsageError(`tape ${verb} takes no ${more[0]}.`);
  const { tape } = dataPaths(options['data-dir'] ?? defaultDataFolder());
  const from = options.from === undefined ? undefined : wholeNumber('from', options.from, 1);
  switch (verb) {
    case 'verify':
      return verify(tape, options.json ?? false);
    case 'tail':
      return tail(tape, from);
    case 'export':
      return exportBundle(tape, options.output);
    default:
      throw new UsageError('tape takes verify, tail or export.');
  }
}

async function verify(folder: string, json: boolean): Promise<number> {
  const report = await verifyTape(folder);
  if (json) {
    process.stdout.write(`${JSON.stringify(report)}\n`);
  } else {
    const { firstSeq, lastSeq, records, segments, bytes } = report;
    process.stdout.write(
      `${report.ok ? 'The tape is whole' : 'The tape is damaged'}: records ${firstSeq} to ${lastSeq} (${records}), ${segments} segments, ${bytes} bytes.\n`,
    );
    for (const damage of report.damages) process.stdout.write(`${JSON.stringify(damage)}\n`);
  }
  return report.ok ? 0 : 1;
}

/** Prints records as JSON lines and goes on with what comes, until it is interrupted. */
async function tail(folder: string, from: number | undefined): Promise<number> {
  let next = from;
  let interrupted = false;
  process.once('SIGINT', () => {
    interrupted = true;
  });
  process.stdout.on('error', () => process.exit(0));
  while (!interrupted) {
    for await (const envelopes of readTape(folder, next)) {
      for (const envelope of envelopes) process.stdout.write(`${JSON.stringify(envelope)}\n`);
      next = (envelopes.at(-1)?.seq ?? 0) + 1;
    }
    await new Promise((wake) => setTimeout(wake, FOLLOW_MS));
  }
  return 0;
}

/** Writes a bundle: the tape's segments as they are, with a manifest, in one .tar.gz that `replay` takes. */
async function exportBundle(folder: string, output: string | undefined): Promise<number> {
  const { firstSeq, lastSeq, records, ok } = await verifyTape(folder);
  const file = resolve(output ?? `querytape-${firstSeq}-${lastSeq}.tar.gz`);
  const staging = await mkdtemp(join(tmpdir(), 'querytape-export-'));
  try {
    const manifest = { format: 1, querytape: VERSION, node: process.version, firstSeq, lastSeq, records, ok };
    await writeFile(join(staging, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
    const segments = (await readdir(folder)).filter((name) => name.endsWith('.jsonl')).sort();
    for (const name of segments) await copyFile(join(folder, name), join(staging, name));
    const { create } = await import('tar');
    await create({ file, cwd: staging, gzip: true, portable: true }, ['manifest.json', ...segments]);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  process.stdout.write(`${file}\n`);
  return 0;
}
