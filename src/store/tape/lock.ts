import { spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { closeSync, constants, openSync, writeFileSync } from 'node:fs';
import { link, readdir, readFile, readlink, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { TapeError, TapeLockedError } from './tape-error.ts';

/** The right to write a tape. */
export interface Lock {
  /** Whether another holder’s lock is in its place, as its folder was moved away or deleted. */
  isReplaced(): Promise<boolean>;
  /** Gives it back. */
  release(): Promise<void>;
}

/** Openers that come and go between two looks; more than this is not chance. */
const ATTEMPTS_MAX = 20;
/** How often one who waits looks whether the lock is free. It has its own file ready, so whoever comes back for the next turn is later. */
const LOOK_EVERY_MS = 10;
/** After how long a lock is flocked too: most are given back by then, as those of a vault, and to start a process takes its time. */
const FLOCK_AFTER_MS = 1000;
/** A lock of another container that is as young holds, flocked or not. */
const YOUNG_MS = 15_000;
/** A claim on a claim on a claim needs as many crashes within milliseconds each. */
const DEPTH_MAX = 4;
/** What the name of a claim, or of a claim on one, has behind that of the lock. */
const CLAIM = /^(?:\.[0-9a-f]{16})+$/;
/** A file that was to become a lock and is as old was left by a process that was killed: it is there for milliseconds. */
const LEFT_AFTER_MS = 60_000;

/**
 * Takes the lock file at `path`, which says the process and when it started. A lock whose process is gone, or
 * whose pid belongs to a later process, is stale and taken over. One that is held is waited for, for up to `waitMs` milliseconds.
 *
 *   link(own, path) ── done ──→ held
 *      │ EEXIST, owner lives ──→ wait, link again, TapeLockedError at last
 *      └ EEXIST, owner is gone → claim that very lock (the same way), look again, unlink it, drop the claim, link
 *
 * Without the claim two openers that have seen the same stale lock could each remove what they find there,
 * and the second would remove the first one's new lock. A stale lock is removed only by the one holder of its
 * claim, so what the holder sees when it looks again is what it unlinks. Invariant I15.
 *
 * A process of another container has another pid here, or none. So the lock says its pid namespace, and a file that is held for longer
 * is locked by flock(2) too, which the kernel holds until its process ends. One of another namespace is stale where it is neither
 * young nor held so.
 */
export async function acquireLock(path: string, waitMs = 0): Promise<Lock> {
  const lock = await linkLock(path, 0, performance.now() + waitMs);
  // What can't be removed is in no one's way.
  await removeLeft(path).catch(() => undefined);
  return lock;
}

async function linkLock(path: string, depth: number, until: number): Promise<Lock> {
  const own = `${path}.${randomUUID()}.tmp`;
  const owner = {
    pid: process.pid,
    started: await processStart(process.pid),
    namespace: await pidNamespace(),
    id: randomUUID(),
  };
  const written = `${JSON.stringify(owner)}\n`;
  // Written aside and linked, so that a lock is never seen without its content. link() fails where the name
  // is taken.
  const file = openSync(own, 'wx', 0o600);
  let isOurs = false;
  try {
    writeFileSync(file, written);
    for (let attempt = 0; attempt < ATTEMPTS_MAX; ) {
      isOurs = await tryLink(own, path);
      if (isOurs) return heldLock(path, file, written);
      const text = await readIfThere(path);
      const held = text === null ? null : await holderOf(path, text);
      if (held !== null) {
        if (performance.now() >= until) throw held;
        await delay(LOOK_EVERY_MS);
        continue;
      }
      attempt++;
      if (text === null) continue;
      if (depth >= DEPTH_MAX) break;
      const identity = createHash('sha256').update(text).digest('hex').slice(0, 16);
      const claim = await linkLock(`${path}.${identity}`, depth + 1, until);
      try {
        if ((await readIfThere(path)) === text) await unlinkIfThere(path);
      } finally {
        await claim.release();
      }
    }
    throw new TapeError('tape.lock', `the lock ${path} can't be taken`);
  } finally {
    if (!isOurs) closeSync(file);
    await unlinkIfThere(own);
  }
}

/** The lock at `path`, whose open file is `file`, with `written` in it. */
function heldLock(path: string, file: number, written: string): Lock {
  const flocking = setTimeout(() => void flock(file, 'exclusive'), FLOCK_AFTER_MS).unref();
  const isReplaced = async (): Promise<boolean> => ((await readIfThere(path)) ?? written) !== written;
  return {
    isReplaced,
    async release() {
      clearTimeout(flocking);
      try {
        if (!(await isReplaced())) await unlinkIfThere(path);
      } finally {
        closeSync(file);
      }
    },
  };
}

/** Who holds the lock at `path`, as the error of one who wants it too; null where none does. */
export async function lockHolder(path: string): Promise<TapeLockedError | null> {
  const text = await readIfThere(path);
  return text === null ? null : holderOf(path, text);
}

async function holderOf(path: string, text: string): Promise<TapeLockedError | null> {
  const owner = parseOwner(text);
  if (owner === null) return null;
  const { pid, namespace } = owner;
  const isHere = namespace === (await pidNamespace());
  // One of before 0.2 says no namespace, and may be of either.
  if ((isHere || namespace === undefined) && (await isAlive(owner))) return new TapeLockedError(pid);
  if (isHere) return null;
  const isHeld = (namespace !== undefined && (await isYoung(path))) || (await isFlocked(path));
  return isHeld ? new TapeLockedError(pid, 'elsewhere') : null;
}

async function isYoung(path: string): Promise<boolean> {
  const made = await stat(path).catch(() => null);
  return made !== null && Math.abs(Date.now() - made.mtimeMs) < YOUNG_MS;
}

/**
 * Removes what processes left that were killed while they took the lock at `path`, which the caller holds. A claim that is there now is on a
 * lock that is there no more: even where its holder lives, it finds another lock than the one it claimed, and leaves it.
 */
async function removeLeft(path: string): Promise<void> {
  const folder = dirname(path);
  for (const name of await readdir(folder)) {
    if (!name.startsWith(`${basename(path)}.`)) continue;
    const file = join(folder, name);
    const isClaim = CLAIM.test(name.slice(basename(path).length));
    if (isClaim || (name.endsWith('.tmp') && (await isLeft(file)))) await unlinkIfThere(file);
  }
}

async function isLeft(file: string): Promise<boolean> {
  const made = await stat(file).catch(() => null);
  return made !== null && Date.now() - made.mtimeMs > LEFT_AFTER_MS;
}

/** Whether a process holds the lock at `path` by flock(2), in this container or another. False where that can't be found out. */
async function isFlocked(path: string): Promise<boolean> {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch {
    return false;
  }
  try {
    // Shared: two that look at once are not in each other's way.
    return (await flock(file, 'shared')) === 'held';
  } finally {
    closeSync(file);
  }
}

/**
 * Locks an open file by flock(2) until it is closed, which the end of this process does too. Node has no such call; what flock(1) locks
 * is the open file, which it shares with this process. `unknown` where there is no such program or file system.
 */
function flock(file: number, mode: 'shared' | 'exclusive'): Promise<'locked' | 'held' | 'unknown'> {
  if (process.platform !== 'linux') return Promise.resolve('unknown');
  return new Promise((resolve) => {
    const flag = mode === 'shared' ? '-s' : '-x';
    const child = spawn('flock', ['-n', flag, '3'], { stdio: ['ignore', 'ignore', 'ignore', file] });
    child.once('error', () => resolve('unknown'));
    child.once('exit', (code) => resolve(code === 0 ? 'locked' : code === 1 ? 'held' : 'unknown'));
  });
}

/**
 * When a process started, as text that no later process with its pid shares: the boot's id and the start time
 * in clock ticks since then (proc_pid_stat(5), field 22). Null where there is no /proc or no such process, or
 * where it is a zombie, which writes no more.
 */
export async function processStart(pid: number): Promise<string | null> {
  const stat = await readIfThere(`/proc/${pid}/stat`);
  if (stat === null) return null;
  // Field 2, the command, may hold spaces and parentheses; what follows its last one begins with field 3, the
  // state.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return null;
  return `${await bootId()}:${fields[19]}`;
}

/** Within what a pid says a process: a boot and its namespace of pids (pid_namespaces(7)). Null where there is no /proc. */
async function pidNamespace(): Promise<string | null> {
  const namespace = await readlink('/proc/self/ns/pid').catch(() => null);
  return namespace && `${await bootId()}:${namespace}`;
}

async function bootId(): Promise<string> {
  return (await readIfThere('/proc/sys/kernel/random/boot_id'))?.trim() ?? '';
}

/** The process that holds the lock at `path`, if it lives and is this user's own; null otherwise. */
export async function livingOwner(path: string): Promise<number | null> {
  const owner = parseOwner((await readIfThere(path)) ?? '');
  return owner !== null && isOwnProcess(owner.pid) && (await isAlive(owner)) ? owner.pid : null;
}

/**
 * Whether a process may be signalled, which no other user's may. Root may signal all; its lock is in a folder
 * of its own.
 */
function isOwnProcess(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

interface Owner {
  readonly pid: number;
  readonly started: string | null;
  /** `pidNamespace` of the process. */
  readonly namespace?: string | null | undefined;
}

function parseOwner(text: string): Owner | null {
  try {
    const { pid, started, namespace } = JSON.parse(text);
    // kill(0) and kill(-n) would ask about whole process groups.
    return Number.isSafeInteger(pid) && pid > 0 ? { pid, started, namespace } : null;
  } catch {
    return null;
  }
}

async function isAlive({ pid, started }: Owner): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: the process is alive and belongs to another user.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  // Where there is no /proc a recycled pid can't be distinguished from the first; locked is safer than two
  // writers.
  if (started === null || (await processStart(process.pid)) === null) return true;
  return (await processStart(pid)) === started;
}

async function tryLink(own: string, path: string): Promise<boolean> {
  try {
    await link(own, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return null;
    throw error;
  }
}

async function unlinkIfThere(path: string): Promise<void> {
  await unlink(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
}
