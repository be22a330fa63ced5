import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { SOCKET_PATH_BYTES_MAX } from '../../../../src/drivers/limits.ts';
import { clearTunnelFolder, ownFolder } from '../../../../src/drivers/ssh/openssh/own-folder.ts';

/** A folder below the temporary one whose path is too long for a socket in it. */
async function longFolder(): Promise<string> {
  const base = await mkdtemp(join(tmpdir(), 'qt-'));
  onTestFinished(() => rm(base, { recursive: true, force: true }));
  return join(base, 'x'.repeat(SOCKET_PATH_BYTES_MAX));
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

it('makes a folder elsewhere where a socket’s path would be too long, and removes all of it at the end', async () => {
  const folder = await longFolder();
  const own = await ownFolder(folder);
  expect(dirname(own.path)).toBe(tmpdir());
  expect((await stat(own.path)).mode & 0o777).toBe(0o700);
  const [pointer] = await readdir(folder);
  expect(await readFile(join(folder, pointer!), 'utf8')).toBe(own.path);
  await own.remove();
  expect(await isThere(own.path)).toBe(false);
  expect(await readdir(folder)).toEqual([]);
});

it('clears what a killed program left elsewhere, as what it left in the folder itself', async () => {
  const folder = await longFolder();
  const own = await ownFolder(folder);
  await writeFile(join(own.path, 'hop-0.conf'), 'text');
  await mkdir(join(folder, 'ssh-abcdef'));
  await clearTunnelFolder(folder);
  expect(await isThere(own.path)).toBe(false);
  expect(await readdir(folder)).toEqual([]);
});

it('a malicious file: removes nothing that another name or a path through another folder leads to', async () => {
  const folder = await longFolder();
  const other = join(dirname(folder), 'other');
  const named = join(dirname(folder), 'qt-ssh-0123456789ab');
  for (const path of [folder, other, named]) await mkdir(path);
  for (const [at, text] of [
    other,
    `${named}/../other`,
    `${other}/../qt-ssh-0123456789ab`,
    'qt-ssh-0123456789ab',
    '/',
  ].entries())
    await writeFile(join(folder, `ssh-${at}.path`), text);
  await clearTunnelFolder(folder);
  expect(await isThere(other)).toBe(true);
  expect(await isThere(named)).toBe(true);
  expect(await readdir(folder)).toEqual([]);
});

it('makes the folder of all tunnels where it is missing, but none above it', async () => {
  const folder = await longFolder();
  await expect(ownFolder(join(folder, 'below'))).rejects.toMatchObject({ code: 'ENOENT' });
  expect(await isThere(folder)).toBe(false);
  const first = await ownFolder(folder);
  const second = await ownFolder(folder);
  expect(first.path).not.toBe(second.path);
  for (const own of [first, second]) await own.remove();
});
