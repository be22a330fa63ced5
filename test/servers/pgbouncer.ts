import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { privateFolder, serverAccount } from '../../src/main/demo-binaries.ts';
import { program } from './debian.ts';
import { freePort, type PostgresAddress } from './postgres-cluster.ts';

const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 10_000;

/** A PgBouncer in front of a PostgreSQL. */
export interface Pgbouncer {
  readonly address: PostgresAddress;
  stop(): Promise<void>;
}

/**
 * Starts Debian's PgBouncer on a free port of 127.0.0.1, as an unprivileged user, in front of a server. `poolSize` is the number of
 * server connections that its clients share.
 * @throws Error where it does not start, with the last lines of its log
 */
export async function startPgbouncer(
  server: PostgresAddress,
  mode: 'transaction' | 'session',
  poolSize: number,
  settings: Readonly<Record<string, string>> = {},
): Promise<Pgbouncer> {
  const path = await program(['pgbouncer'], 'pgbouncer');
  const account = await serverAccount();
  const home = await mkdtemp(join(tmpdir(), 'querytape-pgbouncer-'));
  await privateFolder(home, account);
  const port = await freePort();
  const files = {
    'users.txt': `"${server.user}" "${server.password}"\n`,
    'pgbouncer.ini': `[databases]
* = host=${server.host} port=${server.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${join(home, 'users.txt')}
pool_mode = ${mode}
default_pool_size = ${poolSize}
logfile = ${join(home, 'log')}
${Object.entries(settings)
  .map(([name, value]) => `${name} = ${value}\n`)
  .join('')}`,
  };
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(home, name), text, { mode: 0o600 });
    if (account) await chown(join(home, name), account.uid, account.gid);
  }
  const child = spawn(path, ['-q', join(home, 'pgbouncer.ini')], {
    cwd: home,
    env: { PATH: process.env.PATH ?? '' },
    stdio: 'ignore',
    ...account,
  });
  const stop = async (): Promise<void> => {
    await end(child);
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await untilListens(child, port, join(home, 'log'));
  } catch (error) {
    await stop();
    throw error;
  }
  return { address: { ...server, host: '127.0.0.1', port }, stop };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exit = once(child, 'exit');
  // Closes all connections at once.
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await exit;
  clearTimeout(timer);
}

async function untilListens(child: ChildProcess, port: number, log: string): Promise<void> {
  const giveUpAt = performance.now() + START_TIMEOUT_MS;
  let failed: Error | null = null;
  child.on('error', (error) => {
    failed = error;
  });
  while (!(await listens(port))) {
    if (failed || child.exitCode !== null || performance.now() > giveUpAt) {
      const words = (await readFile(log, 'utf8').catch(() => '')).trim().split('\n').slice(-5).join(' | ');
      throw new Error(`PgBouncer did not start: ${failed ?? words}`);
    }
    await wait(20);
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
