import { randomUUID } from 'node:crypto';
import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { BundlePreview, BundleRequest } from '../events/bundle.ts';
import { bundleSummary } from '../events/bundle-summary.ts';
import type { Envelope } from '../events/envelope.ts';
import type { Profile } from '../events/profile.ts';
import { BundleError } from '../store/bundle/bundle-error.ts';
import { type BundleContent, measureBundle, writeBundleTo } from '../store/bundle/write-bundle.ts';
import { fileTarget } from '../store/bundle/zip-writer.ts';
import { BUNDLE_EVENTS_SHOWN, BUNDLES_PREPARED_MAX } from '../store/limits.ts';
import { createOwnFile, makeOne } from '../store/own-files.ts';
import { TapeError } from '../store/tape/tape.ts';
import { bundleContent } from './bundle-content.ts';
import type { DataPaths } from './paths.ts';

/** What the running program gives to its bundles. */
export interface BundleSources {
  readonly paths: DataPaths;
  /** Profiles that can be read now; null while the vault is locked. */
  readonly profiles: () => readonly Profile[] | null;
  readonly durableSeq: () => number;
}

/**
 * Support bundles of the running program. One is prepared first, which says what it will have without writing it; then it is written as
 * it was prepared: the same records, pseudonyms and time.
 */
export class Bundles {
  private readonly prepared = new Map<
    string,
    { readonly content: BundleContent; readonly fileName: string; readonly firstSeq: number }
  >();

  constructor(private readonly sources: BundleSources) {}

  /** @throws BundleError `bundle.empty` or `bundle.session`; TapeError; the signal's reason */
  async prepare(request: BundleRequest, signal: AbortSignal): Promise<BundlePreview> {
    const { paths, profiles, durableSeq } = this.sources;
    const { namesKept = [], ...selection } = request;
    const toSeq = Math.min(selection.toSeq ?? Number.MAX_SAFE_INTEGER, durableSeq());
    const content = await bundleContent({
      paths,
      selection: { ...selection, toSeq },
      namesKept,
      profiles: profiles(),
    });
    const events: Envelope[] = [];
    const rewrite: BundleContent['rewrite'] = (envelope) => {
      const rewritten = content.rewrite(envelope);
      if (events.length < BUNDLE_EVENTS_SHOWN) events.push(rewritten);
      return rewritten;
    };
    const { manifest, bytes } = await measureBundle({ ...content, rewrite }, signal);
    const bundleId = `bun-${randomUUID()}`;
    const fileName = `querytape-${new Date(content.createdAt).toISOString().slice(0, 19).replaceAll(':', '-')}.qtape`;
    this.prepared.set(bundleId, { content, fileName, firstSeq: manifest.firstSeq });
    const [oldest] = this.prepared.keys();
    if (this.prepared.size > BUNDLES_PREPARED_MAX) this.prepared.delete(oldest!);
    return {
      bundleId,
      fileName,
      bytes,
      fingerprint: content.key.fingerprint,
      manifest,
      ...bundleSummary(manifest),
      events,
      log: content.log.slice(-BUNDLE_EVENTS_SHOWN),
    };
  }

  /**
   * Writes a prepared bundle to a file that has no name any more and reads that; undefined where none was prepared under this id, or
   * too many since.
   *
   * @throws as `prepare`, but TapeError `tape.gone` where retention has cut records of it since; the disk's error
   */
  async open(
    bundleId: string,
    signal: AbortSignal,
  ): Promise<{ fileName: string; bytes: number; stream: NodeJS.ReadableStream } | undefined> {
    const found = this.prepared.get(bundleId);
    if (!found) return undefined;
    const { spill } = this.sources.paths;
    const path = join(spill, `${bundleId}.qtape`);
    // A user may have deleted it.
    await makeOne(spill);
    const file = await createOwnFile(path);
    try {
      await unlink(path);
      const { bytes, manifest } = await writeBundleTo(fileTarget(file), found.content, signal);
      if (manifest.firstSeq !== found.firstSeq) throw recordsGone();
      return { fileName: found.fileName, bytes, stream: file.createReadStream({ start: 0 }) };
    } catch (error) {
      await file.close();
      // It was neither empty nor without a session of its choice as it was prepared.
      throw error instanceof BundleError ? recordsGone() : error;
    }
  }
}

function recordsGone(): TapeError {
  return new TapeError(
    'tape.gone',
    'Retention has cut records of this bundle since its preview. Preview it again',
  );
}
