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
