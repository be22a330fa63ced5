import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, readFileSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createConnection } from 'mysql2/promise';
import { program } from './debian.ts';
import { freePort } from './postgres-cluster.ts';

const run = promisify(execFile);
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;
/** Given to the administrator of every server made here. It listens on 127.0.0.1 only, and is gone after the run. */
const PASSWORD = 'contract';
const ADMIN = 'contract';

/** Settings of every server made here: nothing of it outlives the run, so nothing needs to reach the disk. */
const SETTINGS = {
  'bind-address': '127.0.0.1',
  'skip-name-resolve': 'ON',
  'innodb-flush-log-at-trx-commit': '0',
  'innodb-buffer-pool-size': '64M',
  'innodb-log-file-size': '16M',
  'innodb-flush-method': 'nosync',
  'max-connections': '60',
  // For values of 64 MiB, whose text in a statement is larger.
  'max-allowed-packet': '256M',
  'character-set-server': 'utf8mb4',
} as const;

/** How to reach a server as its administrator. */
export interface MysqlAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

export interface MariadbOptions {
  readonly settings?: Readonly<Record<string, string>>;
  /** Files put beside the data, readable by the server: certificates. Settings name them by `{home}/name`. */
  readonly files?: Readonly<Record<string, string>>;
}

/** A MariaDB of the tests' own: made, started, hurt and stopped by them. */
export interface MariadbServer {
  readonly address: MysqlAddress;
  /** Folder of the Unix-domain socket. */
  readonly socketFolder: string;
  readonly pid: number;
  start(): Promise<void>;
  /** `kill` cuts every connection without a word, as a crash does. */
  stop(how?: 'orderly' | 'kill'): Promise<void>;
  /** Stops the server and removes its folder. */
  remove(): Promise<void>;
}

/** Makes a data folder with the machine's MariaDB, installed where missing, and starts a server on a free port of 127.0.0.1. */
export async function makeMariadb(options: MariadbOptions = {}): Promise<MariadbServer> {
  const daemon = await program(['mariadbd', 'mysqld'], 'mariadb-server');
  const install = await program(['mariadb-install-db', 'mysql_install_db'], 'mariadb-server');
  const home = await mkdtemp(join(tmpdir(), 'querytape-mariadb-'));
  const account = await serverAccount();
  const own = async (path: string, mode: number): Promise<void> => {
    await chmod(path, mode);
    if (account) await chown(path, account.uid, account.gid);
  };
  await own(home, 0o755);
  const data = join(home, 'data');
  // A server that starts clears its folder of temporary files, so it must not be another's.
  const temporary = join(home, 'tmp');
  for (const folder of [data, temporary]) {
    await mkdir(folder);
    await own(folder, 0o700);
  }
  const as = account ? [`--user=${account.name}`] : [];
  await run(install, [
    '--no-defaults',
    `--datadir=${data}`,
    `--tmpdir=${temporary}`,
    ...as,
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
  ]);
  const write = async (name: string, text: string): Promise<string> => {
    await writeFile(join(home, name), text);
    await own(join(home, name), 0o600);
    return join(home, name);
  };
  // One statement a line, and it runs at every start.
  const init = await write('init.sql', `${ADMIN_STATEMENTS.join('\n')}\n`);
  for (const [name, text] of Object.entries(options.files ?? {})) await write(name, text);
  const port = await freePort();
  const settings = {
    ...SETTINGS,
    ...options.settings,
    datadir: data,
    tmpdir: temporary,
    socket: join(home, 'mysqld.sock'),
    port: `${port}`,
  };
  const args = Object.entries(settings).map(
    ([name, value]) => `--${name}=${value.replaceAll('{home}', home)}`,
  );

  let server: ChildProcess | null = null;
  const stop = async (how: 'orderly' | 'kill' = 'orderly'): Promise<void> => {
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const exit = once(server, 'exit');
    server.kill(how === 'orderly' ? 'SIGTERM' : 'SIGKILL');
    const timer = setTimeout(() => server?.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await exit;
    clearTimeout(timer);
    server = null;
  };
  const made: MariadbServer = {
    address: { host: '127.0.0.1', port, user: ADMIN, password: PASSWORD, database: '' },
    socketFolder: home,
    get pid() {
      if (!server?.pid) throw new Error('the server does not run');
      return server.pid;
    },
    async start() {
      const log = createWriteStream(join(home, 'log'), { flags: 'a' });
      server = spawn(daemon, ['--no-defaults', ...as, ...args, `--init-file=${init}`], {
        cwd: home,
        env: { PATH: process.env.PATH ?? '', LC_ALL: 'C' },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      server.stdout?.pipe(log);
      server.stderr?.pipe(log);
      await untilReady(server, made.address, join(home, 'mysqld.sock'), join(home, 'log'));
    },
    stop,
    async remove() {
      await stop();
      await rm(home, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  try {
    await made.start();
  } catch (error) {
    await made.remove();
    throw error;
  }
  return made;
}

const ADMIN_STATEMENTS = [
  `CREATE USER IF NOT EXISTS '${ADMIN}'@'%' IDENTIFIED BY '${PASSWORD}';`,
  `GRANT ALL ON *.* TO '${ADMIN}'@'%' WITH GRANT OPTION;`,
  "DROP USER IF EXISTS ''@'localhost';",
];

/** Nobody, unless we are root: a server that runs as root wants to be told a user that can enter its folder. */
async function serverAccount(): Promise<{ name: string; uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['mysql', 'nobody']) {
    const ids = await Promise.all(['-u', '-g'].map((flag) => run('id', [flag, name]))).catch(() => null);
    if (ids) return { name, uid: Number(ids[0]!.stdout), gid: Number(ids[1]!.stdout) };
  }
  throw new Error('there is neither a user mysql nor nobody for the tests’ MariaDB to run as');
}

/** Ready is when the administrator can sign in through the socket, which works whatever TLS the server wants. */
async function untilReady(
  server: ChildProcess,
  { user, password }: MysqlAddress,
  socketPath: string,
  log: string,
): Promise<void> {
  const giveUpAt = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    const connection = await createConnection({ socketPath, user, password }).catch(() => null);
    if (connection) return connection.end();
    if (server.exitCode !== null || performance.now() > giveUpAt) {
      const words = readFileSync(log, 'utf8').trim().split('\n').slice(-5).join(' | ');
      throw new Error(`the tests' MariaDB did not start: ${words}`);
    }
    await wait(20);
  }
}
