import { describe, expect, it } from 'vitest';
import type { QueryView } from '../../../../src/events/views/query-view.ts';
import { type FirstWindow, FirstWindows } from '../../../../src/ui/api/first-window.ts';

function world() {
  const asked: string[] = [];
  const answers: ((window: FirstWindow) => void)[] = [];
  let arrived = 0;
  const windows = new FirstWindows(
    (resultId) => {
      asked.push(resultId);
      return new Promise((resolve) => answers.push(resolve));
    },
    () => {
      arrived++;
    },
  );
  return { windows, asked, answers, arrived: () => arrived };
}

const query = (queryId: string, columns: number, outcome: QueryView['outcome'] = null) =>
  ({ queryId, columns, outcome }) as QueryView;
const WINDOW = {} as FirstWindow;

describe('first windows', () => {
  it('are asked for once, when the first row is here, and given to whoever shows the result', async () => {
    const { windows, asked, answers, arrived } = world();
    windows.expect(['q1']);
    windows.look({});
    windows.look({ q1: query('q1', 0) });
    expect(asked).toEqual([]);
    windows.look({ q1: query('q1', 2) });
    windows.look({ q1: query('q1', 2) });
    expect(asked).toEqual(['q1']);
    const taken = windows.take('q1', null);
    answers[0]!(WINDOW);
    expect(await taken).toBe(WINDOW);
    expect(arrived()).toBe(1);
    expect(asked).toEqual(['q1']);
  });

  it('are asked for of a statement of this page only, and of a script for its first result', () => {
    const { windows, asked } = world();
    windows.expect(['q1', 'q2', 'q3']);
    windows.look({ other: query('other', 1), q1: query('q1', 0, 'succeeded'), q2: query('q2', 3) });
    windows.look({ q2: query('q2', 3, 'succeeded'), q3: query('q3', 1) });
    expect(asked).toEqual(['q2']);
  });

  it('are asked for again where the query is further than it was: what is said of its result may be another', () => {
    const { windows, asked } = world();
    windows.expect(['q1']);
    windows.look({ q1: query('q1', 1) });
    void windows.take('q1', 'succeeded');
    expect(asked).toEqual(['q1', 'q1']);
  });

  it('are given once, and are few', () => {
    const { windows, asked } = world();
    for (let i = 0; i < 6; i++) {
      windows.expect([`q${i}`]);
      windows.look({ [`q${i}`]: query(`q${i}`, 1) });
    }
    expect(asked).toHaveLength(6);
    void windows.take('q5', null);
    expect(asked).toHaveLength(6);
    void windows.take('q5', null);
    void windows.take('q0', null);
    expect(asked.slice(6)).toEqual(['q5', 'q0']);
  });
});
