import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { PROFILE_TESTS_MAX } from '../../../src/actors/limits.ts';
import { Replay } from '../../../src/actors/replay.ts';
import { DriverError } from '../../../src/drivers/driver.ts';
import type { Accepted, Command, CommandAnswer } from '../../../src/events/command.ts';
import type { Environment } from '../../../src/events/profile.ts';
import { fold } from '../../../src/events/views/state.ts';
import { Config } from '../../../src/store/config.ts';
import { PolicyFile } from '../../../src/store/policy.ts';
import { ProfileSources } from '../../../src/store/profile-sources.ts';
import type { Vault } from '../../../src/store/vault/vault.ts';
import { newFolder, openVault } from '../store/vault/vault-support.ts';
import { eventually, fakeWorkspace, JUDGED } from './fakes.ts';

let vault: Vault;
let config: Config;
let world: ReturnType<typeof fakeWorkspace>;

beforeEach(async () => {
  const folder = newFolder();
  vault = await openVault(folder);
  const policy = await PolicyFile.open({ folder, env: {} });
  let ids = 0;
  config = new Config({ vault, policy, now: () => 1000, newId: (kind) => `${kind}-${++ids}` });
  world = fakeWorkspace({
    spillFolder: mkdtempSync(join(tmpdir(), 'querytape-unit-')),
    kept: (memory) => ({ config, profiles: new ProfileSources(memory, vault) }),
  });
  await accepted({ type: 'vault.create', protection: { passphrase: 'correct horse battery' } });
});

const state = () => fold(world.tape.envelopes);
const told = (type: string) => world.tape.envelopes.filter(({ event }) => event.type === type);
const send = async (command: Command): Promise<CommandAnswer> => world.workspace.take(command);
const refusal = async (command: Command) => {
  const answer = await send(command);
  return 'refused' in answer ? answer.refused.code : 'accepted';
};

async function accepted(command: Command): Promise<Accepted> {
  const answer = await send(command);
  if ('refused' in answer) throw new Error(answer.refused.code);
  return answer;
}

const draftOf = (environment: Environment, more: object = {}) => ({
  name: environment,
  target: {
    engine: 'postgres',
    host: 'db.example.com',
    port: 5432,
    database: 'd',
    user: 'u',
    tls: { mode: 'disable' },
  },
  environment,
  readOnly: false,
  ...more,
});

async function save(environment: Environment, more: object = {}, secrets = { password: 'canary-kept' }) {
  return (await accepted({ type: 'profile.save', draft: draftOf(environment, more), secrets })).profileId!;
}

async function open(profileId: string, more: object = {}): Promise<string> {
  const { sessionId } = await accepted({ type: 'session.open', profileId, ...more });
  await eventually(() => ['ready', 'failed'].includes(state().sessions[sessionId!]?.state ?? ''));
  return sessionId!;
}

const usedPassword = () => world.driver.connections.at(-1)!.options.password();

function proveTape(): void {
  const replay = new Replay();
  for (const envelope of world.tape.envelopes) replay.step(envelope);
  expect(replay.report()).toMatchObject({ matched: true, mismatches: [], unproven: 0 });
  expect(world.unrecordable).toEqual([]);
  expect(JSON.stringify(world.tape.envelopes)).not.toMatch(/canary|horse|db\.example/);
}

describe('what is kept', () => {
  it('is recorded on the tape, with its refusals, and never a secret, a name or a target', async () => {
    const profileId = await save('production');
    await refusal({ type: 'profile.save', draft: { name: 'canary' } });
    await accepted({ type: 'profile.delete', profileId });
    expect(told('profile.saved').map(({ event }) => event)).toEqual([
      { type: 'profile.saved', profileId, engine: 'postgres', environment: 'production', readOnly: false },
    ]);
    expect(told('command.refused').at(-1)?.event).toMatchObject({
      command: 'profile.save',
      code: 'profile.invalid',
    });
    expect(told('profile.deleted')).toHaveLength(1);
    proveTape();
  });

  it('opens the key of a client certificate for each connection by its passphrase', async () => {
    const secrets = { password: 'canary-kept', tlsPassphrase: 'canary-key' };
    await open(await save('production', {}, secrets));
    expect(world.driver.connections.at(-1)!.options.tlsPassphrase?.()).toBe('canary-key');
    proveTape();
  });

  it('is done once, however often the same command comes', async () => {
    const command = { type: 'profile.save', commandId: 'c-1', draft: draftOf('staging') } as const;
    const answers = await Promise.all([send(command), send(command)]);
    expect(answers[1]).toEqual(answers[0]);
    expect(await send(command)).toEqual(answers[0]);
    expect(vault.list()).toHaveLength(1);
  });

  it('gives sessions their environment and their password, whatever a request says', async () => {
    const sessionId = await open(await save('production'));
    expect(state().sessions[sessionId]).toMatchObject({ environment: 'production', readOnly: false });
    expect(usedPassword()).toBe('canary-kept');
    proveTape();
  });
});

describe('a profile that is edited while it is open', () => {
  it('takes rights away at once, and gives none before it is opened again', async () => {
    const profileId = await save('development');
    const sessionId = await open(profileId);
    const run = async (text: string) => {
      const { queryIds } = await accepted({ type: 'query.submit', sessionId, tabId: 't', text });
      await eventually(() => {
        world.driver.executions.findLast((one) => one.text === text && !one.hasEnded)?.complete();
        return state().queries[queryIds![0]!]?.outcome ?? undefined;
      });
      return state().queries[queryIds![0]!]!.outcome;
    };
    world.judge = () => ({ ...JUDGED, verdict: 'write' });
    expect(await run('insert 1')).toBe('succeeded');
    await accepted({ type: 'profile.save', profileId, draft: draftOf('development', { readOnly: true }) });
    expect(await run('insert 2')).toBe('refused');
    await accepted({ type: 'profile.save', profileId, draft: draftOf('development') });
    expect(await run('insert 3')).toBe('succeeded');

    const strict = await open(await save('production', { name: 'p', readOnly: true }));
    const [readOnly] = vault.list().filter(({ name }) => name === 'p');
    await accepted({
      type: 'profile.save',
      profileId: readOnly!.profileId,
      draft: draftOf('development', { name: 'p' }),
    });
    const { queryIds } = await accepted({
      type: 'query.submit',
      sessionId: strict,
      tabId: 't',
      text: 'insert 4',
    });
    expect(await eventually(() => state().queries[queryIds![0]!]?.outcome ?? undefined)).toBe('refused');
    proveTape();
  });
});

describe('locking', () => {
  it('closes the sessions in production, and no others', async () => {
    const production = await open(await save('production'));
    const staging = await open(await save('staging'));
    const become = await save('development');
    const became = await open(become);
    await accepted({ type: 'profile.save', profileId: become, draft: draftOf('production', { name: 'b' }) });
    await accepted({ type: 'profile.save', profileId: become, draft: draftOf('development') });
    await accepted({ type: 'vault.lock' });
    await eventually(() => state().sessions[production]?.state === 'offline');
    await eventually(() => state().sessions[became]?.state === 'offline');
    expect(state().sessions[staging]?.state).toBe('ready');
    expect(vault.list()).toEqual([]);
    proveTape();
  });

  it('asks first where that would roll something back, unless there is no user to ask', async () => {
    const sessionId = await open(await save('production'));
    const begin = async (): Promise<void> => {
      await accepted({ type: 'transaction.begin', sessionId, tabId: 't' });
      await eventually(() => {
        world.driver.executions.findLast(({ hasEnded }) => !hasEnded)?.complete('BEGIN', 'open');
        return Object.values(state().connections).some(({ transaction }) => transaction === 'open');
      });
    };
    await begin();
    expect(await refusal({ type: 'vault.lock' })).toBe('transaction.open');
    expect(vault.state).toBe('unlocked');
    config.lock('idle');
    await eventually(() => state().sessions[sessionId]?.state === 'offline');
    expect(told('vault.locked').at(-1)?.event).toEqual({ type: 'vault.locked', reason: 'idle' });
    proveTape();
  });

  it('leaves what needs a profile refused with what to do', async () => {
    const profileId = await save('staging');
    const sessionId = await open(profileId);
    await accepted({ type: 'vault.lock' });
    expect(await refusal({ type: 'session.open', profileId })).toBe('vault.locked');
    // A new connection of a session that is open has no password to sign in with.
    await accepted({ type: 'query.submit', sessionId, tabId: 'new', text: 'select 1' });
    await eventually(() => world.workspace.failure(sessionId)?.code === 'vault.locked');
  });
});

describe('a profile that asks for its password each time', () => {
  const asking = () => save('staging', { askPassword: true }, {} as never);

  it('opens with the one that was typed, which is kept while the session lives and nowhere else', async () => {
    const profileId = await asking();
    expect(await refusal({ type: 'session.open', profileId })).toBe('profile.passwordNeeded');
    const sessionId = await open(profileId, { password: 'canary-typed' });
    expect(usedPassword()).toBe('canary-typed');
    await accepted({ type: 'session.close', sessionId });
    await eventually(() => state().sessions[sessionId]?.state === 'offline');
    expect(usedPassword()).toBeUndefined();
    proveTape();
  });

  it('forgets it when the vault locks', async () => {
    const profileId = await asking();
    const sessionId = await open(profileId, { password: 'canary-typed' });
    await accepted({ type: 'vault.lock' });
    await accepted({ type: 'vault.unlock', passphrase: 'correct horse battery' });
    expect(usedPassword()).toBeUndefined();
    await accepted({ type: 'query.submit', sessionId, tabId: 'new', text: 'select 1' });
    await eventually(() => world.workspace.failure(sessionId)?.code === 'profile.passwordNeeded');
  });
});

describe('a test of a profile', () => {
  const test = {
    type: 'profile.test',
    draft: draftOf('production'),
    secrets: { password: 'canary-tried' },
  } as const;

  it('says what was reached, read-only, after the record that says so', async () => {
    expect((await accepted(test)).reached).toMatchObject({
      flavour: 'PostgreSQL',
      user: 'u',
      canWrite: true,
    });
    expect(world.driver.connections.at(-1)!.options.readOnly).toBe(true);
    expect(told('profile.testBegan')).toHaveLength(1);
    expect(told('profile.tested')[0]?.event).toMatchObject({ code: null });
    proveTape();
  });

  it('a hostile server: what the encryption leaves open is among the warnings of a test', async () => {
    const warnings = async (host: string, mode: 'disable' | 'require' | 'verify-ca' | 'verify-full') => {
      const { draft } = test;
      const target = { ...draft.target, host, tls: { mode } };
      return (await accepted({ ...test, draft: { ...draft, target } })).reached!.warnings.join(' ');
    };
    expect(await warnings('db.example.com', 'disable')).toMatch(/TLS is off/);
    expect(await warnings('db.example.com', 'require')).toMatch(/any server that answers is believed/);
    expect(await warnings('db.example.com', 'verify-ca')).toMatch(/may carry any name/);
    expect(await warnings('db.example.com', 'verify-full')).toBe('');
    expect(await warnings('localhost', 'disable')).toBe('');
  });

  it('is refused beyond the limit each time, and taken again once another has ended', async () => {
    const dialled: ((error: Error) => void)[] = [];
    world.driver.connect = () => new Promise((_, reject) => dialled.push(reject));
    const tests = Array.from({ length: PROFILE_TESTS_MAX }, () => send(test));
    await eventually(() => dialled.length === PROFILE_TESTS_MAX);
    expect(await refusal(test)).toBe('tests.full');
    expect(await refusal(test)).toBe('tests.full');
    expect(dialled).toHaveLength(PROFILE_TESTS_MAX);
    const failure = { code: 'ECONNREFUSED', source: 'connection', message: 'no' } as const;
    dialled[0]!(new DriverError(failure));
    expect(await tests[0]).toMatchObject({ refused: { code: 'ECONNREFUSED' } });
    tests.push(send(test));
    await eventually(() => dialled.length === PROFILE_TESTS_MAX + 1);
    for (const reject of dialled) reject(new DriverError(failure));
    await Promise.all(tests);
    proveTape();
  });

  it('says why nothing was', async () => {
    world.driver.refuse = { code: '28P01', source: 'server', message: 'no canary for you', advice: 'Look.' };
    expect(await send(test)).toMatchObject({
      refused: { code: '28P01', message: 'no canary for you. Look.' },
    });
    expect(told('profile.tested')[0]?.event).toMatchObject({ code: '28P01' });
    proveTape();
  });
});
