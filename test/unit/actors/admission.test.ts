import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { admit } from '../../../src/actors/admission.ts';
import { Replay } from '../../../src/actors/replay.ts';
import type { Accepted, ActorCommand, CommandAnswer } from '../../../src/events/command.ts';
import type { Danger, Judgement } from '../../../src/events/judgement.ts';
import { CONFIRM_TIMEOUT_MS } from '../../../src/events/limits.ts';
import { ENVIRONMENTS } from '../../../src/events/profile.ts';
import type { Prompt } from '../../../src/events/prompt.ts';
import type { Verdict } from '../../../src/events/query.ts';
import { fold } from '../../../src/events/views/state.ts';
import { eventually, type FakeExecution, fakeWorkspace, JUDGED } from './fakes.ts';

const VERDICTS: Verdict[] = ['read', 'write', 'ddl', 'transaction', 'session', 'admin', 'unknown'];
const DROP: Danger = { kind: 'drop', position: 1, reason: 'It drops t.' };

describe('admission', () => {
  const rules = (confirmDangerous: boolean, blockDangerous: boolean) => ({
    confirmDangerous,
    blockDangerous,
  });

  it('lets only what is proven to read into a read-only profile, whatever the policy says', () => {
    for (const verdict of VERDICTS)
      for (const environment of ENVIRONMENTS)
        for (const rule of [rules(false, false), rules(true, false), rules(true, true)]) {
          const { admission, code } = admit({ verdict, dangers: [] }, { environment, readOnly: true }, rule);
          expect(admission).toBe(verdict === 'read' ? 'admitted' : 'refused');
          if (verdict !== 'read') expect(code).toMatch(/^readOnly\.\w+$/);
        }
  });

  it('lets a harmless setting into a read-only profile, and nothing else that says so', () => {
    const trust = { environment: 'production', readOnly: true } as const;
    for (const verdict of VERDICTS) {
      const told = admit({ verdict, dangers: [], harmlessSetting: true }, trust, rules(true, true));
      expect(told.admission).toBe(verdict === 'read' || verdict === 'session' ? 'admitted' : 'refused');
    }
    const dangerous = { verdict: 'session', dangers: [DROP], harmlessSetting: true } as const;
    expect(admit({ ...dangerous, dangers: [DROP] }, trust, rules(false, true)).admission).toBe('refused');
  });

  it.each([
    [rules(false, false), 'admitted', undefined],
    [rules(true, false), 'confirm', undefined],
    [rules(false, true), 'refused', 'policy.dangerous'],
    [rules(true, true), 'refused', 'policy.dangerous'],
  ] as const)('with %j a dangerous statement is %s', (rule, admission, code) => {
    const trust = { environment: 'production', readOnly: false } as const;
    const told = admit({ verdict: 'ddl', dangers: [DROP] }, trust, rule);
    expect([told.admission, told.code]).toEqual([admission, code]);
    expect(admit({ verdict: 'write', dangers: [] }, trust, rule).admission).toBe('admitted');
  });
});

let world: ReturnType<typeof fakeWorkspace>;
let sessionId: string;

const state = () => fold(world.tape.envelopes);
const send = (command: ActorCommand): CommandAnswer => world.workspace.take(command);
const refusal = (answer: CommandAnswer) => ('refused' in answer ? answer.refused.code : 'accepted');
const submit = (text: string, more: object = {}): readonly string[] =>
  (send({ type: 'query.submit', sessionId, tabId: 't1', text, ...more }) as Accepted).queryIds!;
const running = (text: string): Promise<FakeExecution> =>
  eventually(() => world.driver.executions.findLast((one) => one.text === text && !one.hasEnded));
const outcome = (queryId: string) => eventually(() => state().queries[queryId]?.outcome ?? undefined);
const sent = () => world.driver.executions.map(({ text }) => text);
const judged = (judgement: Partial<Judgement>): Judgement => ({ ...JUDGED, ...judgement });
const challenge = (queryId: string) =>
  eventually(() => world.workspace.query(queryId)?.challenge?.id ?? undefined);

async function open(readOnly = false): Promise<void> {
  world = fakeWorkspace({ readOnly, spillFolder: mkdtempSync(join(tmpdir(), 'querytape-unit-')) });
  sessionId = (send({ type: 'session.open', profileId: 'p1' }) as Accepted).sessionId!;
  await eventually(() => state().sessions[sessionId]?.state === 'ready');
}

function proveTape(): void {
  const replay = new Replay();
  for (const envelope of world.tape.envelopes) replay.step(envelope);
  expect(replay.report()).toMatchObject({ matched: true, mismatches: [], unproven: 0 });
  expect(world.unrecordable).toEqual([]);
}

describe('a dangerous statement', () => {
  beforeEach(async () => {
    await open();
    world.rules = { ...world.rules, confirmDangerous: true };
    world.judge = (text) =>
      judged(
        text.startsWith('drop') ? { verdict: 'ddl', dangers: [DROP] } : { verdict: 'read', dangers: [] },
      );
  });

  it('is sent once the profile’s name was typed to its own challenge', async () => {
    const [queryId] = submit('drop table t');
    const id = await challenge(queryId!);
    expect(state().queries[queryId!]).toMatchObject({ state: 'confirming', dangers: ['drop'] });
    expect(sent()).toEqual([]);
    expect(refusal(send({ type: 'query.confirm', queryId: queryId!, challenge: id, name: 'one' }))).toBe(
      'confirmation.name',
    );
    expect(refusal(send({ type: 'query.confirm', queryId: queryId!, challenge: id, name: 'One' }))).toBe(
      'accepted',
    );
    (await running('drop table t')).complete('DROP TABLE');
    expect(await outcome(queryId!)).toBe('succeeded');
    expect(state().queries[queryId!]?.confirmedAt).not.toBeNull();
    expect(JSON.stringify(world.tape.envelopes)).not.toContain(id);
    proveTape();
  });

  it('opens no prompt where it was cancelled while it was judged', async () => {
    world.judge = (text) => judged({ asks: text === 'select f()' ? [] : ['f'] });
    const [queryId] = submit('drop table t');
    const asked = await running('volatility f');
    world.judge = () => judged({ verdict: 'ddl', dangers: [DROP] });
    send({ type: 'query.cancel', queryId: queryId! });
    expect(await outcome(queryId!)).toBe('cancelled');
    asked.complete();
    await eventually(() => state().queries[asked.text] ?? asked.hasEnded);
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(world.workspace.prompts()).toEqual([]);
    proveTape();
  });

  it('is sent once the prompt that asks was answered, which is then no longer open', async () => {
    const [queryId] = submit('drop table t');
    const id = await challenge(queryId!);
    const [{ promptId }] = world.workspace.prompts() as [Prompt];
    expect(world.workspace.prompts()).toMatchObject([
      { challenge: id, kind: 'confirmation', ownerId: queryId, sessionId, tabId: 't1' },
    ]);
    const answer = (name: string, by = id) =>
      refusal(
        send({ type: 'prompt.answer', promptId, answer: { kind: 'confirmation', challenge: by, name } }),
      );
    expect(answer('one')).toBe('confirmation.name');
    expect(answer('One', promptId)).toBe('confirmation.invalid');
    expect(answer('One')).toBe('accepted');
    expect(world.workspace.prompts()).toEqual([]);
    expect(answer('One')).toBe('prompt.unknown');
    (await running('drop table t')).complete('DROP TABLE');
    expect(await outcome(queryId!)).toBe('succeeded');
    proveTape();
  });

  it('is cancelled and not sent where its prompt is dismissed', async () => {
    const [queryId] = submit('drop table t');
    await challenge(queryId!);
    const [{ promptId }] = world.workspace.prompts() as [Prompt];
    expect(refusal(send({ type: 'prompt.dismiss', promptId }))).toBe('accepted');
    expect(await outcome(queryId!)).toBe('cancelled');
    expect(world.workspace.prompts()).toEqual([]);
    const prompts = world.tape.envelopes.filter(({ kind }) => kind === 'prompt');
    expect(prompts.map(({ state }) => state)).toEqual(['open', 'dismissed']);
    expect(sent()).toEqual([]);
    proveTape();
  });

  it('takes no challenge of another statement, none twice and none made up', async () => {
    const [first] = submit('drop table a', { tabId: 't1' });
    const [second] = submit('drop table b', { tabId: 't2' });
    const [mine, other] = [await challenge(first!), await challenge(second!)];
    const confirm = (queryId: string, id: string) =>
      refusal(send({ type: 'query.confirm', queryId, challenge: id, name: 'One' }));
    expect(confirm(first!, other)).toBe('confirmation.invalid');
    expect(confirm(first!, 'made-up')).toBe('confirmation.invalid');
    expect(confirm(first!, mine)).toBe('accepted');
    expect(confirm(first!, mine)).toBe('confirmation.invalid');
    (await running('drop table a')).complete('DROP TABLE');
    expect(sent()).toEqual(['drop table a']);
  });

  it('takes no answer that comes too late', async () => {
    const [queryId] = submit('drop table t');
    const id = await challenge(queryId!);
    world.clock.offsetMs += CONFIRM_TIMEOUT_MS + 1;
    expect(refusal(send({ type: 'query.confirm', queryId: queryId!, challenge: id, name: 'One' }))).toBe(
      'confirmation.invalid',
    );
    expect(sent()).toEqual([]);
  });

  it('keeps the rest of its script waiting, and stops it when it is cancelled instead', async () => {
    const [read, drop, last] = submit('select 1; drop table t; select 2');
    (await running('select 1')).complete();
    expect(await outcome(read!)).toBe('succeeded');
    await challenge(drop!);
    expect(state().queries[last!]?.state).toBe('queued.onConnection');
    send({ type: 'query.cancel', queryId: drop! });
    expect(await outcome(drop!)).toBe('cancelled');
    expect(await outcome(last!)).toBe('cancelled');
    expect(sent()).toEqual(['select 1']);
    proveTape();
  });

  it('asks nothing about a text that its driver can’t read, as nothing of it is sent', async () => {
    world.driver.refusal = () => ({ message: 'Unexpected token.', at: 4 });
    world.judge = () => judged({ verdict: 'unknown', dangers: [{ ...DROP, kind: 'unknown' }] });
    const [queryId] = submit('drop');
    (await running('drop')).fail('statement.syntax', { source: 'client' });
    expect(await outcome(queryId!)).toBe('failed');
    expect(world.workspace.prompts()).toEqual([]);
  });

  it('is refused where the policy blocks it', async () => {
    world.rules = { ...world.rules, confirmDangerous: true, blockDangerous: true };
    const [queryId] = submit('drop table t');
    expect(await outcome(queryId!)).toBe('refused');
    expect(state().queries[queryId!]?.refusedCode).toBe('policy.dangerous');
    expect(sent()).toEqual([]);
  });

  it('is unknown, and so not a read, when the classifier fails', async () => {
    world.judge = () => {
      throw new Error('crashed');
    };
    const [queryId] = submit('select 1');
    await challenge(queryId!);
    expect(state().queries[queryId!]).toMatchObject({ verdict: 'unknown', dangers: ['unknown'] });
  });
});

describe('the statement that comes next', () => {
  let asked: (readonly [text: string, facts: object])[];

  beforeEach(async () => {
    await open();
    asked = [];
    world.judge = (text, facts) => {
      asked.push([text, facts]);
      return judged({ verdict: 'read' });
    };
  });

  it('is judged while the one before it runs, and by what that leaves when its turn comes', async () => {
    const before = { standardConformingStrings: 'on' };
    const after = { standardConformingStrings: 'off' };
    submit('select 1');
    (await running('select 1')).complete();
    const [connection] = world.driver.connections.slice(-1);
    connection!.facts = before;
    asked = [];
    submit('set a; select 2; select 3');
    const first = await running('set a');
    expect(asked).toEqual([
      ['set a', before],
      ['select 2', before],
    ]);
    connection!.facts = after;
    first.complete();
    (await running('select 2')).complete();
    (await running('select 3')).complete();
    expect(asked.slice(2)).toEqual([
      ['select 2', after],
      ['select 3', after],
      ['select 3', after],
    ]);
    proveTape();
  });

  it('is not judged ahead where the one before it is refused, or on another connection', async () => {
    world.judge = (text, facts) => {
      asked.push([text, facts]);
      return judged({ verdict: 'ddl', dangers: [DROP] });
    };
    world.rules = { ...world.rules, blockDangerous: true };
    const [first] = submit('drop a; drop b');
    submit('drop c', { tabId: 't2' });
    expect(await outcome(first!)).toBe('refused');
    await eventually(() => asked.length === 2 || undefined);
    expect(asked.map(([text]) => text)).toEqual(['drop a', 'drop c']);
  });

  it('runs where it could not be judged ahead', async () => {
    world.judge = (text) => {
      if (text === 'select 2' && asked.push([text, {}]) === 1) throw new Error('crashed');
      return judged({ verdict: 'read' });
    };
    const queryIds = submit('select 1; select 2');
    (await running('select 1')).complete();
    (await running('select 2')).complete();
    expect(await outcome(queryIds[1]!)).toBe('succeeded');
    expect(asked).toHaveLength(2);
  });
});

describe('a read-only profile', () => {
  beforeEach(async () => {
    await open(true);
    world.judge = (text) => judged(text.startsWith('select') ? { verdict: 'read', dangers: [] } : {});
  });

  it('asks the server for read-only connections, and runs each read in a transaction of its own', async () => {
    expect(world.driver.connections[0]?.options.readOnly).toBe(true);
    const [queryId] = submit('select 1');
    (await running('begin read only')).complete('BEGIN', 'open');
    (await running('select 1')).complete('SELECT', 'open');
    (await running('rollback')).complete('ROLLBACK', 'none');
    expect(await outcome(queryId!)).toBe('succeeded');
  });

  it('counts the time on the server from where the first row is counted', async () => {
    const now = vi.spyOn(performance, 'now').mockReturnValue(1000);
    const [queryId] = submit('select 1');
    const begin = await running('begin read only');
    now.mockReturnValue(1050);
    begin.complete('BEGIN', 'open');
    (await running('select 1')).complete('SELECT', 'open');
    (await running('rollback')).complete('ROLLBACK', 'none');
    await outcome(queryId!);
    expect(state().queries[queryId!]!.serverMs).toBe(51);
  });

  it('ends the transaction after an error too', async () => {
    const [queryId] = submit('select 1');
    (await running('begin read only')).complete('BEGIN', 'open');
    (await running('select 1')).fail('42P01', { transaction: 'failed' });
    (await running('rollback')).complete('ROLLBACK', 'none');
    expect(await outcome(queryId!)).toBe('failed');
  });

  it('keeps a harmless setting, and puts the wall up again before anything else runs', async () => {
    world.judge = () => judged({ verdict: 'session', dangers: [], harmlessSetting: true });
    const [queryId] = submit('set timezone');
    submit('select 1');
    (await running('begin read only')).complete('BEGIN', 'open');
    (await running('set timezone')).complete('SET', 'open');
    (await running('commit')).complete('COMMIT', 'none');
    const wall = await running('wall');
    expect(sent()).toEqual(['begin read only', 'set timezone', 'commit', 'wall']);
    expect(state().queries[queryId!]?.outcome).toBeNull();
    wall.complete('SET');
    expect(await outcome(queryId!)).toBe('succeeded');
  });

  it('takes a setting back that failed, and gives the connection up where the wall can’t be put up again', async () => {
    world.judge = () => judged({ verdict: 'session', dangers: [], harmlessSetting: true });
    const [failed] = submit('set timezone');
    (await running('begin read only')).complete('BEGIN', 'open');
    (await running('set timezone')).fail('22023', { transaction: 'failed' });
    (await running('rollback')).complete('ROLLBACK', 'none');
    expect(await outcome(failed!)).toBe('failed');
    const [kept] = submit('set timezone');
    (await running('begin read only')).complete('BEGIN', 'open');
    (await running('set timezone')).complete('SET', 'open');
    (await running('commit')).complete('COMMIT', 'none');
    (await running('wall')).fail('XX000');
    expect(await outcome(kept!)).toBe('succeeded');
    await eventually(() => world.driver.connections[1]?.closed);
  });

  it('gives the connection up when the transaction can’t be ended', async () => {
    const [queryId] = submit('select 1');
    (await running('begin read only')).complete('BEGIN', 'open');
    (await running('select 1')).complete('SELECT', 'open');
    (await running('rollback')).fail('XX000');
    expect(await outcome(queryId!)).toBe('succeeded');
    await eventually(() => world.driver.connections[1]?.closed);
  });

  it('refuses what is not proven to read, edits and transactions, and sends nothing', async () => {
    const [queryId] = submit('delete from t');
    expect(await outcome(queryId!)).toBe('refused');
    expect(state().queries[queryId!]?.refusedCode).toBe('readOnly.notProvenRead');
    expect(refusal(send({ type: 'transaction.begin', sessionId, tabId: 't1' }))).toBe('readOnly.transaction');
    expect(sent()).toEqual([]);
  });

  it('becomes one for sessions that are open when the profile is made read-only', async () => {
    await open();
    world.judge = () => judged({ verdict: 'write' });
    const profile = world.profiles.get('p1')!;
    world.profiles.add({ ...profile, readOnly: true }, undefined);
    const [queryId] = submit('insert into t values (1)');
    expect(await outcome(queryId!)).toBe('refused');
    world.profiles.add({ ...profile, readOnly: false, environment: 'development' }, undefined);
  });
});

describe('a function that the grammar can’t judge', () => {
  it('is asked for in the catalogue, and the text judged again', async () => {
    await open();
    const asked: unknown[] = [];
    world.judge = (_text, facts) => {
      asked.push(facts.volatility);
      return facts.volatility ? judged({ verdict: 'unknown' }) : judged({ verdict: 'unknown', asks: ['f'] });
    };
    const [queryId] = submit('select f()');
    (await running('volatility f')).complete();
    (await running('select f()')).complete();
    expect(await outcome(queryId!)).toBe('succeeded');
    expect(asked).toEqual([undefined, { f: 'v' }]);
    // The reading is caused by the query whose judgement asked for it, so that no chain of causes breaks.
    const { envelopes } = world.tape;
    const reading = envelopes.find(
      ({ event }) => event.type === 'query.submit' && event.input.purpose === 'catalogue',
    )!;
    expect(envelopes[reading.cause! - 1]).toMatchObject({ actor: queryId, state: 'classifying' });
  });
});
