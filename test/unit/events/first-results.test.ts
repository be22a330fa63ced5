import { describe, expect, it } from 'vitest';
import { FirstResults } from '../../../src/events/views/first-results.ts';
import type { QueryView } from '../../../src/events/views/query-view.ts';

const query = (queryId: string, columns: number, outcome: QueryView['outcome'] = null) =>
  ({ queryId, columns, outcome }) as QueryView;

describe('the first result of a script', () => {
  it('is found once, when it has columns', () => {
    const results = new FirstResults();
    results.expect(['q1']);
    expect(results.look({})).toEqual([]);
    expect(results.look({ q1: query('q1', 0) })).toEqual([]);
    expect(results.isWaiting).toBe(true);
    const q1 = query('q1', 2);
    expect(results.look({ q1 })).toEqual([q1]);
    expect(results.look({ q1 })).toEqual([]);
    expect(results.isWaiting).toBe(false);
  });

  it('is of a statement that was submitted, and the first of those that have one', () => {
    const results = new FirstResults();
    results.expect(['q1', 'q2', 'q3']);
    const other = query('other', 1);
    expect(results.look({ other, q1: query('q1', 0, 'succeeded') })).toEqual([]);
    const q2 = query('q2', 3);
    expect(results.look({ other, q1: query('q1', 0, 'succeeded'), q2, q3: query('q3', 1) })).toEqual([q2]);
  });

  it('is waited for no more once every statement has ended without one', () => {
    const results = new FirstResults();
    results.expect(['q1', 'q2']);
    results.look({ q1: query('q1', 0, 'succeeded'), q2: query('q2', 0) });
    expect(results.isWaiting).toBe(true);
    results.look({ q1: query('q1', 0, 'succeeded'), q2: query('q2', 0, 'failed') });
    expect(results.isWaiting).toBe(false);
  });

  it('is waited for of a few scripts only', () => {
    const results = new FirstResults();
    for (let i = 0; i < 20; i++) results.expect([`q${i}`]);
    const all = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`q${i}`, query(`q${i}`, 1)]));
    expect(results.look(all).map(({ queryId }) => queryId)).toEqual(
      Array.from({ length: 16 }, (_, i) => `q${i + 4}`),
    );
  });
});
