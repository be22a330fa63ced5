import {
  copyFileSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { filter, firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { nodeDisk } from '../../../../src/store/tape/disk.ts';
import { type Tape, verifyTape } from '../../../../src/store/tape/tape.ts';
import { FaultyDisk } from './faulty-disk.ts';
import { appendAll, newFolder, open, record, wordOf, wordsOn } from './folder.ts';

/** Waits until the tape is in a state. */
function health(tape: Tape<unknown>, state: 'durable' | 'failed') {
  return firstValueFrom(tape.health.pipe(filter((now) => now.state === state)));
}

test.each([
  ['write', 'ENOSPC'],
  ['datasync', 'EIO'],
  ['truncate', 'EROFS'],
] as const)(
  'when %s fails with %s it says so, keeps what was appended, and loses nothing',
  async (fault, code) => {
    const folder = newFolder();
    const disk = new FaultyDisk();
    const tape = await open(folder, { fs: disk, retryMs: 1 });
    const committed: string[] = [];
    tape.committed.subscribe((batch) => committed.push(...batch.map(wordOf)));
    // A truncate comes only after another fault.
    if (fault === 'truncate') disk.fails.set('write', code);
    disk.fails.set(fault, code);
    const seq = tape.append(record('a'));
    await expect(tape.durable(seq)).rejects.toMatchObject({ name: 'TapeError', code });
    expect(tape.health.value).toEqual({ state: 'failed', durableSeq: 1, code });
    tape.append(record('b'));
    await expect(tape.durable(3)).rejects.toMatchObject({ code });
    expect([committed, tape.durableSeq, tape.lastSeq]).toEqual([[], 1, 3]);

    disk.fails.clear();
    await health(tape, 'durable');
    expect(tape.health.value).toEqual({ state: 'durable', durableSeq: 3, code: null });
    await tape.durable(seq);
    await appendAll(tape, ['c']);
    await tape.close();
    expect(committed).toEqual(['a', 'b', 'c']);
    expect(await wordsOn(folder)).toEqual(['tape.opened', 'a', 'b', 'c']);
    expect(await verifyTape(folder)).toMatchObject({ ok: true, lastSeq: 4 });
  },
);

test('writes to no file that was deleted, as the system would; says so, and goes on once it is back', async () => {
  const folder = newFolder();
  const file = join(folder, '00000001.jsonl');
  const tape = await open(folder, { fs: nodeDisk, retryMs: 1 });
  await appendAll(tape, ['a']);
  copyFileSync(file, `${folder}.copy`);
  unlinkSync(file);
  tape.append(record('b'));
  await expect(tape.durable(3)).rejects.toMatchObject({ name: 'TapeError', code: 'ENOENT' });
  expect(tape.health.value).toEqual({ state: 'failed', durableSeq: 2, code: 'ENOENT' });
  const attempts: unknown[] = [];
  const watching = tape.health.subscribe((now) => attempts.push(now));
  await expect.poll(() => attempts.length).toBeGreaterThan(3);
  expect(existsSync(file)).toBe(false);
  // Another program's file in its place is not taken for it.
  writeFileSync(file, '');
  attempts.length = 0;
  await expect.poll(() => attempts.length).toBeGreaterThan(3);
  watching.unsubscribe();
  expect(tape.health.value.code).toBe('ENOENT');
  expect(statSync(file).size).toBe(0);

  renameSync(`${folder}.copy`, file);
  await health(tape, 'durable');
  await appendAll(tape, ['c']);
  await tape.close();
  expect(await wordsOn(folder)).toEqual(['tape.opened', 'a', 'b', 'c']);
  expect(await verifyTape(folder)).toMatchObject({ ok: true, lastSeq: 4 });
});

test('writes into no folder that was moved away, nor into the tape that another has begun in its place', async () => {
  const folder = newFolder();
  const [ours, theirs] = [`${folder}.ours`, `${folder}.theirs`];
  const tape = await open(folder, { retryMs: 1 });
  await appendAll(tape, ['a']);
  renameSync(folder, ours);
  const before = readFileSync(join(ours, '00000001.jsonl'));
  await expect(tape.durable(tape.append(record('b')))).rejects.toMatchObject({ code: 'ENOENT' });
  // What stood in its file by then is no record: it is taken back once the tape goes on.
  expect(readFileSync(join(ours, '00000001.jsonl')).subarray(0, before.length)).toEqual(before);

  const other = await open(folder);
  for (let round = 0; round < 20; round++) await appendAll(other, [`other ${round}`]);
  const attempts: unknown[] = [];
  const watching = tape.health.subscribe((now) => attempts.push(now));
  await expect.poll(() => attempts.length).toBeGreaterThan(3);
  watching.unsubscribe();
  await other.close();
  expect(await verifyTape(folder)).toMatchObject({ ok: true, lastSeq: other.lastSeq });
  expect(tape.health.value.code).toBe('ENOENT');

  renameSync(folder, theirs);
  renameSync(ours, folder);
  await health(tape, 'durable');
  await tape.close();
  rmSync(theirs, { recursive: true });
  expect(await wordsOn(folder)).toEqual(['tape.opened', 'a', 'b']);
  expect(await verifyTape(folder)).toMatchObject({ ok: true, lastSeq: 3 });
});

test('cuts half a batch back, and writes the whole batch again', async () => {
  const folder = newFolder();
  const disk = new FaultyDisk();
  const tape = await open(folder, { fs: disk, retryMs: 1 });
  const { size } = statSync(join(folder, '00000001.jsonl'));
  disk.tearAfter = 40;
  for (const word of ['a', 'b', 'c']) tape.append(record(word));
  await expect(tape.durable(4)).rejects.toMatchObject({ code: 'ENOSPC' });
  disk.log.length = 0;
  await health(tape, 'durable');
  expect(disk.log.slice(-4)).toEqual(['open', 'truncate', 'write', 'datasync']);
  await tape.close();
  expect(size).toBeGreaterThan(100);
  expect(await wordsOn(folder)).toEqual(['tape.opened', 'a', 'b', 'c']);
  expect((await verifyTape(folder)).ok).toBe(true);
});

test('after a failed sync the batch is written again, as the page cache can not be trusted', async () => {
  const disk = new FaultyDisk();
  const tape = await open(newFolder(), { fs: disk, retryMs: 1 });
  disk.log.length = 0;
  disk.fails.set('datasync', 'EIO');
  await expect(tape.durable(tape.append(record('a')))).rejects.toMatchObject({ code: 'EIO' });
  disk.fails.clear();
  await health(tape, 'durable');
  expect(disk.log.filter((operation) => operation === 'write').length).toBeGreaterThanOrEqual(2);
  expect(disk.log.slice(-4)).toEqual(['open', 'truncate', 'write', 'datasync']);
});

test('after a failed write that was to be durable by itself the file is opened again, and cut', async () => {
  const folder = newFolder();
  const disk = new FaultyDisk();
  disk.writesThrough = true;
  const tape = await open(folder, { fs: disk, retryMs: 1 });
  disk.tearAfter = 40;
  await expect(tape.durable(tape.append(record('a')))).rejects.toMatchObject({ code: 'ENOSPC' });
  disk.log.length = 0;
  await health(tape, 'durable');
  expect(disk.log.slice(-3)).toEqual(['open', 'truncate', 'write']);
  await tape.close();
  expect(await wordsOn(folder)).toEqual(['tape.opened', 'a']);
  expect((await verifyTape(folder)).ok).toBe(true);
});

test('goes on after short writes', async () => {
  const folder = newFolder();
  const disk = new FaultyDisk();
  disk.writeMax = 7;
  const tape = await open(folder, { fs: disk });
  await appendAll(tape, ['a', 'b']);
  await tape.close();
  expect(await wordsOn(folder)).toEqual(['tape.opened', 'a', 'b']);
  expect((await verifyTape(folder)).ok).toBe(true);
});

test('a write that does nothing is an error, not a loop', async () => {
  const disk = new FaultyDisk();
  const tape = await open(newFolder(), { fs: disk });
  disk.writeMax = 0;
  await expect(tape.durable(tape.append(record('a')))).rejects.toMatchObject({ code: 'EIO' });
});

test('takes no more than may wait for the disk', async () => {
  const folder = newFolder();
  const disk = new FaultyDisk();
  const tape = await open(folder, { fs: disk, retryMs: 1, pendingMax: 3 });
  disk.fails.set('write', 'ENOSPC');
  for (const word of ['a', 'b', 'c']) tape.append(record(word));
  expect(() => tape.append(record('d'))).toThrow(expect.objectContaining({ code: 'tape.full' }));
  await health(tape, 'failed');
  disk.fails.clear();
  await health(tape, 'durable');
  expect(await appendAll(tape, ['e'])).toBe(5);
  await tape.close();
  expect(await wordsOn(folder)).toEqual(['tape.opened', 'a', 'b', 'c', 'e']);
});

test('refuses at once what is to be durable while the disk refuses, and waits for no further attempt', async () => {
  const disk = new FaultyDisk();
  const tape = await open(newFolder(), { fs: disk, retryMs: 1_000_000 });
  disk.fails.set('write', 'ENOSPC');
  await expect(tape.durable(tape.append(record('a')))).rejects.toMatchObject({ code: 'ENOSPC' });
  disk.fails.clear();
  const refused = tape.durable(tape.append(record('b')));
  await expect(Promise.race([refused, new Promise(setImmediate)])).rejects.toMatchObject({ code: 'ENOSPC' });
  await tape.close();
});

test('a new segment whose name can not be synced is not counted', async () => {
  const folder = newFolder();
  const disk = new FaultyDisk();
  const tape = await open(folder, { fs: disk, segmentBytes: 1, retryMs: 1 });
  disk.fails.set('syncFolder', 'EIO');
  await expect(tape.durable(tape.append(record('a')))).rejects.toMatchObject({ code: 'EIO' });
  disk.fails.clear();
  await health(tape, 'durable');
  await tape.close();
  expect(await wordsOn(folder)).toEqual(['tape.opened', 'a']);
  expect((await verifyTape(folder)).ok).toBe(true);
});

test('opens while the disk is refused, and writes what it has to say once it is not', async () => {
  const folder = newFolder();
  const disk = new FaultyDisk();
  disk.fails.set('write', 'ENOSPC');
  const tape = await open(folder, { fs: disk, retryMs: 1 });
  expect(tape.health.value).toEqual({ state: 'failed', durableSeq: 0, code: 'ENOSPC' });
  disk.fails.clear();
  await health(tape, 'durable');
  await tape.close();
  expect(await wordsOn(folder)).toEqual(['tape.opened']);
});

test('close tries once more, then says what was lost and gives the lock back', async () => {
  const folder = newFolder();
  const disk = new FaultyDisk();
  const tape = await open(folder, { fs: disk, retryMs: 1e6 });
  disk.tearAfter = 30;
  await expect(tape.durable(tape.append(record('a')))).rejects.toMatchObject({ code: 'ENOSPC' });
  disk.fails.set('write', 'ENOSPC');
  await expect(tape.close()).rejects.toMatchObject({ code: 'ENOSPC' });
  const again = await open(folder);
  await again.close();
  expect(await wordsOn(folder)).toEqual(['tape.opened', 'tape.opened']);

  const third = await open(folder, { fs: disk, retryMs: 1e6 });
  third.append(record('b'));
  await health(third, 'failed');
  disk.fails.clear();
  await third.close();
  expect(await wordsOn(folder)).toEqual(['tape.opened', 'tape.opened', 'tape.opened', 'b']);
});

test('syncs what an earlier process left before it believes it, and does not open where that fails', async () => {
  const folder = newFolder();
  await (await open(folder)).close();
  const disk = new FaultyDisk();
  const tape = await open(folder, { fs: disk });
  expect(disk.log.slice(0, 4)).toEqual(['open', 'truncate', 'datasync', 'write']);
  await tape.close();
  disk.fails.set('datasync', 'EIO');
  await expect(open(folder, { fs: disk })).rejects.toMatchObject({ name: 'TapeError', code: 'EIO' });
  await (await open(folder)).close();
  expect(await wordsOn(folder)).toEqual(['tape.opened', 'tape.opened', 'tape.opened']);
});
