import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { acquireLock, processStart } from '../../../../src/store/tape/lock.ts';
import { newFolder, open, wordsOn } from './folder.ts';

const hasProc = existsSync('/proc/self/stat');

test('a second writer is refused and told the pid, and may write after the first has closed', async () => {
  const folder = newFolder();
  const first = await open(folder);
  await expect(open(folder)).rejects.toMatchObject({
    name: 'TapeLockedError',
    code: 'tape.locked',
    pid: process.pid,
  });
  await first.close();
  await (await open(folder)).close();
  expect(await wordsOn(folder)).toEqual(['tape.opened', 'tape.opened']);
  expect(readdirSync(folder)).toEqual(['00000001.jsonl']);
});

test('a lock of another process that lives holds', async () => {
  const folder = newFolder();
  const owner = { pid: process.ppid, started: await processStart(process.ppid) };
  writeFileSync(join(folder, 'tape.lock'), JSON.stringify(owner));
  await expect(open(folder)).rejects.toMatchObject({ pid: process.ppid });
});

test('a lock of a process that is gone is taken over', { tags: ['slow'] }, async () => {
  const folder = newFolder();
  const gone = spawnSync(process.execPath, ['-e', '']).pid;
  writeFileSync(join(folder, 'tape.lock'), JSON.stringify({ pid: gone, started: 'boot:1' }));
  await (await open(folder)).close();
  expect(await wordsOn(folder)).toEqual(['tape.opened']);
});

test.skipIf(!hasProc)('a lock whose pid belongs to a later process is taken over', async () => {
  const folder = newFolder();
  const started = await processStart(process.pid);
  writeFileSync(join(folder, 'tape.lock'), JSON.stringify({ pid: process.pid, started: `${started}0` }));
  await (await open(folder)).close();
  expect(await wordsOn(folder)).toEqual(['tape.opened']);
});

test.skipIf(process.platform !== 'linux')(
  'a lock holds that a process of another container has, which has another pid there',
  { tags: ['slow'] },
  async () => {
    const folder = newFolder();
    const path = join(folder, 'tape.lock');
    const first = await open(folder);
    // As it is seen from there: the file of one that lives, with a pid that is not there. One of before 0.2 says no namespace.
    const seen = JSON.stringify({ pid: 2 ** 30, started: 'boot:1', namespace: 'boot:pid:[1]' });
    const old = JSON.stringify({ pid: 2 ** 30, started: 'boot:1' });
    const isRefused = async (text: string): Promise<void> => {
      writeFileSync(path, text);
      utimesSync(path, new Date(0), new Date(0));
      await expect(open(folder)).rejects.toMatchObject({
        code: 'tape.locked',
        pid: 2 ** 30,
        message: expect.stringContaining('another container'),
      });
      expect(readFileSync(path, 'utf8')).toBe(text);
    };
    await expect.poll(() => spawnSync('flock', ['-n', '-s', path, 'true']).status).toBe(1);
    await isRefused(seen);
    await isRefused(old);
    await first.close();
    for (const text of [seen, old]) {
      writeFileSync(path, text);
      utimesSync(path, new Date(0), new Date(0));
      await (await open(folder)).close();
    }
    expect(await wordsOn(folder)).toEqual(['tape.opened', 'tape.opened', 'tape.opened']);
  },
);

test.skipIf(!hasProc)('a lock that a process of another container has just taken holds', async () => {
  const folder = newFolder();
  const path = join(folder, 'tape.lock');
  writeFileSync(path, JSON.stringify({ pid: 2 ** 30, started: 'boot:1', namespace: 'boot:pid:[1]' }));
  await expect(open(folder)).rejects.toMatchObject({ code: 'tape.locked' });
  // A process of ours that has its pid is another one.
  const alive = { pid: process.pid, started: await processStart(process.pid), namespace: 'boot:pid:[1]' };
  writeFileSync(path, JSON.stringify(alive));
  utimesSync(path, new Date(0), new Date(0));
  await (await open(folder)).close();
  expect(await wordsOn(folder)).toEqual(['tape.opened']);
});

test('what a process left that was killed while it took the lock is removed, and nothing that is being taken', async () => {
  const folder = newFolder();
  for (const name of ['tape.lock.left.tmp', 'tape.lock.now.tmp', 'other.left.tmp'])
    writeFileSync(join(folder, name), '');
  for (const name of ['tape.lock.left.tmp', 'other.left.tmp'])
    utimesSync(join(folder, name), new Date(0), new Date(0));
  await (await open(folder)).close();
  expect(readdirSync(folder).sort()).toEqual(['00000001.jsonl', 'other.left.tmp', 'tape.lock.now.tmp']);
});

test('a claim of a process that was killed is removed by the next one who takes the lock', async () => {
  const folder = newFolder();
  const gone = JSON.stringify({ pid: 2 ** 30, started: 'boot:1' });
  const claims = ['tape.lock.0123456789abcdef', 'tape.lock.0123456789abcdef.fedcba9876543210'];
  for (const name of [...claims, 'tape.lock.other']) writeFileSync(join(folder, name), gone);
  const held = await acquireLock(join(folder, 'tape.lock'));
  await expect(acquireLock(join(folder, 'tape.lock'))).rejects.toMatchObject({ code: 'tape.locked' });
  expect(readdirSync(folder).sort()).toEqual(['tape.lock', 'tape.lock.other']);
  await held.release();
});

test('a lock that says nothing, as after a power cut, is taken over', async () => {
  const folder = newFolder();
  writeFileSync(join(folder, 'tape.lock'), '');
  await (await open(folder)).close();
  expect(await wordsOn(folder)).toEqual(['tape.opened']);
});

test.each([
  ['no lock', false],
  ['a stale lock', true],
])('of many that take %s at the same time exactly one wins', { tags: ['slow'] }, async (_, isStale) => {
  for (let round = 0; round < 25; round++) {
    const path = join(newFolder(), 'tape.lock');
    if (isStale) {
      const held = await acquireLock(path);
      const stale = JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), pid: 2 ** 30 });
      await held.release();
      writeFileSync(path, stale);
    }
    const tries = await Promise.allSettled(Array.from({ length: 6 }, () => acquireLock(path)));
    const refused = tries.filter((outcome) => outcome.status === 'rejected');
    expect(refused.map(({ reason }) => reason.code)).toEqual(Array(5).fill('tape.locked'));
    expect(readdirSync(join(path, '..'))).toEqual(['tape.lock']);
  }
});

test('one who waits for a lock gets it from a holder who takes it again and again, and is refused where it is not given back', async () => {
  const path = join(newFolder(), 'tape.lock');
  let held = await acquireLock(path);
  await expect(acquireLock(path, 50)).rejects.toMatchObject({ code: 'tape.locked' });
  let waited = false;
  const waiter = acquireLock(path, 60_000).then((lock) => {
    waited = true;
    return lock.release();
  });
  // Each turn ends and begins without a pause, so only one who is ready between them comes in.
  for (let turn = 0; turn < 500 && !waited; turn++) {
    await held.release();
    held = await acquireLock(path, 60_000);
  }
  expect(waited).toBe(true);
  await held.release();
  await waiter;
  expect(readdirSync(join(path, '..'))).toEqual([]);
});
