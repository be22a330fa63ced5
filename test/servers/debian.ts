import { execFile } from 'node:child_process';
import { access, readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** Test files run side by side, and apt lets only one of them in at a time. */
const LOCK = '/tmp/querytape-tests-apt.lock';

/** The path of a program, or undefined where it is not on this machine. */
export async function findProgram(...names: string[]): Promise<string | undefined> {
  for (const name of names) {
    for (const folder of (process.env.PATH ?? '').split(delimiter)) {
      const path = join(folder, name);
      const found = await access(path).then(
        () => true,
        () => false,
      );
      if (found) return path;
    }
  }
  return undefined;
}

/**
 * A program's path; on Debian as root it is installed when missing, which is printed. `QUERYTAPE_NO_INSTALL=1` opts out.
 * @throws Error with the command to type, where it is missing and may not be installed
 */
export async function program(names: string[], debianPackage: string): Promise<string> {
  const found = await findProgram(...names);
  if (found) return found;
  await install(names.join(' or '), debianPackage);
  const installed = await findProgram(...names);
  if (!installed) throw new Error(`${debianPackage} was installed, but there is no ${names.join(' or ')}`);
  return installed;
}

/**
 * Sees to a library's headers, as `program` does to a program. `name` is how pkg-config knows it.
 * @throws Error with the command to type, where it is missing and may not be installed
 */
export async function library(name: string, debianPackage: string): Promise<void> {
  const pkgConfig = await program(['pkg-config'], 'pkgconf');
  const there = () =>
    run(pkgConfig, ['--exists', name])
      .then(() => true)
      .catch(() => false);
  if (await there()) return;
  await install(name, debianPackage);
  if (!(await there())) throw new Error(`${debianPackage} was installed, but pkg-config knows no ${name}`);
}

async function install(what: string, debianPackage: string): Promise<void> {
  const command = `apt-get install -y ${debianPackage}`;
  const debian = await readFile('/etc/debian_version', 'utf8').catch(() => null);
  const may = debian !== null && process.getuid?.() === 0 && !process.env.QUERYTAPE_NO_INSTALL;
  if (!may) throw new Error(`${what} is missing and the tests need it. Type: sudo ${command}`);
  process.stderr.write(`The tests need ${what}: ${command}\n`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const script = `apt-get update -q && apt-get install -y -q --no-install-recommends ${debianPackage}`;
  await run('flock', [LOCK, 'sh', '-c', script], { env, maxBuffer: 64 * 1024 * 1024 });
}
