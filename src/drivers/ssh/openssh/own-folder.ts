import { randomBytes } from 'node:crypto';
import { lstat, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, isAbsolute, join, normalize } from 'node:path';
import { SOCKET_PATH_BYTES_MAX } from '../../limits.ts';

/** The end of the name of a file that names a folder elsewhere. */
const ELSEWHERE = '.path';
const NAME_ELSEWHERE = /^qt-ssh-[0-9a-f]{12}$/;

/** A folder of one tunnel alone, mode 0700. */
export interface OwnFolder {
  readonly path: string;
  remove(): Promise<void>;
}

/**
 * Makes a folder for one tunnel below `folder`, or in the system's temporary folder where the path of a socket in it would be too long.
 * A file in `folder` then names it before it is made, so that `clearTunnelFolder` finds it after a crash.
 * @throws the disk's error
 */
export async function ownFolder(folder: string): Promise<OwnFolder> {
  // Not with those above it: Node's recursive way calls a full disk and a read-only one ENOENT.
  await mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  const near = join(folder, `ssh-${randomBytes(3).toString('hex')}`);
  const isLong = Buffer.byteLength(join(near, 'hop-0.ask.sock')) > SOCKET_PATH_BYTES_MAX;
  const path = isLong ? join(tmpdir(), `qt-ssh-${randomBytes(6).toString('hex')}`) : near;
  const pointer = near + ELSEWHERE;
  if (isLong) await writeFile(pointer, path, { mode: 0o600, flag: 'wx' });
  // Fails where something is there already, so that it is certainly this user's.
  await mkdir(path, { mode: 0o700 });
  return {
    path,
    async remove() {
      const removed = await rm(path, { recursive: true, force: true, maxRetries: 3 }).then(
        () => true,
        () => false,
      );
      if (isLong && removed) await rm(pointer, { force: true }).catch(() => {});
    },
  };
}

/** Removes what tunnels of earlier runs left below `folder`, and the folders elsewhere that files in it name. */
export async function clearTunnelFolder(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    if (name.endsWith(ELSEWHERE)) await removeNamed(await readFile(path, 'utf8').catch(() => ''));
    await rm(path, { recursive: true, force: true });
  }
}

/** Removes a folder that `ownFolder` made elsewhere: by its name, and where it is this user's. */
async function removeNamed(path: string): Promise<void> {
  if (!isAbsolute(path) || normalize(path) !== path || !NAME_ELSEWHERE.test(basename(path))) return;
  const found = await lstat(path).catch(() => null);
  if (!found?.isDirectory() || (process.getuid && found.uid !== process.getuid())) return;
  await rm(path, { recursive: true, force: true }).catch(() => {});
}
