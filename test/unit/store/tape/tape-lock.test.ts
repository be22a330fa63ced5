import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
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

test('a lock of a process that is gone is taken over', async () => {
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

test('a lock that says nothing, as after a power cut, is taken over', async () => {
  const folder = newFolder();
  writeFileSync(join(folder, 'tape.lock'), '');
  await (await open(folder)).close();
  expect(await wordsOn(folder)).toEqual(['tape.opened']);
});

test.each([
  ['no lock', null],
  ['a stale lock', JSON.stringify({ pid: 2 ** 30, started: 'boot:1' })],
])('of many that take %s at the same time exactly one wins', async (_, stale) => {
  for (let round = 0; round < 25; round++) {
    const path = join(newFolder(), 'tape.lock');
    if (stale !== null) writeFileSync(path, stale);
    const tries = await Promise.allSettled(Array.from({ length: 6 }, () => acquireLock(path)));
    const refused = tries.filter((outcome) => outcome.status === 'rejected');
    expect(refused.map(({ reason }) => reason.code)).toEqual(Array(5).fill('tape.locked'));
    expect(readdirSync(join(path, '..'))).toEqual(['tape.lock']);
  }
});
