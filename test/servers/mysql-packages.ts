import { execFile } from 'node:child_process';
import {
  access,
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from './cache-folder.ts';
import { serverAccount } from './mysql-process.ts';

const run = promisify(execFile);
/** Only unstable has MySQL; Debian's releases have MariaDB in its place. */
const SUITE = 'sid';
const PACKAGES = ['mysql-server-core', 'mysql-client-core'];
/** A folder of an unpacking that was interrupted is removed after this time. */
const ABANDONED_AFTER_MS = 60 * 60 * 1000;

/** MySQL's programs out of Debian's packages. */
export interface UnpackedMysql {
  /** The server, started through the C library that came with it: the machine's own is too old for it. */
  readonly daemon: readonly [string, ...string[]];
  readonly client: readonly [string, ...string[]];
  /** A data folder as `--initialize-insecure` makes it, to be copied. */
  readonly emptyData: string;
}

/**
 * MySQL out of Debian's packages, unpacked into a cache folder beside the system: nothing is installed, and no right is needed. The
 * mirror is the one that the machine's own sources name. `QUERYTAPE_NO_INSTALL=1` opts out of downloading.
 * @throws Error with what to type, where they are missing and can't be had
 */
export async function mysqlPackages(): Promise<UnpackedMysql> {
  const cache = cacheFolder();
  const folder = join(cache, 'mysql');
  if (!(await exists(folder))) await unpackInto(cache, folder);
  return programsOf(folder);
}

async function unpackInto(cache: string, folder: string): Promise<void> {
  if (process.env.QUERYTAPE_NO_INSTALL) throw missing('QUERYTAPE_NO_INSTALL is set');
  if (!(await exists('/etc/debian_version'))) throw missing('this is not a Debian');
  await mkdir(cache, { recursive: true });
  await removeAbandoned(cache);
  process.stderr.write(
    `The tests need MySQL: unpacking ${PACKAGES.join(' and ')} of ${SUITE} into ${folder}; nothing is installed\n`,
  );
  const partial = await mkdtemp(join(cache, 'mysql-partial-'));
  try {
    await chmod(partial, 0o755);
    await download(partial);
    for (const name of await readdir(join(partial, 'archives')))
      if (name.endsWith('.deb'))
        await run('dpkg-deb', ['-x', join(partial, 'archives', name), join(partial, 'root')]);
    for (const name of ['archives', 'lists']) await rm(join(partial, name), { recursive: true, force: true });
    await initialise(partial);
    // Whoever is first wins; the other uses what the first has put there.
    await rename(partial, folder).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } catch (error) {
    throw missing(error instanceof Error ? error.message : String(error));
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

/**
 * Fetches the packages and all that they depend on, as if nothing were installed, with a configuration of apt that reads and writes
 * nothing outside of `folder`. Returns the archives.
 */
async function download(folder: string): Promise<string[]> {
  const at = (name: string): string => join(folder, name);
  for (const name of ['lists/partial', 'archives/partial']) await mkdir(at(name), { recursive: true });
  await writeFile(at('status'), '');
  const options = [
    `Dir::Etc::sourcelist=${at('sources.list')}`,
    'Dir::Etc::sourceparts=/dev/null',
    'Dir::Etc::preferences=/dev/null',
    'Dir::Etc::preferencesparts=/dev/null',
    `Dir::State=${folder}`,
    `Dir::State::Lists=${at('lists')}`,
    `Dir::State::status=${at('status')}`,
    `Dir::Cache=${folder}`,
    `Dir::Log=${folder}`,
    'APT::Sandbox::User=root',
  ].flatMap((option) => ['-o', option]);
  const apt = (...args: string[]) =>
    run('apt-get', ['-q', '-y', ...options, ...args], { maxBuffer: 64 * 1024 * 1024 });
  const failures: string[] = [];
  for (const mirror of await mirrors()) {
    await writeFile(
      at('sources.list'),
      `deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${mirror} ${SUITE} main\n`,
    );
    try {
      await apt('update');
      await apt('install', '--download-only', '--no-install-recommends', ...PACKAGES);
      const names = await readdir(at('archives'));
      return names.filter((name) => name.endsWith('.deb')).map((name) => join(at('archives'), name));
    } catch (error) {
      failures.push((error as { stderr?: string }).stderr ?? String(error));
    }
  }
  throw new Error(failures.join('\n') || 'the sources of apt name no mirror of Debian');
}

/** Where the machine gets its release from, by what its own apt would fetch first. */
async function mirrors(): Promise<string[]> {
  const [, release] = /^VERSION_CODENAME=(\S+)$/m.exec(await readFile('/etc/os-release', 'utf8')) ?? [];
  const { stdout } = await run('apt-get', ['--print-uris', 'update'], { maxBuffer: 16 * 1024 * 1024 });
  const found = [...stdout.matchAll(/^'(\S+)\/dists\/([^/\s]+)\/InRelease'/gm)];
  return [
    ...new Set(found.filter(([, , suite]) => suite === release || suite === SUITE).map(([, uri]) => uri!)),
  ];
}

/** Fills a data folder once, for all servers that are made with these programs. */
async function initialise(partial: string): Promise<void> {
  const { daemon, emptyData } = await programsOf(partial);
  await mkdir(emptyData);
  const account = await serverAccount();
  await chmod(emptyData, 0o700);
  if (account) await chown(emptyData, account.uid, account.gid);
  const small = [
    '--innodb-redo-log-capacity=16M',
    '--innodb-flush-method=nosync',
    '--innodb-doublewrite=OFF',
  ];
  const [program, ...placing] = daemon;
  await run(program, [
    ...placing,
    ...(account ? [`--user=${account.name}`] : []),
    '--initialize-insecure',
    `--datadir=${emptyData}`,
    ...small,
  ]);
}

async function programsOf(folder: string): Promise<UnpackedMysql> {
  const root = join(folder, 'root');
  const [triplet] = (await readdir(join(root, 'usr/lib'))).filter((name) => /-linux-gnu\w*$/.test(name));
  const libraries = join(root, 'usr/lib', triplet ?? '');
  const [loader] = (await readdir(libraries)).filter((name) => /^ld-linux\S*\.so\.\d+$/.test(name));
  if (!loader) throw new Error(`there is no loader in ${libraries}`);
  const through = [join(libraries, loader), '--library-path', libraries] as const;
  const share = join(root, 'usr/share/mysql');
  return {
    daemon: [
      ...through,
      join(root, 'usr/sbin/mysqld'),
      '--no-defaults',
      `--basedir=${join(root, 'usr')}`,
      `--lc-messages-dir=${share}`,
      `--character-sets-dir=${join(share, 'charsets')}`,
      `--plugin-dir=${join(root, 'usr/lib/mysql/plugin')}`,
    ],
    client: [...through, join(root, 'usr/bin/mysql'), '--no-defaults'],
    emptyData: join(folder, 'data'),
  };
}

async function removeAbandoned(cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    if (!name.startsWith('mysql-partial-')) continue;
    const { mtimeMs } = await stat(join(cache, name)).catch(() => ({ mtimeMs: Date.now() }));
    if (Date.now() - mtimeMs > ABANDONED_AFTER_MS)
      await rm(join(cache, name), { recursive: true, force: true });
  }
}

function missing(reason: string): Error {
  return new Error(
    `The tests need a MySQL and can’t have Debian’s (${reason.trim()}). Name one as its administrator: QUERYTAPE_TEST_MYSQL=mysql://root:password@host:3306/ npm test. Or start Docker, or install a mysqld.`,
  );
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
