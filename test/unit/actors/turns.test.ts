import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { Replay } from '../../../src/actors/replay.ts';
import type { Accepted, ActorCommand } from '../../../src/events/command.ts';
import { fold } from '../../../src/events/views/state.ts';
import { eventually, type FakeExecution, fakeWorkspace, JUDGED } from './fakes.ts';

let world: ReturnType<typeof fakeWorkspace>;
let sessionId: string;

const state = () => fold(world.tape.envelopes);
const send = (command: ActorCommand): Accepted => {
  const answer = world.workspace.take(command);
  if ('refused' in answer) throw new Error(`${answer.refused.code}: ${answer.refused.message}`);
  return answer;
};
const submit = (tabId: string, text: string): readonly string[] =>
  send({ type: 'query.submit', sessionId, tabId, text }).queryIds!;
const running = (text: string): Promise<FakeExecution> =>
  eventually(() => world.driver.executions.findLast((one) => one.text === text && !one.hasEnded));
const outcome = (queryId: string) => eventually(() => state().queries[queryId]?.outcome ?? undefined);
const reaches = (queryId: string, name: string) => eventually(() => state().queries[queryId]?.state === name);
const sent = () => world.driver.executions.map(({ text }) => text);

/** Fills the session with a statement a tab. */
async function fill(...tabs: readonly string[]): Promise<FakeExecution[]> {
  for (const tab of tabs) submit(tab, `long ${tab}`);
  return Promise.all(tabs.map((tab) => running(`long ${tab}`)));
}

beforeEach(async () => {
  world = fakeWorkspace({ spillFolder: mkdtempSync(join(tmpdir(), 'querytape-unit-')) });
  world.rules = { ...world.rules, concurrentQueriesMax: 2 };
  sessionId = send({ type: 'session.open', profileId: 'p1' }).sessionId!;
  await eventually(() => state().sessions[sessionId]?.state === 'ready');
});

/** What any of it leaves: nothing waits, and the tape replays. */
async function settled(): Promise<void> {
  await eventually(() => Object.values(state().queries).every((query) => query.outcome !== null));
  const replay = new Replay();
  for (const envelope of world.tape.envelopes) replay.step(envelope);
  expect(replay.report()).toMatchObject({ matched: true, mismatches: [], unproven: 0 });
}

describe('as many statements of a session as the policy lets', () => {
  it('run at once; the others wait, and come in the order in which they came', async () => {
    const [one, two] = await fill('a', 'b');
    const later = ['c', 'd', 'e'].map((tab) => submit(tab, `later ${tab}`)[0]!);
    for (const queryId of later) await reaches(queryId, 'queued.inSession');
    expect(sent()).toEqual(['long a', 'long b']);
    two!.complete();
    const next = await running('later c');
    expect(sent()).toEqual(['long a', 'long b', 'later c']);
    one!.fail('22012');
    (await running('later d')).complete();
    (await running('later e')).complete();
    next.complete();
    expect(sent().slice(2)).toEqual(['later c', 'later d', 'later e']);
    await settled();
  });

  it('do not hold up the catalogue, nor the end of a transaction', async () => {
    send({ type: 'transaction.begin', sessionId, tabId: 'c' });
    (await running('begin')).complete('BEGIN', 'open');
    const busy = await fill('a', 'b');
    const page = world.workspace.catalogue(sessionId, { list: 'columns', namespace: 'n', collection: 'c' });
    (await running('catalogue')).complete();
    // It had no rows, so whether the collection exists is asked too.
    (await running('presence')).complete();
    await page;
    const { queryIds } = send({ type: 'transaction.commit', sessionId, tabId: 'c' });
    (await running('commit')).complete('COMMIT', 'none');
    expect(await outcome(queryIds![0]!)).toBe('succeeded');
    for (const one of busy) one.complete();
    await settled();
  });

  it('are not made more by one that is cancelled while it waits, whose tab goes on', async () => {
    const [one, two] = await fill('a', 'b');
    const [waiting] = submit('c', 'never');
    await reaches(waiting!, 'queued.inSession');
    const [after] = submit('c', 'after');
    send({ type: 'query.cancel', queryId: waiting! });
    expect(await outcome(waiting!)).toBe('cancelled');
    await reaches(after!, 'queued.inSession');
    expect(sent()).toEqual(['long a', 'long b']);
    one!.complete();
    (await running('after')).complete();
    two!.complete();
    await settled();
    expect(sent()).not.toContain('never');
  });

  it('are none that wait for the user', async () => {
    world.rules = { ...world.rules, concurrentQueriesMax: 1, confirmDangerous: true };
    const danger = { kind: 'deleteAll', position: 1, reason: 'All rows.' } as const;
    world.judge = (text) => ({ ...JUDGED, verdict: 'write', dangers: text === 'delete' ? [danger] : [] });
    const [asked] = submit('a', 'delete');
    await reaches(asked!, 'confirming');
    const [other] = submit('b', 'update');
    const updating = await running('update');
    const { id } = world.workspace.query(asked!)!.challenge!;
    send({ type: 'query.confirm', queryId: asked!, challenge: id, name: 'One' });
    await reaches(asked!, 'queued.inSession');
    expect(sent()).toEqual(['update']);
    updating.complete();
    expect(await outcome(other!)).toBe('succeeded');
    (await running('delete')).complete();
    await settled();
  });

  it('let scripts of several tabs take turns, down to one at a time', async () => {
    world.rules = { ...world.rules, concurrentQueriesMax: 1 };
    world.driver.onExecute = (execution) => setImmediate(() => execution.complete());
    const scripts = ['a', 'b', 'c'].map((tab) => submit(tab, `${tab} 1; ${tab} 2; ${tab} 3`));
    for (const queryId of scripts.flat()) expect(await outcome(queryId)).toBe('succeeded');
    expect([...sent()].sort()).toEqual(['a', 'b', 'c'].flatMap((tab) => [1, 2, 3].map((n) => `${tab} ${n}`)));
    expect(sent().slice(0, 3).sort()).toEqual(['a 1', 'b 1', 'c 1']);
    await settled();
  });

  it('end with their connection or their tab, whether they run or wait', async () => {
    const [one, two] = await fill('a', 'b');
    const [waiting] = submit('c', 'waits');
    const [closed] = submit('d', 'closed');
    const [last] = submit('e', 'last');
    for (const queryId of [waiting!, closed!, last!]) await reaches(queryId, 'queued.inSession');
    world.driver.connections[3]!.lose();
    expect(await outcome(waiting!)).toBe('lost.notRun');
    send({ type: 'tab.close', sessionId, tabId: 'd' });
    expect(await outcome(closed!)).toBe('cancelled');
    one!.lose();
    (await running('last')).complete();
    two!.complete();
    await settled();
  });

  it('are all ended by the close of their session', async () => {
    const busy = await fill('a', 'b');
    const [waiting] = submit('c', 'waits');
    await reaches(waiting!, 'queued.inSession');
    send({ type: 'session.close', sessionId });
    expect(await outcome(waiting!)).toBe('cancelled');
    for (const one of busy) {
      expect(one.cancelled).toBe(true);
      one.fail('57014', { stopped: true });
    }
    await eventually(() => state().sessions[sessionId]?.state === 'offline');
    expect(sent()).toEqual(['long a', 'long b']);
    await settled();
  });

  it('are as many as the policy says by the next statement', async () => {
    const [one, two] = await fill('a', 'b');
    const [waiting] = submit('c', 'waits');
    await reaches(waiting!, 'queued.inSession');
    world.rules = { ...world.rules, concurrentQueriesMax: 4 };
    submit('d', 'more');
    for (const text of ['waits', 'more']) (await running(text)).complete();
    world.rules = { ...world.rules, concurrentQueriesMax: 1 };
    const [fewer] = submit('c', 'fewer');
    await reaches(fewer!, 'queued.inSession');
    one!.complete();
    await new Promise((resolve) => setImmediate(resolve));
    expect(sent()).not.toContain('fewer');
    two!.complete();
    (await running('fewer')).complete();
    await settled();
  });
});
