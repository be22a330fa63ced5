import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { Replay } from '../../../src/actors/replay.ts';
import type { Accepted, Command, CommandAnswer } from '../../../src/events/command.ts';
import type { Judgement } from '../../../src/events/judgement.ts';
import { fold } from '../../../src/events/views/state.ts';
import { eventually, type FakeExecution, fakeWorkspace, JUDGED } from './fakes.ts';

const COUNT = "select count(*) from t where name = 'a literal'";
let world: ReturnType<typeof fakeWorkspace>;
let sessionId: string;
let queryId: string;
let counting: Judgement['counting'];

const state = () => fold(world.tape.envelopes);
const send = (command: Command) => Promise.resolve(world.workspace.take(command));
const code = (answer: CommandAnswer): string => ('refused' in answer ? answer.refused.code : 'accepted');
const running = (text: string): Promise<FakeExecution> =>
  eventually(() => world.driver.executions.findLast((one) => one.text === text && !one.hasEnded));
const outcome = () => eventually(() => state().queries[queryId]?.outcome ?? undefined);
const reaches = (name: string) => eventually(() => state().queries[queryId]?.state === name);
const sent = () => world.driver.executions.map(({ text }) => text);
const count = () => send({ type: 'query.count', queryId });
const confirm = () => {
  const challenge = world.workspace.query(queryId)!.challenge!.id;
  return send({ type: 'query.confirm', queryId, challenge, name: 'One' });
};
const submit = async (): Promise<void> => {
  const command = { type: 'query.submit', sessionId, tabId: 't1', text: 'delete from t' } as const;
  [queryId] = ((await send(command)) as Accepted).queryIds! as [string];
  await reaches('confirming');
};
/** One row with one number, as PostgreSQL sends it: the message's length and two counts, then the digits. */
const answer = ({ sink }: FakeExecution, digits: string): void => {
  sink.columns([{ name: 'count', type: 'bigint', kind: 'number' } as never], 'postgres-datarow');
  const row = Buffer.alloc(1 + 4 + 2 + 4 + digits.length);
  row.write('D');
  row.writeInt32BE(row.length - 1, 1);
  row.writeInt16BE(1, 5);
  row.writeInt32BE(digits.length, 7);
  row.write(digits, 11);
  sink.rows(row, 1);
};

beforeEach(async () => {
  world = fakeWorkspace({ spillFolder: mkdtempSync(join(tmpdir(), 'querytape-unit-')) });
  world.rules = { ...world.rules, confirmDangerous: true };
  counting = { text: COUNT };
  const danger = { kind: 'deleteAll', position: 1, reason: 'All rows.' } as const;
  world.judge = () => ({
    ...JUDGED,
    verdict: 'write',
    dangers: [danger],
    ...(counting ? { counting } : {}),
  });
  sessionId = ((await send({ type: 'session.open', profileId: 'p1' })) as Accepted).sessionId!;
  await eventually(() => state().sessions[sessionId]?.state === 'ready');
  await submit();
});

function proveTape(): void {
  const replay = new Replay();
  for (const envelope of world.tape.envelopes) replay.step(envelope);
  expect(replay.report()).toMatchObject({ matched: true, mismatches: [], unproven: 0 });
  expect(JSON.stringify(world.tape.envelopes)).not.toContain('a literal');
}

describe('a count of what a statement would touch', () => {
  it('runs on its own connection in a read-only transaction, and answers exactly', async () => {
    const asked = count();
    (await running('begin read only')).complete('BEGIN', 'open');
    const one = await running(COUNT);
    expect(state().queries[queryId]?.state).toBe('counting.running');
    answer(one, '9007199254740993');
    one.complete('SELECT', 'open');
    (await running('rollback')).complete('ROLLBACK', 'none');
    expect(await asked).toMatchObject({ counted: { rows: '9007199254740993', inTransaction: false } });
    expect(state().queries[queryId]?.state).toBe('confirming');
    expect(code(await confirm())).toBe('accepted');
    (await running('delete from t')).complete('DELETE', 'none', 2);
    expect(await outcome()).toBe('succeeded');
    proveTape();
  });

  it('that is answered by rows that can not be read ends alone, and throws nothing where rows are taken', async () => {
    const asked = count();
    (await running('begin read only')).complete('BEGIN', 'open');
    const one = await running(COUNT);
    one.sink.columns([], 'postgres-datarow');
    expect(one.sink.rows(null as unknown as Uint8Array, 1)).toBe(true);
    one.complete('SELECT', 'open', 1);
    (await running('rollback')).complete('ROLLBACK', 'none');
    expect(code(await asked)).toBe('count.none');
    await reaches('confirming');
    proveTape();
  });

  it('is not sent before the record of it is on disk', async () => {
    world.tape.hold();
    const asked = count();
    await reaches('counting.running');
    expect(sent()).toEqual([]);
    world.tape.release();
    (await running('begin read only')).fail('57P03');
    expect(code(await asked)).toBe('57P03');
    await reaches('confirming');
  });

  it('keeps its statement from being sent, and one that is cancelled from ending, until it has ended', async () => {
    const asked = count();
    (await running('begin read only')).complete('BEGIN', 'open');
    const one = await running(COUNT);
    expect(code(await confirm())).toBe('count.running');
    expect(code(await count())).toBe('count.notAsked');
    await send({ type: 'query.cancel', queryId });
    await reaches('counting.stopping');
    expect(one.cancelled).toBe(true);
    one.fail('57014', { stopped: true, transaction: 'failed' });
    (await running('rollback')).complete('ROLLBACK', 'none');
    expect(code(await asked)).toBe('count.stopped');
    expect(await outcome()).toBe('cancelled');
    expect(sent()).not.toContain('delete from t');
    proveTape();
  });

  it('that fails says why, and the statement can still be confirmed', async () => {
    const asked = count();
    (await running('begin read only')).complete('BEGIN', 'open');
    (await running(COUNT)).fail('42P01', { transaction: 'failed', message: 'no such table' });
    (await running('rollback')).complete('ROLLBACK', 'none');
    expect(await asked).toMatchObject({ refused: { code: '42P01', message: 'no such table' } });
    expect(code(await confirm())).toBe('accepted');
    (await running('delete from t')).complete('DELETE');
    expect(await outcome()).toBe('succeeded');
  });

  it('that leaves its connection in an unknown state gives it up', async () => {
    const asked = count();
    (await running('begin read only')).complete('BEGIN', 'open');
    const one = await running(COUNT);
    answer(one, '1');
    one.complete('SELECT', 'open');
    (await running('rollback')).fail('XX000');
    await asked;
    expect(await outcome()).toBe('lost.notRun');
    await eventually(() => world.driver.connections[1]?.closed);
    proveTape();
  });

  it('that throws gives its connection up, as its state is unknown', async () => {
    const connection = world.driver.connections[1]!;
    connection.execute = () => {
      throw new Error('defect');
    };
    expect(code(await count())).not.toBe('accepted');
    expect(await outcome()).toBe('lost.notRun');
    await eventually(() => connection.closed);
    expect(world.defects).toHaveLength(1);
    proveTape();
  });

  it('ends with its connection', async () => {
    const asked = count();
    (await running('begin read only')).complete('BEGIN', 'open');
    await running(COUNT);
    world.driver.connections[1]!.lose();
    expect(code(await asked)).toBe('count.stopped');
    expect(await outcome()).toBe('lost.notRun');
  });

  it('is asked for only of what can be counted, while it waits for the user', async () => {
    await send({ type: 'query.cancel', queryId });
    expect(code(await count())).toMatch(/query\.unknown|count\.notAsked/);
    counting = { reason: 'Several tables.' };
    await submit();
    expect(await count()).toMatchObject({ refused: { code: 'count.unknown', message: 'Several tables.' } });
    await send({ type: 'query.cancel', queryId });
    await outcome();
    counting = undefined;
    await submit();
    expect(code(await count())).toBe('count.unknown');
    expect(sent()).toEqual([]);
  });

  it('in an open transaction sees it, and leaves nothing in it', async () => {
    await send({ type: 'query.cancel', queryId });
    await outcome();
    await send({ type: 'transaction.begin', sessionId, tabId: 't1' });
    (await running('begin')).complete('BEGIN', 'open');
    await submit();
    const asked = count();
    (await running('savepoint')).complete('SAVEPOINT', 'open');
    const one = await running(COUNT);
    answer(one, '3');
    one.complete('SELECT', 'open');
    (await running('rollback to')).complete('ROLLBACK', 'open');
    (await running('release')).complete('RELEASE', 'open');
    expect(await asked).toMatchObject({ counted: { rows: '3', inTransaction: true } });
    expect(state().queries[queryId]?.state).toBe('confirming');
    proveTape();
  });
});
