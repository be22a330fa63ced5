import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, readdir, stat, statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { release } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sshProgram } from '../drivers/ssh/openssh/ssh-process.ts';
import { DEFAULT_PORT, DISK_RESERVE_BYTES, KIB, MIB } from '../events/limits.ts';
import { counted } from '../events/sentences.ts';
import { errorSentence } from '../events/system-error.ts';
import { isOwnFolder, missingIsNull } from '../store/own-files.ts';
import { configFolder, PolicyFile } from '../store/policy.ts';
import { KEYCHAIN_SERVICE, openKeychain } from '../store/vault/keychain.ts';
import { Vault } from '../store/vault/vault.ts';
import { cacheFolder } from './compile-cache.ts';
import { DemoMissingError, SHARED_FOLDER, serverBinaries } from './demo-binaries.ts';
import { fileErrorSentence } from './file-error.ts';
import { findInstance } from './instance-file.ts';
import type { Options } from './options.ts';
import { print, printJson } from './output.ts';
import { type DataPaths, dataPaths, defaultDataFolder, makeDataFolder } from './paths.ts';
import { terminalLine } from './terminal-text.ts';
import { VERSION } from './version.ts';

/** How long the keychain is waited for. */
const KEYCHAIN_LOOK_MS = 3000;
/** How long ssh may take to say its version. */
const SSH_LOOK_MS = 3000;
/** Free space below which the data folder is called full: results leave so much free, and so take no more than memory there. */
const FREE_MIB_MIN = DISK_RESERVE_BYTES / MIB;
/** Files that can still be made below which the data folder is called full, where its file system counts them. */
const FREE_FILES_MIN = 100;
const USABLE = constants.R_OK | constants.W_OK | constants.X_OK;
/** How far ahead of the clock a file of the tape may be; file systems round, and those of a network have clocks of their own. */
const CLOCK_AHEAD_MS = 60_000;

/** Something that was looked at on this machine. */
export interface Finding {
  readonly what: string;
  /** False where something is wrong. */
  readonly ok: boolean;
  /** An optional part is not there; what is said tells what works without it. Left out where it is. */
  readonly missing?: true;
  readonly told: string;
  /** The same without paths, names of users and words of errors, where that says anything. */
  readonly brief?: string;
}

/** `querytape doctor`: says what works on this machine. Exit 1 when something it needs does not. */
export async function doctorCommand(options: Options): Promise<number> {
  const found = await findings(dataPaths(options['data-dir'] ?? defaultDataFolder()));
  for (const { ok, missing, what, told } of found) {
    if (options.json) await printJson({ what, ok, ...(missing && { missing }), told });
    else await print(`${ok ? (missing ? '-- ' : 'ok ') : 'NO '} ${what.padEnd(12)} ${terminalLine(told)}\n`);
  }
  return found.every(({ ok }) => ok) ? 0 : 1;
}

/** Looks at what Querytape needs and uses. */
export async function findings(paths: DataPaths): Promise<readonly Finding[]> {
  const found = [
    { what: 'querytape', ok: true, told: VERSION, brief: VERSION },
    nodeVersion(),
    system(),
    await dataFolder(paths),
    await ownFolder('tape', paths.tape, 'Without it nothing runs.'),
    await ownFolder('history', join(paths.folder, 'history'), 'Without it nothing runs.'),
    await ownFolder('drafts', join(paths.folder, 'drafts'), 'Without it nothing runs.'),
    await ownFolder('log folder', paths.logs, 'Without it there is no log.'),
    places(paths),
    await clock(paths.tape),
    await vault(paths.folder),
    await keychain(),
    await policy(),
    await demo(),
    await ssh(),
    await running(paths),
    await port(),
  ];
  return found;
}

function system(): Finding {
  const told = `${process.platform} ${process.arch} ${release()}`;
  return { what: 'system', ok: true, told, brief: told };
}

function nodeVersion(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const ok = major > 20 || (major === 20 && minor >= 19);
  const told = `${process.version}${ok ? '' : '; 20.19 or later is needed'}`;
  return { what: 'node', ok, told, brief: told };
}

async function dataFolder(paths: DataPaths): Promise<Finding> {
  const what = 'data folder';
  const { folder, spill, tunnels } = paths;
  try {
    await makeDataFolder(paths);
    for (const path of [folder, spill, tunnels]) await access(path, USABLE);
    const { bavail, bsize, files, ffree } = await statfs(folder);
    const freeMib = Math.floor((bavail * bsize) / MIB);
    // To the GiB at most: two bundles of one day would be joined by the exact figure.
    const room = freeMib >= KIB ? 'at least 1 GiB free' : `${freeMib} MiB free`;
    const isCrowded = files > 0 && ffree < FREE_FILES_MIN;
    const brief = isCrowded ? `${room}, for ${ffree} files` : room;
    const ok = freeMib > FREE_MIB_MIN && !isCrowded;
    const needed = `${FREE_MIB_MIN} MiB and room for ${FREE_FILES_MIN} files are needed`;
    const advice = ok ? '' : `; free some, ${needed}, or name another folder with --data-dir`;
    const crowd = isCrowded ? ` for ${ffree} files` : '';
    return { what, ok, told: `${folder}, ${freeMib} MiB free${crowd}${advice}`, brief };
  } catch (error) {
    return { what, ok: false, told: fileErrorSentence(error) };
  }
}

/** A folder that is made with the first run; what counts is whether it, and what is in it, can be used. */
async function ownFolder(what: string, folder: string, otherwise: string): Promise<Finding> {
  try {
    if (!(await isOwnFolder(folder)))
      return { what, ok: true, told: `${folder}, nothing there yet`, brief: 'none yet' };
    await access(folder, USABLE);
    const names = await readdir(folder);
    for (const name of names) await access(join(folder, name), constants.R_OK).catch(missingIsNull);
    const brief = counted(names.length, 'file');
    return { what, ok: true, told: `${folder}, ${brief}`, brief };
  } catch (error) {
    return { what, ok: false, told: `${fileErrorSentence(error)} ${otherwise}` };
  }
}

/** Where all that Querytape writes lies, for whoever moves, backs up or removes it. */
function places({ folder, logs }: DataPaths): Finding {
  const own = [
    `data ${folder}`,
    `settings ${configFolder()}`,
    `logs ${logs}`,
    `compiled code ${cacheFolder()}`,
  ];
  const shared = process.getuid?.() === 0 ? [`the demo's programs ${SHARED_FOLDER}`] : [];
  const told = [...own, ...shared, `“${KEYCHAIN_SERVICE}” in the keychain, where that opens the vault`].join(
    '; ',
  );
  return { what: 'files', ok: true, told };
}

/** A clock that is behind the tape gives later records earlier times than those before them have. */
async function clock(tape: string): Promise<Finding> {
  const what = 'clock';
  const now = new Date().toISOString();
  const written = await newestChange(tape).catch((error: NodeJS.ErrnoException) => error);
  // What stands in the way is a finding of the tape's own.
  if (written instanceof Error)
    return { what, ok: true, told: `${now}, not compared with the tape`, brief: 'not compared' };
  const aheadMs = written - Date.now();
  if (aheadMs <= CLOCK_AHEAD_MS) return { what, ok: true, told: now, brief: 'not behind the tape' };
  const brief = `${Math.round(aheadMs / 1000)} s behind the tape`;
  return {
    what,
    ok: false,
    told: `${now} is ${brief}. Set this machine's clock, or let it be set by NTP`,
    brief,
  };
}

/** When the newest file of the tape was written last, in milliseconds since 1970 UTC; 0 where there is none. */
async function newestChange(tape: string): Promise<number> {
  const names = await readdir(tape).catch(missingIsNull);
  const newest = names
    ?.filter((name) => name.endsWith('.jsonl'))
    .sort()
    .at(-1);
  return newest === undefined ? 0 : (await stat(join(tape, newest))).mtimeMs;
}

/** None is no fault: tunnels are then opened by the client within this program. */
async function ssh(): Promise<Finding> {
  const what = 'ssh';
  const program = await sshProgram('ssh');
  if (program === null) {
    const told =
      'none in PATH. Tunnels work by password or key file; to use an agent and ~/.ssh/config, install the OpenSSH client';
    return { what, ok: true, missing: true, told, brief: 'none' };
  }
  // ssh(1): -V prints the version on stderr.
  const version = await promisify(execFile)(program, ['-V'], { timeout: SSH_LOOK_MS }).then(
    ({ stderr }) => stderr.trim(),
    () => null,
  );
  if (version === null)
    return {
      what,
      ok: false,
      told: `${program} does not say its version. Install OpenSSH’s client`,
      brief: 'no version',
    };
  return { what, ok: true, told: `${program}, ${version}`, brief: version };
}

/** A taken port is no fault: another is used unless one is named. */
async function port(): Promise<Finding> {
  const what = 'port';
  const tried = await new Promise<NodeJS.ErrnoException | null>((resolve) => {
    const server = createServer();
    server.once('error', resolve);
    server.listen({ host: '127.0.0.1', port: DEFAULT_PORT, exclusive: true }, () =>
      server.close(() => resolve(null)),
    );
  });
  if (tried === null) return { what, ok: true, told: `127.0.0.1:${DEFAULT_PORT} is free`, brief: 'free' };
  if (tried.code === 'EADDRINUSE')
    return {
      what,
      ok: true,
      told: `127.0.0.1:${DEFAULT_PORT} is taken; any free one is used, or the one that --port names`,
      brief: 'taken',
    };
  return {
    what,
    ok: false,
    told: `127.0.0.1:${DEFAULT_PORT} can't be listened on: ${errorSentence(tried)}`,
    brief: tried.code ?? 'failed',
  };
}

async function running(paths: DataPaths): Promise<Finding> {
  const what = 'running';
  return findInstance(paths).then(
    (found) => {
      const told = found ? 'yes, in this data folder' : 'no';
      return { what, ok: true, told, brief: told };
    },
    (error: Error) => ({ what, ok: false, told: fileErrorSentence(error) }),
  );
}

async function vault(folder: string): Promise<Finding> {
  const what = 'vault';
  const opened = await Vault.open({ folder }).catch((error: Error) => error);
  if (opened instanceof Error) return { what, ok: false, told: fileErrorSentence(opened) };
  const { state, protection, problem, backup } = opened;
  if (problem) {
    const offer = backup ? `; there is a backup of ${new Date(backup.savedAt).toISOString()}` : '';
    // A system's sentence has its code in it.
    const code = problem.message.includes(problem.code) ? '' : ` (${problem.code})`;
    return { what, ok: false, told: `${problem.message}${code}${offer}`, brief: problem.code };
  }
  const told = state === 'absent' ? 'none yet' : `${state}, opened by a ${protection}`;
  return { what, ok: true, told, brief: told };
}

/** None is no fault: a vault then opens with a passphrase. */
async function keychain(): Promise<Finding> {
  const what = 'keychain';
  return openKeychain({ timeoutMs: KEYCHAIN_LOOK_MS }).then(
    () => ({ what, ok: true, told: 'stores what it is given', brief: 'works' }),
    (error: Error) => ({
      what,
      ok: true,
      missing: true,
      told: `none, so a vault needs a passphrase. ${error.message.split('\n')[0]}`,
      brief: 'none',
    }),
  );
}

async function policy(): Promise<Finding> {
  const { path, problems } = (await PolicyFile.open({ folder: configFolder() })).loaded;
  // A problem of the whole file has no place in it.
  const words = problems.map(({ pointer, variable, message }) =>
    [variable ?? pointer, message].filter((part) => part !== '').join(': '),
  );
  const brief = counted(words.length, 'problem');
  return { what: 'policy', ok: words.length === 0, told: [path, ...words].join('; '), brief };
}

async function demo(): Promise<Finding> {
  try {
    await serverBinaries(undefined);
    return { what: 'demo', ok: true, told: 'PostgreSQL comes with the package', brief: 'installed' };
  } catch (error) {
    if (error instanceof DemoMissingError)
      return { what: 'demo', ok: true, missing: true, told: error.message, brief: 'not installed' };
    return { what: 'demo', ok: false, told: (error as Error).message };
  }
}
