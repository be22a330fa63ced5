import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { Replay } from '../../../src/actors/replay.ts';
import type { Accepted, ActorCommand } from '../../../src/events/command.ts';
import { MIB } from '../../../src/events/limits.ts';
import type { Verdict } from '../../../src/events/query.ts';
import { fold } from '../../../src/events/views/state.ts';
import { COLUMNS, dataRows } from '../store/results-support.ts';
import { eventually, type FakeExecution, fakeWorkspace, JUDGED } from './fakes.ts';

let world: ReturnType<typeof fakeWorkspace>;
let sessionId: string;
let verdict: Verdict;

const state = () => fold(world.tape.envelopes);
const view = (queryId: string) => state().queries[queryId]!;
const send = (command: ActorCommand): Accepted => {
  const answer = world.workspace.take(command);
  if ('refused' in answer) throw new Error(`${answer.refused.code}: ${answer.refused.message}`);
  return answer;
};
const submit = (text: string, more: { rowsMax?: number; manualCommit?: boolean } = {}): string =>
  send({ type: 'query.submit', sessionId, tabId: 't1', text, ...more }).queryIds![0]!;
const running = (text: string): Promise<FakeExecution> =>
  eventually(() => world.driver.executions.findLast((one) => one.text === text && !one.hasEnded));
const outcome = (queryId: string) => eventually(() => view(queryId)?.outcome ?? undefined);
const told = (queryId: string) =>
  world.tape.envelopes.filter(({ actor }) => actor === queryId).map(({ event }) => event.type);

/** Gives rows as a server does; false where it is asked to pause. */
function give({ sink }: FakeExecution, count: number, size = 10): boolean {
  return sink.rows(Buffer.concat(dataRows(0, count, size)), count);
}

/** Runs a statement up to its columns. */
async function begun(text: string, more: Parameters<typeof submit>[1] = {}) {
  const queryId = submit(text, more);
  const execution = await running(text);
  execution.sink.columns(COLUMNS, 'postgres-datarow');
  return { queryId, execution };
}

async function openTransaction(): Promise<void> {
  const queryId = submit('begin');
  (await running('begin')).complete('BEGIN', 'open');
  await outcome(queryId);
}

beforeEach(async () => {
  verdict = 'read';
  world = fakeWorkspace({ spillFolder: mkdtempSync(join(tmpdir(), 'querytape-unit-')) });
  world.rules = { ...world.rules, fetchAheadBytes: MIB };
  world.judge = () => ({ ...JUDGED, verdict });
  sessionId = send({ type: 'session.open', profileId: 'p1' }).sessionId!;
  await eventually(() => state().sessions[sessionId]?.state === 'ready');
});

function proveTape(): void {
  const replay = new Replay();
  for (const envelope of world.tape.envelopes) replay.step(envelope);
  expect(replay.report()).toMatchObject({ matched: true, mismatches: [], unproven: 0 });
}

/** More than MIB. */
const WIDE = 200_000;

describe('a statement that only reads, outside a transaction', () => {
  it('is not paused for a number of rows', async () => {
    const { execution } = await begun('select 1');
    expect(give(execution, 50_000, 1)).toBe(true);
  });

  it('is paused beyond the budget of bytes, and says where and why', async () => {
    const { queryId, execution } = await begun('select 1');
    expect(give(execution, 10, WIDE)).toBe(false);
    await eventually(() => view(queryId).state === 'paused');
    expect(view(queryId)).toMatchObject({ rows: 10, bytes: 10 * (WIDE + 11), pausedBy: 'budget' });
    send({ type: 'query.fetchAll', queryId });
    expect(execution.resumed).toBe(1);
    expect(give(execution, 10, WIDE)).toBe(true);
    execution.complete();
    expect(await outcome(queryId)).toBe('succeeded');
    expect(view(queryId)).toMatchObject({ rows: 20, rowsComplete: true, cut: null, pausedBy: null });
    proveTape();
  });

  it('is read on when another statement of its connection waits, also one that comes later', async () => {
    const first = await begun('select 1');
    expect(give(first.execution, 10, WIDE)).toBe(false);
    await eventually(() => view(first.queryId).state === 'paused');
    const next = submit('select 2');
    expect(first.execution.resumed).toBe(1);
    expect(give(first.execution, 10, WIDE)).toBe(true);
    first.execution.complete();
    (await running('select 2')).complete();
    expect(await outcome(next)).toBe('succeeded');
    const script = send({ type: 'query.submit', sessionId, tabId: 't1', text: 'select 3; insert' }).queryIds!;
    const third = await running('select 3');
    third.sink.columns(COLUMNS, 'postgres-datarow');
    expect(give(third, 10, WIDE)).toBe(true);
    third.complete();
    (await running('insert')).complete();
    await outcome(script[1]!);
    expect(told(script[0]!)).not.toContain('query.paused');
    proveTape();
  });

  it('is stopped at the row limit, which is a success that says what is missing, and its script goes on', async () => {
    const answer = send({
      type: 'query.submit',
      sessionId,
      tabId: 't1',
      text: 'select 1; select 2',
      rowsMax: 5,
    });
    const [first, second] = answer.queryIds!;
    const execution = await running('select 1');
    expect(execution.hints).toEqual({ reads: true, rowsMax: 0 });
    execution.sink.columns(COLUMNS, 'postgres-datarow');
    give(execution, 6);
    await eventually(() => execution.cancelled);
    execution.fail('57014', { stopped: true });
    expect(await outcome(first!)).toBe('succeeded');
    expect(view(first!)).toMatchObject({
      rows: 5,
      rowsComplete: false,
      cut: 'rowLimit',
      failure: null,
      cancel: { reason: 'rowLimit', confirmedAfterMs: 5 },
    });
    expect(world.workspace.query(first!)?.failure).toBeNull();
    expect(world.results.get(first!)?.meta()).toMatchObject({
      rows: 5,
      complete: true,
      rowsComplete: false,
      cut: 'rowLimit',
    });
    (await running('select 2')).complete();
    expect(await outcome(second!)).toBe('succeeded');
    proveTape();
  });

  it('has all its rows where it has exactly as many as the limit', async () => {
    const { queryId, execution } = await begun('select 1', { rowsMax: 5 });
    give(execution, 5);
    execution.complete();
    await outcome(queryId);
    expect(view(queryId)).toMatchObject({ rows: 5, rowsComplete: true, cut: null, cancel: null });
  });
});

describe.each<[string, Verdict]>([
  ['changes rows', 'write'],
  ['is not proven to read', 'unknown'],
  ['defines something', 'ddl'],
])('a statement that %s', (_what, said) => {
  beforeEach(() => {
    verdict = said;
  });

  it('is never paused for its reader', async () => {
    const { queryId, execution } = await begun('update t returning *');
    for (let batch = 0; batch < 10; batch++) expect(give(execution, 10, WIDE)).toBe(true);
    execution.complete('UPDATE', 'none', 100);
    expect(await outcome(queryId)).toBe('succeeded');
    expect(view(queryId)).toMatchObject({ rows: 100, rowsComplete: true, rowsAffected: 100 });
    expect(told(queryId)).not.toContain('query.paused');
    proveTape();
  });

  it('is read to its end beyond the row limit, and says what it changed', async () => {
    const { queryId, execution } = await begun('update t returning *', { rowsMax: 5 });
    for (let batch = 0; batch < 20; batch++) expect(give(execution, 1000)).toBe(true);
    await eventually(() => view(queryId).cut === 'rowLimit');
    expect([execution.cancelled, execution.hasEnough]).toEqual([false, false]);
    expect(view(queryId)).toMatchObject({ state: 'streaming', cancel: null });
    execution.complete('UPDATE', 'none', 20_000);
    expect(await outcome(queryId)).toBe('succeeded');
    expect(view(queryId)).toMatchObject({
      rows: 5,
      rowsAffected: 20_000,
      rowsComplete: false,
      cut: 'rowLimit',
      cancel: null,
    });
    proveTape();
  });
});

describe('a statement inside a transaction', () => {
  it('is never stopped by the row limit, which a protocol may do without an error', async () => {
    await openTransaction();
    const { queryId, execution } = await begun('select 1', { rowsMax: 5 });
    expect(execution.hints).toEqual({ reads: true, rowsMax: 5 });
    expect(give(execution, 1000)).toBe(true);
    expect([execution.cancelled, execution.hasEnough]).toEqual([false, true]);
    execution.complete('SELECT', 'open');
    expect(await outcome(queryId)).toBe('succeeded');
    expect(view(queryId)).toMatchObject({ rows: 5, cut: 'rowLimit', cancel: null });
    proveTape();
  });

  it('is not paused, as a pause could only end in a cancel', async () => {
    await openTransaction();
    const { execution } = await begun('select 1');
    for (let batch = 0; batch < 5; batch++) expect(give(execution, 10, WIDE)).toBe(true);
  });

  it('counts as one where the transaction is begun for it', async () => {
    submit('select 1', { rowsMax: 5, manualCommit: true });
    (await running('begin')).complete('BEGIN', 'open');
    const execution = await running('select 1');
    execution.sink.columns(COLUMNS, 'postgres-datarow');
    give(execution, 1000);
    expect(execution.hints).toEqual({ reads: true, rowsMax: 5 });
    expect([execution.cancelled, execution.hasEnough]).toEqual([false, true]);
  });
});

describe('a statement that completes after its cancel', () => {
  it.each(['won', 'endedEarly', 'unknown'] as const)('says what the cancel did: %s', async (afterCancel) => {
    const { queryId, execution } = await begun('select sleep(60)');
    give(execution, 1);
    send({ type: 'query.cancel', queryId });
    await eventually(() => execution.cancelled);
    execution.complete('SELECT', 'none', null, { afterCancel, rowsDiscarded: afterCancel === 'won' });
    expect(await outcome(queryId)).toBe('succeeded');
    expect(view(queryId)).toMatchObject({ afterCancel, cut: afterCancel === 'won' ? 'cancelled' : null });
    proveTape();
  });
});

it('forgets all results of a query, also where the first of them was dropped before', async () => {
  const { queryId, execution } = await begun('call three()');
  give(execution, 1);
  execution.sink.columns(COLUMNS, 'postgres-datarow');
  give(execution, 1);
  execution.complete();
  await outcome(queryId);
  world.results.drop(queryId);
  expect(world.results.get(`${queryId}.2`)).toBeDefined();
  send({ type: 'tab.close', sessionId, tabId: 't1', rollback: true });
  await eventually(() => world.results.get(`${queryId}.2`) === undefined);
});
