import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type KeyringPrograms, keyringPrograms, obtainKeytar } from '../servers/keytar.ts';

const run = promisify(execFile);
const home = mkdtempSync(join(tmpdir(), 'querytape-keychain-'));
const child = join(home, 'child.mjs');
let keytar: string;
let programs: KeyringPrograms;

beforeAll(async () => {
  [programs, keytar] = await Promise.all([keyringPrograms(), obtainKeytar()]);
  const entry = fileURLToPath(new URL('keychain-child.ts', import.meta.url));
  const result = await build({
    configFile: false,
    logLevel: 'error',
    ssr: { noExternal: true },
    build: { ssr: entry, write: false, minify: false },
  });
  const [bundle] = [result].flat();
  if (bundle === undefined || !('output' in bundle)) throw new Error('nothing was built');
  writeFileSync(child, bundle.output[0].code);
}, 300_000);

afterAll(() => rmSync(home, { recursive: true, force: true }));

/** An account of its own: its keyring, its runtime folder, no bus and no screen but what a test starts. */
function account(name: string) {
  const folder = join(home, name);
  const runtime = join(folder, 'runtime');
  mkdirSync(runtime, { recursive: true, mode: 0o700 });
  const { DBUS_SESSION_BUS_ADDRESS: _, DISPLAY: __, WAYLAND_DISPLAY: ___, ...rest } = process.env;
  const env = { ...rest, HOME: folder, XDG_RUNTIME_DIR: runtime, XDG_DATA_HOME: join(folder, 'data') };
  return { folder, vault: join(folder, 'vault'), env };
}

/** Runs one step on a bus of its own, after `before`. */
async function step(name: string, at: ReturnType<typeof account>, before: string): Promise<unknown> {
  const script = `${before}\n"$0" "$@"`;
  const args = ['--', 'sh', '-c', script, process.execPath, child, name, keytar, at.vault];
  const { stdout } = await run(programs.dbusRunSession, args, { env: at.env, timeout: 60_000 });
  return JSON.parse(stdout.slice(stdout.search(/[[{]/)));
}

const unlocked = () =>
  `printf 'login' | "${programs.keyringDaemon}" --unlock --components=secrets > /dev/null 2>&1`;

describe('the keychain of a desktop', () => {
  it('stores any secret, and deletes it when asked to', async () => {
    expect(await step('words', account('words'), unlocked())).toEqual([true, true, false, null]);
  });

  it('is found by the name of its package', async () => {
    const at = account('installed');
    const installed = join(home, 'node_modules', 'keytar');
    // One that was not built hides any that stands further up.
    mkdirSync(installed, { recursive: true });
    writeFileSync(join(installed, 'package.json'), JSON.stringify({ name: 'keytar', main: 'not-built.js' }));
    expect(await step('installed', at, unlocked())).toEqual({ code: 'vault.keychainGone' });
    rmSync(installed, { recursive: true });
    symlinkSync(fileURLToPath(new URL('..', keytar)), installed);
    expect(await step('installed', at, unlocked())).toEqual({ state: 'unlocked', password: 'hunter2' });
  });

  it('opens a vault in another process, and on another day', async () => {
    const at = account('vault');
    expect(await step('create', at, unlocked())).toEqual({ state: 'unlocked', password: 'hunter2' });
    expect(await step('read', at, unlocked())).toEqual({ state: 'unlocked', password: 'hunter2' });
    // The keyring's own file is where the key is: without it there is no way in, with it there is.
    const keyrings = join(at.folder, 'data', 'keyrings');
    cpSync(keyrings, `${keyrings}.copy`, { recursive: true });
    rmSync(keyrings, { recursive: true });
    expect(await step('read', at, unlocked())).toEqual({ code: 'vault.keyGone' });
    rmSync(keyrings, { recursive: true });
    cpSync(`${keyrings}.copy`, keyrings, { recursive: true });
    expect(await step('read', at, unlocked())).toMatchObject({ password: 'hunter2' });
    expect(await step('leave', at, unlocked())).toMatchObject({ password: 'hunter2' });
    expect(await step('read', at, unlocked())).toEqual({ code: 'vault.passphraseNeeded' });
  });

  it('is gone where the keyring is locked, and nothing takes its place', async () => {
    const at = account('locked');
    expect(await step('create', at, unlocked())).toMatchObject({ state: 'unlocked' });
    expect(await step('read', at, '')).toEqual({ code: 'vault.keychainGone' });
    const fresh = account('fresh');
    expect(await step('create', fresh, '')).toEqual({ code: 'vault.keychainGone' });
    expect(readdirSync(fresh.vault)).toEqual([]);
  });

  it('is gone where there is no bus', async () => {
    const at = account('busless');
    const { stdout } = await run(process.execPath, [child, 'create', keytar, at.vault], { env: at.env });
    expect(JSON.parse(stdout)).toEqual({ code: 'vault.keychainGone' });
    expect(readdirSync(at.vault)).toEqual([]);
  });
});
