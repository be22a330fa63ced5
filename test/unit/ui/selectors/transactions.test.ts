import { describe, expect, it } from 'vitest';
import type { ConnectionView } from '../../../../src/events/views/connection-view.ts';
import type { QueryView } from '../../../../src/events/views/query-view.ts';
import type { SessionView } from '../../../../src/events/views/session-view.ts';
import {
  lossText,
  lostTransaction,
  transactionControls,
  transactionMark,
} from '../../../../src/ui/selectors/transactions.ts';

const session = (changes: Partial<SessionView> = {}, transactions = true) =>
  ({
    state: 'ready',
    interrupted: [],
    idleRollbacks: {},
    server: { flavour: 'MongoDB', version: '7', capabilities: { transactions } },
    ...changes,
  }) as unknown as SessionView;

const connection = (transaction: ConnectionView['transaction']) => ({ transaction }) as ConnectionView;

const query = (changes: Partial<QueryView>) =>
  ({
    tabId: 't',
    purpose: 'statement',
    scriptId: 'x',
    scriptIndex: 0,
    submittedAt: 1,
    outcome: null,
    columns: 0,
    resultSets: 0,
    notices: 0,
    failure: null,
    dispatchedAt: null,
    ...changes,
  }) as QueryView;

describe('what the toolbar offers of a transaction', () => {
  it('is Begin outside one, and Commit and Roll back inside', () => {
    expect(transactionControls(session(), 't', undefined, undefined)).toMatchObject({
      status: 'none',
      begin: '',
    });
    expect(transactionControls(session(), 't', connection('open'), undefined)).toMatchObject({
      status: 'open',
      commit: '',
      rollback: '',
    });
  });

  it('is the rollback alone of one that has failed', () => {
    const controls = transactionControls(session(), 't', connection('failed'), undefined);
    expect(controls).toMatchObject({ status: 'failed', rollback: '' });
    expect(controls.commit).not.toBe('');
  });

  it('is nothing where the server has none, with the reason', () => {
    const controls = transactionControls(session({}, false), 't', undefined, undefined);
    expect(controls.begin).toContain('MongoDB has no transactions here');
    expect(controls.manual).toContain('replica sets');
  });

  it('waits for what runs, and does not cancel what is paused', () => {
    const runs = transactionControls(session(), 't', connection('open'), query({ state: 'executing' }));
    const paused = transactionControls(session(), 't', connection('open'), query({ state: 'paused' }));
    expect(runs.commit).toContain('Wait');
    expect(paused.commit).toContain('Fetch all rows, or cancel it');
  });

  it('is to see that it went with its connection, before anything else', () => {
    const controls = transactionControls(session({ interrupted: ['t'] }), 't', undefined, undefined);
    expect(controls).toMatchObject({ status: 'lost', rollback: '' });
    expect(transactionControls(session({ interrupted: ['u'] }), 't', undefined, undefined).status).toBe(
      'none',
    );
  });
});

describe('a transaction that went with its connection', () => {
  it('is reported as not committed, unless one of its steps was in flight', () => {
    const onTheWay = query({ outcome: 'lost.mayHaveCompleted' });
    expect(lossText(session(), 't', undefined)).toContain('The server rolls back uncommitted changes');
    expect(lossText(session(), 't', onTheWay)).toContain('may have completed');
    const lostState = { t: { kinds: ['unknown' as const], transaction: true, connectionId: 'c' } };
    expect(lossText(session({ lostState }), 't', onTheWay)).toContain('may have completed');
    expect(lossText(session({ idleRollbacks: { t: null } }), 't', onTheWay)).toContain(
      'idle longer than the policy allows',
    );
  });

  it('needs no rollback by the user while the server is asked to roll back', () => {
    const idle = (asked: string | null) =>
      transactionControls(
        session({ interrupted: ['t'], idleRollbacks: { t: asked } }),
        't',
        undefined,
        undefined,
      );
    expect(idle('q')).toMatchObject({
      status: 'lost',
      rollback: expect.stringContaining('already being rolled back'),
    });
    expect(idle(null)).toMatchObject({ status: 'lost', rollback: '' });
  });

  it('has its mark in the tab', () => {
    expect(transactionMark(undefined, true)?.tone).toBe('failed');
    expect(transactionMark(connection('open'), false)).toMatchObject({ tone: 'waiting' });
    expect(transactionMark(connection('none'), false)).toBeNull();
  });
});

it('says of a transaction that it was rolled back only once the server has said so', () => {
  const said = (idleRollbacks: Record<string, string | null>): string =>
    lostTransaction({ idleRollbacks } as unknown as SessionView, 't');
  expect(said({ t: 'q' })).toMatch(/is being rolled back/);
  expect(said({ t: null })).toMatch(/was rolled back, confirmed by the server/);
  expect(said({ other: null })).toMatch(/connection was lost/);
});
