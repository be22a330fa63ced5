import { execFile } from 'node:child_process';
import { access, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { cacheFolder } from './cache-folder.ts';
import { findProgram, library, program } from './debian.ts';

const run = promisify(execFile);
const root = resolve(import.meta.dirname, '../..');
const BUILT = 'node_modules/keytar/build/Release/keytar.node';

/** What a keyring without a screen needs. */
export interface KeyringPrograms {
  readonly dbusRunSession: string;
  readonly keyringDaemon: string;
}

/** @throws Error with the command to type, where one is missing and may not be installed */
export async function keyringPrograms(): Promise<KeyringPrograms> {
  return {
    dbusRunSession: await program(['dbus-run-session'], 'dbus-x11'),
    keyringDaemon: await program(['gnome-keyring-daemon'], 'gnome-keyring'),
  };
}

/**
 * The address of a keytar that was built for this machine: the project's own, as an optional dependency may have been
 * left out, or one built aside.
 * @throws Error saying what is missing
 */
export async function obtainKeytar(): Promise<string> {
  if (await exists(join(root, BUILT))) return moduleAt(root);
  const { optionalDependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const version: string = optionalDependencies.keytar;
  const folder = join(cacheFolder(), `keytar-${version}-${process.versions.modules}`);
  if (await exists(join(folder, BUILT))) return moduleAt(folder);
  await library('libsecret-1', 'libsecret-1-dev');
  if ((await findProgram('python3')) === undefined) throw new Error('Building keytar needs python3.');
  process.stderr.write(`The tests need keytar ${version}: building it in ${folder}\n`);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{"private":true}\n');
  const npm = (...args: string[]) => run('npm', args, { cwd: folder, maxBuffer: 64 * 1024 * 1024 });
  // In two steps, as npm may be set up to run no scripts on an install.
  await npm('install', '--no-audit', '--no-fund', '--ignore-scripts', `keytar@${version}`);
  await npm('rebuild', 'keytar');
  if (!(await exists(join(folder, BUILT))))
    throw new Error(
      `keytar could not be built. See: cd ${folder} && npm rebuild keytar --foreground-scripts`,
    );
  return moduleAt(folder);
}

function moduleAt(folder: string): string {
  return pathToFileURL(join(folder, 'node_modules/keytar/lib/keytar.js')).href;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
