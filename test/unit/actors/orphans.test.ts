import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Replay } from '../../../src/actors/replay.ts';
import { DriverError, type Probe, type SideOptions } from '../../../src/drivers/driver.ts';
import type { ActorCommand } from '../../../src/events/command.ts';
import type { ServerProcess } from '../../../src/events/connection.ts';
import type { OrphanView } from '../../../src/events/views/orphan-view.ts';
import { fold } from '../../../src/events/views/state.ts';
import { eventually, FakeDriver, fakeWorkspace } from './fakes.ts';

const PROCESS: ServerProcess = { processId: 42, startedAt: '2026-11-28T12:00:00.000000Z' };

/** What an earlier run left behind: a statement that was sent at 900 000. */
const LEFT: OrphanView = {
  orphanId: 'earlier.c2',
  sessionId: 'earlier',
  profileId: 'p1',
  engine: 'postgres',
  tabId: 't',
  process: PROCESS,
  statement: {
    queryId: 'q0',
    purpose: 'statement',
    verdict: 'write',
    shape: 'INSERT INTO t VALUES (?)',
    submittedAt: 899_000,
    dispatchedAt: 900_000,
  },
  notRun: 0,
  transaction: 'open',
  transactionSince: 800_000,
  held: ['temporaryTables'],
  leftAt: 950_000,
  actorId: null,
  state: 'notChecked',
  checkedAt: null,
  forMs: null,
  terminated: false,
  failure: null,
};

/** A server that says what a test has it say of the process, and counts who is asked what. */
class AskedDriver extends FakeDriver {
  says: Probe | DriverError = { type: 'running', text: `insert 'secret-value'`, forMs: 100_000 };
  onTerminate: () => 'done' | 'notDone' | 'unknown' = () => 'done';
  readonly asked: string[] = [];

  async probe(_target: unknown, process: ServerProcess, options: SideOptions): Promise<Probe> {
    expect(process).toEqual(PROCESS);
    this.asked.push(`probe as ${options.password()}`);
    if (this.says instanceof DriverError) throw this.says;
    return this.says;
  }

  async terminate(_target: unknown, process: ServerProcess) {
    expect(process).toEqual(PROCESS);
    this.asked.push('terminate');
    return this.onTerminate();
  }
}

function start(listed: OrphanView[] = [LEFT]) {
  const driver = new AskedDriver();
  const world = fakeWorkspace({
    spillFolder: mkdtempSync(join(tmpdir(), 'querytape-unit-')),
    driver,
    orphans: { list: () => listed },
  });
  const records = () => world.tape.envelopes.filter(({ kind }) => kind === 'orphan');
  const reaches = (state: string) => eventually(() => records().at(-1)?.state === state);
  const take = (command: ActorCommand) => world.workspace.take(command);
  const refusal = (command: ActorCommand) => {
    const answer = take(command);
    return 'refused' in answer ? answer.refused.code : null;
  };
  const open = async (): Promise<string> => {
    const answer = take({ type: 'session.open', profileId: 'p1' });
    const { sessionId } = answer as { sessionId: string };
    await eventually(() => fold(world.tape.envelopes).sessions[sessionId]?.state === 'ready');
    return sessionId;
  };
  const replays = () => {
    const replay = new Replay();
    for (const envelope of world.tape.envelopes) replay.step(envelope);
    expect(replay.report()).toMatchObject({ matched: true, mismatches: [], unproven: 0 });
  };
  return { ...world, driver, listed, records, reaches, take, refusal, open, replays };
}

const cancel = { type: 'orphan.cancel', orphanId: LEFT.orphanId } as const;
const check = { type: 'orphan.check', orphanId: LEFT.orphanId } as const;
const dismiss = { type: 'orphan.dismiss', orphanId: LEFT.orphanId } as const;

describe('an orphan of an earlier run', () => {
  it('is looked for once its profile is open, after the record of that is on disk, and caused by the connection', async () => {
    const world = start();
    expect(world.refusal(check)).toBe('orphan.profileClosed');
    expect(world.driver.asked).toEqual([]);
    await world.open();
    await world.reaches('running');
    expect(world.driver.asked).toEqual(['probe as hunter2-secret']);
    const look = world.tape.envelopes.find(({ event }) => event.type === 'orphan.look')!;
    const cause = world.tape.envelopes.find(({ seq }) => seq === look.cause)!;
    expect(cause).toMatchObject({ kind: 'connection', event: { type: 'xstate.init' } });
    expect(JSON.stringify(world.tape.envelopes)).not.toContain('secret-value');
    world.replays();
  });

  it.each([
    ['running', { type: 'running', text: '', forMs: 100_000 }],
    ['running', { type: 'running', text: '', forMs: null }],
    ['laterStatement', { type: 'running', text: '', forMs: 10 }],
    ['inTransaction', { type: 'inTransaction' }],
    ['idle', { type: 'idle' }],
    ['gone', { type: 'gone' }],
    ['unknown', new DriverError({ code: 'process.hidden', source: 'server', message: 'secret-value' })],
  ] as const)('is %s where the server says %j', async (state, says) => {
    const world = start();
    world.driver.says = says;
    await world.open();
    await world.reaches(state);
    const cancellable = ['running', 'laterStatement', 'inTransaction'].includes(state);
    if (!cancellable) expect(world.refusal(cancel)).toBe('orphan.notRunning');
    world.replays();
  });

  it('is asked about, and ended, only after the record of that is on disk', async () => {
    const world = start();
    await world.open();
    await world.reaches('running');
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    for (const [command, asks] of [
      [check, 'probe as hunter2-secret'],
      [cancel, 'terminate'],
    ] as const) {
      const before = [...world.driver.asked];
      world.tape.hold();
      expect(world.refusal(command)).toBeNull();
      await turn();
      await turn();
      expect(world.driver.asked).toEqual(before);
      world.tape.release();
      await eventually(() => world.driver.asked[before.length] === asks);
      if (command === check) await world.reaches('running');
    }
    world.driver.says = { type: 'gone' };
    await world.reaches('gone');
    world.replays();
  });

  it('that is listed after its profile was opened is looked for at the command of the user, which is its cause', async () => {
    const world = start([]);
    await world.open();
    world.listed.push(LEFT);
    expect(world.refusal({ ...cancel, commandId: 'c1' })).toBe('orphan.notFound');
    expect(world.refusal({ ...check, commandId: 'c2' })).toBeNull();
    await world.reaches('running');
    const look = world.tape.envelopes.find(({ event }) => event.type === 'orphan.look')!;
    expect(look.event).toMatchObject({ commandId: 'c2' });
    world.replays();
  });

  it('is left alone where another profile is opened', async () => {
    const world = start([{ ...LEFT, profileId: 'p2' }]);
    await world.open();
    expect(world.records()).toEqual([]);
    expect(world.refusal(check)).toBe('orphan.profileClosed');
    expect(world.refusal(dismiss)).toBeNull();
  });

  it('is ended only where the user asks for it, and said to be gone only by the word of the server', async () => {
    const world = start();
    await world.open();
    await world.reaches('running');
    expect(world.refusal(cancel)).toBeNull();
    await world.reaches('cancelling.confirming');
    expect(world.refusal(cancel)).toBe('orphan.busy');
    expect(world.refusal(dismiss)).toBe('orphan.cancelling');
    await eventually(() => world.driver.asked.length >= 3);
    expect(world.records().at(-1)!.state).toBe('cancelling.confirming');
    world.driver.says = { type: 'gone' };
    await world.reaches('gone');
    expect(world.driver.asked.filter((one) => one === 'terminate')).toHaveLength(1);
    world.replays();
  });

  it('is looked for again where the server refuses to end it', async () => {
    const world = start();
    world.driver.onTerminate = () => {
      throw new DriverError({ code: '42501', source: 'server', message: 'secret-value' });
    };
    await world.open();
    await world.reaches('running');
    world.take(cancel);
    await eventually(() => world.records().some(({ event }) => event.type === 'orphan.notTerminated'));
    await world.reaches('running');
    expect(JSON.stringify(world.tape.envelopes)).not.toContain('secret-value');
    world.replays();
  });

  it('is looked for again by the next session of its profile', async () => {
    const world = start();
    const first = await world.open();
    await world.reaches('running');
    world.take({ type: 'session.close', sessionId: first });
    await eventually(() => fold(world.tape.envelopes).sessions[first]?.state === 'offline');
    expect(world.refusal(cancel)).toBe('orphan.profileClosed');
    world.driver.says = { type: 'gone' };
    await world.open();
    await world.reaches('gone');
    expect(world.records().filter(({ event }) => event.type === 'xstate.init')).toHaveLength(1);
    world.replays();
  });

  it('is dismissed, whatever is known of it, and asks its server nothing for that', async () => {
    const world = start();
    await world.open();
    await world.reaches('running');
    expect(world.refusal(dismiss)).toBeNull();
    await world.reaches('dismissed');
    world.listed.length = 0;
    expect(world.refusal(dismiss)).toBe('orphan.unknown');
    expect(world.driver.asked).toHaveLength(1);
    world.replays();
  });
});
