import { constants } from 'node:fs';
import { access, statfs } from 'node:fs/promises';
import { release } from 'node:os';
import { MIB } from '../events/limits.ts';
import { errorSentence } from '../events/system-error.ts';
import { configFolder, PolicyFile } from '../store/policy.ts';
import { openKeychain } from '../store/vault/keychain.ts';
import { Vault } from '../store/vault/vault.ts';
import { serverBinaries } from './demo-binaries.ts';
import { findInstance } from './instance-file.ts';
import type { Options } from './options.ts';
import { print, printJson } from './output.ts';
import { type DataPaths, dataPaths, defaultDataFolder, makeDataFolder } from './paths.ts';
import { terminalLine } from './terminal-text.ts';
import { VERSION } from './version.ts';

/** How long the keychain is waited for. */
const KEYCHAIN_LOOK_MS = 3000;

/** Something that was looked at on this machine. */
export interface Finding {
  readonly what: string;
  readonly ok: boolean;
  readonly told: string;
  /** The same without paths, names of users and words of errors, where that says anything. */
  readonly brief?: string;
}

/** `querytape doctor`: says what works on this machine. Exit 1 when something it needs does not. */
export async function doctorCommand(options: Options): Promise<number> {
  const found = await findings(dataPaths(options['data-dir'] ?? defaultDataFolder()));
  for (const { ok, what, told } of found) {
    if (options.json) await printJson({ what, ok, told });
    else await print(`${ok ? 'ok ' : 'NO '} ${what.padEnd(12)} ${terminalLine(told)}\n`);
  }
  return found.every(({ ok }) => ok) ? 0 : 1;
}

/** Looks at what Querytape needs and uses. */
export async function findings(paths: DataPaths): Promise<readonly Finding[]> {
  const found = [
    { what: 'querytape', ok: true, told: VERSION, brief: VERSION },
    nodeVersion(),
    system(),
    await dataFolder(paths.folder),
    await vault(paths.folder),
    await keychain(),
    await policy(),
    await demo(),
    await running(paths),
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

async function dataFolder(folder: string): Promise<Finding> {
  try {
    await makeDataFolder(dataPaths(folder));
    await access(folder, constants.R_OK | constants.W_OK);
    const { bavail, bsize } = await statfs(folder);
    const freeMib = Math.floor((bavail * bsize) / MIB);
    const brief = `${freeMib} MiB free`;
    return { what: 'data folder', ok: freeMib > 100, told: `${folder}, ${brief}`, brief };
  } catch (error) {
    return { what: 'data folder', ok: false, told: `${folder}: ${errorSentence(error)}` };
  }
}

async function running(paths: DataPaths): Promise<Finding> {
  const what = 'running';
  return findInstance(paths).then(
    (found) => {
      const told = found ? 'yes, in this data folder' : 'no';
      return { what, ok: true, told, brief: told };
    },
    (error: Error) => ({ what, ok: false, told: errorSentence(error) }),
  );
}

async function vault(folder: string): Promise<Finding> {
  const what = 'vault';
  const opened = await Vault.open({ folder }).catch((error: Error) => error);
  if (opened instanceof Error) return { what, ok: false, told: errorSentence(opened) };
  const { state, protection, problem, backup } = opened;
  if (problem) {
    const offer = backup ? `; there is a backup of ${new Date(backup.savedAt).toISOString()}` : '';
    return { what, ok: false, told: `${problem.message} (${problem.code})${offer}`, brief: problem.code };
  }
  const told = state === 'absent' ? 'none yet' : `${state}, opened by a ${protection}`;
  return { what, ok: true, told, brief: told };
}

/** None is no fault: a vault then opens with a passphrase. */
async function keychain(): Promise<Finding> {
  const told = await openKeychain({ timeoutMs: KEYCHAIN_LOOK_MS }).then(
    () => 'keeps what it is given',
    (error: Error) => `none, so a vault needs a passphrase. ${error.message.split('\n')[0]}`,
  );
  return { what: 'keychain', ok: true, told };
}

async function policy(): Promise<Finding> {
  const { path, problems } = (await PolicyFile.open({ folder: configFolder() })).loaded;
  const words = problems.map(({ pointer, variable, message }) => `${variable ?? pointer}: ${message}`);
  const brief = `${words.length} problems`;
  return { what: 'policy', ok: words.length === 0, told: [path, ...words].join('; '), brief };
}

async function demo(): Promise<Finding> {
  try {
    await serverBinaries(undefined);
    return { what: 'demo', ok: true, told: 'PostgreSQL comes with the package' };
  } catch (error) {
    return { what: 'demo', ok: false, told: (error as Error).message };
  }
}
