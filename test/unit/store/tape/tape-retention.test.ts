import { cpSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  findingsOf,
  readTape,
  segmentBytes,
  type Tape,
  verifyTape,
} from '../../../../src/store/tape/tape.ts';
import { FaultyDisk } from './faulty-disk.ts';
import {
  appendAll,
  collect,
  editLines,
  factsOn,
  newFolder,
  open,
  segmentFiles,
  seqs,
  wordsOn,
} from './folder.ts';

/** Counts the folds, so that a test can tell loading from folding. */
function counting(version = 1) {
  const fold = {
    version,
    folded: [] as number[],
    initial: seqs.initial,
    apply(state: number[], envelope: Parameters<typeof seqs.apply>[1]) {
      fold.folded.push(envelope.seq);
      return seqs.apply(state, envelope);
    },
  };
  return fold;
}

function upTo(seq: number): number[] {
  return Array.from({ length: seq }, (_, i) => i + 1);
}

function checkpointFiles(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.endsWith('.checkpoint.json'));
}

/** Appends single records until the tape stands in segment `number`, which holds one more batch. */
async function fillTo(tape: Tape<unknown>, folder: string, number: number, at?: number): Promise<void> {
  while (segmentFiles(folder).length === 0 || Number.parseInt(segmentFiles(folder).at(-1)!, 10) < number)
    await appendAll(tape, ['x'], at);
}

test('open loads the newest checkpoint and folds only what came after it', async () => {
  const folder = newFolder();
  const tape = await open(folder, { segmentBytes: 1000 });
  await fillTo(tape, folder, 4);
  const { lastSeq } = tape;
  await tape.close();
  const fold = counting();
  const again = await open(folder, { segmentBytes: 1e6, fold });
  expect(fold.folded).toEqual([lastSeq, lastSeq + 1]);
  expect(again.state).toEqual(upTo(lastSeq + 1));
});

test('a close ends a segment that has grown, so that the next start has nothing to fold but its own record', async () => {
  const folder = newFolder();
  const tape = await open(folder, { closingSegmentBytes: 1000 });
  await fillTo(tape, folder, 1);
  while (statSync(join(folder, segmentFiles(folder)[0]!)).size < 1000) await appendAll(tape, ['x']);
  const { lastSeq } = tape;
  await tape.close();
  expect(checkpointFiles(folder)).toEqual(['00000001.checkpoint.json']);
  const fold = counting();
  const again = await open(folder, { fold });
  expect(fold.folded).toEqual([lastSeq + 1]);
  expect(again.state).toEqual(upTo(lastSeq + 1));
  await again.close();
  expect(segmentFiles(folder)).toEqual(['00000001.jsonl', '00000002.jsonl']);
  expect(await verifyTape(folder)).toMatchObject({ ok: true, lastSeq: lastSeq + 1, segments: 2 });
});

test('a close leaves a short segment to the next start', async () => {
  const folder = newFolder();
  const tape = await open(folder);
  await appendAll(tape, ['x']);
  await tape.close();
  expect(checkpointFiles(folder)).toEqual([]);
  await (await open(folder)).close();
  expect(segmentFiles(folder)).toEqual(['00000001.jsonl']);
});

test('gives the records of its opening, and none of those after', async () => {
  const folder = newFolder();
  const tape = await open(folder);
  await appendAll(tape, ['x']);
  expect(tape.opening.map(({ seq, event }) => [seq, event.type])).toEqual([[1, 'tape.opened']]);
});

test.each<[string, (path: string) => void]>([
  ['is missing', (path) => rmSync(path)],
  [
    'has a flipped byte',
    (path) => {
      const bytes = readFileSync(path);
      bytes[bytes.length >> 1]! ^= 1;
      writeFileSync(path, bytes);
    },
  ],
  ['is torn', (path) => writeFileSync(path, readFileSync(path).subarray(0, 50))],
  ['belongs to another segment', (path) => cpSync(join(path, '../00000001.checkpoint.json'), path)],
])('a checkpoint that %s falls back to the one before it', async (_, harm) => {
  const folder = newFolder();
  const tape = await open(folder, { segmentBytes: 1000 });
  await fillTo(tape, folder, 4);
  const { lastSeq } = tape;
  await tape.close();
  harm(join(folder, '00000003.checkpoint.json'));
  const fold = counting();
  const again = await open(folder, { segmentBytes: 1e6, fold });
  const header = JSON.parse(readFileSync(join(folder, '00000003.jsonl'), 'utf8').split('\n')[0]!);
  expect(fold.folded[0]).toBe(header.afterSeq + 1);
  expect(fold.folded.length).toBeGreaterThan(2);
  expect(again.state).toEqual(upTo(lastSeq + 1));
});

test('a checkpoint of another tape, or of an end that was cut off, is not used', async () => {
  const folder = newFolder();
  const tape = await open(folder, { segmentBytes: 1000 });
  await fillTo(tape, folder, 2);
  await tape.close();
  const other = newFolder();
  const elsewhere = await open(other, { segmentBytes: 1000 });
  await appendAll(elsewhere, ['y', 'y', 'y']);
  await fillTo(elsewhere, other, 2);
  await elsewhere.close();
  cpSync(join(other, '00000001.checkpoint.json'), join(folder, '00000001.checkpoint.json'));
  const again = await open(folder);
  expect(again.state).toEqual(upTo(again.lastSeq));
  expect(again.lastSeq).toBe(tape.lastSeq + 1);

  const third = newFolder();
  cpSync(other, third, { recursive: true });
  rmSync(join(third, '00000002.jsonl'));
  editLines(third, (lines) => lines.slice(0, -2));
  const short = await open(third);
  expect(short.state).toEqual(upTo(short.lastSeq));
});

test('with no checkpoint, or those of an older fold, it folds from the start', async () => {
  const folder = newFolder();
  const tape = await open(folder, { segmentBytes: 1000 });
  await fillTo(tape, folder, 3);
  await tape.close();
  const fold = counting(2);
  const newer = await open(folder, { segmentBytes: 1e6, fold });
  expect(fold.folded).toEqual(upTo(newer.lastSeq));
  await newer.close();
  for (const name of checkpointFiles(folder)) rmSync(join(folder, name));
  const none = counting();
  const again = await open(folder, { segmentBytes: 1e6, fold: none });
  expect(none.folded).toEqual(upTo(again.lastSeq));
});

test('a checkpoint that can not be written stops nothing', async () => {
  const folder = newFolder();
  const disk = new FaultyDisk();
  disk.fails.set('rename', 'EACCES');
  const tape = await open(folder, { segmentBytes: 1000, bytesMax: 2000, fs: disk });
  await fillTo(tape, folder, 5);
  expect(tape.health.value.state).toBe('durable');
  await tape.close();
  expect(checkpointFiles(folder)).toEqual([]);
  // Nothing was cut either, as every record is still needed to fold.
  expect((await open(folder)).state).toEqual(upTo(tape.lastSeq + 1));
});

test('beyond its size the tape cuts whole old segments, says so first, and verify holds', async () => {
  const folder = newFolder();
  const disk = new FaultyDisk();
  const tape = await open(folder, { segmentBytes: 1000, bytesMax: 3500, fs: disk });
  const cuts: { throughSeq: number; firstSeqBefore: number; syncedBefore: boolean }[] = [];
  tape.committed.subscribe((batch) => {
    for (const { event } of batch)
      if (event.type === 'tape.cut')
        cuts.push({
          throughSeq: event.throughSeq,
          firstSeqBefore: tape.firstSeq,
          syncedBefore: disk.log.lastIndexOf('datasync') > disk.log.lastIndexOf('unlink'),
        });
  });
  await fillTo(tape, folder, 9);
  // The files go beside what is written next.
  const size = () =>
    segmentFiles(folder)
      .map((name) => statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0)
      .reduce((sum, bytes) => sum + bytes, 0);
  await expect.poll(() => tape.firstSeq - cuts.at(-1)!.throughSeq).toBe(1);
  await expect.poll(size).toBeLessThan(3500 + 2 * 1200);
  expect(cuts.length).toBeGreaterThan(2);
  // When the fact was on disk, what it says is gone was still there.
  for (const cut of cuts) expect(cut.firstSeqBefore).toBeLessThanOrEqual(cut.throughSeq);
  expect(cuts.every(({ syncedBefore }) => syncedBefore)).toBe(true);
  expect(() => tape.read(1)).toThrow(expect.objectContaining({ code: 'tape.gone' }));
  expect((await collect(tape.read(tape.firstSeq))).length).toBe(tape.lastSeq - tape.firstSeq + 1);
  await tape.close();

  expect(await verifyTape(folder)).toMatchObject({
    ok: true,
    firstSeq: tape.firstSeq,
    lastSeq: tape.lastSeq,
  });
  await expect(collect(readTape(folder, 1))).rejects.toMatchObject({ code: 'tape.gone' });
  expect((await wordsOn(folder)).length).toBe(tape.lastSeq - tape.firstSeq + 1);
  // The state still knows the records that are gone, by the checkpoints, even if all later ones are lost.
  const [base] = checkpointFiles(folder);
  for (const name of checkpointFiles(folder)) if (name !== base) rmSync(join(folder, name));
  expect((await open(folder)).state).toEqual(upTo(tape.lastSeq + 1));
});

test('a tape whose beginning is gone without a cut, or beyond it, does not verify', async () => {
  const folder = newFolder();
  const tape = await open(folder, { segmentBytes: 1000, bytesMax: 3500 });
  await fillTo(tape, folder, 9);
  await tape.close();
  expect((await verifyTape(folder)).ok).toBe(true);
  const [first] = segmentFiles(folder);
  const number = Number.parseInt(first!, 10);
  rmSync(join(folder, first!));
  const report = await verifyTape(folder);
  expect(report.damages).toEqual([{ segment: number + 1, line: 1, offset: 0, code: 'tape.beginning' }]);
});

test('a segment that is cut between the list of the folder and its own look is left out', async () => {
  const folder = newFolder();
  const tape = await open(folder, { segmentBytes: 1000, bytesMax: 3500 });
  await fillTo(tape, folder, 9);
  await tape.close();
  const whole = await verifyTape(folder);
  const words = await wordsOn(folder);
  // As the reader sees it then: a name that is listed, with no file behind it any more.
  symlinkSync('nowhere', join(folder, '00000001.jsonl'));
  expect(await verifyTape(folder)).toEqual(whole);
  expect(await wordsOn(folder)).toEqual(words);
  for await (const finding of findingsOf(folder)) expect(finding).not.toHaveProperty('damage');
  expect([...(await segmentBytes(folder)).keys()]).not.toContain(1);
});

test('a crash between the cut and its last file leaves a tape that verifies and is cut on', async () => {
  const folder = newFolder();
  const disk = new FaultyDisk();
  const tape = await open(folder, { segmentBytes: 1000 });
  await fillTo(tape, folder, 6);
  await tape.close();
  disk.fails.set('unlink', 'EIO');
  const cutting = await open(folder, { bytesMax: 3000, fs: disk });
  await cutting.close();
  expect(segmentFiles(folder)[0]).toBe('00000001.jsonl');
  expect((await factsOn(folder, 'tape.cut')).length).toBe(1);
  rmSync(join(folder, '00000001.jsonl'));
  expect((await verifyTape(folder)).ok).toBe(true);
  const again = await open(folder, { bytesMax: 3000 });
  await again.close();
  expect(Number.parseInt(segmentFiles(folder)[0]!, 10)).toBeGreaterThan(2);
  expect(await verifyTape(folder)).toMatchObject({ ok: true, firstSeq: again.firstSeq });
});

test('segments whose newest record is too old are cut at open, never the one in use', async () => {
  const folder = newFolder();
  const tape = await open(folder, { segmentBytes: 1000 });
  await fillTo(tape, folder, 3, 1000);
  await fillTo(tape, folder, 5, 5000);
  await tape.close();
  const again = await open(folder, { segmentBytes: 1e6, ageMaxMs: () => 3000, now: () => 7000 });
  const cuts = (await collect(again.read(again.firstSeq))).map(({ event }) => event);
  expect(cuts).toContainEqual(expect.objectContaining({ type: 'tape.cut', segments: 2, by: 'age' }));
  await again.close();
  expect(segmentFiles(folder)).toEqual(['00000003.jsonl', '00000004.jsonl', '00000005.jsonl']);
  expect((await verifyTape(folder)).ok).toBe(true);

  const later = await open(folder, { segmentBytes: 1e6, ageMaxMs: () => 1, now: () => 1e9 });
  await later.close();
  expect(segmentFiles(folder)).toEqual(['00000005.jsonl']);
  expect((await verifyTape(folder)).ok).toBe(true);
  expect((await open(folder)).state).toEqual(upTo(later.lastSeq + 1));
});

/** A tape that says what is cut of it, with all of it still there. `cut` deletes that; `throughSeq` is the last record of it. */
async function beforeItsCut() {
  const folder = newFolder();
  const disk = new FaultyDisk();
  const tape = await open(folder, { segmentBytes: 1000 });
  await fillTo(tape, folder, 6);
  await tape.close();
  disk.fails.set('unlink', 'EIO');
  await (await open(folder, { bytesMax: 3000, fs: disk })).close();
  const [fact] = await factsOn(folder, 'tape.cut');
  const { segments, throughSeq } = fact as Extract<typeof fact, { type: 'tape.cut' }>;
  expect(segments).toBeGreaterThan(2);
  const cut = () => {
    for (const name of segmentFiles(folder).slice(0, segments)) rmSync(join(folder, name));
  };
  return { folder, throughSeq, cut };
}

test('a tape that is cut while it is verified is verified from where it begins then', async () => {
  const { folder, throughSeq, cut } = await beforeItsCut();
  expect(await verifyTape(folder)).toMatchObject({ ok: true, firstSeq: 1 });
  let isCut = false;
  const report = await verifyTape(folder, undefined, () => {
    if (!isCut) cut();
    isCut = true;
    return true;
  });
  expect(report).toMatchObject({ ok: true, firstSeq: throughSeq + 1 });
  expect(report).toEqual(await verifyTape(folder));
});

test('a segment that is gone without a cut is no reason to verify the tape again and again', async () => {
  const { folder } = await beforeItsCut();
  let isRemoved = false;
  const removing = () => {
    if (!isRemoved) rmSync(join(folder, segmentFiles(folder)[1]!));
    isRemoved = true;
    return true;
  };
  await expect(verifyTape(folder, undefined, removing)).rejects.toMatchObject({ code: 'tape.gone' });
});
