import { expect, it } from 'vitest';
import type { Envelope } from '../../../src/events/envelope.ts';
import type { StatementEnd } from '../../../src/events/history.ts';
import type { State } from '../../../src/events/views/state.ts';
import { historyProjection } from '../../../src/main/history-projection.ts';

it('reports to the history why rows are missing, and what a cancel did to a statement that completed', () => {
  const view = { columns: 1, rows: 5, serverMs: 2, cut: 'cancelled', afterCancel: 'endedEarly' };
  const whole = { columns: 1, rows: 5, serverMs: 2, cut: null, afterCancel: null };
  const state = { queries: { q1: view, q2: whole } } as unknown as State;
  const ends: StatementEnd[] = [];
  const history = { ended: (end: StatementEnd) => ends.push(end), orphaned: () => undefined };
  const { apply } = historyProjection({ query: () => undefined }, history as never);
  for (const queryId of ['q1', 'q2']) {
    const event = { type: 'query.ended', queryId, scriptId: 'x', outcome: 'succeeded' };
    apply(null, { kind: 'session', event } as unknown as Envelope, state);
  }
  const end = { outcome: 'succeeded', serverMs: 2, rows: 5, failure: null };
  expect(ends).toEqual([
    { queryId: 'q1', ...end, cut: 'cancelled', afterCancel: 'endedEarly' },
    { queryId: 'q2', ...end },
  ]);
});

it('gives the words of the server for what failed alone: those for a cancelled statement blame the user, whoever asked', () => {
  const failure = { code: '57014', source: 'server', message: 'canceling statement due to user request' };
  const ends: StatementEnd[] = [];
  const history = { ended: (end: StatementEnd) => ends.push(end), orphaned: () => undefined };
  const { apply } = historyProjection({ query: () => ({ failure }) as never }, history as never);
  for (const outcome of ['cancelled', 'timedOut', 'failed']) {
    const event = { type: 'query.ended', queryId: outcome, scriptId: 'x', outcome };
    apply(null, { kind: 'session', event } as unknown as Envelope, { queries: {} } as unknown as State);
  }
  expect(ends.map(({ failure }) => failure)).toEqual([null, null, failure]);
});

it('reports again, after a kill alone, what had ended just before it, as the history may lack it', () => {
  const [at, killedAt] = [900_000, 800_000];
  const ended = {
    purpose: 'statement',
    outcome: 'succeeded',
    orphaned: false,
    columns: 1,
    rows: 5,
    serverMs: 2,
  };
  const queries = {
    early: { ...ended, queryId: 'early', sessionId: 'killed', endedAt: killedAt - 60_000 },
    late: { ...ended, queryId: 'late', sessionId: 'killed', endedAt: killedAt - 100 },
    last: { ...ended, queryId: 'last', sessionId: 'killed', endedAt: killedAt },
    closed: { ...ended, queryId: 'closed', sessionId: 'closed', endedAt: killedAt },
    counted: { ...ended, queryId: 'counted', sessionId: 'killed', endedAt: killedAt, purpose: 'count' },
    running: {
      ...{ ...ended, queryId: 'running', sessionId: 'killed', endedAt: at },
      ...{ outcome: 'lost.mayHaveCompleted', orphaned: true },
    },
  };
  const sessions = {
    killed: { orphaned: true, endedAt: at },
    closed: { orphaned: false, endedAt: killedAt },
  };
  const reported: string[] = [];
  const history = { ended: () => undefined, orphaned: ({ queryId }: StatementEnd) => reported.push(queryId) };
  const { apply } = historyProjection({ query: () => undefined }, history as never);
  const init = { kind: 'workspace', at, event: { type: 'xstate.init' } } as unknown as Envelope;
  apply(null, init, { queries, sessions } as unknown as State);
  expect(reported).toEqual(['late', 'last', 'running']);
});
