import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Replay } from '../../../src/actors/replay.ts';
import { Tunnels } from '../../../src/actors/tunnels.ts';
import { DriverError } from '../../../src/drivers/driver.ts';
import type { Accepted } from '../../../src/events/command.ts';
import { Secret } from '../../../src/events/secret.ts';
import type { SshTunnel } from '../../../src/events/tunnel.ts';
import { fold } from '../../../src/events/views/state.ts';
import { asks, FakeTunnel, FakeTunnels, ONE_HOP } from './fake-tunnels.ts';
import { eventually, FakeDriver, type FakeExecution, fakeWorkspace } from './fakes.ts';
import { NO_CONFIG } from './no-config.ts';

const FAILURE = { source: 'connection', message: 'no answer of secret-bastion' } as const;

function tunnelled(tunnel: SshTunnel = ONE_HOP) {
  const tunnels = new FakeTunnels();
  const world = fakeWorkspace({
    spillFolder: mkdtempSync(join(tmpdir(), 'querytape-tunnels-')),
    openTunnel: tunnels.open,
    tunnel,
  });
  const state = () => fold(world.tape.envelopes);
  const { workspace } = world;
  const start = (): string =>
    (workspace.take({ type: 'session.open', profileId: 'p1' }) as Accepted).sessionId!;
  const is = (sessionId: string, wanted: string) =>
    eventually(() => state().sessions[sessionId]?.state === wanted);
  return {
    ...{ world, workspace, tunnels, state, start, is, driver: world.driver },
    tunnel: () => Object.values(state().tunnels).at(-1)!,
    async open(): Promise<string> {
      const sessionId = start();
      await is(sessionId, 'ready');
      return sessionId;
    },
    submit: (sessionId: string, text: string, tabId = 't1') =>
      (workspace.take({ type: 'query.submit', sessionId, tabId, text }) as Accepted).queryIds![0]!,
    running: (text: string): Promise<FakeExecution> =>
      eventually(() => world.driver.executions.find((one) => one.text === text && !one.hasEnded)),
    outcome: (queryId: string) => eventually(() => state().queries[queryId]?.outcome ?? undefined),
    prompt: (kind: string) => eventually(() => workspace.prompts().find((one) => one.kind === kind)),
    proven: () => {
      const replay = new Replay();
      for (const envelope of world.tape.envelopes) replay.step(envelope);
      return replay.report().matched;
    },
    texts: () => JSON.stringify(world.tape.envelopes),
  };
}

describe('a session whose profile has a tunnel', () => {
  it('opens it first, dials every connection through it by the name of the target, and closes it last', async () => {
    const { open, submit, running, outcome, driver, tunnels, workspace, is, state, proven, texts } =
      tunnelled();
    const session = await open();
    const query = submit(session, 'select 1');
    (await running('select 1')).complete();
    await outcome(query);
    const route = { host: '127.0.0.1', port: 40_000, tlsServerName: 'db.example' };
    expect(driver.connections.map(({ options }) => options.route)).toEqual([route, route]);
    workspace.take({ type: 'session.close', sessionId: session });
    await is(session, 'offline');
    expect(tunnels.opened.map(({ closed }) => closed)).toEqual([true]);
    expect(Object.values(state().tunnels)).toMatchObject([{ state: 'closed', processes: [], losses: 0 }]);
    expect(proven()).toBe(true);
    expect(texts()).not.toMatch(/secret/);
  });

  it('has the hash of a command on the tape by a key, so that its hosts can’t be guessed from it', async () => {
    const { open, tunnels, tunnel, texts } = tunnelled();
    const commandHash = '5e'.repeat(32);
    tunnels.before = (options) =>
      options.onStep({ type: 'chosen', backend: 'command', reason: 'configured', commandHash });
    await open();
    expect(tunnel().commandHash).toMatch(/^[0-9a-f]{16,64}$/);
    expect(texts()).not.toContain(commandHash);
  });

  it('fails where it does not open, dials no server, and gives the words', async () => {
    const { start, is, driver, tunnels, tunnel, workspace, proven } = tunnelled();
    tunnels.refuse = { code: 'ssh.authFailed', source: 'server', message: 'secret-bastion refused' };
    const session = start();
    await is(session, 'failed');
    expect(driver.connections).toEqual([]);
    expect(tunnels.attempts).toBe(1);
    expect(tunnel()).toMatchObject({ state: 'failed', failure: { code: 'ssh.authFailed' } });
    expect(workspace.failure(tunnel().tunnelId)?.message).toBe('secret-bastion refused');
    expect(proven()).toBe(true);
  });

  it('closes it where the server behind it can not be reached', async () => {
    const { start, is, driver, tunnels, tunnel, proven } = tunnelled();
    driver.refuse = { code: '28P01', source: 'server', message: 'no' };
    await is(start(), 'failed');
    expect(tunnels.opened[0]!.closed).toBe(true);
    expect(tunnel().state).toBe('closed');
    expect(proven()).toBe(true);
  });

  it('says of a statement that waited for its connection that the tunnel was lost', {
    tags: ['slow'],
  }, async () => {
    const { open, submit, outcome, driver, tunnels, workspace, is } = tunnelled();
    const session = await open();
    let hasDialled = false;
    const connect = driver.connect.bind(driver);
    driver.connect = async (_target, options) => {
      hasDialled = true;
      await new Promise((resolve) => options.signal!.addEventListener('abort', resolve));
      throw new DriverError({ code: 'ABORTED', source: 'client', message: 'given up' });
    };
    const query = submit(session, 'select 1');
    await eventually(() => hasDialled);
    driver.connect = connect;
    tunnels.opened[0]!.lose();
    expect(await outcome(query)).toBe('lost.notRun');
    const { code, message } = workspace.query(query)!.failure!;
    expect(code).toBe('tunnel.lost');
    expect(message).toMatch(/^The tunnel was lost, and this connection with it\. secret-bastion closed/);
    await is(session, 'ready');
    expect(workspace.failure(session)?.code).toBe('ssh.closed');
  });

  it('loses its statements honestly with it, opens it again, and runs nothing again', async () => {
    const { open, submit, running, outcome, driver, tunnels, is, state, tunnel, proven, workspace } =
      tunnelled();
    const session = await open();
    const current = submit(session, 'update t set a = 1');
    const waiting = submit(session, 'select 2');
    await running('update t set a = 1');
    tunnels.opened[0]!.lose();
    expect(await outcome(current)).toBe('lost.mayHaveCompleted');
    expect(await outcome(waiting)).toBe('lost.notRun');
    expect(state().queries[current]!.failure?.code).toBe('tunnel.lost');
    expect(driver.connections.every(({ closed }) => closed)).toBe(true);
    await is(session, 'reconnecting.tunnel');
    workspace.take({ type: 'session.reconnect', sessionId: session });
    await is(session, 'ready');
    expect(tunnel()).toMatchObject({ state: 'forwarding', losses: 1, attempts: 0, failure: null });
    const again = submit(session, 'select 3');
    (await running('select 3')).complete();
    expect(await outcome(again)).toBe('succeeded');
    expect(driver.executions.filter(({ text }) => text.startsWith('update'))).toHaveLength(1);
    expect(driver.connections.at(-1)!.options.route?.port).toBe(40_001);
    expect(tunnels.opened[0]!.closed).toBe(true);
    expect(proven()).toBe(true);
  });

  it('says that it was lost where the end of its connections is noticed first', async () => {
    const { open, submit, running, outcome, tunnels, state, driver, proven } = tunnelled();
    const session = await open();
    const query = submit(session, 'select 1');
    const execution = await running('select 1');
    tunnels.opened[0]!.isDead = true;
    execution.connection.options.onLost({
      code: 'connection.closed',
      source: 'connection',
      message: 'closed',
    });
    execution.lose();
    await eventually(() => tunnels.opened[0]!.pings > 0);
    tunnels.opened[0]!.lose();
    expect(await outcome(query)).toBe('lost.mayHaveCompleted');
    expect(state().queries[query]!.failure?.code).toBe('tunnel.lost');
    expect(driver.executions).toHaveLength(1);
    expect(proven()).toBe(true);
  });

  it('lives on where a connection alone is lost', async () => {
    const { open, submit, running, outcome, tunnels, tunnel, state } = tunnelled();
    const session = await open();
    const query = submit(session, 'select 1');
    (await running('select 1')).lose();
    expect(await outcome(query)).toBe('lost.mayHaveCompleted');
    expect(state().queries[query]!.failure?.code).not.toBe('tunnel.lost');
    expect(tunnels.opened[0]!.pings).toBeGreaterThan(0);
    expect(tunnel()).toMatchObject({ state: 'forwarding', losses: 0 });
  });

  it('is asked for its own word no longer than a bound', async () => {
    const tunnels = new Tunnels(50);
    const silent = new FakeTunnel(1, {} as never);
    silent.isDead = true;
    tunnels.opening('s', 's.tunnel1');
    tunnels.opened('s', silent, '');
    const first = tunnels.lossKnown('s');
    expect(tunnels.lossKnown('s')).toBe(first);
    await first;
    expect(silent.pings).toBe(1);
    expect(tunnels.lossOf('s')).toBeNull();
    tunnels.down('s', { code: 'tunnel.notResponding', source: 'connection', message: '' });
    expect(tunnels.lossKnown('s')).toBeNull();
    expect(tunnels.lossOf('s')?.code).toBe('tunnel.lost');
  });

  it('that throws as it is asked gives no word, and harms nothing', async () => {
    const tunnels = new Tunnels(50);
    const torn = new FakeTunnel(1, {} as never);
    torn.ping = () => {
      throw new TypeError('It is being torn down.');
    };
    tunnels.opening('s', 's.tunnel1');
    tunnels.opened('s', torn, '');
    await expect(tunnels.lossKnown('s')).resolves.toBeUndefined();
    expect(tunnels.lossOf('s')).toBeNull();
  });

  it('says why its last hop did not reach the server, and not by what it refused to an earlier connection', async () => {
    const { open, submit, outcome, driver, tunnels, state } = tunnelled();
    const session = await open();
    const failure = { code: 'tunnel.targetRefused', source: 'connection', message: 'not reached' } as const;
    driver.refuse = { code: 'tls.failed', source: 'connection', message: 'no TLS' };
    tunnels.opened[0]!.refused = { failure, at: performance.now() };
    const later = submit(session, 'select 1', 't1');
    expect(await outcome(later)).toBe('lost.notRun');
    expect(state().queries[later]!.failure?.code).toBe('tls.failed');
    tunnels.opened[0]!.refused = { failure, at: Number.POSITIVE_INFINITY };
    const now = submit(session, 'select 2', 't2');
    expect(await outcome(now)).toBe('lost.notRun');
    expect(state().queries[now]!.failure?.code).toBe('tunnel.targetRefused');
  });

  it('waits with a tab’s statement while it is opened again', async () => {
    const { open, submit, running, outcome, tunnels, is, workspace } = tunnelled();
    const session = await open();
    tunnels.opened[0]!.lose();
    await is(session, 'reconnecting.tunnel');
    const early = submit(session, 'select 1');
    workspace.take({ type: 'session.reconnect', sessionId: session });
    (await running('select 1')).complete();
    expect(await outcome(early)).toBe('succeeded');
  });

  it('opens it not once more where the sign-in is refused, until the user reconnects', async () => {
    const { open, submit, outcome, tunnels, is, workspace, state, proven } = tunnelled();
    const session = await open();
    tunnels.refuse = { code: 'ssh.authFailed', source: 'server', message: 'secret-bastion refused' };
    tunnels.opened[0]!.lose();
    await is(session, 'reconnecting.tunnel');
    workspace.take({ type: 'session.reconnect', sessionId: session });
    await is(session, 'disconnected');
    expect(tunnels.attempts).toBe(2);
    const lost = submit(session, 'select 1');
    expect(await outcome(lost)).toBe('lost.notRun');
    expect(state().queries[lost]!.failure?.code).toBe('ssh.authFailed');
    expect(tunnels.attempts).toBe(2);
    tunnels.refuse = null;
    workspace.take({ type: 'session.reconnect', sessionId: session });
    await is(session, 'ready');
    expect(Object.keys(state().tunnels)).toEqual([`${session}.tunnel1`, `${session}.tunnel2`]);
    expect(proven()).toBe(true);
  });

  it('is asked for a sign of life when the computer wakes, and is lost where it gives none', async () => {
    const { open, tunnels, is, workspace, tunnel } = tunnelled();
    const session = await open();
    workspace.woke();
    await eventually(() => tunnels.opened[0]!.pings === 1);
    expect(tunnel().state).toBe('forwarding');
    tunnels.opened[0]!.isDead = true;
    workspace.woke();
    await is(session, 'reconnecting.tunnel');
    expect(tunnel().failure?.code).toBe('tunnel.lost');
  });

  it('is asked for signs of life while a statement waits for it, and is lost where it gives none', async () => {
    const { open, submit, running, outcome, tunnels } = tunnelled();
    const session = await open();
    const query = submit(session, 'select 1');
    await running('select 1');
    tunnels.opened[0]!.isDead = true;
    expect(await outcome(query)).toBe('lost.mayHaveCompleted');
  });

  it('is not dialled where the profile names another way than the one that was opened', async () => {
    const { open, submit, outcome, world, state, driver } = tunnelled();
    const session = await open();
    const profile = world.profiles.get('p1')!;
    world.profiles.add({ ...profile, target: { ...profile.target, host: 'other.example' } }, 'x');
    const query = submit(session, 'select 1');
    expect(await outcome(query)).toBe('lost.notRun');
    expect(state().queries[query]!.failure?.code).toBe('profile.tunnelChanged');
    expect(driver.connections).toHaveLength(1);
  });

  it('is not opened without a check of host keys on staging', async () => {
    const { start, is, world, tunnels, tunnel } = tunnelled({ ...ONE_HOP, hostKeys: 'off' });
    const profile = world.profiles.get('p1')!;
    world.profiles.add({ ...profile, environment: 'staging' }, 'x');
    await is(start(), 'failed');
    expect(tunnels.attempts).toBe(0);
    expect(tunnel().failure?.code).toBe('tunnel.hostKeysOff');
  });

  it('is given up while it is being opened, where the session is closed', async () => {
    const { start, is, tunnels, workspace, tunnel, proven } = tunnelled();
    tunnels.before = (options) =>
      new Promise((resolve) => options.signal.addEventListener('abort', () => resolve()));
    const session = start();
    await eventually(() => tunnel()?.state === 'opening.verifyingHostKey');
    workspace.take({ type: 'session.close', sessionId: session });
    await is(session, 'offline');
    expect(tunnel().state).toBe('closed');
    expect(proven()).toBe(true);
  });
});

describe('a question of a tunnel', () => {
  const HOST_KEY = {
    type: 'hostKey',
    hop: 0,
    host: 'secret-bastion',
    hostKey: { keyType: 'ssh-ed25519', fingerprint: `SHA256:${'A'.repeat(43)}` },
    art: '+--[secret art]--+',
    others: [],
  } as const;
  const ROUND = {
    type: 'prompts',
    hop: 0,
    name: '',
    instructions: 'secret instructions',
    prompts: [
      { text: 'secret password? ', echo: false },
      { text: 'secret code? ', echo: true },
    ],
  } as const;

  it('is answered once, by its own challenge, and neither question nor answer is on the tape', async () => {
    const { start, is, tunnels, workspace, prompt, tunnel, proven, texts } = tunnelled();
    const given: unknown[] = [];
    tunnels.before = async (options) => {
      given.push(await asks(options, HOST_KEY), await asks(options, ROUND));
    };
    const session = start();
    const { promptId, challenge, question } = await prompt('hostKey');
    expect(question).toMatchObject({ host: 'secret-bastion', fingerprint: `SHA256:${'A'.repeat(43)}` });
    expect(tunnel().state).toBe('opening.awaitingTrust');
    const wrong = { kind: 'hostKey', challenge: 'made-up', trusted: true } as const;
    expect(workspace.take({ type: 'prompt.answer', promptId, answer: wrong })).toMatchObject({
      refused: { code: 'prompt.invalid' },
    });
    const answer = { kind: 'hostKey', challenge, trusted: true } as const;
    expect(workspace.take({ type: 'prompt.answer', promptId, answer })).toMatchObject({ accepted: true });
    expect(workspace.take({ type: 'prompt.answer', promptId, answer })).toMatchObject({
      refused: { code: 'prompt.unknown' },
    });
    const round = await prompt('secondFactor');
    const few = { kind: 'secondFactor' as const, challenge: round.challenge, texts: ['secret-1'] };
    expect(workspace.take({ type: 'prompt.answer', promptId: round.promptId, answer: few })).toMatchObject({
      refused: { code: 'prompt.texts' },
    });
    const other = { kind: 'passphrase' as const, challenge: round.challenge, texts: ['secret-1'] };
    expect(workspace.take({ type: 'prompt.answer', promptId: round.promptId, answer: other })).toMatchObject({
      refused: { code: 'prompt.kind' },
    });
    workspace.take({
      type: 'prompt.answer',
      promptId: round.promptId,
      answer: { ...few, texts: ['secret-1', 'secret-2'] },
    });
    await is(session, 'ready');
    expect(given).toEqual([{ trusted: true }, { texts: ['secret-1', 'secret-2'] }]);
    expect(workspace.prompts()).toEqual([]);
    expect(proven()).toBe(true);
    expect(texts()).not.toMatch(/secret/);
  });

  it.each(['dismissed', 'expired'])('that is %s opens no tunnel', async (how) => {
    const { start, is, tunnels, workspace, prompt, tunnel, world, proven } = tunnelled();
    tunnels.before = async (options) => void (await asks(options, HOST_KEY));
    const session = start();
    const { promptId, challenge } = await prompt('hostKey');
    if (how === 'expired') {
      world.clock.offsetMs = 10 * 60_000;
      const answer = { kind: 'hostKey', challenge, trusted: true } as const;
      expect(workspace.take({ type: 'prompt.answer', promptId, answer })).toMatchObject({
        refused: { code: 'prompt.invalid' },
      });
    }
    workspace.take({ type: 'prompt.dismiss', promptId });
    await is(session, 'failed');
    expect(tunnel().failure?.code).toBe('tunnel.notAnswered');
    expect(workspace.prompts()).toEqual([]);
    expect(proven()).toBe(true);
  });
});

it('is opened again later where the way there does not work now', async () => {
  const { open, tunnels, is, tunnel, workspace } = tunnelled();
  const session = await open();
  tunnels.refuse = { code: 'ssh.refused', ...FAILURE };
  tunnels.opened[0]!.lose();
  await is(session, 'reconnecting.tunnel');
  workspace.take({ type: 'session.reconnect', sessionId: session });
  await eventually(() => tunnel().attempts > 0 && tunnel().failure?.code === 'ssh.refused');
  expect(tunnel().state).toBe('reopening.waiting');
});

describe('the test of a connection through a tunnel', () => {
  function testing() {
    const tunnels = new FakeTunnels();
    const driver = new FakeDriver();
    const world = fakeWorkspace({
      spillFolder: mkdtempSync(join(tmpdir(), 'querytape-tunnels-')),
      openTunnel: tunnels.open,
      tunnel: ONE_HOP,
      driver,
      kept: (profiles) => ({
        profiles,
        config: {
          ...NO_CONFIG,
          candidate: async () => ({
            profile: { ...profiles.get('p1')!, profileId: 'candidate' },
            secrets: new Map([['ssh.0.passphrase', new Secret('secret-passphrase')]]),
          }),
        },
      }),
    });
    const test = () => world.workspace.take({ type: 'profile.test', commandId: 'm1', draft: {} });
    return {
      world,
      tunnels,
      driver,
      test,
      view: () => Object.values(fold(world.tape.envelopes).tunnels)[0]!,
    };
  }

  it('goes through it with the secrets that were typed, names its steps, and leaves nothing', async () => {
    const { world, tunnels, driver, test, view } = testing();
    let given: string | undefined;
    tunnels.before = async (options) => {
      given = options.secret(0, 'passphrase');
    };
    expect(await test()).toMatchObject({ accepted: true, reached: { flavour: 'PostgreSQL' } });
    expect(given).toBe('secret-passphrase');
    expect(driver.connections[0]!.options.route).toMatchObject({ host: '127.0.0.1', port: 40_000 });
    expect(view()).toMatchObject({ state: 'closed', sessionId: null, commandId: 'm1', processes: [] });
    expect(view().steps.map(({ step, hop }) => `${step} ${hop}`)).toEqual([
      'reached 0',
      'hostKey 0',
      'trusted 0',
      'signedIn 0',
      'opened null',
    ]);
    expect(tunnels.opened[0]!.closed).toBe(true);
    expect(JSON.stringify(world.tape.envelopes)).not.toMatch(/secret/);
  });

  it('is stopped by the user, closes what it opened, and says so', async () => {
    const { world, tunnels, driver, test, view } = testing();
    let opening = (): void => undefined;
    const begun = new Promise<void>((resolve) => {
      opening = resolve;
    });
    tunnels.before = (options) => {
      opening();
      return new Promise((_, reject) =>
        options.signal.addEventListener('abort', () => reject(options.signal.reason)),
      );
    };
    const answer = test();
    await begun;
    await world.workspace.take({ type: 'profile.stopTest', commandId: 'm2', testCommandId: 'm1' });
    expect(await answer).toMatchObject({ refused: { code: 'test.stopped' } });
    expect(driver.connections).toEqual([]);
    expect(view()).toMatchObject({ state: 'closed', commandId: 'm1' });
    expect(await world.workspace.take({ type: 'profile.stopTest', testCommandId: 'm1' })).toMatchObject({
      accepted: true,
    });
  });

  it('stops at the step that failed, with its code and words', async () => {
    const { tunnels, driver, test, view } = testing();
    const hostKeys = { host: 'secret-bastion', shown: null, known: [] };
    tunnels.refuse = { code: 'ssh.hostKeyChanged', source: 'client', message: 'another key.', hostKeys };
    expect(await test()).toMatchObject({
      refused: { code: 'ssh.hostKeyChanged', message: 'another key.', hostKeys },
    });
    expect(driver.connections).toEqual([]);
    expect(view()).toMatchObject({ state: 'failed', failure: { code: 'ssh.hostKeyChanged' } });
    expect(view().steps.at(-1)).toMatchObject({ step: 'failed' });
  });

  it('says why the last hop did not reach the server', async () => {
    const { tunnels, driver, test } = testing();
    driver.refuse = { code: 'connection.closed', source: 'connection', message: 'closed' };
    const failure = { code: 'tunnel.targetRefused', source: 'connection', message: 'not reached.' } as const;
    tunnels.refusal = { failure, at: Number.POSITIVE_INFINITY };
    expect(await test()).toMatchObject({
      refused: { code: 'tunnel.targetRefused', message: 'not reached.' },
    });
    expect(tunnels.opened[0]!.closed).toBe(true);
  });
});
