import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { SCRIPT_LIVING_MAX } from '../../../src/actors/limits.ts';
import type { Envelope, TapeEvent } from '../../../src/events/envelope.ts';
import { ORPHANS_MAX } from '../../../src/events/limits.ts';
import { apply, fold, type State } from '../../../src/events/views/state.ts';
import { eventually, fakeWorkspace } from '../actors/fakes.ts';

/** A tape that ends in the middle: a statement runs in a transaction, two wait behind it, and another tab has run one. */
let tape: readonly Envelope[];

beforeAll(async () => {
  const world = fakeWorkspace({ spillFolder: mkdtempSync(join(tmpdir(), 'querytape-unit-')) });
  const state = () => fold(world.tape.envelopes);
  const take = (command: Parameters<typeof world.workspace.take>[0]) =>
    world.workspace.take(command) as { sessionId?: string };
  const sessionId = take({ type: 'session.open', profileId: 'p1' }).sessionId!;
  await eventually(() => state().sessions[sessionId]?.state === 'ready');
  const submit = (tabId: string, text: string) => take({ type: 'query.submit', sessionId, tabId, text });
  const running = (text: string) =>
    eventually(() => world.driver.executions.find((one) => one.text === text && !one.hasEnded));
  submit('done', 'select 1');
  (await running('select 1')).complete();
  submit('left', 'begin');
  const begin = await running('begin');
  begin.connection.holds({ held: [{ kind: 'temporaryTables', names: ['t'] }] });
  begin.complete('BEGIN', 'open');
  await eventually(() => Object.values(state().connections).some((one) => one.transaction === 'open'));
  for (const text of ['insert', 'second', 'third']) submit('left', text);
  await running('insert');
  await eventually(() => Object.values(state().queries).length === 5);
  tape = [...world.tape.envelopes];
});

/** The tape with more records behind it. */
function tapeThen(...events: readonly (Partial<Envelope> & { event: TapeEvent })[]): State {
  const state = fold(tape);
  for (const one of events)
    apply(state, {
      seq: state.seq + 1,
      at: 2_000_000,
      actor: 'run-2',
      kind: 'workspace',
      machine: 'workspace@5',
      cause: null,
      state: 'running.recording',
      ...one,
    });
  return state;
}

const start = {
  event: { type: 'xstate.init', input: { runId: 'run-2', version: '0', node: 'v0', processId: 2 } },
} as const;
const listed = (state: State) => Object.values(state.orphans);
const [actorId, machine] = ['o1', 'orphan@1'] as const;

/** A record of the actor that looks for the orphan. */
function found(status: 'running' | 'gone', forMs: number | null) {
  const event = { type: 'orphan.found', status, forMs, afterMs: 1 } as const;
  return { actor: actorId, kind: 'orphan', machine, state: status, event } as const;
}

/** The record of its creation. */
function looked() {
  const { orphanId, sessionId, profileId, engine, process } = listed(tapeThen(start))[0]!;
  const input = { actorId, orphanId, sessionId, profileId, engine, process, sentAt: null, checkTimeoutMs: 1 };
  const event = { type: 'xstate.init', input } as const;
  return { actor: actorId, kind: 'orphan', machine, state: 'checking', event } as const;
}

describe('a kill of the program', () => {
  it('counts the statements of a long script that had no actor yet among those that did not run', async () => {
    const world = fakeWorkspace({ spillFolder: mkdtempSync(join(tmpdir(), 'querytape-unit-')) });
    const state = () => fold(world.tape.envelopes);
    const take = (command: Parameters<typeof world.workspace.take>[0]) =>
      world.workspace.take(command) as { sessionId?: string };
    const sessionId = take({ type: 'session.open', profileId: 'p1' }).sessionId!;
    await eventually(() => state().sessions[sessionId]?.state === 'ready');
    const texts = Array.from({ length: SCRIPT_LIVING_MAX + 50 }, (_, i) => `insert ${i}`);
    take({ type: 'query.submit', sessionId, tabId: 'long', text: texts.join(';') });
    for (const text of texts.slice(0, 3))
      (await eventually(() => world.driver.executions.find((one) => one.text === text))).complete();
    await eventually(() => world.driver.executions.some(({ text }) => text === texts[3]));
    await eventually(() => Object.keys(state().queries).length >= SCRIPT_LIVING_MAX + 3);
    const left = fold(world.tape.envelopes);
    expect(Object.values(left.scripts)).toEqual([texts.length]);
    apply(left, { ...world.tape.envelopes[0]!, seq: left.seq + 1, ...start });
    expect(listed(left)).toMatchObject([{ tabId: 'long', notRun: texts.length - 4 }]);
    expect(left.scripts).toEqual({});
  });

  it('leaves the connections that have something to know about, with their server process', () => {
    expect(listed(fold(tape))).toEqual([]);
    const [orphan, ...others] = listed(tapeThen(start));
    expect(others).toEqual([]);
    expect(orphan).toMatchObject({
      profileId: 'p1',
      engine: 'postgres',
      tabId: 'left',
      process: { processId: expect.any(Number), startedAt: expect.any(String) },
      statement: { purpose: 'statement', dispatchedAt: expect.any(Number) },
      notRun: 2,
      transaction: 'open',
      held: ['temporaryTables'],
      state: 'notChecked',
      terminated: false,
    });
    expect(orphan!.transactionSince).toBeLessThan(orphan!.statement!.dispatchedAt!);
  });

  it('leaves nothing where every session was closed', () => {
    const sessionId = listed(tapeThen(start))[0]!.sessionId;
    const ended = { actor: sessionId, kind: 'session', machine: 'session@13', state: 'offline' } as const;
    const closed = { ...ended, event: { type: 'session.close' } } as const;
    expect(listed(tapeThen(closed, start))).toEqual([]);
  });

  it('lists again at the next start what still ran there, and not what was gone', () => {
    const running = tapeThen(start, looked(), found('running', 5000));
    expect(listed(running)).toMatchObject([{ state: 'running', forMs: 5000, checkedAt: 2_000_000, actorId }]);
    const again = tapeThen(start, looked(), found('running', 5000), start);
    expect(listed(again)).toMatchObject([{ state: 'notChecked', actorId: null }]);
    expect(listed(tapeThen(start, looked(), found('gone', null)))).toMatchObject([{ state: 'gone' }]);
    expect(listed(tapeThen(start, looked(), found('gone', null), start))).toEqual([]);
  });

  it('is not listed any more once the user has dismissed it, also at the next start', () => {
    const { orphanId } = listed(tapeThen(start))[0]!;
    const dismissed = { event: { type: 'orphan.dismiss', commandId: 'm', orphanId, actorId: null } } as const;
    expect(listed(tapeThen(start, dismissed))).toEqual([]);
    expect(listed(tapeThen(start, dismissed, start))).toEqual([]);
  });

  it('calls what was ended on the server so only where the server did', () => {
    const terminated = (termination: 'done' | 'notDone') =>
      ({ ...looked(), event: { type: 'orphan.terminated', termination } }) as const;
    expect(listed(tapeThen(start, looked(), terminated('done')))[0]!.terminated).toBe(true);
    expect(listed(tapeThen(start, looked(), terminated('notDone')))[0]!.terminated).toBe(false);
  });

  it('is forgotten, the oldest first, beyond a limit', () => {
    const state = tapeThen(start);
    const { orphanId } = listed(state)[0]!;
    for (let i = 0; i < ORPHANS_MAX; i++) state.orphans[`c${i}`] = { ...state.orphans[orphanId]! };
    const connection = { ...Object.values(state.connections).find((one) => one.connectionId === orphanId)! };
    state.connections.cNew = {
      ...connection,
      connectionId: 'cNew',
      state: 'busy',
      held: ['temporaryTables'],
    };
    apply(state, { ...tape.find(({ kind }) => kind === 'workspace')!, seq: state.seq + 1 });
    expect(Object.keys(state.orphans)).toContain('cNew');
    expect(Object.keys(state.orphans)).not.toContain(orphanId);
  });
});
