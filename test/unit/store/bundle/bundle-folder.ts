import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import type { NameKind } from '../../../../src/events/bundle.ts';
import { NAME_KINDS } from '../../../../src/events/bundle.ts';
import type { Envelope } from '../../../../src/events/envelope.ts';
import { Pseudonyms } from '../../../../src/store/bundle/pseudonyms.ts';
import { SigningKey } from '../../../../src/store/bundle/signing-key.ts';
import type { Selection } from '../../../../src/store/bundle/slice.ts';
import type { BundleContent } from '../../../../src/store/bundle/write-bundle.ts';
import { openTape } from '../../../../src/store/tape/tape.ts';
import { renumbering } from '../../golden-tape.ts';

/** A folder for each test, which goes with it. */
export function testFolder(): { readonly path: string } {
  const folder = { path: '' };
  beforeEach(() => {
    folder.path = mkdtempSync(join(tmpdir(), 'querytape-bundle-'));
  });
  afterEach(() => rmSync(folder.path, { recursive: true, force: true }));
  return folder;
}

/** Makes a data folder's tape of records. */
export async function makeTape(
  data: string,
  records: readonly Envelope[],
  segmentBytes?: number,
): Promise<void> {
  const fold = { version: 1, initial: () => 0, apply: (count: number) => count + 1 };
  const tape = await openTape({
    folder: join(data, 'tape'),
    fold,
    ageMaxMs: () => Number.MAX_SAFE_INTEGER,
    ...(segmentBytes && { segmentBytes }),
  });
  const append = renumbering((record) => tape.append(record));
  for (const record of records) {
    append(record);
    if (segmentBytes) await tape.durable(tape.lastSeq);
  }
  await tape.close();
}

/** What a bundle of a data folder is written from; names stay unless `namesKept` says otherwise. */
export async function contentOf(
  data: string,
  selection: Selection = {},
  namesKept: readonly NameKind[] = NAME_KINDS,
): Promise<BundleContent> {
  const pseudonyms = new Pseudonyms(namesKept);
  return {
    folder: join(data, 'tape'),
    selection,
    rewrite: (envelope) => pseudonyms.rewrite(envelope),
    namesKept,
    texts: new Map([['versions.json', '{}\n']]),
    log: [],
    key: await SigningKey.open(data),
    version: '0.1.0',
    node: 'v20.0.0',
    createdAt: 1_000_000,
  };
}
