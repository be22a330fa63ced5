import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it, onTestFinished } from 'vitest';
import { dataFolder, removeFolder, startQuerytape } from './client.ts';

const DIST = resolve(import.meta.dirname, '../../dist');

/** A built file and all that it imports before it runs, by their paths in dist/. */
function loaded(file: string, found = new Set<string>()): Set<string> {
  if (found.has(file)) return found;
  found.add(file);
  const code = readFileSync(join(DIST, file), 'utf8');
  for (const [, name] of code.matchAll(/(?<![>(])require\(["'](\.\.?\/[^"']+\.js)["']\)/g))
    loaded(join(file, '..', name!), found);
  return found;
}

/** The chunk of a module, by its name without its hash. */
function chunk(name: string): string {
  return `chunks/${readdirSync(join(DIST, 'chunks')).find((file) => file.startsWith(`${name}-`) && file.endsWith('.js'))}`;
}

it('loads less than ten files before it serves, and less than a megabyte', () => {
  const files = [...loaded(chunk('serve'), loaded(chunk('command-line'), loaded('main.js')))];
  expect(files).toContain(chunk('compose'));
  expect(files.length).toBeLessThan(10);
  expect(files.reduce((bytes, file) => bytes + statSync(join(DIST, file)).size, 0)).toBeLessThan(1_000_000);
});

it('reads compiled code that an earlier start has left, and writes it where there is none', async () => {
  const folder = dataFolder();
  onTestFinished(() => removeFolder(folder));
  const cache = join(folder, 'cache');
  const start = async (): Promise<void> => {
    const program = await startQuerytape(join(folder, 'data'), ['--allow-unsaved-profiles'], {
      QUERYTAPE_CACHE_DIR: cache,
    });
    await program.stop();
  };
  const written = (): Record<string, number> =>
    Object.fromEntries(readdirSync(cache).map((name) => [name, statSync(join(cache, name)).mtimeMs]));
  await start();
  const first = written();
  const names = [chunk('serve'), chunk('compose'), chunk('command-line')].map(
    (path) => `${path.slice('chunks/'.length)}.compiled`,
  );
  expect(Object.keys(first)).toEqual(expect.arrayContaining(names));
  await start();
  expect(written()).toEqual(first);
});

it.each([
  'classifier-worker.js',
  'replay-worker.js',
  'metrics-worker.js',
  'diagnosis-worker.js',
  'trace-worker.js',
])('loads neither the server nor the commands with %s', (file) => {
  const files = loaded(file);
  expect(files.size).toBeGreaterThan(0);
  for (const name of ['compose', 'serve', 'shared-commands']) expect(files).not.toContain(chunk(name));
});

it('loads no statechart with the thread that judges statements', () => {
  const files = loaded('classifier-worker.js');
  expect(files).not.toContain(chunk('shared-threads'));
});

it('loads nothing of fetch with any driver, which takes Node 20 40 ms', () => {
  const drivers = readdirSync(join(DIST, 'chunks')).filter((file) => /^driver-.*\.js$/.test(file));
  expect(drivers).toHaveLength(3);
  const load = drivers.map((file) => `require(${JSON.stringify(join(DIST, 'chunks', file))});`).join('');
  const report = 'console.log(JSON.stringify(process.moduleLoadList)); process.exit();';
  const modules: string[] = JSON.parse(
    execFileSync(process.execPath, ['-e', load + report], { encoding: 'utf8' }),
  );
  expect(modules).toContain('NativeModule net');
  expect(modules.filter((name) => name.includes('undici'))).toEqual([]);
});

it('loads a page of at most 240 KiB, gzipped, before it paints', () => {
  const page = readFileSync(join(DIST, 'ui/index.html'), 'utf8');
  const files = [...page.matchAll(/(?:src|href)="\.\/(assets\/[^"]+\.(?:js|css))"/g)].map(
    ([, name]) => name!,
  );
  expect(files.length).toBeGreaterThan(2);
  const sizes = ['index.html', ...files].map(
    (name) => gzipSync(readFileSync(join(DIST, 'ui', name)), { level: 9 }).length,
  );
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(240 * 1024);
});
