import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, readFileSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createConnection } from 'mysql2/promise';
import { freePort } from './postgres-cluster.ts';

const run = promisify(execFile);
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;
/** The administrator of every server made here. It listens on 127.0.0.1 only and is removed after the run. */
const ADMIN = 'contract';
const PASSWORD = 'contract';

/** Settings of every server made here: nothing of it outlives the run, so nothing needs to reach the disk. */
const SETTINGS = {
  'bind-address': '127.0.0.1',
  'skip-name-resolve': 'ON',
  'innodb-flush-log-at-trx-commit': '0',
  'innodb-buffer-pool-size': '64M',
  'innodb-flush-method': 'nosync',
  'innodb-doublewrite': 'OFF',
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

export interface MysqlOptions {
  readonly settings?: Readonly<Record<string, string>>;
  /** Files put beside the data, readable by the server: certificates. Settings name them by `{home}/name`. */
  readonly files?: Readonly<Record<string, string>>;
}

/** The programs of a MySQL or a MariaDB on this machine. */
export interface MysqlPrograms {
  readonly product: 'MySQL' | 'MariaDB';
  /** The server's program, with the arguments that say where its own files are. */
  readonly daemon: readonly [string, ...string[]];
  /** What this product wants beside the settings of both. */
  readonly settings: Readonly<Record<string, string>>;
  /** Fills an empty data folder, with `as` among the arguments of a program that does so. */
  initialise(
    folders: { readonly data: string; readonly temporary: string },
    as: readonly string[],
  ): Promise<void>;
}

/** A server of the tests' own: made, started, hurt and stopped by them. */
export interface MysqlServer {
  readonly address: MysqlAddress;
  /** Folder of the Unix-domain socket. */
  readonly socketFolder: string;
  /** The key that a password is sent by without encryption, as MySQL makes it at its first start; MariaDB has none. */
  readonly publicKeyFile: string;
  readonly pid: number;
  start(): Promise<void>;
  /** `kill` cuts every connection without notice, as a crash does. */
  stop(how?: 'orderly' | 'kill'): Promise<void>;
  /** Stops the server and removes its folder. */
  remove(): Promise<void>;
}

/** Makes a data folder with the given programs and starts a server on a free port of 127.0.0.1. */
export async function makeServer(programs: MysqlPrograms, options: MysqlOptions = {}): Promise<MysqlServer> {
  const home = await mkdtemp(join(tmpdir(), `querytape-${programs.product.toLowerCase()}-`));
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
  await programs.initialise({ data, temporary }, as);
  const write = async (name: string, text: string): Promise<string> => {
    await writeFile(join(home, name), text);
    await own(join(home, name), 0o600);
    return join(home, name);
  };
  // One statement per line, run at every start.
  const init = await write('init.sql', `${ADMIN_STATEMENTS.join('\n')}\n`);
  for (const [name, text] of Object.entries(options.files ?? {})) await write(name, text);
  const port = await freePort();
  const settings = {
    ...SETTINGS,
    ...programs.settings,
    ...options.settings,
    datadir: data,
    tmpdir: temporary,
    socket: join(home, 'mysqld.sock'),
    'pid-file': join(home, 'mysqld.pid'),
    port: `${port}`,
  };
  const args = Object.entries(settings).map(
    ([name, value]) => `--${name}=${value.replaceAll('{home}', home)}`,
  );
  const [daemon, ...placing] = programs.daemon;

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
  const made: MysqlServer = {
    address: { host: '127.0.0.1', port, user: ADMIN, password: PASSWORD, database: '' },
    socketFolder: home,
    publicKeyFile: join(data, 'public_key.pem'),
    get pid() {
      if (!server?.pid) throw new Error('the server does not run');
      return server.pid;
    },
    async start() {
      const log = createWriteStream(join(home, 'log'), { flags: 'a' });
      server = spawn(daemon, [...placing, ...as, ...args, `--init-file=${init}`], {
        cwd: home,
        env: { PATH: process.env.PATH ?? '', LC_ALL: 'C' },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      server.stdout?.pipe(log);
      server.stderr?.pipe(log);
      await untilReady(server, programs.product, join(home, 'mysqld.sock'), join(home, 'log'));
    },
    stop,
    async remove() {
      await stop('kill');
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

/** The account that a server runs as when the tests run as root, which a server refuses; undefined for any other user. */
export async function serverAccount(): Promise<{ name: string; uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['mysql', 'daemon']) {
    const ids = await Promise.all(['-u', '-g'].map((flag) => run('id', [flag, name]))).catch(() => null);
    if (ids) return { name, uid: Number(ids[0]!.stdout), gid: Number(ids[1]!.stdout) };
  }
  throw new Error('there is neither an account mysql nor an account daemon for the tests’ servers to run as');
}

/** Ready is when the administrator can sign in through the socket, which works whatever TLS the server wants. */
async function untilReady(
  server: ChildProcess,
  product: string,
  socketPath: string,
  log: string,
): Promise<void> {
  const giveUpAt = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    const connection = await createConnection({ socketPath, user: ADMIN, password: PASSWORD }).catch(
      () => null,
    );
    if (connection) return connection.end();
    if (server.exitCode !== null || performance.now() > giveUpAt) {
      const words = readFileSync(log, 'utf8').trim().split('\n').slice(-5).join(' | ');
      throw new Error(`the tests' ${product} did not start: ${words}`);
    }
    await wait(20);
  }
}
