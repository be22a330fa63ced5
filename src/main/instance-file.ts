import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { KIB } from '../events/limits.ts';
import { readOwnFile, writeOwnFile } from '../store/own-files.ts';
import { livingOwner, lockHolder } from '../store/tape/lock.ts';
import { Client } from './client.ts';
import type { DataPaths } from './paths.ts';

/** Far beyond what is written there. */
const INSTANCE_BYTES_MAX = 4 * KIB;
/** For a start on a busy machine; the first one makes the demo, too. */
const START_WAIT_MS = 30_000;
const START_LOOK_MS = 100;

/** How to reach the process that writes a data folder. */
export interface Instance {
  readonly processId: number;
  /** The URL with the token. */
  readonly url: string;
}

/** Says how to reach this process; for the same user only. */
export async function writeInstance(paths: DataPaths, instance: Instance): Promise<void> {
  await writeOwnFile(paths.running, `${JSON.stringify(instance)}\n`);
}

export async function removeInstance(paths: DataPaths): Promise<void> {
  await rm(paths.running, { force: true });
}

/**
 * The process that writes this data folder, once it has proved that it is that process. Where the process
 * that the tape's lock names does not live any more, nothing is dialled: the file is what a killed process
 * left, and is removed.
 * @throws UnsafeFileError where another user may have written `running.json`
 */
export async function findInstance(paths: DataPaths): Promise<Instance | undefined> {
  const instance = parse(await readOwnFile(paths.running, INSTANCE_BYTES_MAX));
  if (instance === undefined) return undefined;
  const lock = join(paths.tape, 'tape.lock');
  const owner = await livingOwner(lock);
  if (owner === null) {
    // That of another container is still good there.
    if ((await lockHolder(lock)) === null) await removeInstance(paths);
    return undefined;
  }
  if (owner !== instance.processId) return undefined;
  try {
    const answer = await new Client(instance.url).get('/api/machines');
    await answer.body?.cancel();
    return answer.ok ? instance : undefined;
  } catch {
    return undefined;
  }
}

/**
 * As `findInstance`, for who found the tape locked: a process that is still starting has the lock before it can be reached, so it is
 * waited for, for up to START_WAIT_MS.
 */
export async function awaitInstance(paths: DataPaths): Promise<Instance | undefined> {
  const until = performance.now() + START_WAIT_MS;
  for (;;) {
    // Asked first: one that has just started is found then.
    const starting = await isStarting(paths);
    const instance = await findInstance(paths);
    if (instance !== undefined || !starting || performance.now() >= until) return instance;
    await delay(START_LOOK_MS);
  }
}

/** Whether a living process has the tape's lock, and has not yet written how to reach it. */
async function isStarting(paths: DataPaths): Promise<boolean> {
  const owner = await livingOwner(join(paths.tape, 'tape.lock'));
  const instance = parse(await readOwnFile(paths.running, INSTANCE_BYTES_MAX));
  return owner !== null && instance?.processId !== owner;
}

/** A file that is not one of ours counts as missing. */
function parse(bytes: Buffer | null): Instance | undefined {
  try {
    const { processId, url } = JSON.parse(String(bytes)) as Instance;
    const { hostname, protocol } = new URL(url);
    return Number.isSafeInteger(processId) && protocol === 'http:' && hostname === '127.0.0.1'
      ? { processId, url }
      : undefined;
  } catch {
    return undefined;
  }
}
