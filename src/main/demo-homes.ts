import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstat, readdir, rm, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { KIB } from '../events/limits.ts';
import { readOwnFile, writeOwnFile } from '../store/own-files.ts';
import type { Account } from './demo-binaries.ts';

const run = promisify(execFile);
/** Beside a home: the folder whose demo it holds, as the home's name does not say it. */
const PLACE = /^(demo-[0-9a-f]{12})\.place$/;
const PLACE_BYTES_MAX = 16 * KIB;
/** A home is removed no earlier after its last start, as a disk that is not mounted now may be later. */
const ABANDONED_AFTER_MS = 24 * 3600 * 1000;

/** Where the cluster of a demo folder is in the folder that root shares with the server's user, and records which folder that is. */
export async function sharedHome(shared: string, folder: string): Promise<string> {
  const home = join(shared, `demo-${createHash('sha256').update(folder).digest('hex').slice(0, 12)}`);
  await writeOwnFile(`${home}.place`, folder);
  return home;
}

/**
 * Removes the clusters of demo folders that are there no more, a day after their last start. Without its folder no one knows a
 * cluster's passwords. What can't be removed now is tried again at the next start.
 *
 * @param isRunning whether a server runs on the cluster in a home
 */
export async function removeAbandoned(
  shared: string,
  account: Account,
  isRunning: (home: string) => Promise<boolean>,
  now = Date.now(),
): Promise<void> {
  for (const name of await readdir(shared)) {
    const home = PLACE.exec(name)?.[1];
    if (home === undefined) continue;
    const place = join(shared, name);
    await removeIfAbandoned(place, join(shared, home), { account, isRunning, now }).catch(() => undefined);
  }
}

async function removeIfAbandoned(
  place: string,
  home: string,
  about: { account: Account; isRunning: (home: string) => Promise<boolean>; now: number },
): Promise<void> {
  const { account, isRunning, now } = about;
  const folder = await readOwnFile(place, PLACE_BYTES_MAX);
  if (folder === null || now - (await stat(place)).mtimeMs < ABANDONED_AFTER_MS) return;
  if (!(await isMissing(String(folder))) || (await isRunning(home))) return;
  // As the account whose files they are: it could lead root out of the folder by links. The folder itself is in root's.
  if (!(await isMissing(home))) {
    await run('rm', ['-rf', '--', home], { ...account, cwd: '/' }).catch(() => undefined);
    await rmdir(home).catch((error) => {
      if (error.code !== 'ENOENT') throw error;
    });
  }
  await rm(place);
}

/** Whether there is nothing under a name; what can't be looked at may be there. */
function isMissing(path: string): Promise<boolean> {
  return lstat(path).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
  );
}
