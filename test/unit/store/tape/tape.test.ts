import {
  constants,
  cpSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { TAPE_LINE_BYTES_MAX } from '../../../../src/store/limits.ts';
import { lineOf } from '../../../../src/store/tape/line.ts';
import { readTape, verifyTape } from '../../../../src/store/tape/tape.ts';
import { FaultyDisk } from './faulty-disk.ts';
import {
  appendAll,
  collect,
  factsOn,
  newFolder,
  open,
  record,
  segmentFiles,
  tapeOf,
  wordOf,
  wordsOn,
} from './folder.ts';

test('gives seqs at once, one after the other, and keeps what was appended', async () => {
  const folder = newFolder();
  const tape = await open(folder);
  expect([tape.firstSeq, tape.durableSeq]).toEqual([1, 1]);
  expect([tape.append(record('a')), tape.append(record('b'))]).toEqual([2, 3]);
  expect(tape.durableSeq).toBe(1);
  await tape.durable(3);
  expect(tape.durableSeq).toBe(3);
  expect(tape.state).toEqual([1, 2, 3]);
  await tape.close();
  expect(await wordsOn(folder)).toEqual(['tape.opened', 'a', 'b']);
});

test('goes on with the next seq when it is opened again', async () => {
  const folder = newFolder();
  await tapeOf(folder, [['a'], ['b', 'c']]);
  const tape = await open(folder);
  expect(tape.state).toEqual([1, 2, 3, 4, 5]);
  expect(tape.append(record('d'))).toBe(6);
  await tape.close();
  expect(await wordsOn(folder)).toEqual(['tape.opened', 'a', 'b', 'c', 'tape.opened', 'd']);
  expect(await verifyTape(folder)).toMatchObject({ ok: true, firstSeq: 1, lastSeq: 6, records: 6 });
});

test('writes what is appended in one turn of the event loop as one batch, though its first record is waited for', async () => {
  const tape = await open(newFolder());
  const committed: string[][] = [];
  tape.committed.subscribe((batch) => committed.push(batch.map(wordOf)));
  const first = tape.durable(tape.append(record('a')));
  // What ends with a statement's first row comes some promises later.
  for (let promises = 0; promises < 20; promises++) await null;
  await Promise.all([first, tape.durable(tape.append(record('b')))]);
  expect(committed).toEqual([['a', 'b']]);
  await tape.close();
});

test('says nothing of a record before it is synced, and then gives batches in order', async () => {
  const disk = new FaultyDisk();
  const folder = newFolder();
  const tape = await open(folder, { fs: disk });
  const committed: string[][] = [];
  tape.committed.subscribe((batch) => committed.push(batch.map(wordOf)));
  const heard: number[] = [];
  const asked = new Promise<void>((resolve) => {
    disk.onDatasync = () => {
      heard.push(committed.length, tape.durableSeq, tape.state.length);
      // These arrive while the first is synced, so they share the next sync.
      if (heard.length === 3) for (const word of ['b', 'c']) tape.append(record(word));
      resolve();
    };
  });
  let openGate = () => {};
  disk.gate = new Promise((resolve) => {
    openGate = resolve;
  });
  let isDurable = false;
  const durable = tape.durable(tape.append(record('a'))).then(() => {
    isDurable = true;
    heard.push(-1);
  });
  await asked;
  await new Promise(setImmediate);
  expect([isDurable, committed]).toEqual([false, []]);
  openGate();
  await durable;
  await tape.durable(4);
  expect(committed).toEqual([['a'], ['b', 'c']]);
  expect(heard.filter((seen) => seen !== -1)).toEqual([0, 1, 1, 1, 2, 2]);
});

test('syncs the folder before it counts the first batch of a new segment', async () => {
  const disk = new FaultyDisk();
  const tape = await open(newFolder(), { fs: disk, segmentBytes: 1 });
  disk.log.length = 0;
  await appendAll(tape, ['a']);
  const first = disk.log.slice(0, disk.log.indexOf('syncFolder') + 1);
  expect(first).toEqual(['open', 'truncate', 'write', 'datasync', 'syncFolder']);
});

test('many records share one write and one sync', async () => {
  const disk = new FaultyDisk();
  const tape = await open(newFolder(), { fs: disk });
  disk.log.length = 0;
  await appendAll(tape, Array.from({ length: 1000 }, String));
  expect(disk.log).toEqual(['write', 'datasync']);
});

test('a batch takes one trip to the disk where a write is durable by itself', async () => {
  const disk = new FaultyDisk();
  disk.writesThrough = true;
  const tape = await open(newFolder(), { fs: disk });
  disk.log.length = 0;
  await appendAll(tape, ['a', 'b']);
  await appendAll(tape, ['c']);
  expect(disk.log).toEqual(['write', 'write']);
});

test.runIf(process.platform === 'linux')('has its segment open with O_DSYNC', async () => {
  const folder = newFolder();
  await open(folder);
  const path = join(folder, '00000001.jsonl');
  const descriptors = readdirSync('/proc/self/fd').filter((fd) => linkOf(`/proc/self/fd/${fd}`) === path);
  const flags = descriptors.map(
    (fd) => readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8').match(/flags:\s*(\d+)/)![1]!,
  );
  expect(flags.map((octal) => (Number.parseInt(octal, 8) & constants.O_DSYNC) !== 0)).toEqual([true]);
});

/** Where a symbolic link leads; null where it was removed in the meantime. */
function linkOf(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}

test('keeps the folder and its files to their owner', async () => {
  const folder = join(newFolder(), 'tape');
  const tape = await open(folder, { segmentBytes: 1 });
  await appendAll(tape, ['a']);
  const mode = (path: string) => statSync(path).mode & 0o777;
  expect(mode(folder)).toBe(0o700);
  const names = readdirSync(folder);
  expect(names).toEqual(expect.arrayContaining(['00000001.jsonl', '00000001.checkpoint.json', 'tape.lock']));
  expect(names.map((name) => mode(join(folder, name)))).toEqual(names.map(() => 0o600));
});

test('reads a part, across segments', async () => {
  const folder = newFolder();
  const tape = await open(folder, { segmentBytes: 600 });
  for (let i = 2; i <= 40; i++) await appendAll(tape, [String(i)]);
  expect(segmentFiles(folder).length).toBeGreaterThan(5);
  const words = (await collect(tape.read(7, 23))).map(wordOf);
  expect(words).toEqual(Array.from({ length: 17 }, (_, i) => String(i + 7)));
  expect(await collect(tape.read(41))).toEqual([]);
  expect((await collect(tape.read(40))).map(({ seq }) => seq)).toEqual([40]);
});

test('a reader without the lock sees what is there', async () => {
  const folder = newFolder();
  const tape = await open(folder);
  await appendAll(tape, ['a', 'b']);
  expect((await collect(readTape(folder, 2))).map(wordOf)).toEqual(['a', 'b']);
  await appendAll(tape, ['c']);
  expect((await collect(readTape(folder, 4))).map(wordOf)).toEqual(['c']);
});

test('every line is JSON by itself', async () => {
  const folder = newFolder();
  await tapeOf(folder, [['quote " and \n newline', '\ud800', 'é漢🜁']]);
  const lines = readFileSync(join(folder, '00000001.jsonl'), 'utf8').trimEnd().split('\n');
  expect(lines.map((line) => Object.keys(JSON.parse(line))[0])).toEqual([
    'tape',
    'seq',
    'seal',
    'seq',
    'seq',
    'seq',
    'seal',
  ]);
  expect(await wordsOn(folder)).toEqual(['tape.opened', 'quote " and \n newline', '\ud800', 'é漢🜁']);
});

test('a hostile server: a name that a terminal would obey is escaped in the file, and read as it was', async () => {
  const folder = newFolder();
  const name = 'a\u009b31m\u202e\u007f\u200bb';
  await tapeOf(folder, [[name]]);
  const text = readFileSync(join(folder, '00000001.jsonl'), 'utf8');
  expect(text).toMatch(/^[\n -~]+$/);
  expect(text).toContain('a\\u009b31m\\u202e\\u007f\\u200bb');
  expect(await wordsOn(folder)).toEqual(['tape.opened', name]);
  expect(await verifyTape(folder)).toMatchObject({ ok: true });
});

test('refuses a record that fits no line, and gives its seq to the next', async () => {
  const tape = await open(newFolder());
  expect(() => tape.append(record('x'.repeat(TAPE_LINE_BYTES_MAX)))).toThrow(
    expect.objectContaining({ code: 'tape.long' }),
  );
  expect(tape.append(record('a'))).toBe(2);
});

test('appends nothing after close, and writes what was appended before', async () => {
  const folder = newFolder();
  const tape = await open(folder);
  tape.append(record('a'));
  const closing = tape.close();
  expect(() => tape.append(record('b'))).toThrow(expect.objectContaining({ code: 'tape.closed' }));
  await closing;
  expect(await wordsOn(folder)).toEqual(['tape.opened', 'a']);
});

test('a seq that was never given is never durable', async () => {
  const tape = await open(newFolder());
  await expect(tape.durable(2)).rejects.toMatchObject({ code: 'tape.unknown' });
});

test('refuses a tape that a newer program wrote', async () => {
  const folder = newFolder();
  const text = lineOf(JSON.stringify({ tape: 2, anything: true }));
  writeFileSync(join(folder, '00000001.jsonl'), text);
  await expect(open(folder)).rejects.toMatchObject({ code: 'tape.version' });
  expect(readFileSync(join(folder, '00000001.jsonl'), 'utf8')).toBe(text);
});

test('cut at any byte and opened again, it holds a prefix with all that was durable, and goes on', {
  tags: ['slow'],
}, async () => {
  const batches = fc.array(
    fc.array(fc.string({ unit: 'binary', maxLength: 20 }), { minLength: 1, maxLength: 6 }),
    {
      minLength: 1,
      maxLength: 6,
    },
  );
  // Where the crash cuts the last segment, and what the disk may have left after it.
  const crash = fc.record({
    where: fc.double({ min: 0, max: 1, noNaN: true }),
    garbage: fc.oneof(
      fc.constant(new Uint8Array()),
      fc.integer({ min: 1, max: 300 }).map((length) => new Uint8Array(length)),
      fc.uint8Array({ maxLength: 60 }),
    ),
  });
  const segmentBytes = fc.constantFrom(300, 1500, 1e6);
  await fc.assert(
    fc.asyncProperty(
      batches,
      fc.array(crash, { minLength: 4, maxLength: 4 }),
      segmentBytes,
      async (all, crashes, roll) => {
        const folder = newFolder();
        const tape = await open(folder, { segmentBytes: roll });
        const durableAt = new Map<string, number>();
        const note = () => {
          const name = segmentFiles(folder).at(-1)!;
          durableAt.set(`${name} ${statSync(join(folder, name)).size}`, tape.durableSeq);
        };
        note();
        for (const batch of all) {
          await appendAll(tape, batch);
          note();
        }
        await tape.close();
        const appended = ['tape.opened', ...all.flat()];
        const last = segmentFiles(folder).at(-1)!;
        for (const { where, garbage } of crashes) {
          const copy = newFolder();
          cpSync(folder, copy, { recursive: true });
          const path = join(copy, last);
          const cut = Math.floor(where * statSync(path).size);
          truncateSync(path, cut);
          writeFileSync(path, garbage, { flag: 'a' });
          const reported = [...durableAt].filter(([at]) => {
            const [name, size] = at.split(' ');
            return name! < last || (name === last && Number(size) <= cut);
          });
          const again = await open(copy, { segmentBytes: roll });
          const next = await appendAll(again, ['next']);
          await again.close();
          const words = await wordsOn(copy);
          expect(words.length).toBe(next);
          expect(words.splice(-2)).toEqual(['tape.opened', 'next']);
          const own = words.at(-1) === 'tape.repaired' ? words.slice(0, -1) : words;
          expect(own).toEqual(appended.slice(0, own.length));
          expect(own.length).toBeGreaterThanOrEqual(Math.max(0, ...reported.map(([, seq]) => seq)));
          expect(again.state).toEqual(Array.from({ length: next }, (_, i) => i + 1));
          expect(await verifyTape(copy)).toMatchObject({ ok: true, tail: { tornBytes: 0, unsealed: 0 } });
        }
      },
    ),
    { numRuns: 40 },
  );
});

test('says what it cut off a torn end, and keeps whole records that no seal covers', async () => {
  const folder = newFolder();
  await tapeOf(folder, [['a'], ['b', 'c', 'd']]);
  const path = join(folder, '00000001.jsonl');
  const lines = readFileSync(path, 'utf8').split('\n');
  const torn = `${lines.slice(0, 7).join('\n')}\n${lines[7]!.slice(0, 30)}`;
  writeFileSync(path, torn);
  expect(await verifyTape(folder)).toMatchObject({
    ok: true,
    tail: { tornBytes: 30, tornLines: 1, unsealed: 2 },
  });
  const tape = await open(folder);
  await tape.close();
  expect(await wordsOn(folder)).toEqual(['tape.opened', 'a', 'b', 'c', 'tape.repaired', 'tape.opened']);
  expect(await factsOn(folder, 'tape.repaired')).toEqual([
    { type: 'tape.repaired', segment: 1, cutBytes: 30, cutLines: 1 },
  ]);
  expect(await verifyTape(folder)).toMatchObject({ ok: true, records: 6 });
});
