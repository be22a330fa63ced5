import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { Replay } from '../../../src/actors/replay.ts';
import type { Accepted, Command } from '../../../src/events/command.ts';
import type { Judgement } from '../../../src/events/judgement.ts';
import type { Profile } from '../../../src/events/profile.ts';
import { fold } from '../../../src/events/views/state.ts';
import { eventually, fakeWorkspace, JUDGED } from './fakes.ts';

const DROP: Judgement = {
  ...JUDGED,
  verdict: 'ddl',
  dangers: [{ kind: 'drop', position: 1, reason: 'Drops a table.' }],
};

let world: ReturnType<typeof fakeWorkspace>;
let at: { sessionId: string; tabId: string };

const state = () => fold(world.tape.envelopes);
const query = (queryId: string) => state().queries[queryId]!;
const sent = () => world.driver.executions.map(({ text }) => text);
const send = (command: Command) => world.workspace.take(command) as Accepted;
const refusal = (command: Command): string => {
  const answer = world.workspace.take(command);
  return 'refused' in answer ? answer.refused.code : 'accepted';
};
const submit = (text: string): string => send({ type: 'query.submit', ...at, text }).queryIds![0]!;
const challenge = (queryId: string) =>
  eventually(() => world.workspace.query(queryId)?.challenge?.id ?? undefined);
const outcome = (queryId: string) => eventually(() => query(queryId).outcome ?? undefined);
const become = (change: Partial<Profile>): void =>
  world.profiles.add({ ...world.profiles.get('p1')!, ...change }, 'hunter2-secret');

beforeEach(async () => {
  world = fakeWorkspace({ spillFolder: mkdtempSync(join(tmpdir(), 'querytape-unit-')) });
  const { sessionId } = send({ type: 'session.open', profileId: 'p1' });
  await eventually(() => state().sessions[sessionId!]?.state === 'ready');
  at = { sessionId: sessionId!, tabId: 't' };
  world.judge = () => DROP;
});

function proveTape(): void {
  const replay = new Replay();
  for (const envelope of world.tape.envelopes) replay.step(envelope);
  expect(replay.report()).toMatchObject({ matched: true, mismatches: [], unproven: 0 });
  expect(world.unrecordable).toEqual([]);
}

describe('a statement that waits for the user', () => {
  let queryId: string;
  let confirm: Command & { type: 'query.confirm' };
  beforeEach(async () => {
    world.rules = { ...world.rules, confirmDangerous: true };
    queryId = submit('drop table t');
    confirm = { type: 'query.confirm', queryId, challenge: await challenge(queryId), name: 'One' };
  });

  it.each<[string, () => void, string]>([
    ['the profile has become read-only', () => become({ readOnly: true }), 'readOnly.ddl'],
    [
      'the policy blocks it by now',
      () => {
        world.rules = { ...world.rules, blockDangerous: true };
      },
      'policy.dangerous',
    ],
    ['the profile has another name', () => become({ name: 'Two' }), 'confirmation.name'],
  ])('is not sent by the old word where %s', async (_why, change, code) => {
    change();
    expect(refusal(confirm)).toBe(code);
    expect(query(queryId).state).toBe('confirming');
    send({ type: 'query.cancel', queryId });
    expect(await outcome(queryId)).toBe('cancelled');
    expect(refusal(confirm)).not.toBe('accepted');
    expect(sent()).toEqual([]);
    proveTape();
  });

  it('is not sent where the profile became read-only between the confirmation and the disk', async () => {
    world.tape.hold();
    expect(refusal(confirm)).toBe('accepted');
    await eventually(() => query(queryId).state === 'recording');
    become({ readOnly: true });
    world.tape.release();
    expect(await outcome(queryId)).toBe('refused');
    expect(query(queryId).refusedCode).toBe('readOnly.ddl');
    expect(sent()).toEqual([]);
    expect(world.driver.connections.some(({ closed }) => closed)).toBe(false);
    proveTape();
  });

  it('is sent once, however many confirm it at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 200 }, async (_, n) => refusal({ ...confirm, commandId: `confirm-${n}` })),
    );
    expect(answers.filter((answer) => answer === 'accepted')).toHaveLength(1);
    await eventually(() => sent().length > 0);
    world.driver.executions[0]!.complete('DROP TABLE');
    expect(await outcome(queryId)).toBe('succeeded');
    expect(sent()).toEqual(['drop table t']);
  });

  it('takes the challenge of no other statement, session or state', async () => {
    const other = send({ type: 'session.open', profileId: 'p1' }).sessionId!;
    await eventually(() => state().sessions[other]?.state === 'ready');
    const theirs = send({ type: 'query.submit', sessionId: other, tabId: 't', text: 'drop table u' });
    const their = await challenge(theirs.queryIds![0]!);
    expect(refusal({ ...confirm, challenge: their })).toBe('confirmation.invalid');
    world.judge = () => JUDGED;
    const harmless = send({ type: 'query.submit', ...at, tabId: 'other', text: 'select 1' }).queryIds![0]!;
    await eventually(() => sent().includes('select 1'));
    expect(refusal({ ...confirm, queryId: harmless })).toBe('confirmation.invalid');
    expect(refusal({ ...confirm, queryId: 'made-up' })).toBe('query.unknown');
    for (const id of [at.sessionId, query(queryId).connectionId, 'run-1']) {
      expect(refusal({ ...confirm, queryId: id })).toBe('query.unknown');
      expect(refusal({ type: 'query.cancel', queryId: id })).toBe('query.unknown');
    }
    expect(query(queryId).state).toBe('confirming');
  });
});

describe('a statement that was admitted', () => {
  it('is not sent where it has to be confirmed by now', async () => {
    const first = submit('drop table first');
    await eventually(() => sent().length > 0);
    world.driver.executions[0]!.complete();
    await outcome(first);
    world.tape.hold();
    const queryId = submit('drop table t');
    await eventually(() => query(queryId).state === 'recording');
    world.rules = { ...world.rules, confirmDangerous: true };
    world.tape.release();
    expect(await outcome(queryId)).toBe('refused');
    expect(query(queryId).refusedCode).toBe('confirmation.needed');
    expect(world.workspace.query(queryId)?.failure?.message).toMatch(/Nothing was sent/);
    expect(sent()).toEqual(['drop table first']);
    // Its tab goes on, on the same connection.
    expect(world.driver.connections.map(({ closed }) => closed)).toEqual([false, false]);
    world.rules = { ...world.rules, confirmDangerous: false };
    submit('drop table second');
    await eventually(() => sent().includes('drop table second'));
    expect(world.driver.executions.at(-1)!.connection).toBe(world.driver.executions[0]!.connection);
    proveTape();
  });

  it('leaves the transaction of a tab whose profile became read-only to the user, who can roll it back', async () => {
    world.judge = (text) => ({ ...JUDGED, verdict: text.startsWith('select') ? 'read' : 'write' });
    const insert = submit('insert 1');
    await eventually(() => sent().includes('insert 1'));
    world.driver.executions[0]!.complete('INSERT', 'open');
    await outcome(insert);
    become({ readOnly: true });
    const read = submit('select 1');
    expect(await outcome(read)).toBe('refused');
    expect(query(read).refusedCode).toBe('readOnly.transactionOpen');
    expect(sent()).toEqual(['insert 1']);
    expect(world.driver.connections.some(({ closed }) => closed)).toBe(false);

    // Its commit would write; its rollback is sent as it is, and then the tab reads in read-only transactions.
    const [commit] = send({ type: 'transaction.commit', ...at }).queryIds!;
    expect(await outcome(commit!)).toBe('refused');
    const [rollback] = send({ type: 'transaction.rollback', ...at }).queryIds!;
    await eventually(() => sent().includes('rollback'));
    world.driver.executions.at(-1)!.complete('ROLLBACK', 'none');
    expect(await outcome(rollback!)).toBe('succeeded');
    world.driver.onExecute = (execution) => setImmediate(() => execution.complete());
    expect(await outcome(submit('select 3'))).toBe('succeeded');
    expect(sent()).toEqual(['insert 1', 'rollback', 'begin read only', 'select 3', 'rollback']);
    proveTape();
  });

  it('is not sent to another kind of server than its session was opened on', async () => {
    const { target } = world.profiles.get('p1')!;
    become({ target: { ...target, engine: 'mariadb' } });
    const queryId = submit('select 1');
    expect(await outcome(queryId)).toBe('lost.notRun');
    expect(query(queryId).failure?.code).toBe('profile.engineChanged');
    expect(sent()).toEqual([]);
  });
});
