import { describe, expect, it } from 'vitest';
import type { QueryView } from '../../../../src/events/views/query-view.ts';
import { type FirstWindow, FirstWindows } from '../../../../src/ui/api/first-window.ts';

const query = (queryId: string, columns: number, outcome: QueryView['outcome'] = null) =>
  ({ queryId, columns, outcome }) as QueryView;
const window = (resultId: string, complete = false) =>
  ({ meta: { resultId }, frame: { complete } }) as FirstWindow;

describe('first windows', () => {
  it('are waited for from the submission until they are here, and given once', () => {
    const windows = new FirstWindows();
    expect(windows.isWaiting).toBe(false);
    windows.expect(['q1']);
    expect(windows.isWaiting).toBe(true);
    windows.look({ q1: query('q1', 2) });
    expect(windows.isWaiting).toBe(true);
    const first = window('q1');
    windows.arrived(first);
    expect(windows.isWaiting).toBe(false);
    expect(windows.take('q1', null)).toBe(first);
    expect(windows.take('q1', null)).toBeUndefined();
  });

  it('are not waited for where they came before the record', () => {
    const windows = new FirstWindows();
    windows.expect(['q1']);
    windows.arrived(window('q1'));
    windows.look({ q1: query('q1', 2) });
    expect(windows.isWaiting).toBe(false);
  });

  it('are not given where the query is further than they are, or not as far', () => {
    const windows = new FirstWindows();
    windows.arrived(window('q1'));
    expect(windows.take('q1', 'succeeded')).toBeUndefined();
    windows.arrived(window('q1', true));
    expect(windows.take('q1', null)).toBeUndefined();
    windows.arrived(window('q1', true));
    expect(windows.take('q1', 'failed')).toBeDefined();
  });

  it('are taken after they were waited for in vain, too', () => {
    const windows = new FirstWindows();
    windows.expect(['q1']);
    windows.look({ q1: query('q1', 2) });
    windows.expect(['q2']);
    windows.giveUp();
    expect(windows.isWaiting).toBe(false);
    windows.arrived(window('q1'));
    expect(windows.take('q1', null)).toBeDefined();
  });

  it('are few: the oldest that was not taken goes', () => {
    const windows = new FirstWindows();
    for (let i = 0; i < 6; i++) windows.arrived(window(`q${i}`));
    expect([...Array(6).keys()].filter((i) => windows.take(`q${i}`, null))).toEqual([2, 3, 4, 5]);
  });
});
