import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { SHARED_FOLDER } from '../src/main/demo-binaries.ts';

const MEMORY = '/dev/shm';
const NAME = /^querytape-tests-(\d+)$/;
/** A path in the folder of a run. */
const WITHIN = /^\/dev\/shm\/querytape-tests-(\d+)\//;
/** What has to be free: a run of everything takes up to a quarter of it. */
const ROOM_BYTES = 8 * 1024 ** 3;

/**
 * Temporary files of this run are held in memory where the machine has room enough: none of them outlives the run, and waiting for the
 * disk took more of the time than the servers' own work. A `TMPDIR` that is set stays. Call it where the run is configured, before its
 * workers are started.
 */
export function holdFilesInMemory(): void {
  if (process.env.TMPDIR || !hasRoom()) return;
  removeAbandoned();
  const folder = join(MEMORY, `querytape-tests-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  // As every folder of temporary files is: the servers run as users of their own.
  chmodSync(folder, 0o1777);
  process.env.TMPDIR = folder;
  process.on('exit', () => {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    removeClusters(SHARED_FOLDER, (pid) => pid === process.pid);
  });
}

/**
 * Removes the demo clusters of runs that are over: root's are outside of the data folder, where the program leaves them for a day in case
 * the folder's disk comes back. One whose server still stops is left to the next run.
 */
export function removeClusters(shared: string, isOver: (pid: number) => boolean): void {
  if (!existsSync(shared)) return;
  for (const name of readdirSync(shared)) {
    if (!name.endsWith('.place')) continue;
    const place = join(shared, name);
    const home = place.slice(0, -'.place'.length);
    const pid = WITHIN.exec(textOf(place))?.[1];
    if (pid === undefined || !isOver(Number(pid)) || hasServer(home)) continue;
    for (const path of [home, place]) rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  }
}

function hasServer(home: string): boolean {
  const pid = Number.parseInt(textOf(join(home, 'data', 'postmaster.pid')), 10);
  return !Number.isNaN(pid) && isRunning(pid);
}

/** What a file says; nothing where it is not there, as another run or the program itself may just have removed it. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

function hasRoom(): boolean {
  if (process.platform !== 'linux' || process.availableMemory() < ROOM_BYTES) return false;
  const { bavail, bsize } = statfsSync(MEMORY, { bigint: true });
  return bavail * bsize >= ROOM_BYTES;
}

/** What runs that were killed have left. */
function removeAbandoned(): void {
  for (const name of readdirSync(MEMORY)) {
    const pid = NAME.exec(name)?.[1];
    if (pid !== undefined && !isRunning(Number(pid)))
      rmSync(join(MEMORY, name), { recursive: true, force: true, maxRetries: 3 });
  }
  removeClusters(SHARED_FOLDER, (pid) => !isRunning(pid));
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
