import { cpSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Envelope } from '../../../../src/events/envelope.ts';
import { ChainReader } from '../../../../src/store/tape/chain-reader.ts';
import { type Fold, findingsOf, readFolded, readTape, verifyTape } from '../../../../src/store/tape/tape.ts';
import {
  appendAll,
  collect,
  editLines,
  factsOn,
  flipLine,
  forge,
  newFolder,
  open,
  segmentFiles,
  seqs,
  tapeOf,
  wordOf,
  wordsOn,
} from './folder.ts';

// Lines of the tape that these tests damage:
// 1 header · 2 opened (seq 1) · 3 seal · 4 a (2) · 5 b (3) · 6 seal · 7 c (4) · 8 seal · 9 d (5) · 10 seal
const BATCHES = [['a', 'b'], ['c'], ['d']];

test('a byte flipped in the middle is reported with its place by open, read and verify', async () => {
  const folder = newFolder();
  await tapeOf(folder, BATCHES);
  const offset = flipLine(folder, 5);
  const damage = { segment: 1, line: 5, offset, code: 'line.crc' };
  const before = readFileSync(join(folder, '00000001.jsonl'));

  expect(await verifyTape(folder)).toMatchObject({ ok: false, damages: [damage], lastSeq: 5 });
  const given: string[] = [];
  const reading = (async () => {
    for await (const batch of readTape(folder)) given.push(...batch.map(wordOf));
  })();
  await expect(reading).rejects.toMatchObject({ name: 'TapeDamage', ...damage });
  expect(given).toEqual(['tape.opened', 'a']);

  const tape = await open(folder);
  expect(await appendAll(tape, ['e'])).toBe(8);
  expect(tape.state).toEqual([1, 2, 4, 5, 6, 7, 8]);
  await expect(collect(tape.read(1))).rejects.toMatchObject(damage);
  await expect(collect(tape.read(3))).rejects.toMatchObject(damage);
  expect((await collect(tape.read(4))).map(wordOf)).toEqual(['c', 'd', 'tape.damaged', 'tape.opened', 'e']);
  await tape.close();

  expect(readFileSync(join(folder, '00000001.jsonl'))).toEqual(before);
  expect(segmentFiles(folder)).toEqual(['00000001.jsonl', '00000002.jsonl']);
  expect(await verifyTape(folder)).toMatchObject({ ok: false, damages: [damage], lastSeq: 8 });
});

test('a damage is put on the tape once, not at every start', async () => {
  const folder = newFolder();
  await tapeOf(folder, BATCHES);
  flipLine(folder, 5);
  await (await open(folder)).close();
  await (await open(folder)).close();
  rmSync(join(folder, '00000001.checkpoint.json'));
  const tape = await open(folder);
  const facts = (await collect(tape.read(4))).filter(({ event }) => event.type === 'tape.damaged');
  expect(facts.map(({ event }) => event)).toEqual([
    { type: 'tape.damaged', segment: 1, line: 5, code: 'line.crc' },
  ]);
});

test('a whole segment of noise is kept as it is', { tags: ['slow'] }, async () => {
  const folder = newFolder();
  const noise = 'noise\n'.repeat(1_000_000);
  writeFileSync(join(folder, '00000001.jsonl'), noise);
  await (await open(folder)).close();
  expect(readFileSync(join(folder, '00000001.jsonl'), 'utf8')).toBe(noise);
  expect(await verifyTape(folder)).toMatchObject({ ok: false, records: 101, segments: 2 });
});

test('a tape that was stored as text with other line ends is damaged, not torn, and is kept as it is', async () => {
  const folder = newFolder();
  await tapeOf(folder, BATCHES);
  editLines(folder, (lines) => lines.map((line) => `${line}\r`));
  const before = readFileSync(join(folder, '00000001.jsonl'));
  const { ok, damages } = await verifyTape(folder);
  expect(ok).toBe(false);
  expect(damages.map(({ line, code }) => `${line} ${code}`)).toEqual(
    Array.from({ length: 10 }, (_, at) => `${at + 1} line.crc`),
  );
  await (await open(folder)).close();
  expect(readFileSync(join(folder, '00000001.jsonl'))).toEqual(before);
});

test('a copy of a tape behind it hides none of its records', async () => {
  const folder = newFolder();
  await tapeOf(folder, BATCHES);
  const whole = await wordsOn(folder);
  cpSync(join(folder, '00000001.jsonl'), join(folder, '00000002.jsonl'));
  for (const code of ['segment.number', 'segment.seq']) {
    const given: string[] = [];
    const read = async () => {
      for await (const batch of readTape(folder)) given.push(...batch.map(wordOf));
    };
    await expect(read()).rejects.toMatchObject({ segment: 2, line: 1, code });
    expect(given).toEqual(whole);
    // Then it says its own number.
    editLines(
      folder,
      (lines) =>
        lines.with(
          0,
          forge(lines[0]!, (value) => Object.assign(value, { segment: 2 })),
        ),
      '00000002.jsonl',
    );
  }
});

test('a first segment of another number is damaged before its first record', async () => {
  const folder = newFolder();
  await tapeOf(folder, BATCHES);
  renameSync(join(folder, '00000001.jsonl'), join(folder, '00000007.jsonl'));
  const damage = { segment: 7, line: 1, code: 'segment.number' };
  await expect(readTape(folder).next()).rejects.toMatchObject(damage);
  const fold = { version: 1, initial: () => 0, apply: (count: number) => count + 1 };
  const { records } = await readFolded(folder, Number.POSITIVE_INFINITY, fold);
  await expect(records[Symbol.asyncIterator]().next()).rejects.toMatchObject(damage);
});

test.each<[string, (lines: string[]) => string[], { line: number; code: string }]>([
  ['two records that changed places', (l) => swap(l, 3, 4), { line: 4, code: 'record.seq' }],
  ['two batches that changed places', (l) => swap(swap(l, 6, 8), 7, 9), { line: 7, code: 'record.seq' }],
  ['a record taken out', (l) => l.toSpliced(3, 1), { line: 4, code: 'record.seq' }],
  ['a record taken out with its seal', (l) => l.toSpliced(6, 2), { line: 7, code: 'record.seq' }],
  ['the last record of a batch taken out', (l) => l.toSpliced(4, 1), { line: 5, code: 'seal.seq' }],
  ['a seal taken out', (l) => l.toSpliced(5, 1), { line: 7, code: 'seal.chain' }],
  ['a record put in twice', (l) => l.toSpliced(4, 0, l[3]!), { line: 5, code: 'record.seq' }],
  [
    'a record with another content',
    (l) =>
      l.with(
        4,
        forge(l[4]!, (value) => Object.assign(value, { at: 5 })),
      ),
    { line: 6, code: 'seal.chain' },
  ],
  [
    'a seal with another hash',
    (l) =>
      l.with(
        5,
        forge(l[5]!, (value) => Object.assign(value, { sha256: 'f'.repeat(64) })),
      ),
    { line: 6, code: 'seal.chain' },
  ],
  [
    'a header that goes on from elsewhere',
    (l) =>
      l.with(
        0,
        forge(l[0]!, (value) => Object.assign(value, { chain: 'f'.repeat(64) })),
      ),
    { line: 3, code: 'seal.chain' },
  ],
  ['no header', (l) => l.slice(1), { line: 1, code: 'segment.header' }],
  ['a second header', (l) => l.toSpliced(3, 0, l[0]!), { line: 4, code: 'line.kind' }],
])('verify, read and open find %s, though every CRC holds', async (_, edit, place) => {
  const folder = newFolder();
  await tapeOf(folder, BATCHES);
  editLines(folder, edit);
  const { ok, damages } = await verifyTape(folder);
  expect(ok).toBe(false);
  expect(damages[0]).toMatchObject({ segment: 1, ...place });
  await expect(wordsOn(folder)).rejects.toMatchObject({ segment: 1, ...place });
  await (await open(folder)).close();
  const facts = (await collect(readTape(folder, 6))).map(({ event }) => event);
  expect(facts).toContainEqual({ type: 'tape.damaged', segment: 1, ...place });
});

test.each([
  ['a time that is none', { at: 'now' }],
  ['a time beyond all dates', { at: 8.64e15 + 1 }],
  ['an actor that is a number', { actor: 7 }],
  ['an actor with the name of a prototype', { actor: '__proto__' }],
  ['an actor with a name that every object has', { actor: 'constructor' }],
  ['a state that is no text', { state: { a: 'b' } }],
  ['a machine that is no text', { machine: 7 }],
  ['a cause that is no record', { cause: -1 }],
  ['no kind', { kind: undefined }],
  ['an event without a type', { event: {} }],
  ['no machine', { machine: null }],
  ['no machine and no state', { machine: null, state: null }],
  ['a state of no machine', { state: null }],
  ['another kind than its machine', { kind: 'session' }],
  ['the tape, which has no machine', { kind: 'tape' }],
  ['a cause that comes after it', { cause: 1000 }],
  ['itself as its cause', { cause: 2 }],
])('a malicious file: a record of %s is a damage, though its CRC holds', async (_, forged) => {
  const folder = newFolder();
  await tapeOf(folder, BATCHES);
  editLines(folder, (l) =>
    l.with(
      3,
      forge(l[3]!, (value) => Object.assign(value, forged)),
    ),
  );
  expect((await verifyTape(folder)).damages[0]).toMatchObject({ segment: 1, line: 4, code: 'line.kind' });
});

test('a malicious file: a record that no machine received is a damage where the records are checked, and is left out', async () => {
  const folder = newFolder();
  await tapeOf(folder, BATCHES);
  const isRight = ({ seq }: Envelope) => seq !== 3;
  const damage = { segment: 1, line: 5, code: 'record.event' };
  expect((await verifyTape(folder)).ok).toBe(true);
  expect((await verifyTape(folder, undefined, isRight)).damages).toMatchObject([damage]);
  await expect(collect(readTape(folder, undefined, isRight))).rejects.toMatchObject(damage);
  const whole: number[] = [];
  for await (const finding of findingsOf(folder, new ChainReader(null, isRight)))
    if ('records' in finding) whole.push(...finding.records.map(({ seq }) => seq));
  expect(whole).toEqual([1, 2, 4, 5]);
});

test('a malicious file: a record that can not be folded is a damage to whoever opens the tape, which opens', async () => {
  const folder = newFolder();
  await tapeOf(folder, BATCHES);
  const fold: Fold<number[]> = {
    initial: seqs.initial,
    apply: (state, envelope) => {
      if (envelope.seq === 3) throw new TypeError('not what a machine receives');
      return seqs.apply(state, envelope);
    },
  };
  const tape = await open(folder, { fold });
  expect(tape.state).not.toContain(3);
  expect(tape.opening.map(({ event }) => event)).toContainEqual({
    type: 'tape.damaged',
    segment: 1,
    line: 5,
    code: 'record.event',
  });
});

test('a malicious file: a tape of which a segment is missing, shorter or another does not verify', async () => {
  const folder = newFolder();
  const tape = await open(folder, { segmentBytes: 900 });
  for (let i = 0; i < 12; i++) await appendAll(tape, [`word ${i}`]);
  await tape.close();
  const files = segmentFiles(folder);
  expect(files.length).toBeGreaterThan(3);
  expect((await verifyTape(folder)).ok).toBe(true);
  const damaged = async (harm: (copy: string) => void) => {
    const copy = newFolder();
    cpSync(folder, copy, { recursive: true });
    harm(copy);
    return (await verifyTape(copy)).damages.map(({ segment, line, code }) => `${segment}:${line} ${code}`);
  };
  expect(await damaged((copy) => rmSync(join(copy, files[1]!)))).toEqual(['2:0 segment.missing']);
  expect(await damaged((copy) => rmSync(join(copy, files[0]!)))).toEqual(['2:1 tape.beginning']);
  expect(await damaged((copy) => editLines(copy, (lines) => lines.slice(0, -2), files[1]))).toEqual([
    '3:1 segment.seq',
  ]);
  const other = (lines: string[]) =>
    lines.with(
      0,
      forge(lines[0]!, (value) => Object.assign(value, { chain: 'f'.repeat(64) })),
    );
  expect((await damaged((copy) => editLines(copy, other, files[2])))[0]).toBe('3:1 segment.chain');
  const seal = (await damaged((copy) => editLines(copy, (lines) => lines.slice(0, -1), files[1])))[0];
  expect(seal).toMatch(/^2:\d+ segment.unsealed$/);
  expect(await damaged((copy) => cpSync(join(copy, files[0]!), join(copy, files[1]!)))).toContain(
    '2:1 segment.number',
  );
});

test('whichever byte is flipped, verify tells it or it lies in the last line, and no reader gives another record', {
  tags: ['slow'],
}, async () => {
  const folder = newFolder();
  const tape = await open(folder, { segmentBytes: 900 });
  for (let i = 0; i < 8; i++) await appendAll(tape, [`word ${i}`, 'é']);
  await tape.close();
  const whole = await wordsOn(folder);
  const files = segmentFiles(folder);
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...files),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      fc.integer({ min: 1, max: 255 }),
      async (file, where, flip) => {
        const path = join(folder, file);
        const bytes = readFileSync(path);
        const at = Math.floor(where * bytes.length);
        const changed = Buffer.from(bytes);
        changed[at]! ^= flip;
        writeFileSync(path, changed);
        try {
          const isInLastLine = file === files.at(-1) && at > bytes.lastIndexOf('\n', bytes.length - 2);
          const { ok, tail, damages } = await verifyTape(folder);
          expect(ok).toBe(isInLastLine);
          if (isInLastLine) expect(tail.tornBytes).toBeGreaterThan(0);
          else expect(damages[0]!.segment).toBe(files.indexOf(file) + 1);
          const given: string[] = [];
          const read = async () => {
            for await (const batch of readTape(folder)) given.push(...batch.map(wordOf));
          };
          if (isInLastLine) await read();
          else await expect(read()).rejects.toMatchObject({ name: 'TapeDamage' });
          expect(given).toEqual(whole.slice(0, given.length));
        } finally {
          writeFileSync(path, bytes);
        }
      },
    ),
    { numRuns: 300 },
  );
});

test('an intact tape has no repair and no damage on it', async () => {
  const folder = newFolder();
  await tapeOf(folder, BATCHES);
  await (await open(folder)).close();
  expect(await factsOn(folder, 'tape.repaired')).toEqual([]);
  expect(await factsOn(folder, 'tape.damaged')).toEqual([]);
});

function swap(lines: string[], a: number, b: number): string[] {
  return lines.with(a, lines[b]!).with(b, lines[a]!);
}
