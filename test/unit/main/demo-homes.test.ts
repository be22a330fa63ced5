import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { removeAbandoned, sharedHome } from '../../../src/main/demo-homes.ts';

const DAY_MS = 24 * 3600 * 1000;
const account = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

let root: string;
let shared: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'querytape-homes-'));
  shared = join(root, 'shared');
  mkdirSync(shared);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** A demo folder with its cluster. */
async function made(name: string): Promise<{ folder: string; home: string }> {
  const folder = join(root, name);
  mkdirSync(folder);
  const home = await sharedHome(shared, folder);
  mkdirSync(join(home, 'data'), { recursive: true });
  writeFileSync(join(home, 'data', 'PG_VERSION'), '18');
  return { folder, home };
}

/** A day later, by the clock of the disk. */
const later = ({ home }: { home: string }) => statSync(`${home}.place`).mtimeMs + DAY_MS;
const stopped = async () => false;

it('gives each folder a home of its own, the same each time', async () => {
  const homes = [await made('a'), await made('b')].map(({ home }) => home);
  expect(new Set(homes).size).toBe(2);
  expect(await sharedHome(shared, join(root, 'a'))).toBe(homes[0]);
});

it.runIf(process.platform !== 'win32')(
  'removes the cluster of a folder that is there no more, and no other',
  async () => {
    const [gone, there] = [await made('gone'), await made('there')];
    mkdirSync(join(shared, 'demo-0123456789ab'));
    rmSync(gone.folder, { recursive: true });
    await removeAbandoned(shared, account, stopped, later(there));
    expect(existsSync(gone.home)).toBe(false);
    expect(existsSync(join(there.home, 'data', 'PG_VERSION'))).toBe(true);
    expect(readdirSync(shared)).toHaveLength(3);
  },
);

it('leaves one whose server runs, and one that was started within a day', async () => {
  const gone = await made('gone');
  rmSync(gone.folder, { recursive: true });
  await removeAbandoned(shared, account, async (home) => home === gone.home, later(gone));
  await removeAbandoned(shared, account, stopped, later(gone) - 1);
  expect(existsSync(join(gone.home, 'data', 'PG_VERSION'))).toBe(true);
});

it('leaves one whose folder can’t be looked at', async () => {
  const hidden = await made('hidden');
  rmSync(hidden.folder, { recursive: true });
  // A part of the path that is no folder, as where another file system has its place.
  const within = await sharedHome(shared, join(root, 'file', 'demo'));
  writeFileSync(join(root, 'file'), '');
  mkdirSync(within);
  await removeAbandoned(shared, account, stopped, later(hidden));
  expect(existsSync(within)).toBe(true);
});
