import { randomUUID } from 'node:crypto';
import { copyFile, lstat, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { BUNDLE_BYTES_MAX } from '../limits.ts';
import { createOwnFile } from '../own-files.ts';
import { readSegment, segmentPath, segmentsFrom } from './segment.ts';
import { TapeError } from './tape-error.ts';
import { type TapeReport, verifyTape } from './verify.ts';

/** The version of a bundle's layout: `manifest.json` and the segments, packed by tar and gzip. */
const BUNDLE_FORMAT = 1;

/** What a bundle holds, as its manifest says. */
export interface Bundle extends Pick<TapeReport, 'firstSeq' | 'lastSeq' | 'records' | 'ok'> {
  /** The absolute path. */
  readonly file: string;
}

/** What is written into a bundle. */
export interface BundleOptions {
  /** The tape's folder. It may be written to in the meantime. */
  readonly folder: string;
  /** A seq: the bundle begins with the segment that holds it. Without it, the whole tape. */
  readonly from?: number | undefined;
  /** Where to; without it `querytape-FIRST-LAST.tar.gz` in the working folder. */
  readonly file?: string | undefined;
  /** Of the program that writes it. */
  readonly version: string;
}

/**
 * Writes a bundle: the tape's segments byte for byte, with a manifest. Nothing is written under its name
 * before it is whole.
 *
 * @throws TapeError `tape.range` where the tape has no record `from`; an Error for a `file` that is not a regular one; the
 * system's error
 */
export async function writeBundle({ folder, from, file, version }: BundleOptions): Promise<Bundle> {
  const numbers = await segmentsFrom(folder, from);
  const begins = (await readSegment(folder, numbers[0]!)).header?.afterSeq;
  // Whole segments are packed, so the first record of the bundle may come before the requested one.
  const firstSeq = begins === undefined ? 0 : begins + 1;
  if (from !== undefined) await verifyFrom(folder, from);
  const { lastSeq, records, ok } = await verifyTape(folder, from === undefined ? undefined : firstSeq);
  const path = resolve(file ?? `querytape-${firstSeq}-${lastSeq}.tar.gz`);
  const present = await lstat(path).catch(() => null);
  if (present !== null && !present.isFile())
    throw new Error(`${path} is a link, a folder or a device. Name a file with --output.`);
  const staging = await mkdtemp(join(tmpdir(), 'querytape-export-'));
  try {
    const manifest = {
      format: BUNDLE_FORMAT,
      querytape: version,
      node: process.version,
      firstSeq,
      lastSeq,
      records,
      ok,
    };
    await writeFile(join(staging, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
    const segments = numbers.map((number) => basename(segmentPath(folder, number)));
    for (const name of segments) await copyFile(join(folder, name), join(staging, name));
    await pack(path, staging, ['manifest.json', ...segments]);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  return { file: path, firstSeq, lastSeq, records, ok };
}

/**
 * Packs into a file beside it and renames that, so that a link planted under the name in the meantime is not
 * followed.
 */
async function pack(path: string, folder: string, names: readonly string[]): Promise<void> {
  const { create } = await import('tar');
  const aside = `${path}.${randomUUID()}.new`;
  await (await createOwnFile(aside)).close();
  try {
    await create({ file: aside, cwd: folder, gzip: true, portable: true }, names as string[]);
    await rename(aside, path);
  } finally {
    await rm(aside, { force: true });
  }
}

/** A tape to read: a folder with segments. `close` removes what was unpacked. */
export interface OpenedTape {
  readonly folder: string;
  close(): Promise<void>;
}

/**
 * Opens what holds a tape: a bundle, which is unpacked into a temporary folder, a tape's folder, or a data
 * folder. Of a bundle nothing but a manifest and segments is unpacked, and no link, device or endless file.
 *
 * @throws TapeError `tape.absent` where there is no tape; an Error for a bundle that can't be read or holds too much; the
 * system's error, ENOENT where there is no `source`
 */
export async function openBundle(source: string): Promise<OpenedTape> {
  const opened = (await stat(source)).isDirectory() ? await folderOf(source) : await unpack(source);
  try {
    await assertTape(opened.folder, source);
    return opened;
  } catch (error) {
    await opened.close();
    throw error;
  }
}

async function folderOf(source: string): Promise<OpenedTape> {
  const names = await readdir(source);
  return { folder: names.includes('tape') ? join(source, 'tape') : source, close: async () => undefined };
}

async function unpack(source: string): Promise<OpenedTape> {
  const folder = await mkdtemp(join(tmpdir(), 'querytape-replay-'));
  const close = () => rm(folder, { recursive: true, force: true });
  const { extract } = await import('tar');
  let bytes = 0;
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
  if (unpacked && bytes <= BUNDLE_BYTES_MAX) return { folder, close };
  await close();
  const why =
    bytes > BUNDLE_BYTES_MAX ? 'holds more than a tape can have' : 'is not a bundle that can be read';
  throw new Error(`${source} ${why}.`);
}

/** @throws TapeError `tape.absent` where a folder has no segment of a tape */
export async function assertTape(folder: string, source: string): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
    throw error;
  });
  if (!names.some((name) => /^\d{8,}\.jsonl$/.test(name)))
    throw new TapeError('tape.absent', `There is no tape in ${source}`);
}

/**
 * Checks a tape from record `from` on.
 *
 * @throws TapeError `tape.range` where the tape has no such record
 */
export async function verifyFrom(folder: string, from: number): Promise<TapeReport> {
  const report = await verifyTape(folder, from);
  if (from < report.firstSeq || from > report.lastSeq)
    throw new TapeError(
      'tape.range',
      `There is no record ${from}: the tape has ${report.firstSeq} to ${report.lastSeq}, as far as it was read`,
    );
  return report;
}
