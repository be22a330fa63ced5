import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Command, CommandAnswer, Refusal } from '../../src/events/command.ts';
import type { PolicyView, ProfileView, VaultView } from '../../src/events/config.ts';
import { Client } from '../../src/main/client.ts';
import { type ObtainedPostgres, obtainPostgres } from '../servers/postgres.ts';
import { dataFolder, environmentOf, removeFolder, type Started, startQuerytape } from './client.ts';

const MAIN = resolve(import.meta.dirname, '../../dist/main.js');
const PASSPHRASE = 'correct horse battery';
const run = promisify(execFile);
const folder = dataFolder();
let program: Started;
let client: Client;

let server: ObtainedPostgres;
let password: string;
const draft = (more: object = {}) => {
  const { host, port, database, user } = server.address;
  const target = { engine: 'postgres', host, port, database, user, tls: { mode: 'disable' } };
  return { name: 'Shop', target, environment: 'development', ...more };
};

async function start(args: readonly string[] = [], env: Record<string, string> = {}): Promise<void> {
  program = await startQuerytape(folder, ['--allow-unsaved-profiles', ...args], env);
  client = new Client(program.url);
}

async function get<T>(path: string): Promise<T> {
  return (await (await client.get(path)).json()) as T;
}

/** The refusal of a command. */
async function refused(command: Command): Promise<Refusal | undefined> {
  const headers = { ...client.headers, 'content-type': 'application/json' };
  const answer = await fetch(`${client.origin}/api/commands`, {
    method: 'POST',
    headers,
    body: JSON.stringify(command),
  });
  const said = (await answer.json()) as CommandAnswer;
  return 'refused' in said ? said.refused : undefined;
}

async function open(profileId: string): Promise<string> {
  const { sessionId } = await client.command({ type: 'session.open', profileId });
  await client.until(({ sessions }) => (sessions[sessionId!]?.state === 'ready' ? true : undefined));
  return sessionId!;
}

async function submit(sessionId: string, text: string) {
  const { queryIds } = await client.command({ type: 'query.submit', sessionId, tabId: 't', text });
  return client.until(({ queries }) =>
    queries[queryIds![0]!]?.outcome ? queries[queryIds![0]!] : undefined,
  );
}

const profiles = async () => (await get<{ profiles: ProfileView[] }>('/api/profiles')).profiles;
const vault = () => get<VaultView>('/api/vault');

beforeAll(async () => {
  server = await obtainPostgres();
  password = server.address.password;
  await start();
});
afterAll(async () => {
  await program?.stop();
  await server?.stop();
  removeFolder(folder);
});

describe('what is kept', () => {
  it('begins with a vault and a profile in it, whose password is never returned', async () => {
    expect(await vault()).toMatchObject({ state: 'absent' });
    expect((await refused({ type: 'profile.save', draft: draft() }))?.code).toBe('vault.absent');
    await client.command({ type: 'vault.create', protection: { passphrase: PASSPHRASE } });
    const { profileId } = await client.command({
      type: 'profile.save',
      draft: draft(),
      secrets: { password },
    });
    expect(await profiles()).toMatchObject([
      { profile: { profileId, name: 'Shop' }, secrets: ['password'], kept: 'vault' },
    ]);
    const sessionId = await open(profileId!);
    expect((await submit(sessionId, 'select 1')).outcome).toBe('succeeded');
    const everything = await Promise.all(
      ['/api/state', '/api/profiles', '/api/profiles/export', '/api/vault', '/api/policy', '/metrics'].map(
        async (path) => (await client.get(path)).text(),
      ),
    );
    expect(everything.join()).not.toContain(password);
  });

  it('is there after a restart, once it is unlocked', async () => {
    await program.stop();
    await start();
    expect(await profiles()).toEqual([]);
    expect(await vault()).toMatchObject({ state: 'locked', protection: 'passphrase' });
    expect((await refused({ type: 'vault.unlock', passphrase: 'wrong horse battery' }))?.code).toBe(
      'vault.wrongPassphrase',
    );
    await client.command({ type: 'vault.unlock', passphrase: PASSPHRASE });
    const [{ profile } = { profile: undefined }] = await profiles();
    expect((await submit(await open(profile!.profileId), 'select 2')).outcome).toBe('succeeded');
  });

  it('outlives kill -9 right after the answer', async () => {
    await client.command({ type: 'profile.save', draft: draft({ name: 'Late' }), secrets: { password } });
    await program.kill();
    await start();
    await client.command({ type: 'vault.unlock', passphrase: PASSPHRASE });
    expect((await profiles()).map(({ profile }) => profile.name)).toEqual(['Shop', 'Late']);
  });

  it('is reached from the command line, which asks for the passphrase', async () => {
    await client.command({ type: 'vault.lock' });
    const file = join(folder, 'passphrase');
    writeFileSync(file, `${PASSPHRASE}\n`, { mode: 0o600 });
    const asked = (env: Record<string, string>) =>
      run(
        process.execPath,
        [MAIN, 'run', '--profile', 'Shop', '--data-dir', folder, '--format', 'csv', 'select 40 + 2 as n'],
        {
          env: environmentOf(folder, env),
        },
      );
    await expect(asked({})).rejects.toMatchObject({
      stderr: expect.stringMatching(/QUERYTAPE_PASSPHRASE_FILE/),
    });
    const { stdout } = await asked({ QUERYTAPE_PASSPHRASE_FILE: file });
    expect(stdout).toMatch(/^n\r?\n42\r?\n$/);
  });
});

describe('the policy', () => {
  const setting = '/environments/development/rowsMax';
  const shown = () => get<PolicyView>('/api/policy');

  it('of the file holds, and what a variable says holds above it and can’t be saved', async () => {
    const { policy } = await shown();
    const { development } = policy.environments;
    const limited = {
      ...policy,
      environments: { ...policy.environments, development: { ...development, rowsMax: 7 } },
    };
    await client.command({ type: 'policy.save', policy: limited });
    const [{ profile } = { profile: undefined }] = await profiles();
    const sessionId = await open(profile!.profileId);
    const seven = await submit(sessionId, 'select generate_series(1, 50000)');
    expect(seven).toMatchObject({ rowsMax: 7, cancel: { reason: 'rowLimit' } });
    await program.stop();

    await start([], { QUERYTAPE_POLICY_DEVELOPMENT_ROWS_MAX: '5' });
    expect((await shown()).sources[setting]).toBe('environment');
    expect((await refused({ type: 'policy.save', policy }))?.code).toBe('policy.setByEnvironment');
    await client.command({ type: 'vault.unlock', passphrase: PASSPHRASE });
    expect(await submit(await open(profile!.profileId), 'select generate_series(1, 50000)')).toMatchObject({
      rowsMax: 5,
    });
  });

  it('sets the log’s level from the moment it is saved, unless an option does', async () => {
    const levels = async () => {
      const lines = (await (await client.get('/api/logs')).text()).trim().split('\n');
      return lines.map((line) => (JSON.parse(line) as { level: string }).level);
    };
    const { policy } = await shown();
    const [{ profile } = { profile: undefined }] = await profiles();
    const sessionId = await open(profile!.profileId);
    const count = async (level: string) => (await levels()).filter((one) => one === level).length;
    const set = (logLevel: string) =>
      client.command({ type: 'policy.save', policy: { ...policy, logLevel } });
    await submit(sessionId, 'select 1');
    expect(await count('debug')).toBe(0);
    await set('debug');
    await submit(sessionId, 'select no_such_column');
    await expect.poll(() => count('debug')).toBeGreaterThan(0);
    const failed = await count('warn');
    expect(failed).toBeGreaterThan(0);
    await set('fatal');
    await submit(sessionId, 'select no_such_column');
    await set('debug');
    const before = await count('info');
    await submit(sessionId, 'select 1');
    await expect.poll(() => count('info')).toBeGreaterThan(before);
    expect(await count('warn')).toBe(failed);
    await program.stop();

    await start(['--log-level', 'warn'], { QUERYTAPE_POLICY_LOG_LEVEL: 'trace' });
    expect(await shown()).toMatchObject({
      policy: { logLevel: 'warn' },
      sources: { '/logLevel': 'option' },
      setBy: { '/logLevel': '--log-level' },
    });
    expect((await refused({ type: 'policy.save', policy }))?.message).toContain('--log-level');
    await program.stop();
    await start();
    await client.command({ type: 'vault.unlock', passphrase: PASSPHRASE });
  });

  it('that can’t be read as it was meant is the strictest, and says so', async () => {
    await program.stop();
    mkdirSync(join(folder, 'config'), { recursive: true });
    writeFileSync(join(folder, 'config/policy.json'), '{\n  "autoLock": 5\n}\n');
    await start();
    expect(program.stderr()).toMatch(/policy\.json:2 \/autoLock: There is no such setting\..* strictest/);
    expect((await shown()).problems).toMatchObject([{ pointer: '/autoLock', line: 2 }]);
    await client.command({ type: 'vault.unlock', passphrase: PASSPHRASE });
    const [{ profile } = { profile: undefined }] = await profiles();
    const sessionId = await open(profile!.profileId);
    expect(await submit(sessionId, 'drop table if exists nothing_at_all')).toMatchObject({
      outcome: 'refused',
    });
    writeFileSync(join(folder, 'config/policy.json'), '{}\n');
  });

  it('locks the vault after a time without use, but not while a statement runs', async () => {
    await program.stop();
    await start([], { QUERYTAPE_POLICY_AUTO_LOCK_MS: '10000' });
    await client.command({ type: 'vault.unlock', passphrase: PASSPHRASE });
    const [{ profile } = { profile: undefined }] = await profiles();
    const sessionId = await open(profile!.profileId);
    const slept = await submit(sessionId, 'select pg_sleep(13)');
    expect(slept.outcome).toBe('succeeded');
    expect((await vault()).state).toBe('unlocked');
    await expect.poll(async () => (await vault()).state, { timeout: 60_000, interval: 250 }).toBe('locked');
  }, 120_000);
});
