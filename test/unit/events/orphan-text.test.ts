import { describe, expect, it } from 'vitest';
import { lastAnswer, type OrphanConnection, orphanText, wayToKnow } from '../../../src/events/orphan-text.ts';
import { STATES } from '../../../src/events/states.ts';
import type { OrphanView } from '../../../src/events/views/orphan-view.ts';

const LEFT: OrphanView = {
  orphanId: 's.c2',
  sessionId: 's',
  profileId: 'p',
  engine: 'postgres',
  tabId: 't',
  process: { processId: 7, startedAt: '2026-11-28T12:00:00.000000Z' },
  statement: {
    queryId: 'q',
    purpose: 'statement',
    verdict: 'write',
    shape: 'INSERT INTO t VALUES (?)',
    submittedAt: 90,
    dispatchedAt: 100,
  },
  notRun: 0,
  transaction: 'none',
  transactionSince: null,
  held: [],
  leftAt: 200,
  actorId: 'o',
  state: 'notChecked',
  checkedAt: null,
  forMs: null,
  terminated: false,
  failure: null,
};
const textOf = (changes: Partial<OrphanView>, connection: OrphanConnection = { name: 'Shop' }) =>
  orphanText({ ...LEFT, ...changes }, connection, (at) => `#${at}`);

describe('an orphan in words', () => {
  it.each([...STATES.orphan, 'notChecked'])('may have completed in %s, as far as is known', (state) => {
    const { status, details } = textOf({ state, checkedAt: 500, forMs: 400 });
    expect(`${status} ${details.join(' ')}`).not.toMatch(/did not run|failed|cancelled/);
    expect(status).not.toBe('');
  });

  it('still runs since the server says, or since it was sent', () => {
    expect(textOf({ state: 'running', checkedAt: 500, forMs: 350 }).status).toBe(
      'Still running there since #150.',
    );
    expect(textOf({ state: 'running', checkedAt: 500 }).status).toBe('Still running there since #100.');
    const asked = textOf({ state: 'running', checkedAt: 500, forMs: 350, terminated: true });
    expect(asked.status).toContain('although the server was asked to end it');
  });

  it.each([
    ['notChecked', false, false],
    ['checking', false, false],
    ['running', true, true],
    ['laterStatement', true, true],
    ['inTransaction', true, true],
    ['idle', false, true],
    ['unknown', false, true],
    ['gone', false, false],
    ['cancelling.confirming', false, false],
  ])('in %s can be ended: %s, and asked about: %s', (state, canCancel, canCheck) => {
    expect(textOf({ state })).toMatchObject({ canCancel, canCheck });
  });

  it('says how to find out once it does not run any more, by what it would have done', () => {
    const detail = (verdict: 'read' | 'write' | 'ddl' | 'transaction', shape: string | null = null) =>
      textOf({ state: 'gone', statement: { ...LEFT.statement!, verdict, shape } }).details.join();
    expect(detail('write', 'INSERT INTO t VALUES (?)')).toContain('look for the rows');
    expect(detail('write', 'UPDATE t SET a = ?')).toContain('what it would have changed');
    expect(detail('ddl')).toContain('catalogue');
    expect(detail('read')).toContain('only read');
    expect(detail('transaction')).toContain('its transaction');
    expect(textOf({ state: 'running' }).details).toEqual([]);
  });

  it('lists what was lost with its connection, and what was not sent', () => {
    const { details } = textOf({
      transaction: 'open',
      transactionSince: 50,
      held: ['settings', 'temporaryTables'],
      notRun: 2,
    });
    expect(details).toEqual([
      'Lost with its connection: its transaction (open since #50); settings and temporary tables.',
      '2 statements behind it did not run.',
    ]);
  });

  it('without a statement says nothing of one', () => {
    expect(textOf({ state: 'gone', statement: null }).status).toBe('Gone.');
    expect(textOf({ state: 'inTransaction', statement: null }).status).toBe(
      'Its transaction is still open there.',
    );
  });

  it('names the profile to open, where there is one', () => {
    expect(textOf({}).status).toBe('May still be running. Open Shop to look.');
    expect(textOf({}, 'vaultLocked')).toMatchObject({
      connection: 'A connection in the locked vault',
      status: 'May still be running. Unlock the vault and open its connection to look.',
      canDismiss: true,
    });
    expect(textOf({}, 'deleted')).toMatchObject({
      connection: 'A deleted connection',
      status: 'May still be running. Its connection was deleted, so its server can’t be asked.',
      canDismiss: true,
    });
  });

  it('has a last answer only where the server gave one', () => {
    const answer = (changes: Partial<OrphanView>) => lastAnswer({ ...LEFT, ...changes }, (at) => `#${at}`);
    expect(answer({ state: 'running', checkedAt: 500, forMs: 350 })).toBe(
      '#500: Still running there since #150.',
    );
    for (const state of ['notChecked', 'checking', 'unknown', 'cancelling.requested'])
      expect(answer({ state, checkedAt: 500 })).toBeNull();
    expect(answer({ state: 'running' })).toBeNull();
  });

  it('says how to find out before it is over, too, where that is asked', () => {
    expect(wayToKnow(LEFT.statement!)).toContain('look for the rows');
  });

  it('says why the server did not end it, or could not be asked', () => {
    const failure = { code: '42501', source: 'server' } as const;
    expect(textOf({ state: 'running', failure }).details).toContain('The server did not end it (42501).');
    expect(textOf({ state: 'unknown', failure }).status).toContain('could not be asked (42501)');
  });
});
