import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Replay } from '../../../src/actors/replay.ts';
import type { Envelope } from '../../../src/events/envelope.ts';
import { apply, emptyState, fold } from '../../../src/events/views/state.ts';
import { Play, step } from './play.ts';

/** What the next start reports of the queries, after a kill that left the first so many records. */
function* cuts(
  envelopes: readonly Envelope[],
): Generator<{ readonly seq: number; readonly at: string; readonly notRun: readonly string[] }> {
  const state = emptyState();
  for (const envelope of envelopes) {
    apply(state, envelope);
    const next: Envelope = { ...envelopes[0]!, seq: envelope.seq + 1 };
    const after = apply(structuredClone(state), next);
    const orphans = Object.values(after.queries).filter(({ orphaned }) => orphaned);
    const notRun = orphans.filter(({ outcome }) => outcome === 'lost.notRun').map(({ queryId }) => queryId);
    yield { seq: envelope.seq, at: envelope.event.type, notRun };
  }
}

/** Every accepted statement has its end on the tape, and none that reached the server is said not to have run. */
function endsAreTold({ world, accepted, seen }: Play): void {
  const { queries } = fold(world.tape.envelopes);
  const ended = new Map<string, string>();
  for (const { event } of world.tape.envelopes)
    if (event.type === 'query.ended') ended.set(event.queryId, event.outcome);
  for (const queryId of accepted.keys()) {
    expect(ended.has(queryId), `${queryId} has an end`).toBe(true);
    const view = queries[queryId]!;
    expect(view.outcome).toBe(ended.get(queryId));
    if (!seen.has(queryId)) continue;
    expect(view.outcome, `${queryId} reached the server`).not.toMatch(/^(lost\.notRun|refused)$/);
    expect(view.cancel?.reason).not.toBe('scriptStopped');
  }
}

/** After a kill at any record, "did not run" is said of no statement that the server may have seen by then. */
function cutsAreTrue({ world, seen }: Play): void {
  for (const { seq, at, notRun } of cuts(world.tape.envelopes))
    for (const queryId of notRun) {
      const durable = seen.get(queryId);
      // A kill leaves at least what was on disk when the statement left.
      expect(durable === undefined || seq < durable, `${queryId} cut at ${seq} ${at}`).toBe(true);
    }
}

/** Nothing of a session outlives it: each tab, script and connection has reached its last state on the tape. */
function actorsHaveEnded(envelopes: readonly Envelope[]): void {
  const last = new Map<string, string>();
  for (const { actor, kind, state } of envelopes)
    if (kind === 'tab' || kind === 'script' || kind === 'connection') last.set(actor, state!);
  expect([...last].filter(([, state]) => !/^(closed|lost|ended)$/.test(state))).toEqual([]);
}

function proveTape(envelopes: readonly Envelope[]): void {
  const replay = new Replay();
  for (const envelope of envelopes) replay.step(envelope);
  expect(replay.report()).toMatchObject({ matched: true, mismatches: [], unproven: 0 });
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('whatever user, server, disk and clock do', () => {
  it('every accepted statement ends on the tape, and no more is said of it than is true', {
    tags: ['slow'],
    timeout: 600_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const play = new Play();
        await play.open();
        for (const one of steps) {
          await play.take(one);
          // A connection may not be closed over an open transaction unless that was asked for, or it was harmed.
          const open = play.world.driver.connections.filter(
            (c) => c.closed && c.transaction === 'open' && !play.harmed.has(c),
          ).length;
          expect(open).toBe(0);
        }
        await play.finish();
        endsAreTold(play);
        cutsAreTrue(play);
        actorsHaveEnded(play.world.tape.envelopes);
        proveTape(play.world.tape.envelopes);
        expect(play.world.unrecordable).toEqual([]);
      }),
      { numRuns: Number(process.env.QUERYTAPE_RUNS ?? 60) },
    );
  });
});
