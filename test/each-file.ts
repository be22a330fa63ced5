import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, vi } from 'vitest';

/**
 * Around each test file: gives it a temporary folder of its own, which goes with the file, with the program's cache in it, and takes back what it put in the place of
 * others' things, as the files of a worker share their modules. The folder's name is short, as paths of sockets are.
 */
const folder = mkdtempSync(join(tmpdir(), 'qt-'));
// As every folder of temporary files is: servers run as users of their own.
chmodSync(folder, 0o1777);
const name = process.platform === 'win32' ? 'TEMP' : 'TMPDIR';
const before = process.env[name];
process.env[name] = folder;
process.env.QUERYTAPE_CACHE_DIR = join(folder, 'cache');

// Registered first and so run last, after the hooks of the test file itself.
afterAll(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  vi.unstubAllEnvs();
  if (before === undefined) delete process.env[name];
  else process.env[name] = before;
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
});
