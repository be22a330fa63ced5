import { expect, it, vi } from 'vitest';
import { NO_STATE } from '../../../../src/events/session-state.ts';
import type { ConnectionView } from '../../../../src/events/views/connection-view.ts';
import type { SessionView } from '../../../../src/events/views/session-view.ts';
import { hasMoved, namespaceOf, placeOf, SessionStates } from '../../../../src/ui/api/session-states.ts';
import { lossText } from '../../../../src/ui/selectors/transactions.ts';

const POSTGRES = { ...NO_STATE, database: 'shop', schema: 'ta', searchPath: 'ta, public', role: 'limited' };
const view = (stateSeq: number, state = 'idle') =>
  ({ c1: { connectionId: 'c1', state, stateSeq } as ConnectionView }) as const;
const settled = () => new Promise((resolve) => setImmediate(resolve));

it('says where statements go by the server’s word', () => {
  expect(placeOf(POSTGRES)).toEqual(['shop', 'ta', 'limited']);
  expect(placeOf({ ...POSTGRES, schema: null })).toEqual(['shop', 'search_path ta, public', 'limited']);
  expect(placeOf({ ...NO_STATE, database: 'other' })).toEqual(['other']);
  expect(placeOf(NO_STATE)).toEqual(['no database']);
});

it('completes the names of the current schema or database, not of the profile’s', () => {
  expect(namespaceOf('postgres', POSTGRES)).toBe('ta');
  expect(namespaceOf('mongodb', { ...NO_STATE, database: 'other' })).toBe('other');
  expect(namespaceOf('mysql', NO_STATE)).toBe('');
  expect(namespaceOf('mysql', null)).toBeUndefined();
});

it('knows a place that has changed from one that has not', () => {
  expect(hasMoved(POSTGRES, { ...POSTGRES })).toBe(false);
  expect(hasMoved(POSTGRES, { ...POSTGRES, schema: 'public' })).toBe(true);
  expect(hasMoved(null, POSTGRES)).toBe(false);
});

it('asks again whenever the tape records that a connection’s session state has changed, and once', async () => {
  const connection = vi.fn(async () => ({ failure: null, state: POSTGRES, facts: null }));
  const told = vi.fn();
  const states = new SessionStates({ connection }, told);
  for (const seq of [0, 5, 5, 9]) {
    states.look({ connections: view(seq), sessions: {} });
    await settled();
  }
  expect(connection).toHaveBeenCalledTimes(2);
  expect(told).toHaveBeenCalledTimes(2);
  expect(states.of('c1')?.state).toBe(POSTGRES);
  states.look({ connections: view(9, 'lost'), sessions: {} });
  expect(states.of('c1')).toBeUndefined();
});

it('names what an interrupted tab has lost, and why it could not be set again', () => {
  const lostState = {
    t1: { kinds: ['temporaryTables', 'locks'], transaction: false, connectionId: 'c1' },
  } as const;
  const session = { interrupted: ['t1'], idleRollbacks: {}, lostState } as unknown as SessionView;
  expect(lossText(session, 't1', undefined)).toBe(
    'The connection was lost, and with it temporary tables and locks. Acknowledge it to continue on a new connection.',
  );
  const why = { code: 'state.notRestored', source: 'client', message: 'No role x.' } as const;
  expect(lossText(session, 't1', undefined, why)).toContain(' No role x. ');
});
