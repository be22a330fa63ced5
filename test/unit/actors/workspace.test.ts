import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { Replay } from '../../../src/actors/replay.ts';
import type { Accepted } from '../../../src/events/command.ts';
import { fold } from '../../../src/events/views/state.ts';
import { eventually, type FakeExecution, fakeWorkspace } from './fakes.ts';

let world: ReturnType<typeof fakeWorkspace>;

beforeEach(() => {
  world = fakeWorkspace({ spillFolder: mkdtempSync(join(tmpdir(), 'querytape-unit-')) });
});

const state = () => fold(world.tape.envelopes);

async function open(): Promise<string> {
  const { sessionId } = world.workspace.take({ type: 'session.open', profileId: 'p1' }) as Accepted;
  await eventually(() => state().sessions[sessionId!]?.state === 'ready');
  return sessionId!;
}

function submit(sessionId: string, text: string, tabId = 't1'): readonly string[] {
  const answer = world.workspace.take({ type: 'query.submit', sessionId, tabId, text });
  if ('refused' in answer) throw new Error(answer.refused.code);
  return answer.queryIds!;
}

async function running(text: string): Promise<FakeExecution> {
  return eventually(() => world.driver.executions.find((execution) => execution.text === text));
}

const outcome = (queryId: string) => eventually(() => state().queries[queryId]?.outcome ?? undefined);

/** Every test ends by proving its own tape. */
function proveTape(): void {
  const replay = new Replay();
  for (const envelope of world.tape.envelopes) replay.step(envelope);
  const report = replay.report();
  expect(report.mismatches).toEqual([]);
  expect(report.unproven).toBe(0);
  expect(report.matched).toBe(true);
  for (const { seq, cause } of world.tape.envelopes) if (cause !== null) expect(cause).toBeLessThan(seq);
  expect(world.unrecordable).toEqual([]);
  const names = world.tape.envelopes.map(({ event }) => event.type);
  expect(names.filter((name) => name.includes('unrecordable'))).toEqual([]);
}

describe('the workspace', () => {
  it('runs a statement and tells its whole life in order', async () => {
    const sessionId = await open();
    const [queryId] = submit(sessionId, 'select 1');
    (await running('select 1')).complete();
    expect(await outcome(queryId!)).toBe('succeeded');
    const life = world.tape.envelopes
      .filter(({ actor }) => actor === queryId)
      .map(({ event, state }) => [event.type, state]);
    expect(life).toEqual([
      ['xstate.init', 'queued.onConnection'],
      ['query.granted', 'classifying'],
      ['query.classified', 'recording'],
      ['query.recorded', 'running.executing'],
      ['query.completed', 'succeeded'],
    ]);
    proveTape();
  });

  it('writes at most nine records for a simple statement', async () => {
    const sessionId = await open();
    submit(sessionId, 'select 0');
    (await running('select 0')).complete();
    await eventually(() => Object.values(state().queries).every((query) => query.outcome !== null));
    const before = world.tape.envelopes.length;
    const [queryId] = submit(sessionId, 'select 1');
    const execution = await running('select 1');
    execution.sink.columns([{ name: 'a', type: 'int4', kind: 'number' } as never], 'postgres-datarow');
    execution.sink.rows(new Uint8Array([68, 0, 0, 0, 11, 0, 1, 0, 0, 0, 1, 49]), 1);
    execution.complete();
    expect(await outcome(queryId!)).toBe('succeeded');
    const records = world.tape.envelopes.slice(before).map(({ kind, event }) => `${kind} ${event.type}`);
    expect(records).toEqual([
      'session query.submit',
      'connection connection.leased',
      'query xstate.init',
      'query query.classified',
      'query query.recorded',
      'query query.firstRowArrived',
      'query query.completed',
      'connection connection.released',
      'session query.ended',
    ]);
    proveTape();
  });

  it('waits to share a sync neither with the first row nor with the end', async () => {
    const sessionId = await open();
    submit(sessionId, 'select 1');
    const execution = await running('select 1');
    const isDurable = (type: string) =>
      world.tape.envelopes.some(({ seq, event }) => event.type === type && seq <= world.tape.durableSeq);
    const row = new Uint8Array([68, 0, 0, 0, 11, 0, 1, 0, 0, 0, 1, 49]);
    execution.sink.columns([{ name: 'a', type: 'int4', kind: 'number' } as never], 'postgres-datarow');
    execution.sink.rows(row, 1);
    await eventually(() => isDurable('query.firstRowArrived'));
    execution.complete();
    await eventually(() => isDurable('query.ended'));
    proveTape();
  });

  it('sends nothing before the record that says so is on disk', async () => {
    const sessionId = await open();
    submit(sessionId, 'select 0');
    (await running('select 0')).complete();
    let sentWith = 0;
    world.driver.onExecute = () => {
      sentWith = world.tape.durableSeq;
    };
    world.tape.hold();
    const [queryId] = submit(sessionId, 'select 1');
    const classified = await eventually(() =>
      world.tape.envelopes.find(({ actor, event }) => actor === queryId && event.type === 'query.classified'),
    );
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(world.driver.executions.map(({ text }) => text)).toEqual(['select 0']);
    world.tape.release();
    (await running('select 1')).complete();
    expect(sentWith).toBeGreaterThanOrEqual(classified.seq);
    await outcome(queryId!);
    proveTape();
  });

  it('does not even greet a server before the opening is on disk', async () => {
    world.tape.hold();
    world.workspace.take({ type: 'session.open', profileId: 'p1' });
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(world.driver.connections).toHaveLength(0);
    world.tape.release();
    await eventually(() => world.driver.connections.length === 1);
  });

  it('refuses a statement that can not be recorded, and sends nothing', async () => {
    const sessionId = await open();
    submit(sessionId, 'select 0');
    (await running('select 0')).complete();
    world.tape.failing = 'ENOSPC';
    const [queryId] = submit(sessionId, 'delete from t');
    expect(await outcome(queryId!)).toBe('refused');
    expect(state().queries[queryId!]?.refusedCode).toBe('tape.unavailable');
    world.tape.failing = null;
    const [next] = submit(sessionId, 'select 2');
    (await running('select 2')).complete();
    expect(await outcome(next!)).toBe('succeeded');
    expect(world.driver.executions.map(({ text }) => text)).toEqual(['select 0', 'select 2']);
    proveTape();
  });

  it('takes no command for a server while the tape has failed, and says why', () => {
    world.workspace.tapeHealth({ state: 'failed', code: 'ENOSPC', durableSeq: 1 });
    const answer = world.workspace.take({ type: 'session.open', profileId: 'p1' });
    expect(answer).toMatchObject({ refused: { code: 'tape.unavailable', message: /ENOSPC/ } });
    world.workspace.tapeHealth({ state: 'durable', code: null, durableSeq: 2 });
    expect(world.workspace.take({ type: 'session.open', profileId: 'p1' })).toMatchObject({
      accepted: true,
    });
  });

  it('gives each tab a connection and a connection one statement at a time', async () => {
    const sessionId = await open();
    const [first] = submit(sessionId, 'select 1', 'a');
    const [second] = submit(sessionId, 'select 2', 'a');
    const [other] = submit(sessionId, 'select 3', 'b');
    const one = await running('select 1');
    const three = await running('select 3');
    expect(one.connection).not.toBe(three.connection);
    expect(state().queries[second!]?.state).toBe('queued.onConnection');
    one.complete();
    const two = await running('select 2');
    expect(two.connection).toBe(one.connection);
    two.complete();
    three.complete();
    for (const id of [first, second, other]) expect(await outcome(id!)).toBe('succeeded');
    proveTape();
  });

  it('does not say cancelled before the server has', async () => {
    const sessionId = await open();
    const [queryId] = submit(sessionId, 'select pg_sleep(60)');
    const execution = await running('select pg_sleep(60)');
    world.workspace.take({ type: 'query.cancel', queryId: queryId! });
    await eventually(() => execution.cancelled);
    expect(state().queries[queryId!]).toMatchObject({ state: 'cancelling.requested', outcome: null });
    execution.fail('57014', { stopped: true });
    expect(await outcome(queryId!)).toBe('cancelled');
    expect(state().queries[queryId!]?.cancel).toMatchObject({ reason: 'user', confirmedAfterMs: 5 });
    const [next] = submit(sessionId, 'select 2');
    const after = await running('select 2');
    expect(after.connection).toBe(execution.connection);
    after.complete();
    expect(await outcome(next!)).toBe('succeeded');
    proveTape();
  });

  it('cancels a statement that waits without asking the server, and goes on with the rest', async () => {
    const sessionId = await open();
    submit(sessionId, 'select 1');
    const [waiting] = submit(sessionId, 'select 2');
    const [third] = submit(sessionId, 'select 3');
    const one = await running('select 1');
    world.workspace.take({ type: 'query.cancel', queryId: waiting! });
    expect(await outcome(waiting!)).toBe('cancelled');
    one.complete();
    (await running('select 3')).complete();
    expect(await outcome(third!)).toBe('succeeded');
    expect(world.driver.executions.map(({ text }) => text)).toEqual(['select 1', 'select 3']);
    proveTape();
  });

  it('stops a script at its first failure and says which did not run', async () => {
    const sessionId = await open();
    const ids = submit(sessionId, 'select 1; selec 2; select 3;');
    (await running('select 1')).complete();
    (await running('selec 2')).fail('42601');
    expect(await Promise.all(ids.map(outcome))).toEqual(['succeeded', 'failed', 'cancelled']);
    expect(state().queries[ids[2]!]?.cancel?.reason).toBe('scriptStopped');
    expect(world.driver.executions).toHaveLength(2);
    proveTape();
  });

  it('keeps the words of the server off the tape', async () => {
    const sessionId = await open();
    const [queryId] = submit(sessionId, "insert into t values ('secret-value')");
    (await running("insert into t values ('secret-value')")).fail('23505', {
      message: 'Key (a)=(secret-value)',
    });
    await outcome(queryId!);
    const text = JSON.stringify(world.tape.envelopes);
    expect(text).toContain('23505');
    expect(text).not.toContain('secret');
    expect(text).not.toContain('insert');
    expect(world.workspace.query(queryId!)?.failure?.message).toContain('secret-value');
  });

  it('tells what may have happened when a connection goes, and runs nothing again', async () => {
    const sessionId = await open();
    const [current] = submit(sessionId, 'update t set a = 1');
    const [waiting] = submit(sessionId, 'select 2');
    const execution = await running('update t set a = 1');
    execution.lose();
    expect(await outcome(current!)).toBe('lost.mayHaveCompleted');
    expect(await outcome(waiting!)).toBe('lost.notRun');
    const [next] = submit(sessionId, 'select 3');
    const after = await running('select 3');
    expect(after.connection).not.toBe(execution.connection);
    after.complete();
    expect(await outcome(next!)).toBe('succeeded');
    expect(world.driver.executions.map(({ text }) => text)).toEqual(['update t set a = 1', 'select 3']);
    proveTape();
  });

  it('reconnects the catalogue, while tabs go on running statements', async () => {
    const sessionId = await open();
    world.driver.connections[0]!.lose();
    await eventually(() => state().sessions[sessionId]?.state === 'reconnecting.waiting');
    await expect(world.workspace.catalogue(sessionId, { list: 'databases' })).rejects.toMatchObject({
      code: 'session.notReady',
    });
    const [queryId] = submit(sessionId, 'select 1');
    (await running('select 1')).complete();
    expect(await outcome(queryId!)).toBe('succeeded');
    world.workspace.take({ type: 'session.reconnect', sessionId });
    await eventually(() => state().sessions[sessionId]?.state === 'ready');
    proveTape();
  });

  it('says with the server’s error why a catalogue could not be read, and what to do', async () => {
    const sessionId = await open();
    const page = world.workspace.catalogue(sessionId, { list: 'databases' });
    (await running('catalogue')).fail('57014', {
      message: 'canceling statement due to statement timeout',
      stoppedBy: 'limit',
      advice: 'Set a longer one.',
    });
    await expect(page).rejects.toMatchObject({
      code: '57014',
      message: 'canceling statement due to statement timeout. Set a longer one.',
    });
    proveTape();
  });

  it('says why a session could not be opened, with the words off the tape', async () => {
    world.driver.refuse = {
      code: '28P01',
      source: 'server',
      message: 'password authentication failed for user "u"',
    };
    const { sessionId } = world.workspace.take({ type: 'session.open', profileId: 'p1' }) as Accepted;
    await eventually(() => state().sessions[sessionId!]?.state === 'failed');
    expect(state().sessions[sessionId!]?.failure?.code).toBe('28P01');
    expect(world.workspace.failure(sessionId!)?.message).toContain('password authentication failed');
    expect(JSON.stringify(world.tape.envelopes)).not.toContain('authentication');
    proveTape();
  });

  it('gives a connection up that can not be trusted any more', async () => {
    const sessionId = await open();
    const [queryId] = submit(sessionId, 'select 1');
    const execution = await running('select 1');
    execution.fail('57014', { usable: false });
    await outcome(queryId!);
    submit(sessionId, 'select 2');
    const after = await running('select 2');
    expect(after.connection).not.toBe(execution.connection);
    await eventually(() => execution.connection.closed);
    after.complete();
    proveTape();
  });

  it('closes a tab: the statement is stopped on the server, the connection closed, the session kept', async () => {
    const sessionId = await open();
    const [queryId] = submit(sessionId, 'select pg_sleep(60)');
    const execution = await running('select pg_sleep(60)');
    world.workspace.take({ type: 'tab.close', sessionId, tabId: 't1' });
    await eventually(() => execution.cancelled);
    expect(execution.connection.closed).toBe(false);
    execution.fail('57014', { stopped: true });
    expect(await outcome(queryId!)).toBe('cancelled');
    await eventually(() => execution.connection.closed);
    await eventually(() => state().connections[state().queries[queryId!]!.connectionId]?.state === 'closed');
    expect(state().sessions[sessionId]?.state).toBe('ready');
    proveTape();
  });

  it('ends in order: cancels, waits for the server, closes, goes', async () => {
    const sessionId = await open();
    const [queryId] = submit(sessionId, 'select pg_sleep(60)');
    const execution = await running('select pg_sleep(60)');
    const stopped = world.workspace.stop();
    await eventually(() => execution.cancelled);
    execution.fail('57014', { stopped: true });
    await stopped;
    expect(await outcome(queryId!)).toBe('cancelled');
    expect(state().sessions[sessionId]?.state).toBe('offline');
    expect(world.driver.connections.every(({ closed }) => closed)).toBe(true);
    proveTape();
  });

  it('does a command once, however often it is sent', async () => {
    const sessionId = await open();
    const command = {
      type: 'query.submit',
      commandId: 'once',
      sessionId,
      tabId: 't1',
      text: 'select 1',
    } as const;
    const first = world.workspace.take(command);
    expect(world.workspace.take(command)).toEqual(first);
    (await running('select 1')).complete();
    expect(world.driver.executions).toHaveLength(1);
  });

  it.each([
    [{ type: 'session.open', profileId: 'unknown' }, 'profile.unknown'],
    [{ type: 'session.close', sessionId: 'unknown' }, 'session.unknown'],
    [{ type: 'query.cancel', queryId: 'unknown' }, 'query.unknown'],
    [{ type: 'query.submit', sessionId: 'unknown', tabId: 't', text: 'select 1' }, 'session.unknown'],
  ] as const)('refuses %j and puts that on the tape', (command, code) => {
    expect(world.workspace.take(command)).toMatchObject({ refused: { code } });
    expect(world.tape.envelopes.at(-1)?.event).toMatchObject({ type: 'command.refused', code });
  });

  it.each([
    [' -- nothing', 'statement.empty'],
    ['select \0', 'statement.nul'],
  ])('refuses the text %j', async (text, code) => {
    const sessionId = await open();
    const command = { type: 'query.submit', sessionId, tabId: 't', text } as const;
    expect(world.workspace.take(command)).toMatchObject({ refused: { code } });
  });

  it('refuses what is not proven to read on a read-only profile', async () => {
    world = fakeWorkspace({ readOnly: true, spillFolder: mkdtempSync(join(tmpdir(), 'querytape-unit-')) });
    const sessionId = await open();
    const [queryId] = submit(sessionId, 'delete from t');
    expect(await outcome(queryId!)).toBe('refused');
    expect(state().queries[queryId!]?.refusedCode).toBe('readOnly.notProvenRead');
    expect(world.driver.executions).toHaveLength(0);
  });
});

describe('the recorder', () => {
  it('tells the cause of what an effect reports: the record that started it', async () => {
    const sessionId = await open();
    const [queryId] = submit(sessionId, 'select 1');
    (await running('select 1')).complete();
    await outcome(queryId!);
    const { envelopes } = world.tape;
    const of = (actor: string, type: string) =>
      envelopes.find((one) => one.actor === actor && one.event.type === type)!;
    const opened = of(`${sessionId}.c1`, 'connection.opened');
    expect(opened.cause).toBe(of(`${sessionId}.c1`, 'xstate.init').seq);
    expect(of(queryId!, 'query.recorded').cause).toBe(of(queryId!, 'query.classified').seq);
    expect(of(queryId!, 'query.completed').cause).toBe(of(queryId!, 'query.recorded').seq);
    expect(of(sessionId, 'query.ended').cause).toBe(of(queryId!, 'query.completed').seq);
  });
});

it('stops the rest of a long script once, not each time one of the rest has ended', {
  tags: ['slow'],
}, async () => {
  const sessionId = await open();
  const ids = submit(sessionId, `selec 1;${'select 2;'.repeat(200)}`);
  (await running('selec 1')).fail('42601');
  await Promise.all(ids.map(outcome));
  const cancels = world.tape.envelopes.filter(({ event }) => event.type === 'query.cancel');
  expect(cancels).toHaveLength(200);
  proveTape();
});
