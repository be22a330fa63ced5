import { describe, expect, it } from 'vitest';
import type { Envelope } from '../../../../src/events/envelope.ts';
import type { QueryView } from '../../../../src/events/views/query-view.ts';
import { eventText, eventTone } from '../../../../src/ui/format/event-label.ts';

const NOW = 1_000_000;

function _query(changes: Partial<QueryView> = {}): QueryView {
  return {
    queryId: 'q',
    sessionId: 's',
    connectionId: 'c',
    tabId: 't',
    purpose: 'statement',
    scriptId: 'x',
    scriptIndex: 0,
    timeoutMs: 30_000,
    rowsMax: 0,
    fingerprint: null,
    statementBytes: 8,
    state: 'executing',
    outcome: null,
    verdict: null,
    refusedCode: null,
    dangers: [],
    shape: null,
    confirmedAt: null,
    submittedAt: NOW - 3300,
    dispatchedAt: NOW - 3210,
    endedAt: null,
    recordedSeq: 7,
    recordedMs: 0.4,
    firstRowMs: null,
    rows: 0,
    bytes: 0,
    rowsComplete: false,
    cut: null,
    pausedBy: null,
    columns: 0,
    resultSets: 0,
    rowsAffected: null,
    command: null,
    serverMs: null,
    pausedMs: null,
    notices: 0,
    cancel: null,
    afterCancel: null,
    failure: null,
    orphaned: false,
    ...changes,
  };
}

const _cancel = (changes: Partial<NonNullable<QueryView['cancel']>> = {}) => ({
  reason: 'user' as const,
  at: NOW - 400,
  attempts: 1,
  acknowledgedMs: null,
  escalation: null,
  confirmedAfterMs: null,
  ...changes,
});

describe('a line of the tape', () => {
  const envelope = (event: object, state: string, more: Partial<Envelope> = {}) =>
    ({
      seq: 1,
      at: 1,
      actor: 'q',
      kind: 'query',
      machine: 'query@1',
      cause: null,
      event,
      state,
      ...more,
    }) as Envelope;

  it('says the fact and the figure that matters', () => {
    const recorded = envelope({ type: 'query.recorded', seq: 6, afterMs: 0.41 }, 'running.executing');
    expect(eventText(recorded)).toBe('recorded · durable 0.4 ms');
    expect(eventTone(recorded)).toBe('well');
  });

  it.each([
    [{ verdict: 'read', admission: 'admitted' }, 'classified · read'],
    [{ verdict: 'ddl', admission: 'confirm' }, 'classified · ddl, to confirm'],
    [{ verdict: 'write', admission: 'refused', code: 'readOnly.write' }, 'classified · readOnly.write'],
  ])('says what a classifier said: %j', (said, text) => {
    const classified = envelope({ type: 'query.classified', dangers: [], ...said }, 'queued.onConnection');
    expect(eventText(classified)).toBe(text);
  });

  it('says what a count came to', () => {
    const counted = (said: object) => envelope({ type: 'query.counted', serverMs: 1, ...said }, 'confirming');
    expect(eventText(counted({ rows: 7 }))).toBe('counted · 7 rows');
    expect(eventText(counted({ code: 'count.timeout' }))).toBe('counted · count.timeout');
  });

  it('shows an ignored event as quiet, whatever it says', () => {
    expect(eventTone(envelope({ type: 'query.lost' }, 'cancelled', { ignored: true }))).toBe('quiet');
  });

  it('shows a confirmed cancel as waiting, not as a failure', () => {
    expect(eventTone(envelope({ type: 'query.failed' }, 'cancelled'))).toBe('waiting');
    expect(eventTone(envelope({ type: 'query.failed' }, 'failed'))).toBe('failed');
  });
});
