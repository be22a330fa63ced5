import { describe, expect, it } from 'vitest';
import type { QueryView } from '../../../../src/events/views/query-view.ts';
import { footer, runButton, runsWithoutRow } from '../../../../src/ui/format/query-status.ts';

const NOW = 1_000_000;

function query(changes: Partial<QueryView> = {}): QueryView {
  return {
    queryId: 'q',
    sessionId: 's',
    connectionId: 'c',
    tabId: 't',
    purpose: 'statement',
    scriptId: 'x',
    scriptIndex: 0,
    scriptStatements: 1,
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

const cancel = (changes: Partial<NonNullable<QueryView['cancel']>> = {}) => ({
  reason: 'user' as const,
  at: NOW - 400,
  attempts: 1,
  acknowledgedMs: null,
  escalation: null,
  confirmedAfterMs: null,
  ...changes,
});

describe('a statement that runs without a row', () => {
  it.each<[boolean, string, Partial<QueryView>]>([
    [true, 'for some seconds', {}],
    [false, 'for a moment', { dispatchedAt: NOW - 2900 }],
    [false, 'and has one', { firstRowMs: 10 }],
    [false, 'and is not sent yet', { dispatchedAt: null }],
    [false, 'and has ended', { outcome: 'succeeded' }],
  ])('%s: %s', (expected, _, changes) => {
    expect(runsWithoutRow(query(changes), NOW)).toBe(expected);
  });
});

describe('the run button', () => {
  const says = (view: QueryView | undefined, sending = false) => {
    const { act, label, state } = runButton(view, sending, NOW);
    return `${act}: ${label} ${state}`.trim();
  };
  it.each<[string, QueryView | undefined]>([
    ['run: Run', undefined],
    ['cancel: Cancel running 3.2 s', query()],
    ['cancel: Cancel waiting for the connection', query({ state: 'queued.onConnection' })],
    ['cancel: Cancel waiting for other statements', query({ state: 'queued.inSession' })],
    ['cancel: Cancel waiting for you', query({ state: 'confirming', dispatchedAt: NOW })],
    ['cancel: Cancel recording', query({ state: 'recording' })],
    ['wait:  cancelling 0.4 s', query({ state: 'cancelling.requested', cancel: cancel() })],
    ['wait:  server is not answering, asking again 0.4 s', query({ cancel: cancel({ attempts: 6 }) })],
    ['wait:  ending the server connection', query({ cancel: cancel({ escalation: 'terminate' }) })],
    ['wait:  giving up the connection', query({ cancel: cancel({ escalation: 'abandon' }) })],
    ['run: Run', query({ state: 'cancelled', outcome: 'cancelled', cancel: cancel() })],
  ])('says %s', (text, view) => expect(says(view)).toBe(text));

  it('says that a command is on its way before the tape says anything', () => {
    expect(says(undefined, true)).toBe('wait: Run sending…');
  });

  it('says what it last heard, without a clock, while the tape is not heard', () => {
    expect(runButton(query(), false, NOW, false)).toEqual({
      act: 'wait',
      label: '',
      state: 'connection lost, last known: running',
    });
    expect(footer(query(), NOW, false).parts).toEqual(['connection lost, last known: running']);
    expect(runButton(query({ outcome: 'succeeded' }), false, NOW, false).act).toBe('run');
  });

  it('does not say cancelled while the server has not', () => {
    for (const state of ['cancelling.requested', 'cancelling.acknowledged', 'cancelling.escalating'])
      expect(says(query({ state, cancel: cancel({ acknowledgedMs: 3 }) }))).not.toContain('cancelled');
  });
});

describe('the footer', () => {
  const says = (changes: Partial<QueryView>) => footer(query(changes), NOW).parts.join(' · ');
  const rows = { columns: 3, firstRowMs: 4, rows: 21480 } as const;
  it.each<[string, Partial<QueryView>]>([
    ['running 3.2 s', {}],
    ['21\u00a0480 rows so far · first row 4 ms · streaming 3.2 s', { ...rows, state: 'streaming' }],
    ['21\u00a0480 rows · first row 4 ms · server 3.2 s', { ...rows, outcome: 'succeeded', serverMs: 3200 }],
    [
      '3 rows · SELECT · server 2 ms',
      { outcome: 'succeeded', command: 'SELECT', columns: 0, rows: 3, serverMs: 2 },
    ],
    [
      'INSERT · 3 rows · server 2 ms',
      { outcome: 'succeeded', command: 'INSERT', rowsAffected: 3, serverMs: 2 },
    ],
    [
      'cancelled, confirmed by the server in 6 ms',
      { outcome: 'cancelled', cancel: cancel({ confirmedAfterMs: 6 }) },
    ],
    ['cancelled before it was sent', { outcome: 'cancelled', recordedSeq: null, cancel: cancel() }],
    [
      'timed out after 30.0 s, confirmed by the server in 6 ms',
      { outcome: 'timedOut', cancel: cancel({ reason: 'timeout', confirmedAfterMs: 6 }) },
    ],
    [
      '100 rows · first row 4 ms · stopped at the row limit, confirmed by the server in 6 ms',
      {
        ...rows,
        rows: 100,
        outcome: 'cancelled',
        cancel: cancel({ reason: 'rowLimit', confirmedAfterMs: 6 }),
      },
    ],
    [
      'not run: the script stopped before it',
      { outcome: 'cancelled', recordedSeq: null, cancel: cancel({ reason: 'scriptStopped' }) },
    ],
    [
      'failed 42P01 · server 1 ms',
      { outcome: 'failed', serverMs: 1, failure: { code: '42P01', source: 'server' } },
    ],
    [
      'failed statement.syntax',
      { outcome: 'failed', serverMs: 1, failure: { code: 'statement.syntax', source: 'client' } },
    ],
    [
      '67 rows in 2 results · CALL · 0 rows · server 3 ms',
      {
        outcome: 'succeeded',
        rows: 67,
        columns: 2,
        resultSets: 2,
        rowsAffected: 0,
        command: 'CALL',
        serverMs: 3,
      },
    ],
    ['refused tape.unavailable · nothing was sent', { outcome: 'refused', refusedCode: 'tape.unavailable' }],
    ['connection lost: it did not run', { outcome: 'lost.notRun' }],
    [
      'connection lost: it may have completed on the server, check before running it again',
      { outcome: 'lost.mayHaveCompleted' },
    ],
  ])('says %s', (text, changes) => expect(says(changes)).toBe(text));

  it('shows no clock while it does not tick, and none for a wait that is not of the server', () => {
    expect(footer(query(), null).parts).toEqual(['running']);
    expect(footer(query({ cancel: cancel() }), null).parts).toEqual(['cancelling']);
    const paused = { ...rows, bytes: 64 * 1024 * 1024, state: 'paused' } as const;
    expect(says(paused)).toBe(
      '21\u00a0480 rows so far · first row 4 ms · paused at 64 MiB · the statement still runs on the server',
    );
    expect(says({ ...paused, pausedBy: 'disk' })).toMatch(/waiting for the disk$/);
  });

  it('colours what it says of the end, and nothing else', () => {
    const failed = footer(
      query({ ...rows, outcome: 'failed', serverMs: 1, failure: { code: '57014', source: 'server' } }),
      NOW,
    );
    expect(failed.parts[failed.verdict!]).toBe('failed 57014');
    expect(footer(query({ ...rows, outcome: 'succeeded', serverMs: 1 }), NOW).verdict).toBeUndefined();
  });

  it('says that rows may be missing when the statement won the race against the cancel', () => {
    const won = { ...rows, outcome: 'succeeded', serverMs: 9, cancel: cancel(), afterCancel: 'won' } as const;
    expect(says({ ...won, cut: 'cancelled' })).toContain(
      'finished on the server before the cancel; rows that arrived after it were discarded · server 9 ms',
    );
    expect(says(won)).toContain('finished on the server before the cancel · server 9 ms');
  });

  it('says what a cancel did to a statement that completed, and where that is not known', () => {
    const done = { outcome: 'succeeded', command: 'DO', serverMs: 9, cancel: cancel() } as const;
    expect(says({ ...done, afterCancel: 'endedEarly' })).toBe('DO · ended early by the cancel · server 9 ms');
    expect(says({ ...done, afterCancel: 'unknown' })).toBe(
      'DO · completed on the server after the cancel was sent; whether it was cut short is not known · server 9 ms',
    );
  });

  it('says why rows are missing, how many were changed all the same, and marks it', () => {
    const limited = { ...rows, rows: 5, outcome: 'succeeded', serverMs: 9, cut: 'rowLimit' } as const;
    const changes = { ...limited, command: 'UPDATE', rowsAffected: 200_000 };
    expect(says(changes)).toBe(
      '5 rows · first row 4 ms · UPDATE · 200\u00a0000 rows · cut at the row limit · server 9 ms',
    );
    const { parts, verdict, tone } = footer(query(limited), NOW);
    expect([parts[verdict!], tone]).toEqual(['cut at the row limit', 'waiting']);
    const full = cancel({ reason: 'resultLimit', confirmedAfterMs: 6 });
    expect(says({ ...rows, outcome: 'cancelled', cut: 'diskFull', cancel: full })).toContain(
      'stopped: the disk is full, confirmed by the server in 6 ms',
    );
    const failure = { code: '43', source: 'server' } as const;
    expect(says({ ...rows, outcome: 'failed', cut: 'cursorLost', serverMs: 9, failure })).toContain(
      'failed 43 · the server closed the cursor: not all rows are here',
    );
    const late = { ...rows, outcome: 'failed', cut: 'failed', serverMs: 9, pausedMs: 5000 } as const;
    expect(says({ ...late, failure: { code: '57014', source: 'server' } })).toContain(
      'failed 57014 · not all rows are here after reading was paused for 5.0 s',
    );
  });
});
