import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, readFileSync } from 'node:fs';
import { appendFile, chown, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import {
  type Account,
  type Binaries,
  privateFolder,
  serverAccount,
  serverBinaries,
} from '../../src/main/demo-binaries.ts';

const run = promisify(execFile);
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;
/** Given to the superuser of every cluster made here. It listens on 127.0.0.1 only, and is gone after the run. */
const PASSWORD = 'contract';

/** Settings of every cluster made here: nothing of it outlives the run, so nothing needs to reach the disk. */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  password_encryption: 'scram-sha-256',
  timezone: 'UTC',
  lc_messages: 'C',
  fsync: 'off',
  shared_buffers: '64MB',
  max_connections: '60',
  jit: 'off',
  max_prepared_transactions: '5',
  log_statement: 'none',
} as const;

/** How to reach a server as its superuser. */
export interface PostgresAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

export interface ClusterOptions {
  readonly settings?: Readonly<Record<string, string>>;
  /** Lines of pg_hba.conf; by default everybody comes in over TCP with a password. */
  readonly hba?: readonly string[];
  /** Files put into the data folder, mode 0600, the server's own: certificates. */
  readonly files?: Readonly<Record<string, string>>;
  /** A cluster that is stopped: this one is made of a copy of its data, and follows it once both run. */
  readonly standbyOf?: PostgresCluster;
}

/** A PostgreSQL of the tests' own: made, started, hurt and stopped by them. */
export interface PostgresCluster {
  readonly address: PostgresAddress;
  /** Folder of the Unix-domain socket. */
  readonly socketFolder: string;
  /** Of the running postmaster. */
  readonly pid: number;
  start(): Promise<void>;
  /** `immediate` cuts every connection without a word, as a crash does. */
  stop(how?: 'fast' | 'immediate'): Promise<void>;
  /** Stops the server and removes its folder. */
  remove(): Promise<void>;
}

/** Makes a cluster of the packaged PostgreSQL in a temporary folder and starts it on a free port of 127.0.0.1. */
export async function makeCluster(options: ClusterOptions = {}): Promise<PostgresCluster> {
  const account = await serverAccount();
  const binaries = await serverBinaries(account);
  const home = await mkdtemp(join(tmpdir(), 'querytape-pg-'));
  await privateFolder(home, account);
  const data = join(home, 'data');
  const primary = options.standbyOf;
  if (primary) await run('cp', ['-a', join(primary.socketFolder, 'data'), data]);
  else await initialise(binaries, account, home, data);
  const hba = options.hba ?? ['local all all scram-sha-256', 'host all all 127.0.0.1/32 scram-sha-256'];
  await writeFile(join(data, 'pg_hba.conf'), `${hba.join('\n')}\n`);
  const files = { ...options.files, ...(primary ? { 'standby.signal': '' } : {}) };
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(data, name), text, { mode: 0o600 });
    if (account) await chown(join(data, name), account.uid, account.gid);
  }
  const port = await freePort();
  const follows = primary ? { primary_conninfo: conninfo(primary.address) } : {};
  const own = { unix_socket_directories: home, port: `${port}`, ...follows };
  const lines = Object.entries({ ...SETTINGS, ...own, ...options.settings }).map(
    ([name, value]) => `${name} = '${value}'`,
  );
  await appendFile(join(data, 'postgresql.conf'), `${lines.join('\n')}\n`);

  let server: ChildProcess | null = null;
  const stop = async (how: 'fast' | 'immediate' = 'fast'): Promise<void> => {
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const exit = once(server, 'exit');
    server.kill(how === 'fast' ? 'SIGINT' : 'SIGQUIT');
    const timer = setTimeout(() => server?.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await exit;
    clearTimeout(timer);
    server = null;
  };
  const cluster: PostgresCluster = {
    address: { host: '127.0.0.1', port, user: 'postgres', password: PASSWORD, database: 'postgres' },
    socketFolder: home,
    get pid() {
      if (!server?.pid) throw new Error('the server does not run');
      return server.pid;
    },
    async start() {
      const log = createWriteStream(join(home, 'log'), { flags: 'a' });
      server = spawn(binaries.postgres, ['-D', data], {
        ...as(account, home),
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      server.stdout?.pipe(log);
      server.stderr?.pipe(log);
      await untilReady(server, data, join(home, 'log'));
    },
    stop,
    async remove() {
      await stop();
      await rm(home, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  try {
    await cluster.start();
  } catch (error) {
    await cluster.remove();
    throw error;
  }
  return cluster;
}

async function initialise(binaries: Binaries, account: Account | undefined, home: string, data: string) {
  const passwordFile = join(home, 'password');
  await writeFile(passwordFile, `${PASSWORD}\n`, { mode: 0o600 });
  if (account) await chown(passwordFile, account.uid, account.gid);
  const login = ['--auth=scram-sha-256', '--username=postgres', `--pwfile=${passwordFile}`];
  const locale = ['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'];
  await run(
    binaries.initdb,
    [`--pgdata=${data}`, ...login, ...locale, '--no-sync', '--no-instructions'],
    as(account, home),
  );
}

function conninfo({ host, port, user, password }: PostgresAddress): string {
  return `host=${host} port=${port} user=${user} password=${password}`;
}

/** The server runs in a folder that its user can enter, and hears nothing of our environment. */
function as(account: Account | undefined, home: string) {
  return { cwd: home, env: { PATH: process.env.PATH ?? '', LC_ALL: 'C' }, ...account };
}

/** Ready is the eighth line of postmaster.pid, as `pg_ctl -w` reads it. */
async function untilReady(server: ChildProcess, data: string, log: string): Promise<void> {
  const giveUpAt = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    const text = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '');
    const lines = text.split('\n');
    if (Number(lines[0]) === server.pid && lines[7]?.trim() === 'ready') return;
    if (server.exitCode !== null || performance.now() > giveUpAt) {
      const words = readFileSync(log, 'utf8').trim().split('\n').slice(-5).join(' | ');
      throw new Error(`the tests' PostgreSQL did not start: ${words}`);
    }
    await wait(20);
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
