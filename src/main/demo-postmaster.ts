import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { closeSync, constants, openSync, readFileSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Account, Binaries } from './demo-binaries.ts';

/** Starting, crash recovery included. */
const START_TIMEOUT_MS = 30_000;
/** From SIGINT (fast shutdown) to SIGQUIT (immediate), and from there to SIGKILL. */
const FAST_STOP_MS = 8_000;
const IMMEDIATE_STOP_MS = 2_000;
const POLL_MS = 10;
const PORT_ATTEMPTS_MAX = 5;

/** Where a cluster is and who runs it. */
export interface Cluster {
  /** Holds `data`, the log and nothing else; the account owns it. */
  readonly home: string;
  readonly data: string;
  readonly binaries: Binaries;
  readonly account: Account | undefined;
}

export interface Postmaster {
  readonly pid: number;
  readonly port: number;
}

/** `data/postmaster.pid`: pid, folder, start, port, socket folder, address, shared memory key, status. */
interface PidFile extends Postmaster {
  readonly ready: boolean;
}

/** No other user may connect, and no statement text is logged. */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  password_encryption: 'scram-sha-256',
  timezone: 'UTC',
  lc_messages: 'C',
  cluster_name: 'querytape-demo',
  shared_buffers: '32MB',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_wal_size: '256MB',
  jit: 'off',
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
};

/**
 * Starts the postmaster on `port`, or on another free one, and waits until it takes connections (as `pg_ctl
 * -w` does, by the status in postmaster.pid). No other may run on the cluster. It is in a session of its own:
 * Ctrl-C is ours to answer, in our order.
 */
export async function startPostmaster(
  cluster: Cluster,
  port: number,
  signal: AbortSignal | undefined,
): Promise<Postmaster> {
  // The cluster is not running, as was just checked: a pid file that is left may name a process that is not
  // ours.
  await rm(join(cluster.data, 'postmaster.pid'), { force: true });
  let candidate = port > 0 && (await isFree(port)) ? port : await freePort();
  for (let attempt = 1; ; attempt++) {
    const failure = await tryStart(cluster, candidate, signal);
    if (typeof failure !== 'string') return failure;
    const isTaken = failure.includes('Address already in use');
    const isInMemory = /shared memory block .* is still in use/.test(failure);
    if (!(isTaken || isInMemory) || attempt === PORT_ATTEMPTS_MAX)
      throw new Error(`the demo's PostgreSQL did not start: ${failure}`);
    if (isTaken) candidate = await freePort();
    // A killed postmaster's children take a moment to notice; so long its memory is in use.
    else await wait(100, undefined, { signal });
  }
}

async function tryStart(
  cluster: Cluster,
  port: number,
  signal: AbortSignal | undefined,
): Promise<Postmaster | string> {
  const logFile = join(cluster.home, 'postgres.log');
  // The folder may be the server's account's; root must not be led out of it.
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW = 0 } = constants;
  const log = openSync(logFile, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o600);
  const settings = Object.entries({ ...SETTINGS, port }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
  const child = spawn(cluster.binaries.postgres, ['-D', cluster.data, ...settings], {
    ...asAccount(cluster),
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  if (child.pid !== undefined) {
    const release = leash(child.pid, cluster);
    child.once('exit', release);
  }
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code) => resolve(`exit code ${code}`));
  });
  const ready = isReady(cluster.data, child, signal);
  const outcome = await Promise.race([ended, ready]);
  if (typeof outcome === 'string') return `${outcome}: ${tail(logFile)}`;
  if (outcome === null) {
    child.kill('SIGKILL');
    signal?.throwIfAborted();
    return `not ready after ${START_TIMEOUT_MS} ms: ${tail(logFile)}`;
  }
  child.unref();
  return outcome;
}

/**
 * Stops a postmaster when this process goes, however it goes: a process of its own waits on a pipe, which the
 * system closes then, and asks for a fast shutdown if the cluster's postmaster is still that one. Not on
 * Windows, which has no such signal; there the next start finds the server and uses it. Returns what lets go
 * of it.
 */
export function leash(pid: number, cluster: Cluster): () => void {
  if (process.platform === 'win32') return () => {};
  const script = 'cat >/dev/null; [ "$(head -n 1 "$2/postmaster.pid")" = "$1" ] && kill -INT "$1"';
  const waiting = spawn('/bin/sh', ['-c', script, 'querytape-demo-leash', `${pid}`, cluster.data], {
    ...asAccount(cluster),
    // In a session of its own: Ctrl-C and the end of a terminal are not for it.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  waiting.on('error', () => {});
  waiting.stdin.on('error', () => {});
  waiting.unref();
  (waiting.stdin as Socket).unref();
  return () => waiting.stdin.end();
}

async function isReady(
  data: string,
  child: ChildProcess,
  signal: AbortSignal | undefined,
): Promise<Postmaster | null> {
  const giveUpAt = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < giveUpAt && child.exitCode === null && !signal?.aborted) {
    const file = await readPidFile(data);
    if (file?.pid === child.pid && file?.ready) return { pid: file.pid, port: file.port };
    await wait(POLL_MS);
  }
  return null;
}

/**
 * The postmaster that an earlier process of ours left running on this cluster, once it takes connections;
 * undefined if there is none, or it goes, or does not get ready.
 */
export async function findOrphan(cluster: Cluster): Promise<Postmaster | undefined> {
  const giveUpAt = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    const file = await readPidFile(cluster.data);
    if (!file || !isPostgres(file.pid, cluster)) return undefined;
    if (file.ready || performance.now() > giveUpAt) return file;
    await wait(POLL_MS);
  }
}

/** Stops a postmaster: fast, then at once, then by force. Bounded. Resolves once the process has gone. */
export async function stopPostmaster(pid: number, cluster: Cluster): Promise<void> {
  const steps: [NodeJS.Signals, number][] = [
    ['SIGINT', FAST_STOP_MS],
    ['SIGQUIT', IMMEDIATE_STOP_MS],
    ['SIGKILL', IMMEDIATE_STOP_MS],
  ];
  for (const [signal, patienceMs] of steps) {
    const giveUpAt = performance.now() + patienceMs;
    // Asked each time, so that a pid which has become another process is never signalled.
    if (!isPostgres(pid, cluster)) return;
    // On Windows any signal ends it at once, and the next start recovers.
    process.kill(pid, signal);
    while (performance.now() < giveUpAt) {
      if (!isAlive(pid)) return;
      await wait(POLL_MS);
    }
  }
}

async function readPidFile(data: string): Promise<PidFile | undefined> {
  const text = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '');
  const lines = text.split('\n');
  const [pid, port] = [Number(lines[0]), Number(lines[3])];
  if (!Number.isInteger(pid) || pid <= 1) return undefined;
  return { pid, port, ready: lines[7]?.trim() === 'ready' };
}

/** Whether a process is alive; a zombie, which a container's init may never reap, is not. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || !/^.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}

/** Whether a process is alive and is a postgres that runs this cluster. */
function isPostgres(pid: number, { data }: Cluster): boolean {
  if (!isAlive(pid)) return false;
  try {
    if (process.platform === 'linux') {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      return words[1] === '-D' && words[2] === data;
    }
    // Windows tells the program's name only; that must do.
    const [program, words, wanted] =
      process.platform === 'win32'
        ? ['tasklist', ['/FI', `PID eq ${pid}`, '/FO', 'CSV', '/NH'], 'postgres.exe']
        : ['ps', ['-o', 'command=', '-p', `${pid}`], `-D ${data}`];
    return execFileSync(program, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).includes(
      wanted,
    );
  } catch {
    return false;
  }
}

/** Runs a program as the cluster's user, in a folder that it can enter. */
export function asAccount({ account, home }: Cluster) {
  // Node hands on no more of our environment than a program needs; a PGDATA of the user's must not reach it.
  const env = { PATH: process.env.PATH ?? '', LC_ALL: 'C', SystemRoot: process.env.SystemRoot };
  return { cwd: home, env, ...account };
}

function tail(file: string): string {
  return readFileSync(file, 'utf8').trim().split('\n').slice(-5).join(' | ');
}

async function isFree(port: number): Promise<boolean> {
  return listenOn(port).then(
    () => true,
    () => false,
  );
}

function freePort(): Promise<number> {
  return listenOn(0);
}

function listenOn(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : port));
    });
  });
}
