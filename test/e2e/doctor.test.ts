import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_PORT } from '../../src/events/limits.ts';
import type { Finding } from '../../src/main/doctor.ts';
import { dataFolder, removeFolder, type Started, startQuerytape } from './client.ts';

const run = promisify(execFile);
const MAIN = process.env.QUERYTAPE_TEST_MAIN ?? resolve(import.meta.dirname, '../../dist/main.js');
const isRoot = process.getuid?.() === 0;
/** Any user but this one. */
const OTHER = 12_345;
/** Runs a command that modes bind, without the capabilities by which root passes over them (capabilities(7)). */
const WITH_MODES = isRoot ? ['setpriv', '--bounding-set', '-dac_override,-dac_read_search', '--'] : [];
/** With mounts that no other process sees, and that go with it. */
const WITH_MOUNTS = ['unshare', '--mount', ...(isRoot ? [] : ['--map-root-user']), '--'];

let place: string;
let folder: string;

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'querytape-doctor-'));
  folder = join(place, 'data');
  for (const name of ['', 'spill', 'tunnels', 'tape', 'history', 'drafts', 'logs'])
    mkdirSync(join(folder, name), { mode: 0o700 });
});
afterEach(async () => {
  await run('chmod', ['-R', 'u+rwX', place]);
  rmSync(place, { recursive: true });
});

interface Doctor {
  readonly code: number;
  readonly found: readonly Finding[];
  /** What is wrong, by what was looked at. */
  readonly wrong: Record<string, string>;
  told(what: string): string | undefined;
}

async function cli(words: readonly string[], env: Record<string, string> = {}) {
  const [file, ...args] = words;
  const options = { env: { ...process.env, QUERYTAPE_CONFIG_DIR: join(place, 'config'), ...env } };
  return run(file!, args, options).then(
    ({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }),
    ({ code, stdout, stderr }) => ({ code: code as number, out: stdout as string, err: stderr as string }),
  );
}

function read({ code, out, err }: { code: number; out: string; err: string }): Doctor {
  expect(err).toBe('');
  const found = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Finding);
  const wrong = Object.fromEntries(found.filter(({ ok }) => !ok).map(({ what, told }) => [what, told]));
  expect(code).toBe(Object.keys(wrong).length > 0 ? 1 : 0);
  return { code, found, wrong, told: (what) => found.find((one) => one.what === what)?.told };
}

const DOCTOR = () => [process.execPath, MAIN, 'doctor', '--json', '--data-dir', folder];
const doctor = async (env?: Record<string, string>) => read(await cli([...WITH_MODES, ...DOCTOR()], env));

/** What it finds once a shell has made the disk so; `$1` is the data folder. */
async function doctorOn(disk: string): Promise<Doctor> {
  const script = `set -e; ${disk}; shift; exec "$@"`;
  return read(await cli([...WITH_MOUNTS, '/bin/sh', '-c', script, 'sh', folder, ...DOCTOR()]));
}

const inFolder = (name: string) => join(folder, name);

describe.runIf(process.platform === 'linux')('doctor', () => {
  it('finds nothing wrong with a data folder of the program, nor with one that is not there yet', async () => {
    expect((await doctor()).wrong).toEqual({});
    rmSync(folder, { recursive: true });
    const { wrong, told } = await doctor();
    expect([wrong, told('tape')]).toEqual([{}, `${inFolder('tape')}, nothing there yet`]);
  });

  it.each<[string, () => void, Record<string, RegExp>]>([
    ['a data folder that can’t be written', () => chmodSync(folder, 0o500), { 'data folder': /EACCES/ }],
    [
      'a data folder that can’t be entered',
      () => chmodSync(folder, 0),
      {
        'data folder': /data: .*EACCES/,
        tape: /EACCES/,
        history: /EACCES/,
        drafts: /EACCES/,
        'log folder': /EACCES/,
        vault: /EACCES/,
        running: /running\.json: .*EACCES/,
      },
    ],
    [
      'a data folder that every user may write',
      () => chmodSync(folder, 0o777),
      { 'data folder': /chmod go-w/, vault: /chmod go-w/ },
    ],
    [
      'a data folder below one that every user may write',
      () => chmodSync(place, 0o777),
      { 'data folder': /chmod o-w/, policy: /chmod o-w/ },
    ],
    [
      'a file in the place of the data folder',
      () => {
        rmSync(folder, { recursive: true });
        writeFileSync(folder, '');
      },
      {
        'data folder': /not a regular folder/,
        tape: /ENOTDIR/,
        history: /ENOTDIR/,
        drafts: /ENOTDIR/,
        'log folder': /ENOTDIR/,
        vault: /not a regular folder/,
        running: /ENOTDIR/,
      },
    ],
    [
      'a spill folder that can’t be written',
      () => chmodSync(inFolder('spill'), 0o500),
      { 'data folder': /data\/spill: .*EACCES/ },
    ],
    [
      'a tape that can’t be read',
      () => chmodSync(inFolder('tape'), 0),
      { tape: /tape: .*EACCES.* Without it nothing runs/ },
    ],
    [
      'a file of the tape that can’t be read',
      () => writeFileSync(inFolder('tape/00000001.jsonl'), '', { mode: 0 }),
      { tape: /00000001\.jsonl: .*EACCES/ },
    ],
    ['a tape that can’t be written', () => chmodSync(inFolder('tape'), 0o500), { tape: /EACCES/ }],
    ['a history that can’t be read', () => chmodSync(inFolder('history'), 0), { history: /EACCES/ }],
    ['drafts that can’t be written', () => chmodSync(inFolder('drafts'), 0o500), { drafts: /EACCES/ }],
    [
      'a log folder that can’t be read',
      () => chmodSync(inFolder('logs'), 0o300),
      { 'log folder': /logs: .*EACCES.* Without it there is no log/ },
    ],
    [
      'a log folder that can’t be written',
      () => chmodSync(inFolder('logs'), 0o500),
      { 'log folder': /EACCES/ },
    ],
    [
      'a vault that can’t be read',
      () => writeFileSync(inFolder('vault.qtv'), '', { mode: 0 }),
      { vault: /^[^(]*\(EACCES\)\.$/ },
    ],
    [
      'a vault that is none',
      () => writeFileSync(inFolder('vault.qtv'), 'querytape-vault x\n', { mode: 0o600 }),
      { vault: /\(vault\.\w+\)/ },
    ],
    [
      'a running program that another user may have named',
      () => {
        writeFileSync(inFolder('running.json'), '{}');
        chmodSync(inFolder('running.json'), 0o666);
      },
      { 'data folder': /chmod go-w/, vault: /chmod go-w/, running: /chmod go-w/ },
    ],
    [
      'a policy that can’t be read',
      () => {
        mkdirSync(join(place, 'config'), { mode: 0o700 });
        writeFileSync(join(place, 'config/policy.json'), '{}', { mode: 0 });
      },
      { policy: /^[^;]*policy\.json; \/[^;]*EACCES/ },
    ],
    [
      'a policy that is no JSON',
      () => {
        mkdirSync(join(place, 'config'), { mode: 0o700 });
        writeFileSync(join(place, 'config/policy.json'), '{"limits": ', { mode: 0o600 });
      },
      { policy: /policy\.json; / },
    ],
    [
      'a tape that was written while the clock was ahead',
      () => {
        const path = inFolder('tape/00000001.jsonl');
        writeFileSync(path, '', { mode: 0o600 });
        utimesSync(path, new Date(), new Date(Date.now() + 3_600_000));
      },
      { clock: /is 3\d{3} s behind the tape. Set this machine's clock/ },
    ],
  ])('finds %s', async (_, plant, expected) => {
    plant();
    const { wrong } = await doctor();
    expect(Object.keys(wrong)).toEqual(Object.keys(expected));
    for (const [what, words] of Object.entries(expected)) expect(wrong[what]).toMatch(words);
  });

  it.runIf(isRoot).each(['tape', 'logs', 'history', 'drafts'])(
    'finds another user’s folder: %s',
    async (name) => {
      chownSync(inFolder(name), OTHER, OTHER);
      const { wrong } = await doctor();
      const what = name === 'logs' ? 'log folder' : name;
      expect(wrong[what]).toContain(`belongs to another user (uid ${OTHER})`);
      expect(wrong[what]).toContain(`sudo chown -R $(id -u) '${inFolder(name)}'`);
    },
  );

  it('calls no clock wrong that is some seconds behind, or that can’t be compared', async () => {
    const path = inFolder('tape/00000001.jsonl');
    writeFileSync(path, '', { mode: 0o600 });
    utimesSync(path, new Date(), new Date(Date.now() + 20_000));
    expect((await doctor()).wrong).toEqual({});
    chmodSync(inFolder('tape'), 0o200);
    const { wrong, told } = await doctor();
    expect(Object.keys(wrong)).toEqual(['tape']);
    expect(told('clock')).toMatch(/Z, not compared with the tape$/);
  });

  it('finds a read-only disk, whether the folders are there or not', async () => {
    const bare = await doctorOn('mount -t tmpfs -o ro,mode=0700 tmpfs "$1"');
    expect(Object.keys(bare.wrong)).toEqual(['data folder']);
    expect(bare.wrong['data folder']).toMatch(/data\/spill: The file system is read-only \(EROFS\)/);
    const made = await doctorOn('mount --bind "$1" "$1"; mount -o remount,bind,ro "$1"');
    expect(Object.keys(made.wrong)).toEqual(['data folder', 'tape', 'history', 'drafts', 'log folder']);
    for (const told of Object.values(made.wrong)) expect(told).toContain('EROFS');
  });

  it('finds a full disk: little room, none, and no room for files', async () => {
    const disk = (options: string) => `mount -t tmpfs -o ${options},mode=0700 tmpfs "$1"`;
    const little = await doctorOn(disk('size=8m'));
    expect(Object.keys(little.wrong)).toEqual(['data folder']);
    expect(little.wrong['data folder']).toMatch(/data, 8 MiB free; free some, 100 MiB .*--data-dir$/);
    const none = await doctorOn(
      `${disk('size=1m')}; head -c 2000000 /dev/zero > "$1/filler" 2>/dev/null || true`,
    );
    expect(none.wrong['data folder']).toMatch(/data, 0 MiB free; /);
    const files = await doctorOn(disk('size=300m,nr_inodes=20'));
    expect(files.wrong['data folder']).toMatch(/data, 300 MiB free for 17 files; .* room for 100 files/);
    const noFile = await doctorOn(disk('size=300m,nr_inodes=1'));
    expect(noFile.wrong['data folder']).toMatch(/data\/spill: The disk is full.* \(ENOSPC\)/);
    expect((await doctorOn(disk('size=300m'))).wrong).toEqual({});
  });

  it('finds what stands in the way of ssh', async () => {
    const path = join(place, 'bin');
    mkdirSync(path);
    const found = async () => read(await cli([...WITH_MODES, '/usr/bin/env', `PATH=${path}`, ...DOCTOR()]));
    expect((await found()).found).toContainEqual(
      expect.objectContaining({ what: 'ssh', ok: true, missing: true }),
    );
    writeFileSync(join(path, 'ssh'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    const { wrong } = await found();
    expect(wrong).toEqual({ ssh: `${join(path, 'ssh')} does not say its version. Install OpenSSH’s client` });
  });

  it('finds a variable that says no policy', async () => {
    const { wrong } = await doctor({ QUERYTAPE_POLICY_DEVELOPMENT_CONFIRM_DANGEROUS: 'perhaps' });
    expect(wrong).toEqual({
      policy: expect.stringMatching(/; QUERYTAPE_POLICY_DEVELOPMENT_CONFIRM_DANGEROUS: /),
    });
  });

  it('calls a taken port no fault', async () => {
    const server = createServer().listen(DEFAULT_PORT, '127.0.0.1');
    // Taken by another program, it is as taken.
    await Promise.race([once(server, 'listening'), once(server, 'error')]).catch(() => undefined);
    const { wrong, told } = await doctor();
    server.close();
    expect([wrong, told('port')]).toEqual([{}, expect.stringContaining(`${DEFAULT_PORT} is taken`)]);
  });

  it('says as lines what it says as JSON', async () => {
    chmodSync(inFolder('logs'), 0);
    const words = [...WITH_MODES, ...DOCTOR().filter((word) => word !== '--json')];
    const { code, out } = await cli(words);
    expect(code).toBe(1);
    expect(out).toMatch(/^ok {2}querytape {4}\d/);
    expect(out).toMatch(/^NO {2}log folder {3}\/.*EACCES/m);
  });

  it('a start that fails names the folder, as doctor does', async () => {
    chmodSync(inFolder('history'), 0);
    const serve = [process.execPath, MAIN, 'serve', '--no-open', '--port', '0', '--data-dir', folder];
    const { code, err } = await cli([...WITH_MODES, ...serve]);
    expect(code).toBe(1);
    expect(err).toMatch(
      /^\/.*data\/history.*: The file system does not permit it to this user \(EACCES\)\.$/m,
    );
  });
});

describe('doctor beside a running program', () => {
  const running = dataFolder();
  let program: Started;

  beforeAll(async () => {
    program = await startQuerytape(running, ['--allow-unsaved-profiles']);
  });
  afterAll(async () => {
    await program?.stop();
    removeFolder(running);
  });

  it('says that it runs, and finds every folder of it as it should be', async () => {
    const words = [...WITH_MODES, process.execPath, MAIN, 'doctor', '--json', '--data-dir', running];
    const { wrong, told } = read(await cli(words));
    expect([wrong, told('running')]).toEqual([{}, 'yes, in this data folder']);
    expect(told('tape')).toMatch(/tape, 2 files$/);
  });
});
