import { beforeEach, expect, it } from 'vitest';
import { isWritten } from '../../../src/actors/record-check.ts';
import { NAME_KINDS } from '../../../src/events/bundle.ts';
import type { Envelope } from '../../../src/events/envelope.ts';
import { bundleContent } from '../../../src/main/bundle-content.ts';
import { readViewed, verifyChecked } from '../../../src/main/checked-tape.ts';
import { dataPaths } from '../../../src/main/paths.ts';
import { measureBundle } from '../../../src/store/bundle/write-bundle.ts';
import { goldenTape } from '../golden-tape.ts';
import { makeTape, testFolder } from '../store/bundle/bundle-folder.ts';

const folder = testFolder();
const RECORDS = goldenTape('statements');

/** A tape whose seals hold, with a record in it that no program writes. */
beforeEach(() => {
  const at = RECORDS.findIndex(({ event }) => event.type === 'query.classified');
  const forged = { ...RECORDS[at]!, event: { ...RECORDS[at]!.event, text: 'planted-text' } };
  expect(isWritten(forged as Envelope)).toBe(false);
  return makeTape(folder.path, RECORDS.with(at, forged as Envelope));
});

it('ends at a record that no program writes while it reads a span with the views before it', async () => {
  const read = async (at: number): Promise<void> => {
    for await (const _ of (await readViewed(dataPaths(folder.path).tape, at)).records);
  };
  await expect(read(0)).rejects.toMatchObject({ code: 'record.event' });
  await expect(read(Number.POSITIVE_INFINITY)).rejects.toMatchObject({ code: 'record.event' });
});

it('leaves a record that no program writes out of a bundle, and says there what tape verify says', async () => {
  const content = await bundleContent({
    paths: dataPaths(folder.path),
    selection: {},
    namesKept: NAME_KINDS,
    profiles: null,
  });
  const taken: Envelope[] = [];
  const rewrite = (envelope: Envelope): Envelope => {
    taken.push(envelope);
    return content.rewrite(envelope);
  };
  const { manifest } = await measureBundle({ ...content, rewrite });
  const { damages } = await verifyChecked(content.folder);
  expect(damages).toHaveLength(1);
  expect(manifest.source).toEqual({ ok: false, damages, damagesMore: 0 });
  expect(taken.filter((record) => !isWritten(record))).toEqual([]);
});
