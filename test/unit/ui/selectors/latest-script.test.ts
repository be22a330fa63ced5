import { describe, expect, it } from 'vitest';
import { ENDED_QUERIES_MAX } from '../../../../src/events/limits.ts';
import type { QueryView } from '../../../../src/events/views/query-view.ts';
import { activeQueries, currentOf, latestScripts } from '../../../../src/ui/selectors/latest-script.ts';

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

describe('the scripts of the tabs', () => {
  it('are each the latest, in their own order', () => {
    const queries = {
      a: query({ queryId: 'a', scriptId: 'old', submittedAt: 1 }),
      c: query({ queryId: 'c', scriptId: 'new', submittedAt: 2, scriptIndex: 1 }),
      b: query({ queryId: 'b', scriptId: 'new', submittedAt: 2, scriptIndex: 0 }),
      d: query({ queryId: 'd', scriptId: 'other', tabId: 'u' }),
      e: query({ queryId: 'e', tabId: null }),
    };
    const scripts = latestScripts(queries, new Map(), []);
    expect([...scripts].map(([tabId, script]) => [tabId, ...script.map(({ queryId }) => queryId)])).toEqual([
      ['t', 'b', 'c'],
      ['u', 'd'],
    ]);
  });

  it('stay the same arrays while nothing in them changes', () => {
    const queries = { a: query({ queryId: 'a' }), d: query({ queryId: 'd', scriptId: 'y', tabId: 'u' }) };
    const before = latestScripts(queries, new Map(), []);
    const after = latestScripts(
      { ...queries, d: query({ queryId: 'd', scriptId: 'y', tabId: 'u' }) },
      before,
      [],
    );
    expect(after.get('t')).toBe(before.get('t'));
    expect(after.get('u')).not.toBe(before.get('u'));
  });

  it('stay with the tabs that show them once other statements have pushed them out of the views', () => {
    const ended = { scriptId: 'x', outcome: 'succeeded' } as const;
    const a = query({ ...ended, queryId: 'a', scriptIndex: 0 });
    const b = query({ ...ended, queryId: 'b', scriptIndex: 1 });
    const lives = query({ queryId: 'lives', tabId: 'l', scriptId: 'l' });
    const theirs = query({ ...ended, queryId: 'theirs', tabId: 'theirs' });
    const shown = [{ tabId: 't' }, { tabId: 'l' }];
    const all = latestScripts({ a, b, lives, theirs }, new Map(), shown);
    const one = latestScripts({ b, lives }, all, shown);
    const none = latestScripts({}, one, shown);
    expect([...none]).toEqual([['t', [a, b]]]);
    expect(none.get('t')).toBe(all.get('t'));
    const older = query({ ...ended, queryId: 'older', scriptId: 'o', submittedAt: 0 });
    expect(latestScripts({ older }, none, shown).get('t')).toEqual([a, b]);
    const newer = query({ queryId: 'newer', scriptId: 'n', submittedAt: 2 });
    expect(latestScripts({ newer }, none, shown).get('t')).toEqual([newer]);
    const long = Array.from({ length: ENDED_QUERIES_MAX + 1 }, (_, i) =>
      query({ ...ended, queryId: `q${i}`, scriptIndex: i }),
    );
    const first = latestScripts(
      Object.fromEntries(long.slice(0, -1).map((q) => [q.queryId, q])),
      none,
      shown,
    );
    expect(latestScripts({ last: long.at(-1)! }, first, shown).get('t')).toEqual(long.slice(1));
  });

  it('are spoken of by what lives, else by what stopped them, else by the last', () => {
    const done = query({ queryId: 'done', outcome: 'succeeded' });
    const failed = query({ queryId: 'failed', outcome: 'failed' });
    const skipped = query({ queryId: 'skipped', outcome: 'cancelled' });
    const lives = query({ queryId: 'lives' });
    const of = (...script: QueryView[]) => currentOf(script)?.queryId;
    expect(of(done, lives, skipped)).toBe('lives');
    expect(of(done, failed, skipped)).toBe('failed');
    expect(of(done, skipped)).toBe('skipped');
    expect(of()).toBeUndefined();
  });
});

describe('a tab’s queries', () => {
  it('are its script, its transaction’s steps and its edits, each apart', () => {
    const queries = {
      a: query({ queryId: 'a', submittedAt: 1 }),
      b: query({ queryId: 'b', submittedAt: 2, purpose: 'transaction', scriptId: 'y' }),
      c: query({ queryId: 'c', submittedAt: 3, purpose: 'edit', scriptId: 'z' }),
    };
    const ids = (purpose?: 'transaction') =>
      latestScripts(queries, new Map(), [], purpose)
        .get('t')
        ?.map(({ queryId }) => queryId);
    expect(ids()).toEqual(['a']);
    expect(ids('transaction')).toEqual(['b']);
  });

  it('are spoken of by the one that runs, whatever it is for', () => {
    const ended = query({ queryId: 'a', outcome: 'succeeded' });
    const waits = query({ queryId: 'b', scriptId: 'y', submittedAt: 2 });
    const runs = query({ queryId: 'c', scriptId: 'z', submittedAt: 3, purpose: 'edit', dispatchedAt: 4 });
    const living = activeQueries({ a: ended, b: waits, c: runs });
    expect(living.get('t')?.queryId).toBe('c');
    expect(activeQueries({ a: ended }).size).toBe(0);
  });

  it('are not a read of the columns that can be edited, which keeps the user from nothing', () => {
    const reads = query({ queryId: 'a', purpose: 'catalogue', dispatchedAt: 1 });
    expect(activeQueries({ a: reads }).size).toBe(0);
    const waits = query({ queryId: 'b', scriptId: 'y', submittedAt: 2 });
    expect(activeQueries({ a: reads, b: waits }).get('t')?.queryId).toBe('b');
  });
});
