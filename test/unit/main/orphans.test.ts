import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TapeEvent, Unsealed } from '../../../src/events/envelope.ts';
import { Secret } from '../../../src/events/secret.ts';
import { fold } from '../../../src/events/views/state.ts';
import { parse } from '../../../src/main/options.ts';
import { orphansCommand } from '../../../src/main/orphans.ts';
import { openTape, readTape } from '../../../src/store/tape/tape.ts';
import { Vault } from '../../../src/store/vault/vault.ts';
import { eventually, fakeWorkspace } from '../actors/fakes.ts';

let folder: string;
let out: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'querytape-orphans-'));
  out = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((piece) => {
    out += piece;
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

/** A data folder whose program was killed in a transaction with a statement in flight, and what its tape goes on with. */
async function killed(...then: readonly { actor: string; kind: 'orphan' | 'workspace'; event: TapeEvent }[]) {
  const world = fakeWorkspace({ spillFolder: folder });
  const state = () => fold(world.tape.envelopes);
  const take = (command: Parameters<typeof world.workspace.take>[0]) =>
    world.workspace.take(command) as { sessionId?: string };
  const sessionId = take({ type: 'session.open', profileId: 'p1' }).sessionId!;
  await eventually(() => state().sessions[sessionId]?.state === 'ready');
  const running = (text: string) =>
    eventually(() => world.driver.executions.find((one) => one.text === text && !one.hasEnded));
  take({ type: 'query.submit', sessionId, tabId: 'left', text: 'begin' });
  const begin = await running('begin');
  begin.connection.holds({ held: [{ kind: 'temporaryTables', names: ['t'] }] });
  begin.complete('BEGIN', 'open');
  await eventually(() => Object.values(state().connections).some((one) => one.transaction === 'open'));
  take({ type: 'query.submit', sessionId, tabId: 'left', text: 'insert' });
  await running('insert');
  const tape = await openTape({
    folder: join(folder, 'tape'),
    fold: { initial: () => 0, apply: (count) => count + 1 },
  });
  for (const { seq: _, ...record } of world.tape.envelopes) tape.append({ ...record, cause: null });
  const machines = { orphan: 'orphan@1', workspace: 'workspace@5' };
  for (const { actor, kind, event } of then) {
    const state = event.type === 'orphan.found' ? event.status : 'checking';
    tape.append({ at: 9e12, actor, kind, machine: machines[kind], cause: null, state, event } as Unsealed);
  }
  await tape.close();
  return Object.values(state().connections).find(({ purpose }) => purpose === 'tab')!;
}

async function orphans(...args: string[]): Promise<number> {
  out = '';
  return orphansCommand(parse(['orphans', '--data-dir', folder, ...args]).options);
}

async function records(): Promise<number> {
  let count = 0;
  for await (const envelopes of readTape(join(folder, 'tape'))) count += envelopes.length;
  return count;
}

describe('querytape orphans', () => {
  it('lists what the killed program left behind, by its tape alone, and adds nothing to it', async () => {
    const { connectionId, server } = await killed();
    const before = await records();
    expect(await orphans('--json')).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      orphanId: connectionId,
      profileId: 'p1',
      profileName: null,
      noName: 'notRead',
      process: server!.process,
      state: 'notChecked',
      transaction: 'open',
      held: ['temporaryTables'],
      lastAnswer: null,
      hint: expect.stringContaining('To find out'),
    });
    expect(await orphans()).toBe(0);
    expect(out).toContain(`Server process: ${server!.process.processId}`);
    expect(out).toContain('May still be running. Start Querytape and open its connection to look.');
    expect(out).toMatch(/Lost with its connection: its transaction \(open since .*\); temporary tables\./);
    expect(out).toContain('To find out, look for');
    expect(out).not.toContain('did not run');
    expect(await records()).toBe(before);
  });

  it('says that the vault is locked, and does not ask for its passphrase', { tags: ['slow'] }, async () => {
    await killed();
    const vault = await Vault.open({ folder });
    await vault.create({ passphrase: new Secret('copper tidal raven mosaic') });
    expect(await orphans()).toBe(0);
    expect(out).toContain('A connection in the locked vault (postgres)');
    expect(out).toContain('Unlock the vault and open its connection to look.');
  });

  it('gives what the server last answered to the run that ended, and leaves out what is gone', async () => {
    const look = (connection: Awaited<ReturnType<typeof killed>>) => {
      const { connectionId: orphanId, sessionId, server } = connection;
      const input = { actorId: 'o1', orphanId, sessionId, profileId: 'p1', engine: 'postgres' as const };
      return { ...input, process: server!.process, sentAt: null, checkTimeoutMs: 1 };
    };
    const connection = await killed();
    const start = { runId: 'run-2', version: '0', node: 'v0', processId: 2 };
    const then = (status: 'running' | 'gone') =>
      [
        { actor: 'run-2', kind: 'workspace', event: { type: 'xstate.init', input: start } },
        { actor: 'o1', kind: 'orphan', event: { type: 'xstate.init', input: look(connection) } },
        { actor: 'o1', kind: 'orphan', event: { type: 'orphan.found', status, forMs: 5000, afterMs: 1 } },
      ] as const;
    for (const status of ['running', 'gone'] as const) {
      rmSync(join(folder, 'tape'), { recursive: true });
      await killed(...then(status));
      expect(await orphans('--json')).toBe(0);
      if (status === 'gone') expect(out).toBe('');
      else
        expect(JSON.parse(out)).toMatchObject({
          state: 'notChecked',
          lastAnswer: expect.stringMatching(/^2255-.*: Still running there since/),
        });
    }
    expect(await orphans()).toBe(0);
    expect(out).toBe('A crash left nothing behind.\n');
  });
});
