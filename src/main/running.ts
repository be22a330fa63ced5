import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { KIB } from '../events/limits.ts';
import { readOwnFile, writeOwnFile } from '../store/own-files.ts';
import { livingOwner } from '../store/tape/lock.ts';
import { Client } from './client.ts';
import type { DataPaths } from './paths.ts';

/** Far beyond what is written there. */
const RUNNING_BYTES_MAX = 4 * KIB;

/** How to reach the process that writes a data folder. */
export interface Running {
  readonly processId: number;
  /** The URL with the token. */
  readonly url: string;
}

/** Says how to reach this process; for the same user only. */
export async function writeRunning(paths: DataPaths, running: Running): Promise<void> {
  await writeOwnFile(paths.running, `${JSON.stringify(running)}\n`);
}

export async function removeRunning(paths: DataPaths): Promise<void> {
  await rm(paths.running, { force: true });
}

/**
 * The process that writes this data folder, once it has proved that it is that process. Where the process that the tape's lock
 * names does not live any more, nothing is dialled: the file is what a killed process left, and is removed.
 * @throws UnsafeFileError where another user may have written `running.json`
 */
export async function findRunning(paths: DataPaths): Promise<Running | undefined> {
  const running = parse(await readOwnFile(paths.running, RUNNING_BYTES_MAX));
  if (running === undefined) return undefined;
  const owner = await livingOwner(join(paths.tape, 'tape.lock'));
  if (owner === null) {
    await removeRunning(paths);
    return undefined;
  }
  if (owner !== running.processId) return undefined;
  try {
    const answer = await new Client(running.url).get('/api/machines');
    await answer.body?.cancel();
    return answer.ok ? running : undefined;
  } catch {
    return undefined;
  }
}

/** What is no such file is as good as none. */
function parse(bytes: Buffer | null): Running | undefined {
  try {
    const { processId, url } = JSON.parse(String(bytes)) as Running;
    const { hostname, protocol } = new URL(url);
    return Number.isSafeInteger(processId) && protocol === 'http:' && hostname === '127.0.0.1'
      ? { processId, url }
      : undefined;
  } catch {
    return undefined;
  }
}
