import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ENCLOSURE_CLOSE_TIMEOUT_MS, SESSION_CLOSE_TIMEOUT_MS } from '../../../src/actors/limits.ts';
import { WrappedExecution } from '../../../src/actors/wrapped-execution.ts';
import type { Accepted, Command, CommandAnswer } from '../../../src/events/command.ts';
import { CONNECT_TIMEOUT_MS } from '../../../src/events/limits.ts';
import { fold } from '../../../src/events/views/state.ts';
import { eventually, FakeDriver, type FakeExecution, fakeWorkspace } from './fakes.ts';
import { NO_CONFIG, NO_HISTORY } from './no-config.ts';

let world: ReturnType<typeof fakeWorkspace>;
let sessionId: string;

const state = () => fold(world.tape.envelopes);
const take = async (command: Command): Promise<CommandAnswer> => world.workspace.take(command);
const code = (answer: CommandAnswer): string => ('refused' in answer ? answer.refused.code : 'accepted');
const submit = async (text: string, tabId = 't1') =>
  ((await take({ type: 'query.submit', sessionId, tabId, text })) as Accepted).queryIds!;
const running = (text: string): Promise<FakeExecution> =>
  eventually(() => world.driver.executions.find((one) => one.text === text && !one.hasEnded));
const outcome = (queryId: string) => eventually(() => state().queries[queryId]?.outcome ?? undefined);
const endsOnTape = (queryId: string) =>
  world.tape.envelopes.filter(({ event }) => event.type === 'query.ended' && event.queryId === queryId);

beforeEach(async () => {
  world = fakeWorkspace({ spillFolder: mkdtempSync(join(tmpdir(), 'querytape-unit-')) });
  sessionId = ((await take({ type: 'session.open', profileId: 'p1' })) as Accepted).sessionId!;
  await eventually(() => state().sessions[sessionId]?.state === 'ready');
});
afterEach(() => void vi.useRealTimers());

describe('a command', () => {
  it('that edits a row is refused where its session closes while the columns are read, and leaves no text', async () => {
    const command = {
      type: 'row.delete',
      sessionId,
      tabId: 't1',
      namespace: 'n',
      collection: 'c',
      key: [],
      old: [],
    };
    const edit = take(command as unknown as Command);
    const columns = await running('catalogue');
    await take({ type: 'session.close', sessionId });
    columns.complete();
    expect(code(await edit)).not.toBe('accepted');
    await eventually(() => state().sessions[sessionId]?.state === 'offline');
    expect(Object.values(state().queries).filter(({ purpose }) => purpose === 'edit')).toEqual([]);
  });

  it('that opens a session is refused while the program ends', async () => {
    const [queryId] = await submit('select 1');
    const execution = await running('select 1');
    const stopping = world.workspace.stop();
    expect(code(await take({ type: 'session.open', profileId: 'p1' }))).toBe('workspace.stopping');
    execution.complete();
    await stopping;
    expect(endsOnTape(queryId!)).toHaveLength(1);
  });
});

describe('a script', () => {
  it('goes on in its earlier statements when a later one is cancelled', async () => {
    const [first, second, third] = await submit('select 1; select 2; select 3');
    const execution = await running('select 1');
    await take({ type: 'query.cancel', queryId: second! });
    expect(await outcome(second!)).toBe('cancelled');
    expect(await outcome(third!)).toBe('cancelled');
    expect(execution.cancelled).toBe(false);
    execution.complete();
    expect(await outcome(first!)).toBe('succeeded');
    expect(state().queries[third!]?.cancel?.reason).toBe('scriptStopped');
  });
});

describe('a tab', () => {
  const records = (kind: string) => world.tape.envelopes.filter((one) => one.kind === kind);

  it('is an actor from its first statement until its connection is closed, and another one if it is opened again', async () => {
    const [first] = await submit('select 1');
    (await running('select 1')).complete();
    await outcome(first!);
    await take({ type: 'tab.close', sessionId, tabId: 't1' });
    await eventually(() => records('tab').at(-1)?.state === 'closed');
    const [second] = await submit('select 2');
    (await running('select 2')).complete();
    await outcome(second!);
    expect([...new Set(records('tab').map(({ actor }) => actor))]).toEqual([
      `${sessionId}.t1`,
      `${sessionId}.t2`,
    ]);
    expect(state().queries[second!]!.connectionId).not.toBe(state().queries[first!]!.connectionId);
  });

  it('that is closed under a running statement closes its connection after that has ended', async () => {
    const [queryId] = await submit('select 1');
    const execution = await running('select 1');
    await take({ type: 'tab.close', sessionId, tabId: 't1' });
    await eventually(() => execution.cancelled);
    const connection = world.driver.connections.at(-1)!;
    expect([records('tab').at(-1)?.state, connection.closed]).toEqual(['retiring', false]);
    execution.fail('57014', { stopped: true });
    expect(await outcome(queryId!)).toBe('cancelled');
    await eventually(() => records('tab').at(-1)?.state === 'closed');
    expect(connection.closed).toBe(true);
  });

  it('runs a script of several statements by an actor of its own, and one of one without', async () => {
    const [only] = await submit('select 1');
    (await running('select 1')).complete();
    await outcome(only!);
    expect(records('script')).toEqual([]);
    const [, last] = await submit('select 2; select 3');
    (await running('select 2')).complete();
    (await running('select 3')).complete();
    await outcome(last!);
    expect(records('script').map(({ state }) => state)).toEqual(['running', 'running', 'ended']);
  });
});

describe('a statement that the user cancels, and that completes all the same', () => {
  it('stops the rest of its script', async () => {
    const [first, second] = await submit('select 1; select 2');
    const execution = await running('select 1');
    await take({ type: 'query.cancel', queryId: first! });
    execution.complete();
    expect(await outcome(first!)).toBe('succeeded');
    expect(await outcome(second!)).toBe('cancelled');
    expect(world.driver.executions.map(({ text }) => text)).not.toContain('select 2');
  });

  it('stops also what of a long script was not submitted yet', { tags: ['slow'] }, async () => {
    const ids = await submit(Array.from({ length: 300 }, (_, at) => `select ${at}`).join('; '));
    const execution = await running('select 0');
    await take({ type: 'query.cancel', queryId: ids[0]! });
    execution.complete();
    for (const queryId of ids.slice(1)) expect(await outcome(queryId)).toBe('cancelled');
    expect(world.driver.executions.filter(({ text }) => text.startsWith('select'))).toHaveLength(1);
  });
});

describe('a long script', () => {
  it('leaves no text of what was not submitted before its session was given up', async () => {
    const submitted: string[] = [];
    world = fakeWorkspace({
      spillFolder: mkdtempSync(join(tmpdir(), 'querytape-unit-')),
      kept: (profiles) => ({
        profiles,
        config: NO_CONFIG,
        history: {
          ...NO_HISTORY,
          submitted: (texts) => void submitted.push(...texts.map(({ queryId }) => queryId)),
        },
      }),
    });
    sessionId = ((await take({ type: 'session.open', profileId: 'p1' })) as Accepted).sessionId!;
    await eventually(() => state().sessions[sessionId]?.state === 'ready');
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const ids = await submit(Array.from({ length: 3000 }, (_, at) => `select ${at}`).join('; '));
    await running('select 0');
    await take({ type: 'session.close', sessionId, rollback: true });
    await vi.advanceTimersByTimeAsync(SESSION_CLOSE_TIMEOUT_MS + 10_000);
    expect(state().sessions[sessionId]?.state).toBe('offline');
    const ended = new Set(
      world.tape.envelopes.map(({ event }) => (event.type === 'query.ended' ? event.queryId : '')),
    );
    expect(ended.size).toBeLessThan(3000);
    expect(submitted.filter((queryId) => !ended.has(queryId))).toEqual([]);
    expect(ids.filter((queryId) => !ended.has(queryId) && world.workspace.query(queryId))).toEqual([]);
  });

  it('has an end on the tape for each statement where its session closes', { tags: ['slow'] }, async () => {
    const ids = await submit(Array.from({ length: 3000 }, (_, at) => `select ${at}`).join('; '));
    const execution = await running('select 0');
    await take({ type: 'session.close', sessionId });
    execution.fail('57014', { stopped: true });
    await eventually(() => state().sessions[sessionId]?.state === 'offline');
    await new Promise((resolve) => setTimeout(resolve, 300));
    const ended = new Set(
      world.tape.envelopes.map(({ event }) => (event.type === 'query.ended' ? event.queryId : '')),
    );
    expect(ids.filter((queryId) => !ended.has(queryId))).toEqual([]);
  });
});

describe('a session', () => {
  it('keeps its tabs and their transactions when the catalogue can not be reconnected', async () => {
    const [queryId] = await submit('insert 1');
    (await running('insert 1')).complete('INSERT', 'open');
    await outcome(queryId!);
    world.driver.refuse = { code: '28P01', source: 'server', message: 'password changed' };
    world.driver.connections[0]!.lose();
    await take({ type: 'session.reconnect', sessionId });
    // One refused sign-in, and no second: it could lock the account.
    await eventually(() => state().sessions[sessionId]?.state === 'disconnected');
    const [commit] = ((await take({ type: 'transaction.commit', sessionId, tabId: 't1' })) as Accepted)
      .queryIds!;
    (await running('commit')).complete('COMMIT', 'none');
    expect(await outcome(commit!)).toBe('succeeded');
    world.driver.refuse = null;
    await take({ type: 'session.reconnect', sessionId });
    await eventually(() => state().sessions[sessionId]?.state === 'ready');
  });

  it('that closes gives a statement which never ends its end on the tape', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const [queryId] = await submit('select hangs');
    await running('select hangs');
    await take({ type: 'session.close', sessionId, rollback: true });
    await vi.advanceTimersByTimeAsync(SESSION_CLOSE_TIMEOUT_MS + 10_000);
    expect(endsOnTape(queryId!)).toHaveLength(1);
    expect(state().queries[queryId!]).toMatchObject({ outcome: 'lost.mayHaveCompleted', orphaned: false });
    expect(state().sessions[sessionId]?.state).toBe('offline');
  });

  it('gives up a connection that its server answers only as the time is over', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { driver } = world;
    const connect = driver.connect.bind(driver);
    driver.connect = async (target, options) => {
      await new Promise((resolve) => options.signal!.addEventListener('abort', resolve));
      return connect(target, options);
    };
    const [queryId] = await submit('select 1');
    await vi.advanceTimersByTimeAsync(CONNECT_TIMEOUT_MS + 1);
    expect(await outcome(queryId!)).toBe('lost.notRun');
    expect(world.workspace.query(queryId!)?.failure?.code).toBe('connect.timeout');
    expect(world.workspace.query(queryId!)?.failure?.advice).toMatch(
      /whether its pool has a connection left/,
    );
    expect(driver.connections.at(-1)!.closed).toBe(true);
  });

  it('says of a statement whose connection could not be opened why, in the server’s words', async () => {
    world.driver.refuse = { code: '53300', source: 'server', message: 'too many connections for role "u"' };
    const [queryId] = await submit('select 1');
    expect(await outcome(queryId!)).toBe('lost.notRun');
    expect(world.workspace.query(queryId!)?.failure?.message).toBe('too many connections for role "u"');
    expect(JSON.stringify(world.tape.envelopes)).not.toContain('too many');
  });
});

describe('a tape that fills up', () => {
  it('closes the sessions in order while there is room, and records no refusals in the meantime', async () => {
    const [queryId] = await submit('select 1');
    const execution = await running('select 1');
    world.tape.isCrowded = true;
    world.workspace.requestRefused('token.wrong');
    // The record that crosses the line.
    await take({ type: 'query.cancel', queryId: queryId! });
    execution.fail('57014', { stopped: true });
    await eventually(() => state().sessions[sessionId]?.state === 'offline');
    const before = world.tape.envelopes.length;
    world.workspace.requestRefused('token.wrong');
    expect(world.tape.envelopes.length).toBe(before);
    expect(endsOnTape(queryId!)).toHaveLength(1);
    world.tape.isCrowded = false;
    expect(world.unrecordable).toEqual([]);
  });
});

describe('what encloses a statement', () => {
  const nothing = { columns() {}, moreColumns() {}, columnsLearned() {}, rows: () => true, notice() {} };
  const observer = { sent() {}, acknowledged() {}, escalated() {} };
  const enclosure = { before: ['begin'], exactlyOne: false, keep: [], undo: [], always: ['rollback'] };

  async function enclosed(by: object = enclosure) {
    const driver = new FakeDriver();
    const connection = await driver.connect(null, { onLost: () => undefined } as never);
    const run = new WrappedExecution(
      connection,
      by as never,
      { text: 'select 1', params: [] },
      nothing as never,
    );
    const at = (text: string) => eventually(() => driver.executions.find((one) => one.text === text));
    return { run, connection, at };
  }

  it('is not cancelled when the statement was', async () => {
    const { run, at } = await enclosed();
    (await at('begin')).complete('BEGIN', 'open');
    const statement = await at('select 1');
    run.cancel(observer);
    expect(statement.cancelled).toBe(true);
    statement.fail('57014', { stopped: true, transaction: 'failed' });
    const rollback = await at('rollback');
    run.cancel(observer);
    expect(rollback.cancelled).toBe(false);
    rollback.complete('ROLLBACK', 'none');
    expect(await run.ended).toMatchObject({
      type: 'failed',
      stopped: true,
      transaction: 'none',
      usable: true,
    });
  });

  it('is not cancelled by a cancel that first comes while it keeps what the statement did', async () => {
    const { run, at } = await enclosed({ ...enclosure, keep: ['commit'], always: [] });
    (await at('begin')).complete('BEGIN', 'open');
    const statement = await at('select 1');
    statement.complete('SELECT', 'open');
    const commit = await at('commit');
    run.cancel(observer);
    // What is sent for a statement that has ended would reach the one after it.
    expect([statement.cancelled, commit.cancelled]).toEqual([false, false]);
    commit.complete('COMMIT', 'none');
    expect(await run.ended).toMatchObject({ type: 'completed', transaction: 'none', usable: true });
  });

  it('says of an edit that was not taken back whole, by the server’s word, that it was not', async () => {
    const edit = {
      before: ['begin'],
      exactlyOne: true,
      keep: ['commit'],
      undo: ['rollback'],
      always: [],
      notUndone: ['1196'],
    };
    const { run, at } = await enclosed(edit);
    (await at('begin')).complete('BEGIN', 'open');
    (await at('select 1')).complete('UPDATE', 'open', 2);
    const rollback = await at('rollback');
    rollback.sink.notice({
      code: '1196',
      source: 'server',
      severity: 'Warning',
      message: 'some tables have none',
    });
    rollback.complete('ROLLBACK', 'none');
    expect(await run.ended).toMatchObject({ type: 'failed', failure: { code: 'edit.notUndone' } });
  });

  it('gives the connection up where it gets no answer in time', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { run, connection, at } = await enclosed();
    (await at('begin')).complete('BEGIN', 'open');
    (await at('select 1')).complete();
    const rollback = await at('rollback');
    await vi.advanceTimersByTimeAsync(ENCLOSURE_CLOSE_TIMEOUT_MS + 1);
    expect(connection.closed).toBe(true);
    rollback.lose();
    expect(await run.ended).toMatchObject({ type: 'completed', usable: false });
  });
});
