import { homedir } from 'node:os';
import { join } from 'node:path';

/** The folder of what the tests fetch or build once for a machine. Nothing of it is the program's. */
export function cacheFolder(): string {
  if (process.getuid?.() === 0) return '/var/cache/querytape-tests';
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'querytape-tests');
}
