import { describe, expect, it } from 'vitest';
import type { QueryView } from '../../../../src/events/views/query-view.ts';
import { besideRows, resultsOf } from '../../../../src/ui/result/results.ts';

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

describe('the results of a script', () => {
  it('has one result per set of rows', () => {
    const results = resultsOf([
      query({ queryId: 'a', columns: 2, resultSets: 2 }),
      query({ queryId: 'b' }),
      query({ queryId: 'c', columns: 1, resultSets: 0 }),
    ]);
    expect(results.map(({ resultId, label }) => `${label}: ${resultId}`)).toEqual([
      'Result 1: a',
      'Result 2: a.2',
      'Result 3: c',
    ]);
    expect(resultsOf([query({ queryId: 'a', columns: 2, resultSets: 1 })])[0]?.label).toBe('Result');
  });

  it('shows the most serious notice of the server beside the rows', () => {
    const notice = (severity: string, message: string) => ({
      code: '1',
      source: 'server' as const,
      severity,
      message,
    });
    const words = {
      queryId: 'a',
      text: '',
      params: [],
      judgement: null,
      challenge: null,
      offset: 0,
      failure: null,
      notices: [notice('NOTE', 'a'), notice('WARNING', 'b')],
    };
    expect(besideRows(query({ notices: 7 }), words)).toMatchObject({ notice: { message: 'b' }, more: 6 });
    expect(besideRows(query({}), null)).toBeNull();
  });
});
