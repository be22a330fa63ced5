import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SCRIPT_LIVING_MAX, SCRIPT_STATEMENTS_MAX } from '../../../src/actors/limits.ts';
import { Replay } from '../../../src/actors/replay.ts';
import { feedScript } from '../../../src/actors/script-feed.ts';
import type { Accepted } from '../../../src/events/command.ts';
import type { Outcome } from '../../../src/events/query.ts';
import { apply, emptyState } from '../../../src/events/views/state.ts';
import { eventually, fakeWorkspace } from './fakes.ts';

describe('a script that is fed', () => {
  /** Runs its statements one after the other; `ends` says how those end that do not succeed. */
  const feed = async (
    count: number,
    ends: Readonly<Record<number, Outcome>> = {},
    goOnAfterError = false,
    notTaken = -1,
  ) => {
    const ran: number[] = [];
    const left: number[] = [];
    let living = 0;
    let livingMost = 0;
    let last: Promise<unknown> = Promise.resolve();
    await feedScript({
      count,
      livingMax: 10,
      goOnAfterError,
      submit: (index) => {
        livingMost = Math.max(livingMost, ++living);
        const ended = last.then(() => {
          living--;
          ran.push(index);
          return { outcome: ends[index] ?? ('succeeded' as const) };
        });
        last = ended;
        return ended;
      },
      mayTake: (index) => index !== notTaken,
      leave: (index) => left.push(index),
    });
    await last;
    return { ran, left, livingMost };
  };
  const range = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);

  it('submits all of its statements in order, and few at once', async () => {
    expect(await feed(10_000)).toEqual({ ran: range(0, 10_000), left: [], livingMost: 10 });
    expect(await feed(3)).toEqual({ ran: [0, 1, 2], left: [], livingMost: 3 });
  });

  it.each(['failed', 'refused', 'cancelled', 'timedOut', 'lost.mayHaveCompleted'] as const)(
    'submits none after one that %s, and leaves each of the rest out once',
    async (outcome) => {
      const { ran, left } = await feed(1000, { 500: outcome });
      expect(ran.at(-1)).toBeLessThan(511);
      expect([...ran, ...left]).toEqual(range(0, 1000));
    },
  );

  it('goes on after a failure where it is to, but after nothing else', async () => {
    expect((await feed(100, { 5: 'failed', 50: 'failed' }, true)).ran).toHaveLength(100);
    expect((await feed(100, { 5: 'cancelled' }, true)).left.length).toBeGreaterThan(80);
  });

  it('leaves out what its session would not take', async () => {
    expect((await feed(100, {}, false, 40)).left).toEqual(range(40, 100));
  });
});

describe('a long script in a session', () => {
  const start = async () => {
    const world = fakeWorkspace({ spillFolder: mkdtempSync(join(tmpdir(), 'querytape-unit-')) });
    const { sessionId } = world.workspace.take({ type: 'session.open', profileId: 'p1' }) as Accepted;
    const outcomes = (): Map<string, string> => {
      const found = new Map<string, string>();
      for (const { event } of world.tape.envelopes)
        if (event.type === 'query.ended') found.set(String(event.queryId), String(event.outcome));
      return found;
    };
    const folded = () => world.tape.envelopes.reduce((state, one) => apply(state, one), emptyState());
    await eventually(() => folded().sessions[sessionId!]?.state === 'ready');
    const submit = (text: string, tabId = 't1') =>
      world.workspace.take({ type: 'query.submit', sessionId: sessionId!, tabId, text });
    return { world, sessionId: sessionId!, outcomes, submit };
  };
  const COUNT = 3 * SCRIPT_LIVING_MAX;
  const script = Array.from({ length: COUNT }, (_, n) => `select ${n}`).join(';');

  const prove = ({ world }: Awaited<ReturnType<typeof start>>): void => {
    const replay = new Replay();
    for (const envelope of world.tape.envelopes) replay.step(envelope);
    expect(replay.report().mismatches).toEqual([]);
    expect(world.unrecordable).toEqual([]);
  };

  it('stops where one fails: no later one is run, and every one has its end on the tape', {
    tags: ['slow'],
  }, async () => {
    const session = await start();
    const { world, outcomes, submit } = session;
    const failsAt = SCRIPT_LIVING_MAX + 20;
    const answer = submit(script) as Accepted;
    expect(answer.queryIds).toHaveLength(COUNT);
    expect(submit('select x')).toMatchObject({ refused: { code: 'script.running' } });
    expect(submit('select x', 't2')).toMatchObject({ accepted: true });
    for (let n = 0; n <= failsAt; n++) {
      const execution = await eventually(() =>
        world.driver.executions.find(({ text }) => text === `select ${n}`),
      );
      if (n === failsAt) execution.fail('42601');
      else execution.complete();
    }
    await eventually(() => answer.queryIds!.every((queryId) => outcomes().has(queryId)));
    const ends = answer.queryIds!.map((queryId) => outcomes().get(queryId));
    expect(ends.slice(0, failsAt + 1)).toEqual([...Array(failsAt).fill('succeeded'), 'failed']);
    expect(ends.slice(failsAt + 1)).toEqual(Array(COUNT - failsAt - 1).fill('cancelled'));
    expect(world.driver.executions.filter(({ text }) => /^select \d/.test(text))).toHaveLength(failsAt + 1);
    // The tab takes the next one.
    expect(submit('select y')).toMatchObject({ accepted: true });
    prove(session);
  });

  it('ends as a whole with its session', async () => {
    const session = await start();
    const { world, sessionId, outcomes, submit } = session;
    const answer = submit(script) as Accepted;
    const first = await eventually(() => world.driver.executions.find(({ text }) => text === 'select 0'));
    world.workspace.take({ type: 'session.close', sessionId });
    await eventually(() => first.cancelled);
    first.fail('57014', { stopped: true });
    await eventually(() => answer.queryIds!.every((queryId) => outcomes().has(queryId)));
    expect(new Set(answer.queryIds!.map((queryId) => outcomes().get(queryId)))).toEqual(
      new Set(['cancelled']),
    );
    expect(world.driver.executions.filter(({ text }) => /^select \d/.test(text))).toHaveLength(1);
    prove(session);
  }, 60_000);
});

it('may have ten thousand statements and more', () => {
  expect(SCRIPT_STATEMENTS_MAX).toBeGreaterThanOrEqual(10_000);
});
