import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, mkdtemp, open, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  BUNDLE_FORMAT,
  BundleManifest,
  type BundlePart,
  BundleSignature,
  type BundleVerdict,
} from '../../events/bundle.ts';
import { schemaCheck } from '../../events/schema-check.ts';
import { BUNDLE_TEXT_BYTES_MAX } from '../limits.ts';
import { createOwnFile, makeFolder, writeFailedAt } from '../own-files.ts';
import { assertTape } from '../tape/segment.ts';
import { BundleError } from './bundle-error.ts';
import {
  isPartName,
  isSegmentPart,
  jsonText,
  LOG_PART,
  MANIFEST,
  SIGNATURE,
  type TextPart,
} from './parts.ts';
import { checkSignature } from './signing-key.ts';
import { TextCheck } from './text-check.ts';
import type { ZipEntry } from './zip-layout.ts';
import { readEntries, readEntry } from './zip-reader.ts';

/** A tape to read, with what came with it. */
export interface OpenedBundle {
  /** Has the segments. */
  readonly folder: string;
  /** What the bundle says of itself; null for a folder. */
  readonly manifest: BundleManifest | null;
  readonly verdict: BundleVerdict;
  /** The text of another part; null where it has none. */
  part(name: TextPart): string | null;
  /** Removes what was unpacked. */
  close(): Promise<void>;
}

/**
 * Opens what holds a tape: a `.qtape` bundle, which is checked and unpacked into a temporary folder, a tape's folder, or a data folder.
 * A bundle is read as a hostile file: nothing of it is written but parts with names of ours, and not more than the limits say.
 * A bundle that is well formed but is not what was signed is opened, and its verdict says `altered`. The chain of the segments
 * is not read here: whoever reads the tape checks it.
 *
 * @throws BundleError for what is no bundle; TapeError `tape.absent` where there is no tape; the system's error, ENOENT where there
 * is no `source`
 */
export async function openBundle(source: string): Promise<OpenedBundle> {
  const found = await stat(source);
  if (found.isDirectory()) return openFolder(source);
  if (!found.isFile()) throw new BundleError('bundle.format', `${source} is not a regular file`);
  const file = await open(source, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    return await unpack(file);
  } finally {
    await file.close();
  }
}

async function openFolder(source: string): Promise<OpenedBundle> {
  const names = await readdir(source);
  const folder = names.includes('tape') ? join(source, 'tape') : source;
  await assertTape(folder, source);
  return {
    folder,
    manifest: null,
    verdict: { verdict: 'unsigned' },
    part: () => null,
    close: async () => undefined,
  };
}

async function unpack(file: FileHandle): Promise<OpenedBundle> {
  const entries = await readEntries(file, isPartName);
  const texts = new Map<string, string>();
  for (const entry of entries) {
    const isText = !isSegmentPart(entry.name) && entry.name !== LOG_PART;
    if (isText && entry.bytes > BUNDLE_TEXT_BYTES_MAX)
      throw new BundleError(
        'bundle.large',
        `${entry.name} has ${entry.bytes} bytes; ${BUNDLE_TEXT_BYTES_MAX} are the most`,
      );
  }
  const check = new TextCheck();
  const signature = parsed(
    signatureCheck,
    await textOf(file, entries, SIGNATURE, check),
    'bundle.signature',
    SIGNATURE,
  );
  const manifestText = await textOf(file, entries, MANIFEST, check);
  const manifest = readManifest(manifestText);
  const parts = new Map(manifest.parts.map((part) => [part.name, part]));
  const contents = entries.filter(({ name }) => name !== MANIFEST && name !== SIGNATURE);
  if (
    parts.size !== manifest.parts.length ||
    contents.length !== parts.size ||
    !contents.every(({ name }) => parts.has(name))
  )
    throw new BundleError('bundle.manifest', 'The bundle does not have the parts that its manifest lists');
  if (!contents.some(({ name }) => isSegmentPart(name)))
    throw new BundleError('bundle.empty', 'The bundle has no tape');
  const { fingerprint, holds } = checkSignature(signature, Buffer.from(manifestText));

  const root = await mkdtemp(join(tmpdir(), 'querytape-replay-'));
  const close = () => rm(root, { recursive: true, force: true });
  try {
    const differing: string[] = [];
    for (const entry of contents) {
      const isSame = await unpackEntry(file, entry, parts.get(entry.name)!, root, check, texts);
      if (!isSame) differing.push(entry.name);
    }
    const isWhole = holds && differing.length === 0;
    const verdict: BundleVerdict = isWhole
      ? { verdict: 'signed', fingerprint }
      : { verdict: 'altered', fingerprint, parts: differing };
    return { folder: join(root, 'tape'), manifest, verdict, part: (name) => texts.get(name) ?? null, close };
  } catch (error) {
    await close();
    throw writeFailedAt(tmpdir(), error);
  }
}

const signatureCheck = schemaCheck(BundleSignature);
const manifestCheck = schemaCheck(BundleManifest);

function readManifest(text: string): BundleManifest {
  const format = (parsedJson(text) as { format?: unknown } | null)?.format;
  if (typeof format === 'number' && format > BUNDLE_FORMAT)
    throw new BundleError('bundle.newer', `A newer Querytape wrote it: bundle format ${format}`);
  return parsed(manifestCheck, text, 'bundle.manifest', MANIFEST);
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** A part that has to be what Querytape writes to the last blank, so that each of its bytes counts. */
function parsed<T>(
  check: { Check(value: unknown): value is T },
  text: string,
  code: string,
  name: string,
): T {
  const value = parsedJson(text);
  if (!check.Check(value) || jsonText(value) !== text)
    throw new BundleError(code, `${name} is not what Querytape writes`);
  return value;
}

async function textOf(
  file: FileHandle,
  entries: readonly ZipEntry[],
  name: string,
  check: TextCheck,
): Promise<string> {
  const entry = entries.find((one) => one.name === name);
  if (!entry) throw new BundleError('bundle.manifest', `The bundle has no ${name}`);
  const chunks: Buffer[] = [];
  const take = async (chunk: Buffer): Promise<void> => {
    check.take(name, chunk);
    chunks.push(chunk);
  };
  await readEntry(file, entry, take, () => undefined);
  check.end(name);
  if (entry.method !== 'stored')
    throw new BundleError('bundle.layout', `${name} is not stored as Querytape stores it`);
  return Buffer.concat(chunks).toString();
}

/** Unpacks one part. Whether it is what the manifest says. */
async function unpackEntry(
  file: FileHandle,
  entry: ZipEntry,
  part: BundlePart,
  root: string,
  check: TextCheck,
  texts: Map<string, string>,
): Promise<boolean> {
  const { name } = entry;
  const path = join(root, name);
  await makeFolder(dirname(path));
  const [hash, packedHash] = [createHash('sha256'), createHash('sha256')];
  const isText = !isSegmentPart(name) && name !== LOG_PART;
  const chunks: Buffer[] = [];
  const out = await createOwnFile(path);
  try {
    const take = async (chunk: Buffer): Promise<void> => {
      check.take(name, chunk);
      hash.update(chunk);
      if (isText) chunks.push(chunk);
      await out.writeFile(chunk);
    };
    await readEntry(file, entry, take, (chunk) => packedHash.update(chunk));
  } finally {
    await out.close();
  }
  check.end(name);
  if (isText) texts.set(name, Buffer.concat(chunks).toString());
  return (
    part.bytes === entry.bytes &&
    part.packedBytes === entry.packedBytes &&
    part.sha256 === hash.digest('hex') &&
    part.packedSha256 === packedHash.digest('hex')
  );
}
