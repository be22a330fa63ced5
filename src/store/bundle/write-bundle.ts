import { setImmediate } from 'node:timers/promises';
import { BUNDLE_FORMAT, type BundleManifest, type BundlePart, type NameKind } from '../../events/bundle.ts';
import { bundleSummary } from '../../events/bundle-summary.ts';
import type { Envelope } from '../../events/envelope.ts';
import type { LogLine } from '../../events/log/log-entry.ts';
import type { RecordCheck } from '../tape/chain-reader.ts';
import { BundleError } from './bundle-error.ts';
import { BundleChain } from './chain.ts';
import { writeOutput } from './output-file.ts';
import { jsonText, LOG_PART, MANIFEST, SIGNATURE, SUMMARY, type TextPart } from './parts.ts';
import type { SigningKey } from './signing-key.ts';
import { type Selection, Slice } from './slice.ts';
import { fileTarget, MEASURED, type ZipTarget, ZipWriter } from './zip-writer.ts';

/** What is exported, and with what. */
export interface BundleContent {
  /** The tape's folder. It may be written to in the meantime. */
  readonly folder: string;
  readonly selection: Selection;
  /** Whether a record is one that a program writes: one that is not is a damage, and is left out. */
  readonly check?: RecordCheck;
  /** A record as the bundle is to have it. */
  readonly rewrite: (envelope: Envelope) => Envelope;
  readonly namesKept: readonly NameKind[];
  /** The other parts, in the order in which they stand in the file. */
  readonly texts: ReadonlyMap<TextPart, string>;
  /** The last lines of the log, as the bundle is to have them; left out where there is none. */
  readonly log: readonly LogLine[];
  readonly key: SigningKey;
  /** Of the program that writes it, and of Node. */
  readonly version: string;
  readonly node: string;
  /** Milliseconds since 1970 UTC. */
  readonly createdAt: number;
  /** Size at which a segment of it ends; TAPE_SEGMENT_BYTES without it. */
  readonly segmentBytes?: number;
}

/** Records after which others get their turn: a program that serves statements may be writing this. */
const GROUP_RECORDS = 64;

/** A bundle that was written, or measured. */
interface WrittenBundle {
  readonly manifest: BundleManifest;
  /** Of the file. */
  readonly bytes: number;
}

/**
 * Writes a bundle to `target`, in bounded memory.
 *
 * @throws BundleError `bundle.empty` where no record is chosen, `bundle.session` for one that is not on the tape; TapeError; the target's error; the signal's reason
 */
export async function writeBundleTo(
  target: ZipTarget,
  content: BundleContent,
  signal?: AbortSignal,
): Promise<WrittenBundle> {
  const { folder, selection, check, rewrite, namesKept, texts, log, key, version, node, createdAt } = content;
  const zip = new ZipWriter(target, signal);
  const parts: BundlePart[] = [];
  for (const [name, text] of texts) parts.push(await zip.add(name, [Buffer.from(text)]));
  const slice = new Slice(folder, selection, check);
  const rewritten = async function* () {
    for await (const envelopes of slice.read()) {
      for (let at = 0; at < envelopes.length; at += GROUP_RECORDS) {
        yield envelopes.slice(at, at + GROUP_RECORDS).map(rewrite);
        await setImmediate();
        signal?.throwIfAborted();
      }
    }
  };
  for await (const segment of new BundleChain(rewritten(), content.segmentBytes).segments())
    parts.push(await zip.add(segment.name, segment.content));
  const { firstSeq, lastSeq, records, earlierActors, source } = slice;
  const unknown = slice.unknownSession;
  if (unknown !== undefined)
    throw new BundleError('bundle.session', `The tape has no session ${JSON.stringify(unknown)}`);
  if (records === 0) throw new BundleError('bundle.empty', 'No record of the tape is chosen');
  if (log.length > 0)
    parts.push(
      await zip.add(LOG_PART, [Buffer.from(log.map((line) => `${JSON.stringify(line)}\n`).join(''))]),
    );
  const { fromSeq = null, toSeq = null, fromAt = null, toAt = null, sessions = null } = selection;
  const manifest: BundleManifest = {
    format: BUNDLE_FORMAT,
    createdAt,
    querytape: version,
    node,
    firstSeq,
    lastSeq,
    records,
    span: { fromSeq, toSeq, fromAt, toAt },
    sessions: sessions === null ? null : [...sessions],
    namesKept: [...namesKept],
    earlierActors,
    ...(log.length > 0 && { logLines: log.length }),
    source,
    parts,
  };
  parts.push(await zip.add(SUMMARY, [Buffer.from(summaryText(manifest))]));
  const text = Buffer.from(jsonText(manifest));
  await zip.add(MANIFEST, [text], 'stored');
  await zip.add(SIGNATURE, [Buffer.from(jsonText(key.sign(text)))], 'stored');
  return { manifest, bytes: await zip.end() };
}

/** The part that is read first, by eye. */
function summaryText(manifest: BundleManifest): string {
  const { has, hasNot } = bundleSummary(manifest);
  const list = (lines: readonly string[]): string => lines.map((line) => `- ${line}\n`).join('');
  return `A support bundle of Querytape ${manifest.querytape}. To open it: querytape replay FILE.qtape\n\nIt has:\n${list(has)}\nIt does not have:\n${list(hasNot)}`;
}

/** What `writeBundleTo` would write, without writing it. */
export function measureBundle(content: BundleContent, signal?: AbortSignal): Promise<WrittenBundle> {
  return writeBundleTo(MEASURED, content, signal);
}

/**
 * Writes a bundle's file.
 *
 * @throws as `writeBundleTo` and `writeOutput`
 */
export function writeBundle(file: string, content: BundleContent): Promise<WrittenBundle> {
  return writeOutput(file, (handle) => writeBundleTo(fileTarget(handle), content));
}
