import { randomUUID } from 'node:crypto';
import { copyFile, lstat, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { createOwnFile } from '../store/own-files.ts';
import { readSegment, segmentPath, segmentsFrom } from '../store/tape/segment.ts';
import { readTape, type TapeReport, verifyTape } from '../store/tape/tape.ts';
import type { Options } from './options.ts';
import { outputClosed, print, printJson, say } from './output.ts';
import { dataPaths, defaultDataFolder } from './paths.ts';
import { wholeNumber } from './usage-error.ts';
import { VERSION } from './version.ts';

/** How often a followed tape is looked at. */
const FOLLOW_MS = 250;

/** `querytape tape verify`. Needs no lock, as none here does: the tape may be written in the meantime. */
export async function verifyCommand(options: Options): Promise<number> {
  const { folder, from } = await wanted(options);
  const report = await verified(folder, from);
  if (options.json) {
    await printJson(report);
  } else {
    const { firstSeq, lastSeq, records, segments, bytes } = report;
    await print(
      `${report.ok ? 'The tape is whole' : 'The tape is damaged'}: records ${firstSeq} to ${lastSeq} (${records}), ${segments} segments, ${bytes} bytes.\n`,
    );
    for (const damage of report.damages) await printJson(damage);
  }
  return report.ok ? 0 : 1;
}

/** `querytape tape tail`: prints records as JSON lines and goes on with what comes, until it is interrupted. */
export async function tailCommand(options: Options): Promise<number> {
  const { folder, from } = await wanted(options);
  let next = from;
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  const ended = AbortSignal.any([stop.signal, outputClosed]);
  while (!ended.aborted) {
    for await (const envelopes of readTape(folder, next)) {
      for (const envelope of envelopes) await printJson(envelope);
      next = (envelopes.at(-1)?.seq ?? 0) + 1;
    }
    await new Promise<void>((wake) => {
      const timer = setTimeout(wake, FOLLOW_MS);
      ended.addEventListener('abort', () => wake(clearTimeout(timer)), { once: true });
    });
  }
  return 0;
}

/**
 * `querytape tape export`: writes a bundle, the tape's segments as they are, with a manifest, in one .tar.gz that `replay` takes.
 * With `--from` it begins with the segment that holds that record.
 */
export async function exportCommand(options: Options): Promise<number> {
  const { folder, from } = await wanted(options);
  const numbers = await segmentsFrom(folder, from);
  const begins = (await readSegment(folder, numbers[0]!)).header?.afterSeq;
  // Whole segments are exported, so the first record of the bundle may come before the one that is asked for.
  const firstSeq = begins === undefined ? 0 : begins + 1;
  if (from !== undefined) await verified(folder, from);
  const { lastSeq, records, ok } = await verifyTape(folder, from === undefined ? undefined : firstSeq);
  const file = resolve(options.output ?? `querytape-${firstSeq}-${lastSeq}.tar.gz`);
  const there = await lstat(file).catch(() => null);
  if (there !== null && !there.isFile())
    throw new Error(`${file} is a link, a folder or a device. Name a file with --output.`);
  const staging = await mkdtemp(join(tmpdir(), 'querytape-export-'));
  try {
    const manifest = { format: 1, querytape: VERSION, node: process.version, firstSeq, lastSeq, records, ok };
    await writeFile(join(staging, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
    const segments = numbers.map((number) => basename(segmentPath(folder, number)));
    for (const name of segments) await copyFile(join(folder, name), join(staging, name));
    const { create } = await import('tar');
    // Written aside and renamed, so that no link that is put under the name meanwhile is followed.
    const aside = `${file}.${randomUUID()}.new`;
    await (await createOwnFile(aside)).close();
    try {
      await create({ file: aside, cwd: staging, gzip: true, portable: true }, ['manifest.json', ...segments]);
      await rename(aside, file);
    } finally {
      await rm(aside, { force: true });
    }
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  if (options.json) await printJson({ file, firstSeq, lastSeq, records, ok });
  else await print(`${file}\n`);
  if (!ok) say('The tape is damaged; the bundle has it as it is. See tape verify.');
  return 0;
}

/** The tape's folder, which has to have one, and where to begin. */
async function wanted(options: Options): Promise<{ folder: string; from: number | undefined }> {
  const data = options['data-dir'] ?? defaultDataFolder();
  const { tape } = dataPaths(data);
  const from = options.from === undefined ? undefined : wholeNumber('from', options.from, 1);
  await tapeMustBe(tape, data);
  return { folder: tape, from };
}

async function verified(folder: string, from: number | undefined): Promise<TapeReport> {
  const report = await verifyTape(folder, from);
  if (from !== undefined && (from < report.firstSeq || from > report.lastSeq))
    throw new Error(
      `There is no record ${from}: the tape has ${report.firstSeq} to ${report.lastSeq}, as far as it was read.`,
    );
  return report;
}

/** @throws Error where there is no segment of a tape in a folder */
export async function tapeMustBe(folder: string, where: string): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
    throw error;
  });
  if (!names.some((name) => /^\d{8,}\.jsonl$/.test(name))) throw new Error(`There is no tape in ${where}.`);
}
