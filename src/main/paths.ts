import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where Querytape keeps its things when nothing else is said: the platform's folder for a user's data. */
export function defaultDataFolder(env: NodeJS.ProcessEnv = process.env): string {
  if (env.QUERYTAPE_DATA_DIR) return env.QUERYTAPE_DATA_DIR;
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'Querytape');
  if (process.platform === 'win32')
    return join(env.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'Querytape');
  return join(env.XDG_DATA_HOME ?? join(homedir(), '.local', 'share'), 'querytape');
}

/** The folders and files below a data folder. */
export function dataPaths(folder: string) {
  return {
    folder,
    tape: join(folder, 'tape'),
    spill: join(folder, 'spill'),
    demo: join(folder, 'demo'),
    /** Where a running process says how to reach it. */
    running: join(folder, 'running.json'),
    /** Files that lead a browser to the page. */
    launch: join(folder, 'launch'),
    fingerprintKey: join(folder, 'fingerprint.key'),
  };
}
export type DataPaths = ReturnType<typeof dataPaths>;

/** Makes the data folder, open to nobody else. */
export async function makeDataFolder(paths: DataPaths): Promise<void> {
  await mkdir(paths.folder, { recursive: true, mode: 0o700 });
}

/** The key of statement fingerprints, made on first use. 256 bits. */
export async function fingerprintKey(paths: DataPaths): Promise<Buffer> {
  try {
    const key = await readFile(paths.fingerprintKey);
    if (key.length === 32) return key;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const key = randomBytes(32);
  await writeFile(paths.fingerprintKey, key, { mode: 0o600 });
  return key;
}
