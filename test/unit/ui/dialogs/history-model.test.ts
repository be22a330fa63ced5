import { describe, expect, it } from 'vitest';
import {
  drawn,
  endingText,
  type HistoryEntry,
  historyPath,
  lineOfText,
  whenText,
} from '../../../../src/ui/dialogs/history-model.ts';

describe('the history', () => {
  const entry = (changes: Partial<HistoryEntry> = {}): HistoryEntry => ({
    queryId: 'q',
    at: 0,
    profileId: 'p',
    profileName: 'shop',
    environment: 'production',
    text: 'select * from orders',
    outcome: 'succeeded',
    serverMs: 32,
    rows: 1204,
    params: [],
    failure: null,
    ...changes,
  });

  it('asks for a page by what is looked for and the last entry of the page before', () => {
    const all = { search: ' ', outcome: null };
    expect(historyPath(all, undefined)).toBe('/api/history?count=100');
    expect(historyPath({ search: 'a b&c', outcome: 'lost.notRun' }, entry({ queryId: 'q7' }))).toBe(
      '/api/history?count=100&search=a+b%26c&outcome=lost.notRun&before=q7',
    );
  });

  it('shows a statement in one line, less the comments before it', () => {
    expect(lineOfText('-- why\n/* and\nhow */ select\n  1')).toBe('select 1');
    expect(lineOfText('-- only this')).toBe('-- only this');
    expect(lineOfText('x'.repeat(5000)).length).toBe(301);
  });

  it('says how it ended, and not what is not known', () => {
    expect(endingText(entry())).toBe('succeeded · 1\u00a0204 rows · 32 ms');
    expect(endingText(entry({ outcome: null, rows: null, serverMs: null }))).toBe('outcome unknown');
    expect(endingText(entry({ cut: 'rowLimit' }))).toBe(
      'succeeded · 1\u00a0204 rows · cut at the row limit · 32 ms',
    );
    expect(endingText(entry({ afterCancel: 'endedEarly' }))).toContain('ended early by the cancel');
    expect(endingText(entry({ outcome: 'failed', cut: 'failed' }))).toContain('not all rows');
  });

  it('gives today’s statements a time, and older ones a day', () => {
    const now = new Date(2026, 10, 20, 14, 3).getTime();
    expect(whenText(new Date(2026, 10, 20, 9, 5).getTime(), now)).toBe('09:05');
    expect(whenText(new Date(2026, 10, 19, 9, 5).getTime(), now)).toBe('2026-11-19 09:05');
  });

  it('draws the rows in view, a few around them, and none beyond the list', () => {
    expect(drawn(0, 440, 44, 10_000)).toEqual({ from: 0, to: 18 });
    expect(drawn(44_000, 440, 44, 10_000)).toEqual({ from: 992, to: 1018 });
    expect(drawn(9_999_999, 440, 44, 5)).toEqual({ from: 0, to: 5 });
  });
});
