import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { STATEMENTS_WAITING_MAX } from '../../../src/actors/limits.ts';
import { Replay } from '../../../src/actors/replay.ts';
import type { Capabilities } from '../../../src/events/capabilities.ts';
import type { Accepted, ActorCommand, CommandAnswer, RowCommand } from '../../../src/events/command.ts';
import { fold } from '../../../src/events/views/state.ts';
import { eventually, type FakeExecution, fakeWorkspace } from './fakes.ts';

let world: ReturnType<typeof fakeWorkspace>;
let sessionId: string;

const state = () => fold(world.tape.envelopes);
const send = (command: ActorCommand): CommandAnswer => world.workspace.take(command);
const refusal = (answer: CommandAnswer): string => ('refused' in answer ? answer.refused.code : 'accepted');
const ids = (answer: CommandAnswer): readonly string[] => {
  if ('refused' in answer) throw new Error(`${answer.refused.code}: ${answer.refused.message}`);
  return answer.queryIds!;
};
/** The newest execution of a text that has not ended. */
const running = (text: string): Promise<FakeExecution> =>
  eventually(() => world.driver.executions.findLast((one) => one.text === text && !one.hasEnded));
const outcome = (queryId: string) => eventually(() => state().queries[queryId]?.outcome ?? undefined);
const submit = (text: string, more: object = {}) =>
  ids(send({ type: 'query.submit', sessionId, tabId: 't1', text, ...more }));
const begin = () => send({ type: 'transaction.begin', sessionId, tabId: 't1' });

async function open(capabilities: Partial<Capabilities> = {}): Promise<void> {
  world = fakeWorkspace({ spillFolder: mkdtempSync(join(tmpdir(), 'querytape-unit-')) });
  world.driver.capabilities = { ...world.driver.capabilities, ...capabilities };
  sessionId = (send({ type: 'session.open', profileId: 'p1' }) as Accepted).sessionId!;
  await eventually(() => state().sessions[sessionId]?.state === 'ready');
}

async function inTransaction(): Promise<void> {
  const [queryId] = ids(begin());
  (await running('begin')).complete('BEGIN', 'open');
  expect(await outcome(queryId!)).toBe('succeeded');
}

beforeEach(() => open());

describe('a transaction', () => {
  it('is begun and committed by statements on its tab’s connection, each on the tape', async () => {
    await inTransaction();
    const connection = Object.values(state().connections).find(({ tabId }) => tabId === 't1');
    expect(connection).toMatchObject({ transaction: 'open', transactionSince: expect.any(Number) });
    const [queryId] = ids(send({ type: 'transaction.commit', sessionId, tabId: 't1' }));
    (await running('commit')).complete('COMMIT', 'none');
    expect(await outcome(queryId!)).toBe('succeeded');
    expect(state().queries[queryId!]).toMatchObject({ purpose: 'transaction' });
    const replay = new Replay();
    for (const envelope of world.tape.envelopes) replay.step(envelope);
    expect(replay.report()).toMatchObject({ matched: true, mismatches: [], unproven: 0 });
  });

  it('is not begun twice, nor ended where there is no connection', async () => {
    expect(refusal(send({ type: 'transaction.commit', sessionId, tabId: 't1' }))).toBe('transaction.none');
    await inTransaction();
    expect(refusal(begin())).toBe('transaction.open');
  });

  it.each(['commit', 'rollback'] as const)('refuses a %s where a connection has none', async (step) => {
    const [queryId] = submit('select 1');
    (await running('select 1')).complete();
    await outcome(queryId!);
    expect(refusal(send({ type: `transaction.${step}`, sessionId, tabId: 't1' }))).toBe('transaction.none');
    expect(world.driver.executions.map(({ text }) => text)).toEqual(['select 1']);
  });

  it('sends no commit that was asked for while a statement ran which left no transaction', async () => {
    submit('select 1');
    const [early] = ids(send({ type: 'transaction.commit', sessionId, tabId: 't1' }));
    (await running('select 1')).complete();
    expect(await outcome(early!)).toBe('refused');
    expect(state().queries[early!]).toMatchObject({ refusedCode: 'transaction.none' });
    expect(world.driver.executions.map(({ text }) => text)).toEqual(['select 1']);
  });

  it('is committed by a commit that was asked for before its begin had ended', async () => {
    begin();
    const [queryId] = ids(send({ type: 'transaction.commit', sessionId, tabId: 't1' }));
    (await running('begin')).complete('BEGIN', 'open');
    (await running('commit')).complete('COMMIT', 'none');
    expect(await outcome(queryId!)).toBe('succeeded');
  });

  it('is ended, and the catalogue read, while a session’s queue of statements is full', async () => {
    await inTransaction();
    for (let tab = 0; tab < STATEMENTS_WAITING_MAX; tab++) submit('select 1', { tabId: `tab${tab % 8}` });
    const command = { type: 'query.submit', sessionId, tabId: 't1', text: 'select 2' } as const;
    expect(refusal(send(command))).toBe('queue.full');
    const page = world.workspace.catalogue(sessionId, { list: 'databases' });
    (await running('catalogue')).complete();
    expect(await page).toBe(world.driver.page);
    const [queryId] = ids(send({ type: 'transaction.commit', sessionId, tabId: 't1' }));
    (await running('commit')).complete('COMMIT', 'none');
    expect(await outcome(queryId!)).toBe('succeeded');
  });

  it('keeps its tab and its session from being closed by the way', async () => {
    await inTransaction();
    expect(refusal(send({ type: 'tab.close', sessionId, tabId: 't1' }))).toBe('transaction.open');
    expect(refusal(send({ type: 'session.close', sessionId }))).toBe('transaction.open');
    expect(refusal(send({ type: 'tab.close', sessionId, tabId: 't2' }))).toBe('accepted');
    expect(world.workspace.openTransactions).toBe(1);
    expect(refusal(send({ type: 'tab.close', sessionId, tabId: 't1', rollback: true }))).toBe('accepted');
    await eventually(() => world.driver.connections[1]?.closed);
  });

  it('that goes with its connection is not called rolled back where a COMMIT was in flight', async () => {
    await inTransaction();
    const [commit] = ids(send({ type: 'transaction.commit', sessionId, tabId: 't1' }));
    (await running('commit')).lose();
    world.driver.connections[1]!.lose();
    expect(await outcome(commit!)).toBe('lost.mayHaveCompleted');
    await eventually(() => state().sessions[sessionId]?.interrupted.includes('t1'));
    expect(send({ type: 'query.submit', sessionId, tabId: 't1', text: 'select 1' })).toMatchObject({
      refused: { message: expect.stringMatching(/uncommitted changes, unless a COMMIT was in flight/) },
    });
    send({ type: 'transaction.rollback', sessionId, tabId: 't1' });
  });

  it('that goes with its connection stops its tab until that was seen, and no other', async () => {
    await inTransaction();
    world.driver.connections[1]!.lose();
    await eventually(() => state().sessions[sessionId]?.interrupted.includes('t1'));
    const command = { type: 'query.submit', sessionId, tabId: 't1', text: 'delete from t' } as const;
    expect(refusal(send(command))).toBe('transaction.lost');
    submit('select 2', { tabId: 't2' });
    (await running('select 2')).complete();
    expect(ids(send({ type: 'transaction.rollback', sessionId, tabId: 't1' }))).toEqual([]);
    expect(state().sessions[sessionId]?.interrupted).toEqual([]);
    const [queryId] = submit('select 3');
    (await running('select 3')).complete();
    expect(await outcome(queryId!)).toBe('succeeded');
  });

  it('is begun first where commits are manual and none is open, and only then', async () => {
    const [first] = submit('insert', { manualCommit: true });
    (await running('begin')).complete('BEGIN', 'open');
    (await running('insert')).complete('INSERT', 'open', 1);
    expect(await outcome(first!)).toBe('succeeded');
    const [second] = submit('insert', { manualCommit: true });
    (await running('insert')).complete('INSERT', 'open', 1);
    expect(await outcome(second!)).toBe('succeeded');
    expect(world.driver.executions.map(({ text }) => text)).toEqual(['begin', 'insert', 'insert']);
  });

  it('that can’t be begun keeps its statement from running', async () => {
    const [queryId] = submit('insert', { manualCommit: true });
    (await running('begin')).fail('53000');
    expect(await outcome(queryId!)).toBe('failed');
    expect(world.driver.executions.map(({ text }) => text)).toEqual(['begin']);
  });

  it('is stopped wherever it is: a cancel asks what runs at the moment', async () => {
    const [queryId] = submit('insert', { manualCommit: true });
    const beginning = await running('begin');
    send({ type: 'query.cancel', queryId: queryId! });
    await eventually(() => beginning.cancelled);
    beginning.complete('BEGIN', 'open');
    const inserting = await running('insert');
    expect(inserting.cancelled).toBe(true);
    inserting.fail('57014', { stopped: true });
    expect(await outcome(queryId!)).toBe('cancelled');
  });
});

describe('a transaction that is not used', () => {
  const LIMIT_MS = 150;
  const command = { type: 'query.submit', sessionId: '', tabId: 't1', text: 'delete from t' } as const;
  const submission = () => ({ ...command, sessionId });
  const rollback = () => send({ type: 'transaction.rollback', sessionId, tabId: 't1' });
  /** The rollback of ours, once it has reached the server. */
  const expiring = () =>
    eventually(() => world.driver.executions.find(({ text, hasEnded }) => text === 'rollback' && !hasEnded));
  const replayed = () => {
    const replay = new Replay();
    for (const envelope of world.tape.envelopes) replay.step(envelope);
    return replay.report();
  };

  beforeEach(() => {
    world.rules = { ...world.rules, idleInTransactionMs: LIMIT_MS };
  });

  it('is rolled back, which is said only once the server has, and stops its tab until that was seen', async () => {
    await inTransaction();
    const rolling = await expiring();
    expect(refusal(send(submission()))).toBe('transaction.rollingBack');
    expect(refusal(rollback())).toBe('transaction.rollingBack');
    const { idleRollbacks } = state().sessions[sessionId]!;
    expect(state().queries[idleRollbacks.t1!]).toMatchObject({ purpose: 'transaction', outcome: null });
    const { envelopes } = world.tape;
    const submitted = envelopes.find(({ event }) => event.type === 'query.submit' && event.idleRollback)!;
    expect(envelopes[submitted.cause! - 1]?.event.type).toBe('connection.idleLimitReached');
    rolling.complete('ROLLBACK', 'none');
    await eventually(() => state().sessions[sessionId]?.idleRollbacks.t1 === null);
    expect(refusal(send(submission()))).toBe('transaction.rolledBack');
    submit('select 2', { tabId: 't2' });
    expect(ids(rollback())).toEqual([]);
    expect(state().sessions[sessionId]).toMatchObject({ interrupted: [], idleRollbacks: {} });
    expect(refusal(send(submission()))).toBe('accepted');
    expect(replayed()).toMatchObject({ matched: true, mismatches: [] });
  });

  it('is used by a statement that comes first, and by one that runs for longer', {
    tags: ['slow'],
  }, async () => {
    await inTransaction();
    const [queryId] = submit('update t');
    const updating = await running('update t');
    await new Promise((resolve) => setTimeout(resolve, 4 * LIMIT_MS));
    expect(world.driver.executions.map(({ text }) => text)).not.toContain('rollback');
    updating.complete('UPDATE', 'open');
    expect(await outcome(queryId!)).toBe('succeeded');
    (await expiring()).complete('ROLLBACK', 'none');
  });

  it('stays as it was where its rollback fails, and the tab goes on in it until the next', {
    tags: ['slow'],
  }, async () => {
    await inTransaction();
    (await expiring()).fail('53000', { transaction: 'open' });
    await eventually(() => state().sessions[sessionId]?.interrupted.length === 0);
    expect(state().sessions[sessionId]?.idleRollbacks).toEqual({});
    (await expiring()).lose();
    await eventually(() => state().sessions[sessionId]?.interrupted.includes('t1'));
    expect(refusal(send(submission()))).toBe('transaction.lost');
    expect(state().sessions[sessionId]?.interrupted).toEqual(['t1']);
    expect(replayed()).toMatchObject({ matched: true, mismatches: [] });
  });

  it('waits while nothing can be recorded', { tags: ['slow'] }, async () => {
    await inTransaction();
    world.workspace.tapeHealth({ state: 'failed', code: 'ENOSPC', durableSeq: 1 });
    await eventually(() => Object.values(state().connections).some(({ state }) => state === 'expired'));
    expect(world.driver.executions.map(({ text }) => text)).toEqual(['begin']);
    world.workspace.tapeHealth({ state: 'durable', code: null, durableSeq: 1 });
    submit('update t');
    (await running('update t')).complete('UPDATE', 'open');
    (await expiring()).complete('ROLLBACK', 'none');
  });

  it('stays open without end where the policy has no limit, and none is counted outside of one', {
    tags: ['slow'],
  }, async () => {
    await inTransaction();
    world.rules = { ...world.rules, idleInTransactionMs: null };
    submit('update t');
    (await running('update t')).complete('UPDATE', 'open');
    submit('select 1', { tabId: 't2' });
    (await running('select 1')).complete();
    await new Promise((resolve) => setTimeout(resolve, 4 * LIMIT_MS));
    expect(world.driver.executions.map(({ text }) => text)).not.toContain('rollback');
    expect(world.tape.envelopes.map(({ event }) => event.type)).not.toContain('connection.idleLimitReached');
  });
});

describe('a capability that the server lacks', () => {
  it.each([
    [{ type: 'transaction.begin' }, 'transactions'],
    [{ type: 'transaction.begin', options: { readOnly: true } }, 'readOnlyTransactions'],
    [{ type: 'query.submit', text: 'x', manualCommit: true }, 'transactions'],
  ] as const)('refuses %j by name', async (command, capability) => {
    await open({ [capability]: false });
    const answer = send({ ...command, sessionId, tabId: 't1' } as ActorCommand);
    expect(answer).toMatchObject({ refused: { code: `capability.${capability}` } });
    expect((answer as { refused: { message: string } }).refused.message).toMatch(/^PostgreSQL has no .*\.$/);
    expect(world.driver.executions).toEqual([]);
  });

  it('refuses an isolation level that it does not have, and names those it has', () => {
    const options = { isolationLevel: 'CHAOS' };
    expect(send({ type: 'transaction.begin', sessionId, tabId: 't1', options })).toMatchObject({
      refused: { code: 'capability.isolationLevels', message: expect.stringContaining('SERIALIZABLE') },
    });
  });
});

describe('a script', () => {
  it('goes on after an error where that was asked for, but not after a cancel', async () => {
    const [first, second, third] = submit('a; b; c', { goOnAfterError: true });
    (await running('a')).fail('42P01');
    expect(await outcome(first!)).toBe('failed');
    const b = await running('b');
    send({ type: 'query.cancel', queryId: second! });
    await eventually(() => b.cancelled);
    b.fail('57014', { stopped: true });
    expect(await outcome(second!)).toBe('cancelled');
    expect(await outcome(third!)).toBe('cancelled');
    expect(state().queries[third!]?.cancel?.reason).toBe('scriptStopped');
    expect(world.driver.executions.map(({ text }) => text)).toEqual(['a', 'b']);
  });
});

describe('an edit', () => {
  const ID = { column: 'id', value: '1' };
  const NAME = { column: 'name', value: 'x' };
  const column = (name: string, primaryKey: number | null, generated = false) => ({
    name,
    type: 'text',
    nullable: false,
    primaryKey,
    default: null,
    generated,
  });
  const update: Extract<RowCommand, { type: 'row.update' }> = {
    type: 'row.update',
    sessionId: '',
    tabId: 't1',
    namespace: 'n',
    collection: 'c',
    key: [{ column: 'id', value: '1' }],
    old: [],
    values: [{ column: 'name', value: 'secret-value' }],
  };
  const edit = async (more: Partial<typeof update> = {}): Promise<CommandAnswer> => {
    const answer = world.workspace.take({ ...update, sessionId, ...more });
    const reading = await eventually(() =>
      world.driver.executions.find(({ text, hasEnded }) => text === 'catalogue' && !hasEnded),
    );
    reading.complete();
    return answer;
  };

  beforeEach(() => {
    world.driver.page = {
      columns: [column('id', 1), column('name', null), column('sum', null, true)],
      more: false,
    };
  });

  it('says what would run, and runs nothing', async () => {
    const answer = await edit({ preview: true });
    expect(answer).toMatchObject({ preview: { text: 'update c', params: ['1', 'secret-value'] } });
    expect(world.driver.executions.map(({ text }) => text)).toEqual(['catalogue']);
  });

  it('is kept where exactly one row was changed', async () => {
    const [queryId] = ids(await edit());
    (await running('begin')).complete('BEGIN', 'open');
    const changing = await running('update c');
    expect(changing.params).toEqual(['1', 'secret-value']);
    changing.complete('UPDATE', 'open', 1);
    (await running('commit')).complete('COMMIT', 'none');
    expect(await outcome(queryId!)).toBe('succeeded');
    expect(state().queries[queryId!]).toMatchObject({ purpose: 'edit', rowsAffected: 1 });
    expect(JSON.stringify(world.tape.envelopes)).not.toContain('secret-value');
  });

  it.each([
    [0, 'edit.conflict'],
    [2, 'edit.notOneRow'],
  ])('is taken back where %i rows were changed', async (rows, code) => {
    const [queryId] = ids(await edit());
    (await running('begin')).complete('BEGIN', 'open');
    (await running('update c')).complete('UPDATE', 'open', rows);
    (await running('rollback')).complete('ROLLBACK', 'none');
    expect(await outcome(queryId!)).toBe('failed');
    expect(state().queries[queryId!]?.failure?.code).toBe(code);
  });

  it('stands in a savepoint where a transaction is open, and so does what it reads of the table there', async () => {
    await inTransaction();
    const answer = world.workspace.take({ ...update, sessionId });
    const reading = await running('savepoint');
    reading.complete('SAVEPOINT', 'open');
    const columns = await running('catalogue');
    // A table that the transaction has made is seen on its own connection alone.
    expect(columns.connection).toBe(reading.connection);
    columns.complete();
    (await running('rollback to')).complete('ROLLBACK', 'open');
    (await running('release')).complete('RELEASE', 'open');
    const [queryId] = ids(await answer);
    (await running('savepoint')).complete('SAVEPOINT', 'open');
    (await running('update c')).fail('23505');
    (await running('rollback to')).complete('ROLLBACK', 'open');
    (await running('release')).complete('RELEASE', 'open');
    expect(await outcome(queryId!)).toBe('failed');
    expect(state().queries[queryId!]?.failure?.code).toBe('23505');
  });

  it('is refused where it could not be rolled back with a transaction that began while the columns were read', async () => {
    world.driver.page = {
      columns: [column('id', 1), column('name', null)],
      more: false,
      untransacted: 'MyISAM',
    };
    const answer = world.workspace.take({ ...update, sessionId });
    const columns = await running('catalogue');
    await inTransaction();
    columns.complete();
    expect(await answer).toMatchObject({ refused: { code: 'edit.untransacted' } });
  });

  it('is refused where the name that was read is another column by now', async () => {
    const columns = [column('id', 1), { ...column('name', null), identity: '16384.3' }];
    world.driver.page = { columns, more: false };
    const values = [{ column: 'name', value: 'x', identity: '16384.2' }];
    expect(await edit({ values })).toMatchObject({ refused: { code: 'edit.renamed' } });
    expect(await edit({ values: [{ ...values[0]!, identity: '16384.3' }], preview: true })).toHaveProperty(
      'preview',
    );
  });

  it('is refused where its texts were printed under other settings, of which the driver knows none', async () => {
    const key = [{ column: 'id', value: '01/02/2024', printedBy: ["DateStyle = 'SQL, DMY'"] }];
    expect(await edit({ key })).toMatchObject({ refused: { code: 'edit.printedOtherwise' } });
  });

  it.each([
    ['edit.noKey', {}, [column('name', null)]],
    ['edit.partOfKey', {}, [column('id', 1), column('too', 2), column('name', null)]],
    ['edit.generated', { values: [{ column: 'sum', value: '1' }] }, undefined],
    ['edit.unknown', {}, []],
    ['edit.unknown', { values: [{ column: 'nam', value: '1' }] }, undefined],
    ['edit.unknown', { old: [{ column: 'Name', value: '1' }] }, undefined],
    ['edit.unknown', { preview: true, values: [{ column: 'nam', value: '1' }] }, undefined],
    ['edit.columnTwice', { values: [NAME, NAME] }, undefined],
    ['edit.columnTwice', { preview: true, old: [NAME, NAME] }, undefined],
    ['edit.partOfKey', { key: [ID, ID] }, undefined],
  ])('is refused as %s', async (code, more, columns) => {
    if (columns) world.driver.page = { columns, more: false };
    expect(await edit(more)).toMatchObject({ refused: { code, message: expect.stringMatching(/\.$/) } });
  });

  it('is done once, however often it is sent', async () => {
    const first = await edit({ commandId: 'once' });
    expect(await world.workspace.take({ ...update, sessionId, commandId: 'once' })).toEqual(first);
  });
});
