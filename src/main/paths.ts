import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { assertPlace, ownFolder, readOwnFile, writeOwnFile } from '../store/own-files.ts';
import { homeFolder, userFolder } from '../store/user-folder.ts';

/** The default data folder: the platform's folder for a user's data. */
export function defaultDataFolder(env: NodeJS.ProcessEnv = process.env): string {
  if (env.QUERYTAPE_DATA_DIR) return env.QUERYTAPE_DATA_DIR;
  if (process.platform === 'darwin') return join(homeFolder(), 'Library', 'Application Support', 'Querytape');
  if (process.platform === 'win32')
    return join(userFolder(env.LOCALAPPDATA, 'AppData', 'Local'), 'Querytape');
  return join(userFolder(env.XDG_DATA_HOME, '.local', 'share'), 'querytape');
}

/**
 * The folder of the log: the platform's folder for a user's logs where the data is in the platform's folder too, else one below the
 * data folder.
 */
function logFolder(folder: string, env: NodeJS.ProcessEnv): string {
  if (env.QUERYTAPE_DATA_DIR || folder !== defaultDataFolder(env)) return join(folder, 'logs');
  if (process.platform === 'darwin') return join(homeFolder(), 'Library', 'Logs', 'Querytape');
  if (process.platform === 'win32') return join(folder, 'logs');
  return join(userFolder(env.XDG_STATE_HOME, '.local', 'state'), 'querytape', 'log');
}

/** The folders and files of a data folder. */
export function dataPaths(folder: string, env: NodeJS.ProcessEnv = process.env) {
  return {
    folder,
    logs: logFolder(folder, env),
    tape: join(folder, 'tape'),
    spill: join(folder, 'spill'),
    demo: join(folder, 'demo'),
    /** Where a running process says how to reach it. */
    running: join(folder, 'running.json'),
    /** Files that lead a browser to the page. */
    launch: join(folder, 'launch'),
    fingerprintKey: join(folder, 'fingerprint.key'),
    /** Sockets and generated files of open tunnels. */
    tunnels: join(folder, 'tunnels'),
    /** The host keys that the user trusted here, beside those of the files that SSH itself reads. */
    knownHosts: join(folder, 'known_hosts'),
  };
}
export type DataPaths = ReturnType<typeof dataPaths>;

/**
 * Makes the data folder, which no other user can enter, or makes sure of the one that is there.
 * @throws UnsafeFileError where another user may have put something in it
 */
export async function makeDataFolder(paths: DataPaths): Promise<void> {
  await assertPlace(paths.folder);
  await ownFolder(paths.folder);
  await ownFolder(paths.spill);
  await ownFolder(paths.tunnels);
}

/** The files in which SSH looks for known hosts (ssh_config(5), UserKnownHostsFile and GlobalKnownHostsFile). */
export function knownHostsFiles(): readonly string[] {
  const own = ['known_hosts', 'known_hosts2'].map((name) => join(homeFolder(), '.ssh', name));
  return process.platform === 'win32'
    ? own
    : [...own, '/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2'];
}

/** 256 bits. */
const KEY_BYTES = 32;

/** The key of statement fingerprints, made on first use. */
export async function fingerprintKey(paths: DataPaths): Promise<Buffer> {
  const found = await readOwnFile(paths.fingerprintKey, KEY_BYTES);
  if (found?.length === KEY_BYTES) return found;
  const key = randomBytes(KEY_BYTES);
  await writeOwnFile(paths.fingerprintKey, key);
  return key;
}
